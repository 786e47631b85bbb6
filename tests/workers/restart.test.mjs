// A restart loses nothing and forgets nothing. Numbers in brackets are rows of docs/threats.md.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { clientRefused, ok, tokenError } from '../support/expect.mjs';
import {
  assertion, authorizationRequest, authorize, callApi, machineToken, obtainCode, offlineFlow, redeem, refresh, signIn, tokenByAssertion, walk,
} from '../support/flow.mjs';
import { consentForm, loginForm } from '../support/html.mjs';
import { seed, startSystem } from '../support/system.mjs';

let system;
let ada;
before(async () => {
  system = await startSystem({ vars: { auth: { REFRESH_GRACE_LIFETIME: '0' } } });
  ada = await signIn(system, 'ada');
});
after(() => system?.stop());

test('[112] user, client, grant, consent and session survive a restart; what was used stays used', async () => {
  const redeemed = await offlineFlow(system, { clientId: 'web-app', jar: ada });
  const unredeemed = await obtainCode(system, { clientId: 'web-app', jar: ada, scope: 'openid profile read write offline_access' });
  const rotated = await offlineFlow(system, { clientId: 'web-app', jar: ada });
  const second = ok(await refresh(system, 'web-app', rotated.tokens.refresh_token)).json;
  ok(await refresh(system, 'web-app', second.refresh_token));
  const replayed = await offlineFlow(system, { clientId: 'web-app', jar: ada });
  const jwt = assertion(system);
  ok(await tokenByAssertion(system, jwt));

  await system.restart();

  // The access token from before still opens the API, the session still needs no login.
  ok(await callApi(system, '/api/protected', redeemed.tokens.access_token));
  const again = authorizationRequest(system, 'web-app', { scope: 'openid profile read write offline_access' });
  const page = await authorize(system, again.params, ada);
  assert.equal(loginForm(page.text), undefined, 'no login page');
  assert.ok(page.location?.startsWith(again.params.redirect_uri) || consentForm(page.text));
  // A code from before can be redeemed, once.
  ok(await redeem(system, unredeemed));
  // The grant can be refreshed.
  ok(await refresh(system, 'web-app', redeemed.tokens.refresh_token));
  // A code redeemed before the restart is refused after it, and ends its grant.
  tokenError(await redeem(system, replayed), 'invalid_grant');
  tokenError(await refresh(system, 'web-app', replayed.tokens.refresh_token), 'invalid_grant');
  // Reuse of an old refresh token is still known to be one.
  tokenError(await refresh(system, 'web-app', rotated.tokens.refresh_token), 'invalid_grant');
  // An assertion's jti is still used.
  clientRefused(await tokenByAssertion(system, jwt), { challenge: false });
  // Users and clients are there.
  await machineToken(system, 'read:students');
  const jar = await signIn(system, 'alan');
  const answer = await walk(system, authorize(system, authorizationRequest(system).params, jar), { jar, user: 'alan' });
  assert.ok(answer.redirected.get('code'));
});

test('[112] reuse before and after a restart is the same reuse', async () => {
  const { tokens } = await offlineFlow(system, { clientId: 'web-app', jar: ada });
  const used = ok(await refresh(system, 'web-app', tokens.refresh_token)).json;
  await system.restart();
  const next = ok(await refresh(system, 'web-app', used.refresh_token)).json;
  tokenError(await refresh(system, 'web-app', tokens.refresh_token), 'invalid_grant');
  tokenError(await refresh(system, 'web-app', next.refresh_token), 'invalid_grant');
});

test('clients that are seeded anew are served at once, not their copies of before', async () => {
  const { params } = authorizationRequest(system, 'web-ui');
  assert.equal((await authorize(system, params, ada)).status < 400, true, 'registered here');
  await system.halt();
  seed(system.state, { ...system.ports, app: system.ports.app + 5 });
  await system.start();
  assert.equal((await authorize(system, params, ada)).status, 400, 'registered for another port now');
});
