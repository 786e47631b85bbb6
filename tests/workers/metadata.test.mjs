// Keys and metadata: every listed thing works, and nothing else is listed. Numbers in brackets are rows of docs/threats.md.
import assert from 'node:assert/strict';
import http from 'node:http';
import { networkInterfaces } from 'node:os';
import { after, before, test } from 'node:test';
import { ok, tokenError, unavailable } from '../support/expect.mjs';
import { assertion, authorizationRequest, authorize, fullCodeFlow, machineToken, offlineFlow, refresh, secretAssertion, signIn, token, tokenByAssertion } from '../support/flow.mjs';
import { loginForm } from '../support/html.mjs';
import { get, postForm, send } from '../support/http.mjs';
import { decode, verifies } from '../support/jwt.mjs';
import { startSystem } from '../support/system.mjs';

let system;
before(async () => {
  system = await startSystem();
});
after(() => system?.stop());

const DOCUMENTS = ['/.well-known/openid-configuration', '/.well-known/oauth-authorization-server'];
const metadata = async (path = DOCUMENTS[0]) => ok(await get(`${system.auth}${path}`)).json;

for (const path of DOCUMENTS) {
  test(`${path} has what its RFC requires`, async () => {
    const answer = ok(await get(`${system.auth}${path}`));
    assert.match(answer.headers['content-type'], /^application\/json/);
    assert.equal(answer.headers['access-control-allow-origin'], '*');
    const document = answer.json;
    assert.equal(document.issuer, system.auth);
    assert.equal(document.authorization_endpoint, `${system.auth}/oauth/authorize`);
    assert.equal(document.token_endpoint, `${system.auth}/oauth/token`);
    assert.equal(document.jwks_uri, `${system.auth}/oauth/jwks`);
    assert.deepEqual(document.response_types_supported, ['code']);
    assert.deepEqual(document.code_challenge_methods_supported, ['S256']);
    assert.equal(document.authorization_response_iss_parameter_supported, true);
  });
}

test('OpenID Connect\'s document has what Discovery requires', async () => {
  const document = await metadata();
  assert.equal(document.userinfo_endpoint, `${system.auth}/oauth/userinfo`);
  assert.deepEqual(document.subject_types_supported, ['public']);
  assert.ok(document.id_token_signing_alg_values_supported.includes('RS256'));
  assert.equal(document.id_token_signing_alg_values_supported.includes('none'), false);
  assert.ok(document.scopes_supported.includes('openid'));
});

test('[87] every listed endpoint exists, on this origin', async () => {
  for (const path of DOCUMENTS) {
    for (const [name, value] of Object.entries(await metadata(path))) {
      if (!/_endpoint$|_uri$/.test(name)) continue;
      assert.ok(value.startsWith(`${system.auth}/`), `${name}: ${value}`);
      const answer = await get(value);
      if (/introspection|revocation|pushed/.test(name)) assert.deepEqual([answer.status, answer.headers.allow], [405, 'POST'], name);
      assert.ok(![404, 500, 503].includes(answer.status), `${name}: ${answer.status}`);
    }
  }
});

// matrix-authentication-service refuses a server whose metadata lack one of these (RFC 8414 section 2).
test('wherever clients may sign, the algorithms are listed', async () => {
  const document = await metadata();
  for (const [name, methods] of Object.entries(document)) {
    if (!name.endsWith('_auth_methods_supported') || !methods.includes('private_key_jwt')) continue;
    const algorithms = document[name.replace('_auth_methods_', '_auth_signing_alg_values_')];
    assert.ok(algorithms?.includes('ES256') && algorithms.includes('HS256') && !algorithms.includes('none'), name);
  }
});

test('every listed authentication method works, and no other', async () => {
  const { token_endpoint_auth_methods_supported: listed } = await metadata();
  const fields = { grant_type: 'client_credentials', scope: 'read:students' };
  const tries = {
    client_secret_basic: () => token(system, 'client-123', fields),
    client_secret_post: () => postForm(`${system.auth}/oauth/token`, { ...fields, client_id: 'client-123', client_secret: 'super-secret-key' }),
    private_key_jwt: () => tokenByAssertion(system, assertion(system)),
    client_secret_jwt: () => tokenByAssertion(system, secretAssertion(system)),
    none: async () => (await fullCodeFlow(system)).redeemed,
  };
  assert.deepEqual([...listed].sort(), Object.keys(tries).sort());
  for (const [name, attempt] of Object.entries(tries)) assert.equal((await attempt()).status, 200, name);
});

test('introspection, revocation and pushed requests are listed with what their clients authenticate by', async () => {
  for (const path of DOCUMENTS) {
    const document = await metadata(path);
    const { token_endpoint_auth_methods_supported: methods } = document;
    assert.equal(document.introspection_endpoint, `${system.auth}/oauth/introspect`);
    assert.deepEqual(document.introspection_endpoint_auth_methods_supported, methods.filter((method) => method !== 'none'));
    assert.deepEqual(document.introspection_signing_alg_values_supported, ['RS256']);
    assert.equal(document.revocation_endpoint, `${system.auth}/oauth/revoke`);
    assert.deepEqual(document.revocation_endpoint_auth_methods_supported, methods);
    assert.equal(document.pushed_authorization_request_endpoint, `${system.auth}/oauth/par`);
    assert.equal(document.require_pushed_authorization_requests, false);
  }
});

test('every listed grant works, and no other', async () => {
  const { grant_types_supported: listed } = await metadata();
  assert.deepEqual([...listed].sort(), ['authorization_code', 'client_credentials', 'refresh_token']);
  const { tokens } = await offlineFlow(system);
  ok(await refresh(system, 'web-ui', tokens.refresh_token));
  await machineToken(system, 'read:students');
  tokenError(await token(system, 'client-123', { grant_type: 'urn:ietf:params:oauth:grant-type:device_code' }), 'unsupported_grant_type');
});

test('every listed scope may be asked for', async () => {
  const { scopes_supported: listed } = await metadata();
  for (const scope of listed) assert.match(scope, /^[\x21\x23-\x5b\x5d-\x7e]+$/);
  for (const scope of ['openid', 'profile', 'email', 'offline_access', 'read', 'write', 'read:students']) assert.ok(listed.includes(scope), scope);
  assert.equal(new Set(listed).size, listed.length);
  // Those of the API are what the API lists, and no more.
  const { scopes_supported: ofTheApi } = ok(await get(`${system.api}/.well-known/oauth-protected-resource`)).json;
  const ours = ['openid', 'profile', 'email', 'offline_access', 'm2m:run', 'admin'];
  assert.deepEqual(listed, [...ours, ...ofTheApi]);
});

test('every listed response mode and prompt works', async () => {
  const { response_modes_supported: modes = ['query'], prompt_values_supported: prompts = [] } = await metadata();
  const jar = await signIn(system, 'ada');
  for (const response_mode of modes) {
    const { params } = authorizationRequest(system, 'web-ui', { response_mode });
    const answer = await authorize(system, params, jar.copy());
    assert.ok([200, 302, 303].includes(answer.status), response_mode);
    if (answer.location) assert.notEqual(answer.redirected.get('error'), 'invalid_request', response_mode);
  }
  for (const prompt of prompts) {
    const { params } = authorizationRequest(system, 'web-ui', { prompt });
    const answer = await authorize(system, params, jar.copy());
    assert.ok([200, 302, 303].includes(answer.status), prompt);
    if (prompt === 'login') assert.ok(loginForm(answer.text));
  }
});

test('what is not there is not listed', async () => {
  for (const path of DOCUMENTS) {
    const document = await metadata(path);
    if (document.request_parameter_supported !== undefined) assert.equal(document.request_parameter_supported, false);
    if (path === DOCUMENTS[0]) assert.equal(document.request_uri_parameter_supported, false, 'its default would be true');
    for (const name of Object.keys(document)) assert.doesNotMatch(name, /device|end_session/, name);
  }
});

test('[85] the JWKS holds public keys only, each with its own kid, RSA of 2048 bits at least, cacheable by all', async () => {
  const answer = ok(await get(`${system.auth}/oauth/jwks`));
  const { keys } = answer.json;
  assert.ok(keys.length >= 2);
  assert.equal(new Set(keys.map(({ kid }) => kid)).size, keys.length);
  for (const key of keys) {
    for (const secret of ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k', 'oth']) assert.equal(key[secret], undefined);
    assert.equal(key.use, 'sig');
    assert.ok(['ES256', 'RS256'].includes(key.alg));
    if (key.kty === 'RSA') assert.ok(Buffer.from(key.n, 'base64url').length >= 256);
  }
  assert.match(answer.headers['cache-control'], /max-age=\d+/);
  assert.equal(answer.headers['access-control-allow-origin'], '*');
});

test('[86] keys stay the same over a restart, and old tokens still verify', async () => {
  const { tokens } = await fullCodeFlow(system);
  const before = ok(await get(`${system.auth}/oauth/jwks`)).json.keys;
  await system.restart();
  const after = ok(await get(`${system.auth}/oauth/jwks`)).json.keys;
  const kids = (keys) => keys.map(({ kid }) => kid).sort();
  assert.deepEqual(kids(after), kids(before));
  for (const jwt of [tokens.access_token, tokens.id_token]) {
    assert.ok(verifies(jwt, after.find(({ kid }) => kid === decode(jwt).header.kid)));
  }
});

test('[86] two first requests at once on fresh state make one key of each kind', async () => {
  const { keys } = ok(await get(`${system.auth}/oauth/jwks`)).json;
  for (const algorithm of ['ES256', 'RS256']) assert.equal(keys.filter(({ alg }) => alg === algorithm).length, 1, algorithm);
});

test('[87] a forged Host or X-Forwarded-* changes no issuer and no link', async () => {
  const forged = {
    host: 'attacker.example', 'x-forwarded-host': 'attacker.example', 'x-forwarded-proto': 'https', forwarded: 'host=attacker.example',
  };
  for (const path of [...DOCUMENTS, '/oauth/jwks', '/login']) {
    const answer = await get(`${system.auth}${path}`, { headers: forged });
    assert.doesNotMatch(answer.text, /attacker\.example/, path);
    assert.doesNotMatch(answer.location ?? '', /attacker\.example/, path);
  }
  const { params } = authorizationRequest(system, 'web-ui', { prompt: 'none' });
  const query = new URLSearchParams(params).toString();
  const answer = await get(`${system.auth}/oauth/authorize?${query}`, { headers: forged });
  assert.equal(answer.redirected.get('iss'), system.auth);
});

test('every listed language is that of a page that is asked for in it', async () => {
  const { ui_locales_supported: languages } = await metadata();
  assert.equal(languages[0], 'en');
  const isIn = (language, page) => {
    assert.equal(page.headers['content-language'], language);
    assert.match(page.text, new RegExp(`<html lang="${language}">`));
  };
  for (const language of languages) {
    const { params } = authorizationRequest(system, 'web-ui', { ui_locales: `tlh ${language}-x-any en` });
    const page = ok(await authorize(system, params));
    isIn(language, page);
    isIn(language, await authorize(system, { ...params, redirect_uri: 'https://attacker.example/' }));
    const headers = { 'accept-language': `tlh, ${language};q=0.8, en;q=0.5` };
    for (const path of ['/', '/login']) isIn(language, ok(await get(`${system.auth}${path}`, { headers })));
  }
  const { params } = authorizationRequest(system, 'web-ui', { ui_locales: 'tlh' });
  isIn('en', ok(await authorize(system, params)));
});

test('health says ok and names each store', async () => {
  const { status, ...stores } = ok(await get(`${system.auth}/health`)).json;
  assert.equal(status, 'ok');
  assert.ok(Object.keys(stores).length > 0);
  assert.equal(ok(await get(`${system.api}/health`)).json.status, 'ok');
});

/** Not every machine has the second. */
const LOOPBACKS = ['127.0.0.1', ...Object.values(networkInterfaces()).flat().map(({ address }) => address).filter((address) => address === '::1')];

test('localhost is both of its addresses', async () => {
  for (const [part, port] of Object.entries(system.ports)) {
    for (const host of LOOPBACKS) {
      const headers = { host: `localhost:${port}` };
      const status = await new Promise((resolve) => http.get({ host, port, path: '/health', headers }, (response) => resolve(response.resume().statusCode)).on('error', ({ code }) => resolve(code)));
      assert.equal(status, 200, `${part} at ${host}`);
    }
  }
});

test('an issuer with a slash too many is said at /health, and a secret at fault is not', async () => {
  const slashed = { ISSUER: `${system.auth}/` };
  await system.restart({ vars: { auth: { ...slashed, OSTIARY_SECRET: 'short' }, api: { ...slashed, INTROSPECTION_CLIENT_SECRET: '' }, app: slashed } });
  const slash = 'ISSUER ends with a slash: leave that out';
  for (const part of ['auth', 'api']) {
    const health = await get(`${system[part]}/health`);
    unavailable(health);
    assert.deepEqual(health.json, { status: 'down', configuration: slash }, part);
    assert.ok(!(await get(`${system[part]}/`)).text.includes('ISSUER'));
  }
  await system.restart();
  ok(await get(`${system.auth}/health`));
});

test('[114] HEAD of the documents is the same without a body', async () => {
  for (const path of [...DOCUMENTS, '/oauth/jwks', '/health']) {
    const answer = await send('HEAD', `${system.auth}${path}`);
    assert.ok([200, 405].includes(answer.status), `${path}: ${answer.status}`);
    assert.equal(answer.body.length, 0);
  }
});
