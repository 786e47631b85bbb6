// Direct login for first-party applications: POST /login with JSON, POST /token, DELETE /logout.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ok, tokenError, tokenRefused } from '../support/expect.mjs';
import { callApi, directLogin, directLogout, directRefresh, introspect, offlineFlow, refresh, signIn, userinfo } from '../support/flow.mjs';
import { loginForm } from '../support/html.mjs';
import { get, postForm, postJson, send } from '../support/http.mjs';
import { decode } from '../support/jwt.mjs';
import { startSystem } from '../support/system.mjs';

/** For how many seconds a used refresh token gets its answer again. */
const GRACE = 15;

let system;
before(async () => {
  system = await startSystem({ vars: { auth: { REFRESH_GRACE_LIFETIME: String(GRACE) } } });
});
after(() => system?.stop());

const tokens = async (user = 'ada') => ok(await directLogin(system, user)).json;
const asJson = (path, body, type = 'application/json') => send('POST', `${system.auth}${path}`, { headers: { 'content-type': type }, body });

test('name and password give an access and a refresh token, and no cookie', async () => {
  const answer = ok(await directLogin(system, 'ada'));
  assert.equal(answer.headers['set-cookie'], undefined);
  assert.match(answer.headers['cache-control'], /no-store/);
  const { access_token, refresh_token, token_type, expires_in } = answer.json;
  assert.equal(token_type, 'Bearer');
  assert.ok(refresh_token && expires_in > 0);
  const { claims } = decode(access_token);
  assert.deepEqual([claims.sub, claims.client_id, claims.aud], ['u_ada', 'direct-login', system.api]);
  ok(await callApi(system, '/api/user/profile', access_token));
  ok(await callApi(system, '/students', access_token));
  assert.equal(ok(await userinfo(system, access_token)).json.sub, 'u_ada');
  assert.equal(ok(await introspect(system, access_token)).json.active, true);
});

test('an administrator gets no privileged scope by it', async () => {
  const { scope } = await tokens('grace');
  assert.doesNotMatch(scope, /admin|m2m:run/);
});

test('a refresh token rotates; a retry gets the very same answer; reuse ends the family', async () => {
  const first = await tokens();
  const answer = ok(await directRefresh(system, first.refresh_token));
  assert.notEqual(answer.json.refresh_token, first.refresh_token);
  const third = ok(await directRefresh(system, answer.json.refresh_token)).json;
  assert.equal(ok(await directRefresh(system, first.refresh_token)).text, answer.text);
  await sleep(GRACE * 1_000 + 1_100);
  tokenError(await directRefresh(system, first.refresh_token), 'invalid_grant');
  tokenError(await directRefresh(system, third.refresh_token), 'invalid_grant');
  tokenRefused(await userinfo(system, third.access_token));
});

test('[57] one refresh token used 50 times at once has one successor', async () => {
  const { refresh_token } = await tokens();
  const answers = await Promise.all(Array.from({ length: 50 }, () => directRefresh(system, refresh_token)));
  const successors = new Set(answers.map((answer) => ok(answer).json.refresh_token));
  assert.equal(successors.size, 1);
});

test('logging out ends the family at the next request, and asking again is no error', async () => {
  const given = await tokens();
  const other = await tokens();
  for (let round = 0; round < 2; round += 1) {
    const answer = ok(await directLogout(system, given.refresh_token), 204);
    assert.equal(answer.text, '');
  }
  tokenError(await directRefresh(system, given.refresh_token), 'invalid_grant');
  tokenRefused(await userinfo(system, given.access_token));
  assert.equal(ok(await introspect(system, given.access_token)).json.active, false);
  ok(await directLogout(system, 'r1.nonsense'), 204);
  ok(await directRefresh(system, other.refresh_token));
});

test('an access token as bearer logs out as well', async () => {
  const given = await tokens();
  const bearer = (token) => send('DELETE', `${system.auth}/logout`, { headers: { authorization: `Bearer ${token}` } });
  ok(await bearer('nonsense'), 204);
  ok(await bearer(given.access_token), 204);
  tokenError(await directRefresh(system, given.refresh_token), 'invalid_grant');
});

test('its refresh token works nowhere else, and no other one here', async () => {
  const given = await tokens();
  const fields = { grant_type: 'refresh_token', refresh_token: given.refresh_token };
  tokenError(await refresh(system, 'web-ui', given.refresh_token), 'invalid_grant');
  tokenError(await postForm(`${system.auth}/oauth/token`, { ...fields, client_id: 'direct-login' }), 'invalid_client', 401);
  const { tokens: theirs } = await offlineFlow(system, { jar: await signIn(system, 'ada') });
  tokenError(await directRefresh(system, theirs.refresh_token), 'invalid_grant');
  tokenError(await directLogout(system, theirs.refresh_token), 'invalid_grant');
  ok(await refresh(system, 'web-ui', theirs.refresh_token));
  ok(await directRefresh(system, given.refresh_token));
});

test('what is malformed is 400 in JSON, whatever it is', async () => {
  const bodies = ['', '{', '[]', 'null', '{"username":"ada"}', '{"username":"ada","password":1}', '{"username":"ada","username":"ada","password":"x"}', `{"x":${'['.repeat(9000)}`, '\0'];
  for (const body of bodies) tokenError(await asJson('/login', body), 'invalid_request');
  for (const path of ['/token']) {
    tokenError(await asJson(path, '{}'), 'invalid_request');
    tokenError(await asJson(path, 'refresh_token=x', 'application/x-www-form-urlencoded'), 'invalid_request');
  }
  tokenError(await send('DELETE', `${system.auth}/logout`, { headers: {} }), 'invalid_request');
});

test('the form at the same path is still the page\'s', async () => {
  const page = await get(`${system.auth}/login`);
  assert.ok(loginForm(page.text));
  const answer = await postForm(`${system.auth}/login`, { username: 'ada', password: 'x' });
  assert.match(answer.headers['content-type'], /^text\/html/);
});

test('other methods are 405, and no other origin may send it from a browser', async () => {
  for (const [path, allow] of [['/token', 'POST'], ['/logout', 'DELETE']]) {
    const answer = await get(`${system.auth}${path}`);
    assert.equal(answer.status, 405);
    assert.equal(answer.headers.allow, allow);
  }
  for (const path of ['/login', '/token', '/logout']) {
    const headers = { origin: system.app, 'access-control-request-method': 'POST', 'access-control-request-headers': 'content-type' };
    const preflight = await send('OPTIONS', `${system.auth}${path}`, { headers });
    assert.equal(preflight.headers['access-control-allow-origin'], undefined);
    assert.notEqual(preflight.status, 204);
  }
});

test('a wrong password is 401 invalid_grant; the eleventh is 429, on the page as well', async () => {
  const wrong = () => directLogin(system, 'alan', 'x'.repeat(200));
  for (let round = 0; round < 10; round += 1) tokenError(await wrong(), 'invalid_grant', 401);
  const answer = await directLogin(system, 'alan');
  tokenError(answer, 'temporarily_unavailable', 429);
  assert.ok(Number(answer.headers['retry-after']) > 0);
  await assert.rejects(signIn(system, 'alan'), /429/);
});

test('switched off it is 403 with a reason', async () => {
  const given = await tokens();
  await system.restart({ vars: { auth: { DIRECT_LOGIN: 'off' } } });
  for (const answer of [await directLogin(system, 'ada'), await directRefresh(system, given.refresh_token), await directLogout(system, given.refresh_token)]) {
    tokenError(answer, 'access_denied', 403);
    assert.match(answer.json.error_description, /switched off/);
  }
  await system.restart();
  ok(await directRefresh(system, given.refresh_token));
  tokenError(await postJson(`${system.auth}/token`, {}), 'invalid_request');
});
