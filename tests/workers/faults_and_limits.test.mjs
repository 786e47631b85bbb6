// Bad input of every kind: sizes, methods, spellings, noise. Numbers in brackets are rows of docs/threats.md.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { ok } from '../support/expect.mjs';
import { authorizationRequest, authorize, callApi, fullCodeFlow, machineToken, token } from '../support/flow.mjs';
import { encodeForm, get, postForm, send } from '../support/http.mjs';
import { startSystem } from '../support/system.mjs';

let system;
let accessToken;
before(async () => {
  system = await startSystem({ vars: { app: { OPERATOR_AUTH: 'open' } } });
  accessToken = (await fullCodeFlow(system, { scope: 'openid read write' })).tokens.access_token;
});
after(() => system?.stop());

/** Each endpoint: where, its methods, and a request that must still work after any amount of noise. */
const ENDPOINTS = [
  ['auth', '/oauth/authorize', ['GET', 'POST'], async () => ok(await authorize(system, authorizationRequest(system).params))],
  ['auth', '/oauth/token', ['POST'], () => machineToken(system, 'read:students')],
  ['auth', '/oauth/userinfo', ['GET', 'POST'], async () => ok(await get(`${system.auth}/oauth/userinfo`, { headers: { authorization: `Bearer ${accessToken}` } }))],
  ['auth', '/oauth/jwks', ['GET'], async () => ok(await get(`${system.auth}/oauth/jwks`))],
  ['auth', '/.well-known/openid-configuration', ['GET'], async () => ok(await get(`${system.auth}/.well-known/openid-configuration`))],
  ['auth', '/.well-known/oauth-authorization-server', ['GET'], async () => ok(await get(`${system.auth}/.well-known/oauth-authorization-server`))],
  ['auth', '/login', ['GET', 'POST'], async () => ok(await get(`${system.auth}/login`))],
  ['auth', '/consent', ['GET', 'POST'], async () => ok(await get(`${system.auth}/login`))],
  ['auth', '/health', ['GET'], async () => ok(await get(`${system.auth}/health`))],
  ['api', '/health', ['GET'], async () => ok(await get(`${system.api}/health`))],
  ['api', '/.well-known/oauth-protected-resource', ['GET'], async () => ok(await get(`${system.api}/.well-known/oauth-protected-resource`))],
  ['api', '/api/protected', ['GET'], async () => ok(await callApi(system, '/api/protected', accessToken))],
  ['api', '/api/user/profile', ['GET'], async () => ok(await callApi(system, '/api/user/profile', accessToken))],
  ['api', '/api/user/update', ['POST'], async () => ok(await callApi(system, '/api/user/profile', accessToken))],
  ['api', '/students', ['GET'], async () => ok(await callApi(system, '/students', await machineToken(system, 'read:students')))],
  ['api', '/posts', ['GET'], async () => ok(await callApi(system, '/posts', accessToken))],
  ['api', '/users', ['GET'], async () => ok(await callApi(system, '/users', await machineToken(system, 'read:users')))],
  ['app', '/config.json', ['GET'], async () => ok(await get(`${system.app}/config.json`))],
  ['app', '/m2m/run', ['POST'], async () => ok(await send('POST', `${system.app}/m2m/run`))],
  ['app', '/m2m/status', ['GET'], async () => ok(await get(`${system.app}/m2m/status`))],
];

/** A small seeded generator (mulberry32): noise that comes back the same in every run. */
function generator(seed) {
  let state = seed;
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
  const below = (limit) => Math.floor(next() * limit);
  const pick = (list) => list[below(list.length)];
  return { below, pick, chance: (part) => next() < part };
}

const WORDS = [
  'authorization_code', 'client_credentials', 'refresh_token', 'code', 'token', 'web-ui', 'web-app', 'client-123', 'caller', 'S256', 'plain', 'openid',
  'read write', 'none', 'login', '0', '-1', '9999999999999999999', 'null', '', ' ', 'a'.repeat(300), 'é漢😀', '\0', '\r\n', '"', '\\', '<script>', "' OR 1=1 --",
  '../..', 'http://localhost:18787/callback', 'c1.AAAAAAAAAAAAAAAAAAAAAA.AAAA', 'r1.AAAAAAAAAAAAAAAAAAAAAA.0.AAAA', 'r1.x.99999999999999999999.y', 'eyJhbGciOiJub25lIn0.e30.', '{}', '[[[[',
];
const NAMES = [
  'client_id', 'redirect_uri', 'response_type', 'scope', 'state', 'nonce', 'code_challenge', 'code_challenge_method', 'prompt', 'max_age', 'response_mode',
  'id_token_hint', 'login_hint', 'ui_locales', 'request', 'request_uri', 'resource', 'grant_type', 'code', 'code_verifier', 'refresh_token', 'client_secret',
  'client_assertion', 'client_assertion_type', 'username', 'password', 'csrf', 'decision', 'remember', 'name', 'bio', '', '__proto__', 'x',
];
const TYPES = [
  'application/x-www-form-urlencoded', 'application/x-www-form-urlencoded; charset=utf-8', 'application/json', 'multipart/form-data; boundary=x',
  'text/plain', ';', 'application/x-www-form-urlencoded; charset=utf-16',
];

function noise(random, methods) {
  const form = () => encodeForm(Array.from({ length: random.below(9) }, () => [random.pick(NAMES), random.pick(WORDS)]));
  const broken = (text) => (random.chance(0.2) ? `${text}&%${random.pick(['', 'f', 'zz', 'ff', '00'])}` : text);
  const bytes = () => Buffer.from(Array.from({ length: random.below(200) }, () => random.below(256)));
  const json = () => random.pick(['{}', '[]', 'null', '{"name":', '{"name":"x","bio":null}', '"', '1e999', '{"a":{"a":{"a":1}}}', `${'['.repeat(500)}`]);
  const headers = {};
  if (random.chance(0.8)) headers['content-type'] = random.pick(TYPES);
  if (random.chance(0.4)) {
    headers.authorization = random.pick([
      'Basic', 'Basic !', `Basic ${bytes().toString('base64')}`, 'Bearer', 'Bearer x', 'Bearer a.b.c', `Bearer ${bytes().toString('base64url')}.e30.x`,
      'DPoP x', 'Negotiate', ',', 'Bearer eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dCJ9.e30.AAAA', `Basic ${Buffer.from('client-123:x').toString('base64')}`,
    ]);
  }
  if (random.chance(0.2)) headers.cookie = random.pick(['ostiary-session=x', '__Host-session=x', 'ostiary-visit=', '=;=', ';;;', `a=${'b'.repeat(2000)}`, 'ostiary-session=a; ostiary-session=b']);
  if (random.chance(0.2)) headers.origin = random.pick(['null', 'https://attacker.example', 'x', '']);
  if (random.chance(0.1)) headers.accept = random.pick(['*/*', 'text/html', 'x', ';']);
  const method = random.chance(0.9) ? random.pick(methods) : random.pick(['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'HEAD']);
  const query = random.chance(0.7) ? `?${broken(form())}` : '';
  const body = ['GET', 'HEAD', 'OPTIONS'].includes(method) ? undefined : random.pick([() => broken(form()), bytes, json, () => ''])();
  return { method, query, headers, body };
}

describe('noise', () => {
  for (const [index, [part, path, methods, stillWorks]] of ENDPOINTS.entries()) {
    test(`a thousand random requests at ${part} ${path} give no 5xx, and the next good one works`, async () => {
      const random = generator(0x0a17 + index);
      const requests = Array.from({ length: 1000 }, () => noise(random, methods));
      const one = async () => {
        for (let request = requests.pop(); request; request = requests.pop()) {
          const { method, query, headers, body } = request;
          const answer = await send(method, `${system[part]}${path}${query}`, { headers, body, noise: true });
          const shown = JSON.stringify({ method, query, headers, body: body?.toString('latin1') });
          assert.ok(answer.status < 500, `${answer.status} ${answer.text.slice(0, 200)} for ${shown}`);
        }
      };
      await Promise.all(Array.from({ length: 16 }, one));
      await stillWorks();
    });
  }
});

describe('sizes', () => {
  /** A 4xx, or a connection that the platform closes, within a second; and the next request is answered. */
  async function refused(request, path = '') {
    const started = performance.now();
    let status;
    try {
      ({ status } = await request());
    } catch (error) {
      assert.match(String(error.code ?? error), /ECONNRESET|EPIPE|HPE_/, path);
    }
    assert.ok(performance.now() - started < 1000, 'within a second');
    if (status !== undefined) assert.ok(status >= 400 && status < 500, `${path}: ${status}`);
    ok(await get(`${system.auth}/health`));
    ok(await get(`${system.api}/health`));
  }

  for (const kilobytes of [16, 64, 128]) {
    test(`[113] a header of ${kilobytes} KB`, async () => {
      const long = 'x'.repeat(kilobytes * 1024);
      await refused(() => get(`${system.api}/api/protected`, { headers: { authorization: `Bearer ${long}` }, fresh: true }));
      await refused(() => postForm(`${system.auth}/oauth/token`, { grant_type: 'client_credentials' }, { headers: { authorization: `Basic ${long}` }, fresh: true }));
    });
  }

  test('[113] a URL over 16 KB', async () => {
    const { query } = authorizationRequest(system);
    await refused(() => get(`${system.auth}/oauth/authorize?${query}&x=${'y'.repeat(17 * 1024)}`, { fresh: true }));
    await refused(() => get(`${system.api}/api/protected?x=${'y'.repeat(17 * 1024)}`, { fresh: true }));
  });

  for (const [part, path] of [['auth', '/oauth/token'], ['auth', '/oauth/authorize'], ['auth', '/login'], ['auth', '/consent'], ['api', '/api/user/update']]) {
    test(`[113] a body over 64 KB at ${path}`, async () => {
      const headers = { authorization: part === 'api' ? `Bearer ${accessToken}` : undefined };
      const type = part === 'api' ? 'application/json' : 'application/x-www-form-urlencoded';
      for (const size of [65 * 1024, 1024 * 1024]) {
        const body = part === 'api' ? JSON.stringify({ bio: 'x'.repeat(size) }) : `x=${'y'.repeat(size)}`;
        const sent = Object.fromEntries(Object.entries({ ...headers, 'content-type': type }).filter(([, value]) => value));
        await refused(() => send('POST', `${system[part]}${path}`, { headers: sent, body, fresh: true }), path);
      }
    });
  }

  test('[113] 10,000 parameters', async () => {
    const many = Array.from({ length: 10_000 }, (_, index) => `p${index}=`).join('&');
    for (const path of ['/oauth/token', '/oauth/authorize', '/login', '/consent']) {
      const headers = { 'content-type': 'application/x-www-form-urlencoded' };
      await refused(() => send('POST', `${system.auth}${path}`, { headers, body: many }), path);
    }
    await refused(() => get(`${system.auth}/oauth/authorize?${Array.from({ length: 500 }, (_, index) => `p${index}=`).join('&')}`));
  });

  test('[113] JSON 100,000 deep', async () => {
    const headers = { authorization: `Bearer ${accessToken}`, 'content-type': 'application/json' };
    await refused(() => send('POST', `${system.api}/api/user/update`, { headers, body: '['.repeat(100_000), fresh: true }));
    await refused(() => send('POST', `${system.api}/api/user/update`, { headers, body: `{"bio":${'['.repeat(20_000)}${']'.repeat(20_000)}}`, fresh: true }));
  });
});

describe('paths and methods', () => {
  const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH'];

  for (const [part, path, methods] of ENDPOINTS) {
    test(`[114] ${part} ${path} answers its methods and 405 with Allow to the others`, async () => {
      for (const method of METHODS) {
        const answer = await send(method, `${system[part]}${path}`);
        const listed = methods.includes(method) || (method === 'HEAD' && methods.includes('GET'));
        if (!listed) {
          assert.equal(answer.status, 405, method);
          for (const allowed of methods) assert.ok(answer.headers.allow.includes(allowed), `Allow: ${answer.headers.allow}`);
        } else assert.ok(answer.status < 500 && ![404].includes(answer.status), `${method}: ${answer.status}`);
      }
    });

    if (part === 'app') continue;
    test(`[114] ${part} ${path} spelt otherwise is 404`, async () => {
      for (const other of [`${path}/`, path.replace(/[a-z]/, (letter) => letter.toUpperCase()), `/${path}`, `${path}%20`, `${path}/x`, `${path};x`]) {
        for (const method of methods) {
          const answer = await send(method, `${system[part]}${other}`);
          assert.equal(answer.status, 404, `${method} ${other}`);
        }
      }
      const backslash = await send(methods[0], `${system[part]}${path.replace(/\/(?=[^/]+$)/, '\\')}`);
      assert.ok([200, 400, 401, 404, 405].includes(backslash.status), `backslash: ${backslash.status}`);
    });
  }

  test('[117] every answer has nosniff, and CORS * without credentials stands only where browsers of others belong', async () => {
    const open = ['/oauth/token', '/oauth/userinfo', '/oauth/jwks', '/.well-known/openid-configuration', '/.well-known/oauth-authorization-server'];
    for (const [part, path, methods] of [...ENDPOINTS, ['auth', '/nothing', ['GET']], ['api', '/nothing', ['GET']]]) {
      for (const method of methods) {
        const answer = await send(method, `${system[part]}${path}`, { headers: { origin: 'https://elsewhere.example' } });
        assert.equal(answer.headers['x-content-type-options'], 'nosniff', `${method} ${path}`);
        assert.equal(answer.headers['access-control-allow-credentials'], undefined, path);
        const expected = part === 'auth' && open.includes(path) ? '*' : undefined;
        if (part === 'auth') assert.equal(answer.headers['access-control-allow-origin'], expected, `${method} ${path}`);
        else assert.notEqual(answer.headers['access-control-allow-origin'], 'https://elsewhere.example', path);
      }
    }
  });

  test('[117] errors repeat nothing that the caller sent', async () => {
    const answer = await token(system, 'client-123', { grant_type: 'ada@example.com "quoted" \\' });
    assert.doesNotMatch(answer.json.error_description ?? '', /ada|["\\]/);
  });
});
