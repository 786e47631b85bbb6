// MCP's own conformance suite against the running system: for servers, by the revisions that it knows, and for authorization
// servers. It knows no tokens, so a proxy in front of the MCP server adds one to each request.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fullCodeFlow, walk } from '../support/flow.mjs';
import { CookieJar, get, postJson } from '../support/http.mjs';
import { repository, startSystem } from '../support/system.mjs';

const SUITE = path.join(repository, 'node_modules/@modelcontextprotocol/conformance/dist/index.js');

/** The scenarios that a server with tools alone can be asked; the others need the suite's own tools, prompts or resources. */
const SCENARIOS = {
  '2025-11-25': ['server-initialize', 'server-session-lifecycle', 'ping', 'tools-list', 'dns-rebinding-protection'],
  '2026-07-28': ['server-stateless', 'tools-list', 'dns-rebinding-protection', 'http-header-validation'],
};

let system;
let proxy;
let results;
before(async () => {
  system = await startSystem();
  const { tokens } = await fullCodeFlow(system, { scope: 'openid read read:students write', resource: `${system.api}/mcp` });
  proxy = await forwarding(`Bearer ${tokens.access_token}`);
  results = fs.mkdtempSync(path.join(os.tmpdir(), 'ostiary-mcp-'));
});
after(async () => {
  proxy?.close();
  if (results) fs.rmSync(results, { recursive: true, force: true });
  await system?.stop();
});

/** A proxy that adds a token, and leaves all else as it came; its own origin is the server's. */
function forwarding(authorization) {
  const { hostname, port, origin } = new URL(system.api);
  const server = http.createServer((request, response) => {
    const own = `http://localhost:${server.address().port}`;
    const headers = { ...request.headers, authorization };
    if (headers.origin === own) headers.origin = origin;
    const onward = http.request({ hostname, port, path: request.url, method: request.method, headers }, (answer) => {
      response.writeHead(answer.statusCode, answer.headers);
      answer.pipe(response);
    });
    onward.on('error', () => response.destroy());
    request.pipe(onward);
  });
  return new Promise((resolve) => server.listen(0, 'localhost', () => resolve(server)));
}

/** Runs the suite's command: every check that it made. `answer` gets what it says until it is done with it. */
async function checks(words, answer = async () => true) {
  const output = fs.mkdtempSync(path.join(results, 'run-'));
  const child = spawn(process.execPath, [SUITE, ...words, '-o', output], { cwd: results });
  let said = '';
  let answered;
  const hear = async (part) => {
    said += part;
    if (!answered) answered = (answered = true) && (await answer(said));
  };
  for (const stream of [child.stdout, child.stderr]) stream.on('data', hear);
  await new Promise((resolve) => child.once('exit', resolve));
  const files = fs.readdirSync(output, { recursive: true }).filter((name) => path.basename(name) === 'checks.json');
  const found = files.flatMap((name) => JSON.parse(fs.readFileSync(path.join(output, name), 'utf8')));
  assert.ok(found.length > 0, `no check was made:\n${said.slice(-2000)}`);
  return found;
}

/** Whether a check failed because the suite's own diagnostic tools are not there, and for nothing else. */
const isUntestable = ({ details }) => details?.untestable === true;

for (const [version, scenarios] of Object.entries(SCENARIOS)) {
  describe(`MCP's conformance suite for servers, ${version}`, () => {
    for (const scenario of scenarios) {
      test(scenario, async () => {
        const url = `http://localhost:${proxy.address().port}/mcp`;
        const made = await checks(['server', '--url', url, '--scenario', scenario, '--spec-version', version]);
        const failed = made.filter(({ status }) => status === 'FAILURE' || status === 'WARNING').filter((check) => !isUntestable(check));
        assert.deepEqual(failed.map(({ id, description, errorMessage }) => ({ id, description, errorMessage })), []);
        // A server without sessions is told by a remark that their scenario is not for it.
        assert.ok(made.some(({ status }) => status === 'SUCCESS' || status === 'INFO'), JSON.stringify(made));
      });
    }
  });
}

describe('MCP\'s conformance suite for authorization servers', () => {
  const failures = (made) =>
    made
      .filter(({ status }) => status === 'FAILURE' || status === 'WARNING')
      .map(({ id, errorMessage }) => ({ id, errorMessage }));

  test('the metadata, and the code grant by a client that registered itself', async () => {
    // The suite is a public client wherever the server takes those.
    const registration = { client_name: 'Conformance', redirect_uris: ['http://127.0.0.1:9999/callback'], token_endpoint_auth_method: 'none' };
    const client = (await postJson(`${system.auth}/oauth/register`, registration)).json;
    const words = ['authorization', '--url', system.auth, '--client-id', client.client_id];
    const made = await checks([...words, '--resource', `${system.api}/mcp`, '-p', '9999'], browse);
    assert.deepEqual(failures(made), []);
    assert.deepEqual(
      ['authorization-server-metadata', 'authorization-code-grant'].filter((id) => !made.some((check) => check.id === id && check.status === 'SUCCESS')),
      [],
    );
  });
});

/** The person's part, once the suite has said where to go. */
async function browse(said) {
  const [url] = new RegExp(`${system.auth}/oauth/authorize\\S+`).exec(said) ?? [];
  if (!url) return false;
  const jar = new CookieJar();
  const answer = await walk(system, get(url, { jar }), { jar });
  await fetch(answer.location);
  return true;
}
