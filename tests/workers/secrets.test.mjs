// After everything that a client and a person do, nothing secret is in a log or in a store.
// Numbers in brackets are rows of docs/threats.md. Every other test file makes the same check when it ends.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { tokenError } from '../support/expect.mjs';
import {
  assertion, authorizationRequest, callApi, CLIENTS, login, machineToken, offlineFlow, redeem, refresh, signIn, tokenByAssertion,
} from '../support/flow.mjs';
import { CookieJar, get, postForm, witnessed } from '../support/http.mjs';
import { startSystem } from '../support/system.mjs';

let system;
before(async () => {
  system = await startSystem({ vars: { app: { OPERATOR_AUTH: 'open' } } });
});
after(() => system?.stop());

test('[116] no log line and no store holds a password, code, token, verifier, cookie or secret that was used', async () => {
  for (const clientId of ['web-ui', 'web-app']) {
    const flow = await offlineFlow(system, { clientId, user: 'ada' });
    const renewed = (await refresh(system, clientId, flow.tokens.refresh_token)).json;
    await callApi(system, '/api/user/profile', renewed.access_token);
    await get(`${system.auth}/oauth/userinfo`, { headers: { authorization: `Bearer ${renewed.access_token}` } });
    tokenError(await redeem(system, flow), 'invalid_grant');
  }
  await machineToken(system, 'read:students');
  await tokenByAssertion(system, assertion(system));
  await get(`${system.app}/fetch-data`);
  // Secrets in wrong places: the query, the path of another method, a failed login.
  const query = new URLSearchParams({ client_id: 'web-app', client_secret: CLIENTS['web-app'].secret });
  await postForm(`${system.auth}/oauth/token?${query}`, { grant_type: 'client_credentials' });
  const jar = new CookieJar();
  await login(await get(`${system.auth}/login`, { jar }), 'ada', jar, 'wrong-but-secret-all-the-same');
  await get(`${system.auth}/oauth/authorize?${authorizationRequest(system).query}&password=typed-into-the-address-bar`, { jar });
  witnessed.set('typed-into-the-address-bar', 'query');
  await signIn(system, 'grace');

  const kinds = new Set(witnessed.values());
  for (const kind of ['password', 'client_secret', 'code', 'code_verifier', 'access_token', 'refresh_token', 'id_token', 'client_assertion', 'cookie']) {
    assert.ok(kinds.has(kind), `the run used a ${kind}`);
  }
  assert.ok(system.log.length > 20, 'the workers wrote a log');
  assert.deepEqual(system.leaks(), []);
  await system.halt();
  assert.deepEqual(system.leaks(), []);
});

test('one structured line a request, with a request id and the refusal\'s slug', async () => {
  await system.start();
  const from = system.log.length;
  await postForm(`${system.auth}/oauth/token`, { grant_type: 'authorization_code', client_id: 'web-ui', code: 'nonsense-of-a-code', redirect_uri: 'x' });
  await new Promise((resolve) => setTimeout(resolve, 300));
  const lines = system.log.slice(from).filter((line) => line.startsWith('{')).map((line) => JSON.parse(line));
  const line = lines.find((entry) => entry.path === '/oauth/token');
  assert.ok(line, system.log.slice(from).join('\n'));
  assert.equal(line.status, 400);
  assert.ok(line.request_id, 'request_id');
  assert.ok(line.refusal, 'the reason');
});
