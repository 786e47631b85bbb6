// The client_credentials grant. Numbers in brackets are rows of docs/threats.md.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ok, tokenError, tokenRefused } from '../support/expect.mjs';
import { assertion, callApi, token, tokenByAssertion } from '../support/flow.mjs';
import { get } from '../support/http.mjs';
import { decode } from '../support/jwt.mjs';
import { startSystem } from '../support/system.mjs';

let system;
before(async () => {
  system = await startSystem();
});
after(() => system?.stop());

const machine = (fields = {}, clientId = 'client-123') =>
  token(system, clientId, { grant_type: 'client_credentials', ...fields });

test('a machine gets a token of an hour that opens the students', async () => {
  const { access_token, expires_in, token_type, scope } = ok(await machine({ scope: 'read:students' })).json;
  assert.equal(expires_in, 3600);
  assert.equal(token_type, 'Bearer');
  assert.ok([undefined, 'read:students'].includes(scope));
  const students = ok(await callApi(system, '/students', access_token)).json;
  assert.deepEqual(students, [{ id: 1, name: 'Ada' }, { id: 2, name: 'Alan' }]);
});

test('[61] a public client gets none', async () => {
  const answer = await machine({ scope: 'read' }, 'web-ui');
  assert.ok(['invalid_client', 'unauthorized_client'].includes(answer.json.error), answer.text);
});

test('[61] there is no refresh token and no ID token, and sub is the client, never a user', async () => {
  for (const answer of [ok(await machine({ scope: 'read:students' })), ok(await tokenByAssertion(system, assertion(system)))]) {
    assert.equal(answer.json.refresh_token, undefined);
    assert.equal(answer.json.id_token, undefined);
    const { sub, client_id } = decode(answer.json.access_token).claims;
    assert.equal(sub, client_id);
    assert.doesNotMatch(sub, /^u_/);
  }
});

test('[61] a machine\'s token is no user at userinfo', async () => {
  const { access_token } = ok(await machine({ scope: 'read:students' })).json;
  const answer = await get(`${system.auth}/oauth/userinfo`, { headers: { authorization: `Bearer ${access_token}` } });
  assert.ok([401, 403].includes(answer.status), `${answer.status} ${answer.text}`);
});

for (const scope of ['admin', 'm2m:run', 'read:students admin', 'no-such-scope', 'openid', 'offline_access']) {
  test(`[62] the scope "${scope}" is invalid_scope`, async () => tokenError(await machine({ scope }), 'invalid_scope'));
}

test('[62] a malformed scope is invalid_scope', async () => {
  tokenError(await machine({ scope: 'read:students "x"' }), 'invalid_scope');
  tokenError(await machine({ scope: 'läsen' }), 'invalid_scope');
});

test('[62] an absent scope gives the client\'s default scopes, none of them privileged', async () => {
  const { access_token } = ok(await machine()).json;
  assert.doesNotMatch(decode(access_token).claims.scope ?? '', /admin|m2m:run/);
});

for (const resource of ['https://elsewhere.example', 'not a uri', '/relative', 'http://localhost:18789.attacker.example/']) {
  test(`[62] the resource ${resource} is invalid_target`, async () => {
    tokenError(await machine({ scope: 'read:students', resource }), 'invalid_target');
  });
}

test('[62] a resource with a fragment is invalid_target', async () => {
  tokenError(await machine({ scope: 'read:students', resource: `${system.api}#x` }), 'invalid_target');
});

test('[62] the api by name, with or without a slash, is the audience', async () => {
  for (const resource of [system.api, `${system.api}/`]) {
    const { access_token } = ok(await machine({ scope: 'read:students', resource })).json;
    assert.deepEqual([decode(access_token).claims.aud].flat(), [system.api]);
  }
});

test('a token with one letter changed opens nothing', async () => {
  const { access_token } = ok(await machine({ scope: 'read:students' })).json;
  const [header, claims, signature] = access_token.split('.');
  const swapped = `${header}.${claims}.${signature[5] === 'A' ? 'B' : 'A'}${signature.slice(1)}`;
  tokenRefused(await callApi(system, '/students', swapped === access_token ? `${access_token}A` : swapped));
});
