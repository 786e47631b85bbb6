// The MCP server: a resource of its own beside the API, by the revisions that clients speak. Numbers in brackets are rows of
// docs/threats.md.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { ok } from '../support/expect.mjs';
import { fullCodeFlow, signIn, token } from '../support/flow.mjs';
import { get, postForm, send } from '../support/http.mjs';
import { eventually } from '../support/operator.mjs';
import { startSystem } from '../support/system.mjs';

const LATEST = '2026-07-28';
const EARLIER = ['2025-11-25', '2025-06-18', '2025-03-26', '2024-11-05'];
const FIRST = 'read read:students';

let system;
let ada;
let mcp;
let reading;
let writing;
before(async () => {
  system = await startSystem();
  mcp = `${system.api}/mcp`;
  ada = await signIn(system, 'ada');
  reading = await users(FIRST);
  writing = await users(`${FIRST} write`);
});
after(() => system?.stop());

const users = async (scope, resource = mcp) =>
  (await fullCodeFlow(system, { jar: ada.copy(), scope: `openid ${scope}`, resource })).tokens.access_token;
const machines = async (scope) => ok(await token(system, 'client-123', { grant_type: 'client_credentials', scope, resource: mcp })).json.access_token;

const post = (body, accessToken, headers = {}) =>
  send('POST', mcp, {
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      ...(accessToken ? { authorization: `Bearer ${accessToken}` } : {}),
      ...headers,
    },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });

/** A request as it is after a handshake. */
const earlier = (method, params, accessToken = writing, headers = { 'mcp-protocol-version': '2025-11-25' }) =>
  post({ jsonrpc: '2.0', id: 1, method, params }, accessToken, headers);

/** A request of the latest revision: it says all in itself. */
const latest = (method, params = {}, accessToken = writing, headers = {}) =>
  post(
    {
      jsonrpc: '2.0',
      id: 'one',
      method,
      params: {
        ...params,
        _meta: {
          'io.modelcontextprotocol/protocolVersion': LATEST,
          'io.modelcontextprotocol/clientInfo': { name: 'test', version: '1' },
          'io.modelcontextprotocol/clientCapabilities': {},
        },
      },
    },
    accessToken,
    { 'mcp-protocol-version': LATEST, 'mcp-method': method, ...(params.name ? { 'mcp-name': params.name } : {}), ...headers },
  );

const call = (name, args, accessToken) => latest('tools/call', { name, arguments: args }, accessToken);
const challenge = (answer) => answer.headers['www-authenticate'] ?? '';

function refused(answer, status, code) {
  assert.equal(answer.status, status, answer.text);
  assert.equal(answer.json.error.code, code, answer.text);
}

test('two metadata documents, each of one resource', async () => {
  const own = ok(await get(`${system.api}/.well-known/oauth-protected-resource`)).json;
  const document = ok(await get(`${system.api}/.well-known/oauth-protected-resource/mcp`));
  assert.equal(document.headers['access-control-allow-origin'], '*');
  assert.equal(own.resource, system.api);
  assert.equal(document.json.resource, mcp);
  assert.deepEqual(document.json.authorization_servers, [system.auth]);
  assert.deepEqual(document.json.scopes_supported, FIRST.split(' '));
  assert.deepEqual(Object.keys(document.json.scope_descriptions), ['read', 'read:students', 'write']);
  for (const path of ['/mcp/', '/MCP', '/students', '//mcp']) {
    assert.equal((await get(`${system.api}/.well-known/oauth-protected-resource${path}`)).status, 404, path);
  }
});

describe('[127] a token for one resource is none at another', () => {
  test('the API\'s at the MCP server, and the reverse', async () => {
    const api = await users(FIRST, system.api);
    const students = (accessToken) => get(`${system.api}/students`, { headers: { authorization: `Bearer ${accessToken}` } });
    for (let again = 0; again < 2; again += 1) {
      ok(await students(api));
      ok(await latest('tools/list', {}, reading));
      for (const answer of [await latest('tools/list', {}, api), await students(reading)]) {
        assert.equal(answer.status, 401, answer.text);
        assert.match(challenge(answer), /error="invalid_token"/);
      }
    }
  });

  test('one for no named resource is the API\'s', async () => {
    const { tokens } = await fullCodeFlow(system, { jar: ada.copy(), scope: 'openid read' });
    assert.equal((await latest('tools/list', {}, tokens.access_token)).status, 401);
  });

  test('the resource in another spelling is the same', async () => {
    for (const resource of [`${mcp}/`, mcp.replace('http://localhost', 'HTTP://LOCALHOST')]) {
      ok(await latest('tools/list', {}, await users('read', resource)));
    }
  });
});

test('without a token the challenge says where and for what to ask', async () => {
  for (const answer of [await latest('tools/list', {}, null), await earlier('initialize', {}, null), await latest('tools/list', {}, 'a.b.c')]) {
    assert.equal(answer.status, 401, answer.text);
    assert.ok(challenge(answer).includes(`resource_metadata="${system.api}/.well-known/oauth-protected-resource/mcp"`), challenge(answer));
    assert.ok(challenge(answer).includes(`scope="${FIRST}"`), challenge(answer));
  }
});

test('[127] a tool without its scope is 403 and names all scopes to ask for', async () => {
  for (const [tool, held, asked] of [
    ['change_my_name', FIRST, 'read read:students write'],
    ['change_my_name', 'read', 'read write'],
    ['list_students', 'read', 'read read:students'],
    ['my_profile', 'write', 'read write'],
  ]) {
    const args = tool === 'change_my_name' ? { name: 'Ada' } : {};
    const answer = await call(tool, args, await users(held));
    assert.equal(answer.status, 403, answer.text);
    assert.match(challenge(answer), /^Bearer .*error="insufficient_scope"/);
    assert.ok(challenge(answer).includes(`scope="${asked}"`), challenge(answer));
    assert.ok(challenge(answer).includes('/.well-known/oauth-protected-resource/mcp"'));
  }
});

for (const version of EARLIER) {
  test(`a client of ${version}: handshake, tools, call`, async () => {
    const params = { protocolVersion: version, capabilities: {}, clientInfo: { name: 'test', version: '1' } };
    const hello = ok(await earlier('initialize', params, writing, {}));
    assert.equal(hello.headers['mcp-session-id'], undefined);
    assert.equal(hello.json.result.protocolVersion, version);
    assert.deepEqual(hello.json.result.capabilities, { tools: {} });
    const header = version > '2025-06' ? { 'mcp-protocol-version': version } : {};
    const noted = await post({ jsonrpc: '2.0', method: 'notifications/initialized' }, writing, header);
    assert.deepEqual([noted.status, noted.text], [202, '']);
    assert.deepEqual(ok(await earlier('ping', undefined, writing, header)).json, { jsonrpc: '2.0', id: 1, result: {} });
    const { tools } = ok(await earlier('tools/list', {}, writing, header)).json.result;
    assert.deepEqual(tools.map(({ name }) => name), ['list_students', 'my_profile', 'change_my_name']);
    const listed = ok(await earlier('tools/call', { name: 'list_students' }, writing, header)).json.result;
    assert.deepEqual(listed.structuredContent, { students: [{ id: 1, name: 'Ada' }, { id: 2, name: 'Alan' }] });
    assert.deepEqual(JSON.parse(listed.content[0].text), listed.structuredContent);
  });
}

describe('the latest revision', () => {
  test('discovery, the list of tools, their security schemes', async () => {
    const { result } = ok(await latest('server/discover')).json;
    assert.deepEqual(result.supportedVersions, [LATEST, ...EARLIER]);
    assert.equal(result.resultType, 'complete');
    const { tools } = ok(await latest('tools/list')).json.result;
    const scopes = tools.map((tool) => tool.securitySchemes[0].scopes[0]);
    assert.deepEqual(scopes, ['read:students', 'read', 'write']);
    for (const tool of tools) {
      assert.deepEqual(tool._meta.securitySchemes, tool.securitySchemes);
      assert.equal(tool.inputSchema.type, 'object');
      assert.equal(tool.outputSchema.type, 'object');
    }
  });

  test('the tools do what the services do', async () => {
    const changed = ok(await call('change_my_name', { name: 'Ada King' })).json.result;
    assert.equal(changed.structuredContent.name, 'Ada King');
    assert.equal(ok(await call('my_profile', {})).json.result.structuredContent.name, 'Ada King');
    const api = await users('read', system.api);
    const rest = await get(`${system.api}/api/user/profile`, { headers: { authorization: `Bearer ${api}` } });
    assert.equal(ok(rest).json.name, 'Ada King');
  });

  test('bad arguments are for the model to read', async () => {
    for (const [name, args] of [
      ['change_my_name', { name: '' }],
      ['change_my_name', { name: 'a\nb' }],
      ['change_my_name', { name: 'Ada', sub: 'u_alan' }],
      ['change_my_name', {}],
      ['my_profile', { sub: 'u_alan' }],
    ]) {
      const { result } = ok(await call(name, args)).json;
      assert.equal(result.isError, true, JSON.stringify(args));
      assert.equal(result.structuredContent, undefined);
    }
  });

  test('a machine lists the students and has no profile', async () => {
    const machine = await machines(`${FIRST} write`);
    ok(await call('list_students', {}, machine));
    assert.equal((await call('my_profile', {}, machine)).status, 403);
  });
});

describe('[127] what is no good message is an error and no fault', () => {
  test('a batch, no JSON, another revision, an unknown method, bad parameters', async () => {
    const ping = { jsonrpc: '2.0', id: 1, method: 'ping' };
    refused(await post([ping, ping], writing), 400, -32600);
    refused(await post('[]', writing), 400, -32600);
    refused(await post('{', writing), 400, -32700);
    refused(await post('', writing), 400, -32700);
    refused(await post({ ...ping, id: null }, writing), 400, -32600);
    refused(await earlier('ping', {}, writing, { 'mcp-protocol-version': '2099-01-01' }), 400, -32022);
    refused(await latest('no/such/method'), 404, -32601);
    refused(await earlier('no/such/method'), 200, -32601);
    refused(await latest('initialize'), 404, -32601);
    refused(await call('no_such_tool', {}), 200, -32602);
    refused(await call('list_students', []), 200, -32602);
    refused(await latest('tools/list', { cursor: 'x' }), 200, -32602);
    refused(await latest('tools/list', {}, writing, { 'mcp-method': 'tools/call' }), 400, -32020);
    refused(await latest('tools/call', { name: 'my_profile' }, writing, { 'mcp-name': 'list_students' }), 400, -32020);
    refused(await post(ping, writing, { 'content-type': 'text/plain' }), 415, -32600);
  });

  test('a call of a megabyte is too large', async () => {
    const answer = await call('change_my_name', { name: 'x'.repeat(1024 * 1024) });
    assert.equal(answer.status, 413, answer.text.slice(0, 200));
    const deep = `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"my_profile","arguments":${'{"a":'.repeat(9_000)}1${'}'.repeat(9_000)}}}`;
    assert.equal(ok(await post(deep, writing)).json.result.isError, true);
  });

  test('a session that somebody made up is not looked at', async () => {
    for (const session of ['made-up', '../../x', 'é'.repeat(4)]) {
      const answer = ok(await latest('tools/list', {}, reading, { 'mcp-session-id': encodeURIComponent(session), 'last-event-id': '7' }));
      assert.equal(answer.headers['mcp-session-id'], undefined);
    }
  });
});

test('[114] there is one path and one method', async () => {
  const headers = { authorization: `Bearer ${writing}`, accept: 'text/event-stream' };
  for (const method of ['GET', 'DELETE', 'PUT', 'HEAD']) {
    const answer = await send(method, mcp, { headers });
    assert.equal(answer.status, 405, method);
    assert.equal(answer.headers.allow, 'POST');
  }
  for (const path of ['/mcp/', '/MCP', '//mcp', '/mcp/x', '/mcp%2F']) {
    assert.equal((await send('POST', `${system.api}${path}`, { headers, body: '{}' })).status, 404, path);
  }
});

test('pages of other origins are refused, with a token and without', async () => {
  for (const origin of ['https://evil.example', 'null', system.api.replace('localhost', 'rebound.example')]) {
    for (const accessToken of [writing, null]) {
      assert.equal((await latest('tools/list', {}, accessToken, { origin })).status, 403, origin);
    }
  }
  for (const origin of [system.app, system.api]) ok(await latest('tools/list', {}, writing, { origin }));
  const preflight = await send('OPTIONS', mcp, { headers: { origin: system.app, 'access-control-request-method': 'POST' } });
  assert.equal(preflight.headers['access-control-allow-methods'], 'POST');
});

test('[127] an opaque token is good for its own resource and its scope alone, and until it is revoked', async () => {
  await system.restart({ vars: { auth: { RESOURCES: `${system.api}, ${mcp};token=opaque` } } });
  try {
    const { tokens } = await fullCodeFlow(system, { jar: ada.copy(), scope: 'openid read', resource: mcp });
    const { access_token: opaque } = tokens;
    assert.match(opaque, /^a1\./);
    ok(await earlier('tools/list', {}, opaque));
    const profile = ok(await earlier('tools/call', { name: 'my_profile', arguments: {} }, opaque)).json;
    assert.equal(profile.result.isError, undefined, JSON.stringify(profile));
    const refusedTool = await earlier('tools/call', { name: 'list_students', arguments: {} }, opaque);
    assert.equal(refusedTool.status, 403, refusedTool.text);
    assert.match(challenge(refusedTool), /error="insufficient_scope"/);
    const atTheApi = await get(`${system.api}/api/protected`, { headers: { authorization: `Bearer ${opaque}` } });
    assert.equal(atTheApi.status, 401);
    const ofTheApi = (await fullCodeFlow(system, { jar: ada.copy(), scope: 'openid read', resource: system.api })).tokens.access_token;
    assert.equal((await earlier('tools/list', {}, ofTheApi)).status, 401);
    const madeUp = opaque.replace(/.$/, (last) => (last === 'A' ? 'Q' : 'A'));
    const stranger = await earlier('tools/list', {}, madeUp);
    assert.equal(stranger.status, 401);
    assert.ok(challenge(stranger).includes(`resource_metadata="${system.api}/.well-known/oauth-protected-resource/mcp"`));
    ok(await postForm(`${system.auth}/oauth/revoke`, { token: opaque, client_id: 'web-ui' }));
    // The API uses what introspection said for five seconds (INTROSPECTION_CACHE_SECONDS).
    assert.equal(await eventually(async () => (await earlier('tools/list', {}, opaque)).status === 401, 10_000), true);
  } finally {
    await system.restart();
  }
});
