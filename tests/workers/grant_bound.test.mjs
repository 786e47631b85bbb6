// A client has at most a hundred grants of one user: the oldest ends when one more begins. The number in brackets is a row
// of docs/threats.md.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ok, tokenError, tokenRefused } from '../support/expect.mjs';
import { obtainCode, offlineFlow, redeem, refresh, signIn, userinfo } from '../support/flow.mjs';
import { startSystem } from '../support/system.mjs';

const MOST = 100;

let system;
before(async () => {
  system = await startSystem();
});
after(() => system?.stop());

test('[132] the oldest grant of a client ends at once when one more than a hundred begin, and others do not', async () => {
  const jar = await signIn(system, 'ada');
  const oldest = await offlineFlow(system, { clientId: 'web-app', jar });
  await sleep(1_100);
  const second = await offlineFlow(system, { clientId: 'web-app', jar });
  const elsewhere = await offlineFlow(system, { clientId: 'web-ui', jar });
  let newest;
  const begin = async () => {
    newest = await obtainCode(system, { clientId: 'web-app', jar, scope: 'openid read offline_access' });
  };
  for (let count = 2; count < MOST; count += 1) await begin();
  ok(await userinfo(system, oldest.tokens.access_token));
  await begin();
  // The object's alarm ends it: that is after the answer, and soon.
  const until = Date.now() + 10_000;
  while ((await userinfo(system, oldest.tokens.access_token)).status === 200 && Date.now() < until) await sleep(50);
  tokenRefused(await userinfo(system, oldest.tokens.access_token));
  tokenError(await refresh(system, 'web-app', oldest.tokens.refresh_token), 'invalid_grant');
  ok(await redeem(system, newest));
  ok(await refresh(system, 'web-app', second.tokens.refresh_token));
  ok(await refresh(system, 'web-ui', elsewhere.tokens.refresh_token));
  assert.equal(ok(await userinfo(system, second.tokens.access_token)).json.sub, 'u_ada');
});
