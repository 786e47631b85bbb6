// AI clients that register themselves, each as its users report that it behaves (docs/clients.md), through their whole way.
import { after, before, describe, test } from 'node:test';
import { climb, registers } from '../support/ladder.mjs';
import { startSystem } from '../support/system.mjs';

let system;
before(async () => {
  system = await startSystem();
});
after(() => system?.stop());

const MCP = { grant_types: ['authorization_code', 'refresh_token'], response_types: ['code'], token_endpoint_auth_method: 'none' };
const CURSOR = {
  ...MCP, client_name: 'Cursor', application_type: 'web',
  redirect_uris: ['http://localhost:8787/callback', 'cursor://anysphere.cursor-mcp/oauth/callback', 'https://www.cursor.com/agents/mcp/oauth/callback'],
};
const VS_CODE = {
  ...MCP, client_name: 'Visual Studio Code', client_uri: 'https://code.visualstudio.com', application_type: 'native',
  redirect_uris: ['https://insiders.vscode.dev/redirect', 'https://vscode.dev/redirect', 'http://localhost/', 'http://127.0.0.1/', 'http://localhost:33418/', 'http://127.0.0.1:33418/'],
};
const MCP_REMOTE = {
  ...MCP, client_name: 'MCP CLI Proxy', client_uri: 'https://github.com/modelcontextprotocol/mcp-cli', software_id: '2e6dc280-f3c3-4e01-99a7-8181dbd1d23d',
  software_version: '1.0.0', redirect_uris: ['http://localhost:3334/oauth/callback'],
};
const GEMINI_CLI = {
  ...MCP, client_name: 'Gemini CLI MCP Client', code_challenge_method: ['S256'], scope: '', redirect_uris: ['http://localhost:7777/oauth/callback'],
};
const CLAUDE_CODE = { ...MCP, client_name: 'Claude Code', redirect_uris: ['http://localhost:3118/callback'] };
const INSPECTOR = { ...MCP, client_name: 'MCP Inspector', client_uri: 'https://github.com/modelcontextprotocol/inspector', scope: 'read read:students', redirect_uris: ['http://localhost:6274/oauth/callback'] };
const OPEN_CODE = { ...MCP, client_name: 'OpenCode', client_uri: 'https://opencode.ai', redirect_uris: ['http://127.0.0.1:19876/mcp/oauth/callback'] };
/** Registers one callback, and asks for a wider scope than it registered when the API wants one. */
const STEP_UP = { ...MCP, client_name: 'A client of the MCP SDK', scope: 'read', redirect_uris: ['http://localhost:8090/callback'] };

/** What clients ask for that follow the challenge, or else the resource's metadata. */
const challenged = ({ scope, resource }) => scope ?? resource.scopes_supported?.join(' ');

const PROFILES = [
  ['Cursor, on the desktop', CURSOR, { redirectUri: CURSOR.redirect_uris[1] }],
  ['Cursor, listening itself', CURSOR, { redirectUri: CURSOR.redirect_uris[0] }],
  ['Cursor, its agents', CURSOR, { redirectUri: CURSOR.redirect_uris[2] }],
  ['VS Code', VS_CODE, { redirectUri: 'http://127.0.0.1:33418/', scope: () => 'openid profile email' }],
  ['VS Code, on another port', VS_CODE, { redirectUri: 'http://127.0.0.1:53211/', scope: () => 'openid profile email' }],
  ['VS Code, in the browser', VS_CODE, { redirectUri: 'https://vscode.dev/redirect' }],
  ['mcp-remote', MCP_REMOTE, {}],
  ['Gemini CLI', GEMINI_CLI, {}],
  ['Claude Code', CLAUDE_CODE, { scope: () => undefined }],
  ['Claude Code, where its port is taken', CLAUDE_CODE, { redirectUri: 'http://localhost:49152/callback', scope: () => ' read' }],
  ['MCP Inspector', INSPECTOR, { scope: () => 'read read:students' }],
  ['OpenCode', OPEN_CODE, {}],
  ['a client that steps up', STEP_UP, { scope: () => 'read' }],
  ['a client that names no resource', MCP_REMOTE, { resource: false }],
];

describe('clients that register themselves', () => {
  for (const [name, metadata, changes] of PROFILES) {
    test(name, async () => {
      await climb(system, {
        path: '/students', scope: challenged, redirectUri: metadata.redirect_uris[0], identify: (server) => registers(metadata, server), ...changes,
      });
    });
  }
});
