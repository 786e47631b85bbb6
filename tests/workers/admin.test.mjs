// The administration's API: grants listed and ended, people and clients switched off and on.
// Numbers in brackets are rows of docs/threats.md.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { clientRefused, ok, tokenError, tokenRefused } from '../support/expect.mjs';
import { fullCodeFlow, login, obtainCode, offlineFlow, redeem, refresh, signIn, userinfo } from '../support/flow.mjs';
import { loginForm } from '../support/html.mjs';
import { CookieJar, get, postJson, send } from '../support/http.mjs';
import { startSystem } from '../support/system.mjs';

let system;
let admin;
before(async () => {
  system = await startSystem();
  admin = await tokenFor({});
});
after(() => system?.stop());

/** An access token of grace's, for this server, to administer with. */
async function tokenFor(changes) {
  const { tokens } = await fullCodeFlow(system, { user: 'grace', scope: 'openid admin', resource: system.auth, ...changes });
  return tokens.access_token;
}

const bearer = (token) => (token ? { authorization: `Bearer ${token}` } : {});
const act = (path, body, token = admin) => postJson(`${system.auth}/admin/api/${path}`, body, { headers: bearer(token) });
const list = (query, token = admin) => get(`${system.auth}/admin/api/grants?${query}`, { headers: bearer(token) });

/** A 401 or 403 with its challenge. */
function refused(answer, status, error) {
  tokenError(answer, error, status);
  assert.match(answer.headers['www-authenticate'], /^Bearer\b/);
}

test('only an administrator\'s live token for this server may do it', async () => {
  refused(await list('user_id=u_ada', ''), 401, 'invalid_token');
  refused(await list('user_id=u_ada', 'nonsense'), 401, 'invalid_token');
  refused(await list('user_id=u_ada', await tokenFor({ resource: system.api })), 401, 'invalid_token');
  refused(await list('user_id=u_ada', await tokenFor({ scope: 'openid' })), 403, 'insufficient_scope');
  // Ada asks for the scope as well, and gets the rest.
  refused(await list('user_id=u_ada', await tokenFor({ user: 'ada' })), 403, 'insufficient_scope');
  ok(await list('user_id=u_ada'));
});

test('the grants of a person are listed, and one is ended', async () => {
  const jar = await signIn(system, 'ada');
  const [first, second] = [await offlineFlow(system, { jar }), await offlineFlow(system, { jar, clientId: 'web-app' })];
  const answer = ok(await list('user_id=u_ada'));
  assert.match(answer.headers['cache-control'], /no-store/);
  const grant = first.tokens.refresh_token.split('.')[1];
  const row = answer.json.grants.find((entry) => entry.grant === grant);
  assert.deepEqual([row.client_id, row.resource, Object.keys(row).sort()], ['web-ui', system.api, ['client_id', 'grant', 'resource', 'scope', 'since', 'until']]);
  const ending = { user_id: 'u_ada', client_id: 'web-ui', grant };
  assert.deepEqual(ok(await act('grants/end', ending)).json, { ended: 1, complete: true });
  tokenError(await refresh(system, 'web-ui', first.tokens.refresh_token), 'invalid_grant');
  tokenRefused(await userinfo(system, first.tokens.access_token));
  ok(await refresh(system, 'web-app', second.tokens.refresh_token));
  tokenError(await act('grants/end', ending), 'not_found', 404);
  assert.ok(!ok(await list('user_id=u_ada')).json.grants.some((entry) => entry.grant === grant));
});

test('150 grants are listed in pages of a hundred and ended at once', async () => {
  const jar = await signIn(system, 'alan');
  await offlineFlow(system, { jar, user: 'alan' });
  for (let round = 0; round < 15; round += 1) {
    // A client has at most a hundred grants of one user.
    const clientId = round % 2 === 0 ? 'web-app' : 'web-ui';
    await Promise.all(Array.from({ length: 10 }, () => obtainCode(system, { clientId, jar: jar.copy(), user: 'alan', scope: 'openid profile read' })));
  }
  const first = ok(await list('user_id=u_alan')).json;
  assert.equal(first.grants.length, 100);
  const second = ok(await list(new URLSearchParams({ user_id: 'u_alan', after: first.next }).toString())).json;
  assert.equal(second.grants.length, 51);
  assert.equal(second.next, undefined);
  assert.deepEqual(ok(await act('users/sign-out', { user_id: 'u_alan' })).json, { ended: 151, complete: true });
  assert.deepEqual(ok(await list('user_id=u_alan')).json.grants, []);
  assert.ok(loginForm(ok(await get(`${system.auth}/account`, { jar })).text));
});

test('what is unknown is 404, what is malformed 400, what is not there 405', async () => {
  for (const path of ['users/sign-out', 'users/disable', 'users/enable']) {
    tokenError(await act(path, { user_id: 'u_nobody' }), 'not_found', 404);
    for (const body of [{}, { user_id: 'ada' }, { user_id: 7 }, '[]', '{']) tokenError(await act(path, body), 'invalid_request');
  }
  for (const path of ['clients/disable', 'clients/enable']) {
    tokenError(await act(path, { client_id: 'nobody' }), 'not_found', 404);
    tokenError(await act(path, { client_id: 'direct-login' }), 'not_found', 404);
    tokenError(await act(path, {}), 'invalid_request');
  }
  tokenError(await list('user_id=u_nobody'), 'not_found', 404);
  for (const query of ['', 'user_id=ada', 'user_id=u_ada&after=x']) tokenError(await list(query), 'invalid_request');
  assert.equal((await send('POST', `${system.auth}/admin/api/grants`, { headers: bearer(admin) })).status, 405);
  assert.equal((await get(`${system.auth}/admin/api/users/disable`, { headers: bearer(admin) })).status, 405);
  assert.equal((await get(`${system.auth}/admin/api/nothing`, { headers: bearer(admin) })).status, 404);
});

test('[59] a person who is disabled is out at the next request, and in again only anew', async () => {
  const jar = await signIn(system, 'ada');
  const { tokens } = await offlineFlow(system, { jar });
  const obtained = await obtainCode(system, { jar });
  assert.equal(ok(await act('users/disable', { user_id: 'u_ada' })).json.complete, true);
  tokenError(await refresh(system, 'web-ui', tokens.refresh_token), 'invalid_grant');
  tokenRefused(await userinfo(system, tokens.access_token));
  tokenError(await redeem(system, obtained), 'invalid_grant');
  const page = ok(await get(`${system.auth}/account`, { jar }));
  assert.ok(loginForm(page.text));
  const fresh = new CookieJar();
  assert.notEqual((await login(ok(await get(`${system.auth}/login`, { jar: fresh })), 'ada', fresh)).status, 303);
  ok(await act('users/enable', { user_id: 'u_ada' }), 204);
  tokenError(await refresh(system, 'web-ui', tokens.refresh_token), 'invalid_grant');
  await fullCodeFlow(system, { jar: await signIn(system, 'ada') });
});

test('[59] a client that is disabled is out, and its old grants stay dead', async () => {
  const jar = await signIn(system, 'ada');
  const { tokens } = await offlineFlow(system, { jar, clientId: 'web-app' });
  ok(await act('clients/disable', { client_id: 'web-app' }), 204);
  clientRefused(await refresh(system, 'web-app', tokens.refresh_token), { challenge: true });
  tokenRefused(await userinfo(system, tokens.access_token));
  ok(await act('clients/enable', { client_id: 'web-app' }), 204);
  tokenError(await refresh(system, 'web-app', tokens.refresh_token), 'invalid_grant');
  tokenRefused(await userinfo(system, tokens.access_token));
  // Whatever began in the very second of the change is over as well.
  await new Promise((resolve) => setTimeout(resolve, 1_100));
  const anew = await offlineFlow(system, { jar, clientId: 'web-app' });
  ok(await refresh(system, 'web-app', anew.tokens.refresh_token));
});

test('[133] an administrator cannot disable themself, nor the client that they act through', async () => {
  tokenError(await act('users/disable', { user_id: 'u_grace' }), 'conflict', 409);
  tokenError(await act('clients/disable', { client_id: 'web-ui' }), 'conflict', 409);
  ok(await list('user_id=u_grace'));
  ok(await act('users/disable', { user_id: 'u_ada' }));
  ok(await act('users/enable', { user_id: 'u_ada' }), 204);
});

test('[133] two administrators who disable each other at once: one wins, and goes on', async () => {
  await system.halt();
  system.sql('users', "UPDATE users SET roles = 'operator administrator' WHERE user_id = 'u_ada'");
  await system.start();
  for (let round = 0; round < 5; round += 1) {
    const tokens = { u_ada: await tokenFor({ user: 'ada' }), u_grace: await tokenFor({ user: 'grace' }) };
    const answers = await Promise.all([
      act('users/disable', { user_id: 'u_grace' }, tokens.u_ada),
      act('users/disable', { user_id: 'u_ada' }, tokens.u_grace),
    ]);
    const winners = answers.filter(({ status }) => status === 200);
    assert.equal(winners.length, 1, answers.map(({ status, text }) => `${status} ${text}`).join('\n'));
    const [winner, loser] = answers[0].status === 200 ? ['u_ada', 'u_grace'] : ['u_grace', 'u_ada'];
    ok(await act('users/enable', { user_id: loser }, tokens[winner]), 204);
  }
});

test('[133] two clients of administrators that disable each other at once: one wins, and goes on', async () => {
  await system.halt();
  system.sql('clients', "UPDATE clients SET record = json_set(record, '$.scope', record ->> '$.scope' || ' admin') WHERE client_id = 'web-app'");
  system.forgetCaches();
  await system.start();
  const tokens = { 'web-ui': await tokenFor({}), 'web-app': await tokenFor({ clientId: 'web-app' }) };
  const answers = await Promise.all([
    act('clients/disable', { client_id: 'web-app' }, tokens['web-ui']),
    act('clients/disable', { client_id: 'web-ui' }, tokens['web-app']),
  ]);
  assert.equal(answers.filter(({ status }) => status === 204).length, 1, answers.map(({ status, text }) => `${status} ${text}`).join('\n'));
  const [winner, loser] = answers[0].status === 204 ? ['web-ui', 'web-app'] : ['web-app', 'web-ui'];
  ok(await act('clients/enable', { client_id: loser }, tokens[winner]), 204);
});

test('[133] whoever changes anything signed in lately; reading needs no more than the token', async () => {
  await system.restart({ vars: { auth: { ADMIN_SIGN_IN_LIFETIME: '2' } } });
  const jar = await signIn(system, 'grace');
  const token = await tokenFor({ jar });
  ok(await act('users/enable', { user_id: 'u_ada' }, token), 204);
  await new Promise((resolve) => setTimeout(resolve, 3_100));
  for (const [path, body] of [
    ['users/sign-out', { user_id: 'u_alan' }], ['users/disable', { user_id: 'u_alan' }], ['users/enable', { user_id: 'u_alan' }],
    ['clients/disable', { client_id: 'web-app' }], ['clients/enable', { client_id: 'web-app' }], ['grants/end', {}],
    ['keys/rotate', { algorithm: 'ES256' }], ['keys/drop', { kid: 'x' }],
  ]) {
    const answer = await act(path, body, token);
    refused(answer, 401, 'insufficient_user_authentication');
    assert.match(answer.headers['www-authenticate'], /error="insufficient_user_authentication".*max_age="2"/, path);
  }
  ok(await list('user_id=u_alan', token));
  ok(await get(`${system.auth}/admin/api/keys`, { headers: bearer(token) }));
  // A new code from the old login changes nothing; with max_age, as the challenge says, the password is asked for.
  refused(await act('users/enable', { user_id: 'u_alan' }, await tokenFor({ jar })), 401, 'insufficient_user_authentication');
  ok(await act('users/enable', { user_id: 'u_alan' }, await tokenFor({ jar, max_age: '2' })), 204);
});
