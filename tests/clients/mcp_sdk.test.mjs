// MCP's own client libraries for TypeScript, v1 and v2, through their whole ladder: a request without a token, both metadata
// documents, authorization, tools, more scope where a tool needs it, refresh. Only the person is played by the tests.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import * as v2 from '@modelcontextprotocol/client';
import { UnauthorizedError } from '@modelcontextprotocol/sdk/client/auth.js';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { CLIENTS, signIn, walk } from '../support/flow.mjs';
import { get, witnessed } from '../support/http.mjs';
import { random } from '../support/jwt.mjs';
import { startSystem } from '../support/system.mjs';

const INFO = { name: 'ostiary-tests', version: '1.0.0' };

/** Each library, and the revision that it ends up with. */
const LIBRARIES = {
  'v1, by handshake': { Client, Transport: StreamableHTTPClientTransport, Unauthorized: UnauthorizedError, options: {} },
  'v2, by handshake': { Client: v2.Client, Transport: v2.StreamableHTTPClientTransport, Unauthorized: v2.UnauthorizedError, options: {} },
  'v2, by the latest revision': {
    Client: v2.Client,
    Transport: v2.StreamableHTTPClientTransport,
    Unauthorized: v2.UnauthorizedError,
    options: { versionNegotiation: { mode: { pin: '2026-07-28' } } },
  },
};

let system;
let ada;
before(async () => {
  system = await startSystem();
  ada = await signIn(system, 'ada');
});
after(() => system?.stop());

/** What the library keeps, and where it sends the person. */
class Provider {
  redirectUrl = CLIENTS['web-ui'].redirect(system);
  clientMetadata = { client_name: 'Tests', redirect_uris: [this.redirectUrl], token_endpoint_auth_method: 'none' };
  sent = [];
  clientInformation = () => this.information ?? { client_id: 'web-ui', issuer: system.auth };
  saveClientInformation = (information) => {
    this.information = information;
  };
  state = () => random();
  tokens = () => this.kept;
  // v2 keeps the server that it was sent to beside the verifier.
  saveDiscoveryState = (discovered) => {
    this.discovered = discovered;
  };
  discoveryState = () => this.discovered;
  saveTokens = (tokens) => {
    for (const name of ['access_token', 'refresh_token', 'id_token']) if (tokens[name]) witnessed.set(tokens[name], name);
    this.kept = tokens;
  };
  redirectToAuthorization = (url) => void this.sent.push(url);
  saveCodeVerifier = (verifier) => {
    witnessed.set(verifier, 'code_verifier');
    this.verifier = verifier;
  };
  codeVerifier = () => this.verifier;
}

/** The person's part: from the last authorization URL to the redirect back. */
async function allowed(provider) {
  const jar = ada.copy();
  const answer = await walk(system, get(provider.sent.at(-1).href, { jar }), { jar });
  return new URL(answer.location).searchParams;
}

for (const [name, { Client: Any, Transport, Unauthorized, options }] of Object.entries(LIBRARIES)) {
  describe(`the MCP TypeScript client ${name}`, () => {
    const url = () => new URL(`${system.api}/mcp`);
    const finish = async (transport, returned) =>
      Transport === v2.StreamableHTTPClientTransport ? transport.finishAuth(returned) : transport.finishAuth(returned.get('code'));
    let provider;
    let client;
    let transport;

    before(() => {
      provider = new Provider();
    });
    after(() => client?.close());

    const connect = async () => {
      client = new Any(INFO, options);
      transport = new Transport(url(), { authProvider: provider });
      await client.connect(transport);
    };

    test('is sent to authorize by the first answer, for the first scopes and this resource', async () => {
      await assert.rejects(connect(), Unauthorized);
      const { searchParams } = provider.sent.at(-1);
      assert.equal(searchParams.get('resource'), `${system.api}/mcp`);
      assert.equal(searchParams.get('scope'), 'read read:students');
      assert.equal(searchParams.get('code_challenge_method'), 'S256');
      await finish(transport, await allowed(provider));
      assert.ok(provider.kept.access_token);
    });

    test('lists the tools and calls them', async () => {
      await connect();
      const { tools } = await client.listTools();
      assert.deepEqual(tools.map((tool) => tool.name), ['list_students', 'my_profile', 'change_my_name']);
      const { structuredContent } = await client.callTool({ name: 'list_students', arguments: {} });
      assert.deepEqual(structuredContent, { students: [{ id: 1, name: 'Ada' }, { id: 2, name: 'Alan' }] });
    });

    test('asks for more where a tool needs it, and loses nothing by it', async () => {
      const rename = () => client.callTool({ name: 'change_my_name', arguments: { name: 'Ada King' } });
      // v1 with a refresh token renews the access token where it is told to ask for more (`auth` in its client/auth.js), and
      // gives up when it is told so again.
      if (Any === Client) {
        await assert.rejects(rename(), { code: 403 });
        provider.kept = { ...provider.kept, refresh_token: undefined };
        await connect();
      }
      await assert.rejects(rename(), Unauthorized);
      const scope = provider.sent.at(-1).searchParams.get('scope').split(' ').sort();
      assert.deepEqual(scope, ['read', 'read:students', 'write']);
      await finish(transport, await allowed(provider));
      assert.equal((await rename()).structuredContent.name, 'Ada King');
      const { structuredContent } = await client.callTool({ name: 'list_students', arguments: {} });
      assert.equal(structuredContent.students.length, 2);
    });

    test('renews an access token that is no longer good', async () => {
      const { refresh_token } = provider.kept;
      assert.ok(refresh_token, 'a refresh token without asking for offline_access');
      provider.kept = { ...provider.kept, access_token: 'ended' };
      const asked = provider.sent.length;
      await client.callTool({ name: 'my_profile', arguments: {} });
      assert.equal(provider.sent.length, asked, 'nobody is asked again');
      assert.notEqual(provider.kept.refresh_token, refresh_token);
    });
  });
}
