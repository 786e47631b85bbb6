// UserInfo, OpenID Connect Core section 5.3.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ok, tokenRefused } from '../support/expect.mjs';
import { fullCodeFlow, signIn } from '../support/flow.mjs';
import { get, postForm, send } from '../support/http.mjs';
import { startSystem } from '../support/system.mjs';

let system;
let ada;
let endpoint;
before(async () => {
  system = await startSystem();
  ada = await signIn(system, 'ada');
  endpoint = `${system.auth}/oauth/userinfo`;
});
after(() => system?.stop());

const tokenFor = async (scope) => (await fullCodeFlow(system, { jar: ada.copy(), scope })).tokens;
const bearer = (token) => ({ headers: { authorization: `Bearer ${token}` } });

test('GET and POST give the claims that the scopes allow', async () => {
  const { access_token } = await tokenFor('openid profile email');
  for (const answer of [await get(endpoint, bearer(access_token)), await postForm(endpoint, {}, bearer(access_token))]) {
    const claims = ok(answer).json;
    assert.equal(claims.sub, 'u_ada');
    assert.ok(claims.name && claims.email);
    assert.equal(claims.email_verified, false);
    assert.match(answer.headers['cache-control'], /no-store/);
  }
});

test('with openid alone there is only sub', async () => {
  const { access_token } = await tokenFor('openid');
  const claims = ok(await get(endpoint, bearer(access_token))).json;
  assert.equal(claims.sub, 'u_ada');
  for (const name of ['email', 'email_verified', 'name']) assert.equal(claims[name], undefined);
});

test('a token without openid is 403 insufficient_scope', async () => {
  const { access_token } = await tokenFor('read');
  const answer = await get(endpoint, bearer(access_token));
  assert.equal(answer.status, 403);
  assert.match(answer.headers['www-authenticate'], /insufficient_scope/);
});

test('[84] [105] no token, an ID token and nonsense are 401', async () => {
  const bare = await get(endpoint);
  assert.equal(bare.status, 401);
  assert.match(bare.headers['www-authenticate'], /^Bearer/);
  assert.doesNotMatch(bare.headers['www-authenticate'], /error=/);
  const { id_token } = await tokenFor('openid');
  tokenRefused(await get(endpoint, bearer(id_token)));
  tokenRefused(await get(endpoint, bearer('nonsense')));
});

test('[105] a token in the query is refused', async () => {
  const { access_token } = await tokenFor('openid');
  const answer = await get(`${endpoint}?access_token=${access_token}`);
  assert.ok([400, 401].includes(answer.status));
});

test('[117] a browser of any origin may read it, without credentials', async () => {
  const { access_token } = await tokenFor('openid');
  const answer = await get(endpoint, { headers: { authorization: `Bearer ${access_token}`, origin: system.app } });
  assert.equal(answer.headers['access-control-allow-origin'], '*');
  assert.equal(answer.headers['access-control-allow-credentials'], undefined);
  const headers = { origin: system.app, 'access-control-request-method': 'GET', 'access-control-request-headers': 'authorization' };
  const preflight = await send('OPTIONS', endpoint, { headers });
  assert.ok([200, 204].includes(preflight.status));
  assert.match(preflight.headers['access-control-allow-headers'] ?? '', /authorization/i);
});
