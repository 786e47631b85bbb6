// What each act costs in calls to objects, writes on their disks, and KV: as the built worker does it.
// The same, over ports in memory and for more acts: crates/oauth-server/tests/calls.rs.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ok } from '../support/expect.mjs';
import { authorizationRequest, authorize, introspect, machineToken, obtainCode, OPAQUE, redeem, refresh, revoke, signIn, token, userinfo, withOpaque } from '../support/flow.mjs';
import { get } from '../support/http.mjs';
import { startSystem } from '../support/system.mjs';

const CLIENT = 'web-app';
const SCOPE = 'openid profile read offline_access';
let system;
let ada;
before(async () => {
  system = await startSystem({ faulty: true, vars: withOpaque });
  ada = await signIn(system, 'ada');
  // Clients, people and keys are at hand from now on.
  for (const resource of [undefined, OPAQUE]) {
    const { access_token } = ok(await redeem(system, await code(resource))).json;
    ok(await introspect(system, access_token, { clientId: CLIENT }));
  }
  await machineToken(system, 'read:students');
  // The metadata lists the scopes of every resource, those too that no client has named yet.
  ok(await get(`${system.auth}/.well-known/openid-configuration`));
});
after(() => system?.stop());

const code = (resource) => obtainCode(system, { clientId: CLIENT, jar: ada.copy(), scope: SCOPE, ...(resource && { resource }) });

/** What is counted. The client's record is a copy with a life of its own, so it is counted apart. */
const COUNTED = {
  clientRead: { binding: 'KV', method: 'get', key: 'client:' },
  read: { binding: 'KV', method: 'get' },
  described: { binding: 'KV', method: 'put', key: 'token:' },
  buried: { binding: 'KV', method: 'put', key: 'revoked:' },
  grant: { binding: 'GRANT', method: 'call' },
  grantWrite: { binding: 'GRANT', method: 'storage' },
  person: { binding: 'PERSON', method: 'call' },
  replay: { binding: 'REPLAY', method: 'call' },
  throttle: { binding: 'THROTTLE', method: 'call' },
};

/** What `act` answers, after it was seen to cost exactly this. */
async function costs(expected, act) {
  await system.faults(...Object.values(COUNTED).map((one) => ({ ...one, kind: 'counts' })));
  const answer = ok(await act());
  const hits = await system.faults();
  const { clientRead: _, ...counted } = Object.fromEntries(Object.keys(COUNTED).map((name, index) => [name, hits[index]]));
  const all = Object.fromEntries(Object.keys(counted).map((name) => [name, expected[name] ?? 0]));
  assert.deepEqual(counted, all);
  return /json/.test(answer.headers['content-type']) ? answer.json : undefined;
}

const ONE = { grant: 1, grantWrite: 1 };

test('a JWT: one call and one write for a redemption and a refresh, one call for a look, none of KV', async () => {
  const obtained = await code();
  const first = await costs(ONE, () => redeem(system, obtained));
  const second = await costs(ONE, () => refresh(system, CLIENT, first.refresh_token));
  const again = await costs({ grant: 1 }, () => refresh(system, CLIENT, first.refresh_token));
  assert.deepEqual(again, second);
  const seen = await costs({ grant: 1 }, () => introspect(system, second.access_token, { clientId: CLIENT }));
  assert.equal(seen.active, true);
  await costs({ grant: 1 }, () => userinfo(system, second.access_token));
});

test('an opaque token: the same, and its description is written once and not read', async () => {
  const obtained = await code(OPAQUE);
  const first = await costs({ ...ONE, described: 1 }, () => redeem(system, obtained));
  const second = await costs({ ...ONE, described: 1 }, () => refresh(system, CLIENT, first.refresh_token));
  const seen = await costs({ grant: 1 }, () => introspect(system, second.access_token, { clientId: CLIENT }));
  assert.equal(seen.active, true);
  // The second write comes after the answer: the end has been announced.
  await costs({ grant: 1, grantWrite: 2, buried: 1, person: 1 }, async () => {
    const answer = await revoke(system, CLIENT, second.refresh_token);
    await sleep(1_000);
    return answer;
  });
  const ended = await costs({ grant: 1 }, () => introspect(system, second.access_token, { clientId: CLIENT }));
  assert.deepEqual(ended, { active: false });
});

test('metadata, keys and what a consent page says of the scopes: nothing, while an isolate remembers', async () => {
  for (const path of ['/.well-known/openid-configuration', '/oauth/jwks']) await costs({}, () => get(`${system.auth}${path}`));
  const { params } = authorizationRequest(system, CLIENT, { scope: SCOPE, prompt: 'consent' });
  await costs({ person: 1 }, () => authorize(system, params, ada.copy()));
});

test('a machine\'s JWT: no object, no write, no KV', async () => {
  const parameters = { grant_type: 'client_credentials', scope: 'read:students' };
  await costs({}, () => token(system, 'client-123', parameters));
});
