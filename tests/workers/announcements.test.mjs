// What has ended is announced (audited, and published to the API) whatever is lost after the commit: the answer, the
// worker, the object, a store for a while. Numbers in brackets are rows of docs/threats.md; F2 is a finding of a review.
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { ok, tokenError, tokenRefused, unavailable } from '../support/expect.mjs';
import { account, administer, adminToken, callApi, offlineFlow, pressOnAccount, refresh, revoke, signIn, signOutEverywhere } from '../support/flow.mjs';
import { eventually } from '../support/operator.mjs';
import { startSystem } from '../support/system.mjs';

const LOST_ANSWER = { binding: 'GRANT', kind: 'lost' };
const LOST_OBJECT = { binding: 'GRANT', method: 'life', kind: 'lost' };

let system;
before(async () => {
  system = await startSystem({ faulty: true, vars: { api: { TOMBSTONES: 'on' }, auth: { REFRESH_GRACE_PUBLIC_LIFETIME: '0' } } });
});
after(() => system?.stop());
afterEach(() => system.host && system.faults());

const ask = (accessToken) => callApi(system, '/api/protected', accessToken);
const refused = (accessToken, within = 30_000) => eventually(async () => (await ask(accessToken)).status === 401, within);

/** The rows of the audit log; the system is halted for it. */
async function audited(where) {
  await system.halt();
  const rows = system.sql('audit', `SELECT event, subject, client_id FROM audit WHERE ${where}`);
  await system.restart();
  return rows.map((row) => ({ ...row }));
}

/** Tokens whose first refresh token was used twice by its owner, and so is worth stealing. */
async function worthStealing(jar) {
  const first = (await offlineFlow(system, { jar })).tokens;
  const second = ok(await refresh(system, 'web-ui', first.refresh_token)).json;
  const third = ok(await refresh(system, 'web-ui', second.refresh_token)).json;
  ok(await ask(third.access_token));
  return { first, newest: third };
}

describe('[55] the theft of a refresh token is announced', () => {
  const ways = {
    'when nothing fails': [],
    'when the one answer is lost (F2)': [{ ...LOST_ANSWER, about: '"refresh"', times: 1 }],
    'when the object dies after its commit': [{ ...LOST_OBJECT, about: '"refresh"', times: 1 }],
    'when KV is down for a while': [{ binding: 'KV', method: 'put', key: 'revoked:', kind: 'throws', times: 2 }],
    'when D1 is down for a while': [{ binding: 'DB', about: 'INTO audit', kind: 'throws', times: 2 }],
  };
  for (const [way, faults] of Object.entries(ways)) {
    test(way, async () => {
      const jar = await signIn(system, 'alan');
      const { first, newest } = await worthStealing(jar);
      const [{ before: count }] = (await audited("event = 'refresh_token_reused'").then((rows) => [{ before: rows.length }]));
      await system.faults(...faults);
      const answer = await refresh(system, 'web-ui', first.refresh_token);
      if (faults[0]?.binding === 'GRANT') unavailable(answer);
      else assert.equal(answer.status, 400);
      assert.equal((await refresh(system, 'web-ui', newest.refresh_token)).status, 400);
      await refused(newest.access_token);
      await new Promise((resolve) => setTimeout(resolve, faults.length > 0 ? 17_000 : 1_000));
      const rows = await audited("event = 'refresh_token_reused'");
      assert.equal(rows.length, count + 1, 'once in effect');
      assert.deepEqual(rows.at(-1), { event: 'refresh_token_reused', subject: 'u_alan', client_id: 'web-ui' });
    });
  }
});

test('[73] a revocation is announced when the object dies after its commit', async () => {
  const { tokens } = await offlineFlow(system, { jar: await signIn(system, 'alan') });
  ok(await ask(tokens.access_token));
  await system.faults({ ...LOST_OBJECT, about: '"revoke"', times: 2 });
  unavailable(await revoke(system, 'web-ui', tokens.refresh_token));
  await refused(tokens.access_token);
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  assert.equal((await audited("event = 'token_revoked' AND subject = 'u_alan'")).length, 1);
});

test('signing out everywhere is announced when the object dies after its commit (F2)', async () => {
  const jar = await signIn(system, 'grace');
  const { tokens } = await offlineFlow(system, { jar });
  ok(await ask(tokens.access_token));
  const page = await account(system, jar);
  await system.faults({ binding: 'PERSON', method: 'life', kind: 'lost', about: '"end_all"', times: 2 });
  unavailable(await signOutEverywhere(page, jar));
  await refused(tokens.access_token);
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  const rows = await audited("event = 'everything_ended' AND subject = 'u_grace'");
  assert.equal(rows.length, 1);
  tokenRefused(await ask(tokens.access_token));
});

describe('[100] a consent that is withdrawn is forgotten and recorded, and the access ends (F2)', () => {
  const withdrawn = "event = 'consent_withdrawn' AND subject = 'u_alan'";
  const consents = async () => {
    await system.halt();
    const rows = system.sql('consents', "SELECT client_id FROM consents WHERE user_id = 'u_alan'");
    await system.restart();
    return rows.map((row) => row.client_id);
  };
  const LOST_END = { binding: 'PERSON', method: 'life', kind: 'lost', about: '"end_of"', times: 2 };
  const cases = {
    'when D1 does not take the event at first': { fault: { binding: 'DB', about: 'INTO audit', kind: 'throws', times: 1 }, status: 303 },
    'when D1 does not forget the consent at first': { fault: { binding: 'DB', about: 'DELETE FROM consents', kind: 'throws', times: 2 }, status: 503 },
    'when the object dies after its commit': { fault: LOST_END, status: 503 },
  };
  for (const [what, { fault, status }] of Object.entries(cases)) {
    test(what, async () => {
      const jar = await signIn(system, 'alan');
      const { tokens } = await offlineFlow(system, { jar });
      const before = (await audited(withdrawn)).length;
      const page = await account(system, jar);
      await system.faults(fault);
      assert.equal((await pressOnAccount(page, jar, { withdraw: 'web-ui' })).status, status);
      await new Promise((resolve) => setTimeout(resolve, 8_000));
      await system.faults();
      // By itself, within a minute or so: the user does not have to try again.
      await refused(tokens.access_token, 120_000);
      tokenError(await refresh(system, 'web-ui', tokens.refresh_token), 'invalid_grant');
      assert.deepEqual(await consents(), []);
      assert.equal((await audited(withdrawn)).length, before + 1, 'once');
    });
  }
});

describe('[73] what an administrator has disabled ends, though everything dies after the change (F2)', () => {
  const cases = {
    user: { statement: 'UPDATE users SET disabled = 1', body: { user_id: 'u_ada' }, where: "event = 'user_disabled' AND subject = 'u_ada'" },
    client: { statement: 'UPDATE clients SET disabled = 1', body: { client_id: 'web-app' }, where: "event = 'client_disabled' AND client_id = 'web-app'" },
  };
  for (const [kind, { statement, body, where }] of Object.entries(cases)) {
    test(kind, async () => {
      const admin = await adminToken(system);
      const { tokens } = await offlineFlow(system, { jar: await signIn(system, 'ada'), user: 'ada', clientId: 'web-app' });
      ok(await ask(tokens.access_token));
      await system.faults({ binding: 'DB', about: statement, kind: 'lost', times: 1 });
      unavailable(await administer(system, admin, `/${kind}s/disable`, body));
      assert.equal((await system.faults())[0], 1);
      await system.schedule();
      await refused(tokens.access_token);
      await system.schedule();
      const rows = await audited(where);
      assert.deepEqual(rows.length, 1, 'once');
      assert.equal((await administer(system, admin, `/${kind}s/enable`, body)).status, 204);
      if (kind === 'user') assert.equal((await audited("event = 'everything_ended' AND subject = 'u_ada' AND actor = 'u_grace'")).length, 1);
    });
  }

  test('a client that is disabled or enabled already is not recorded again, nor as changed', async () => {
    const admin = await adminToken(system);
    for (const act of ['disable', 'disable', 'enable', 'enable']) {
      assert.equal((await administer(system, admin, `/clients/${act}`, { client_id: 'client-123' })).status, 204);
    }
    const rows = await audited("client_id = 'client-123' AND actor = 'u_grace' OR event = 'client_changed' AND client_id = 'client-123'");
    assert.deepEqual(rows.map(({ event }) => event), ['client_disabled', 'client_enabled']);
  });

  test('a user who was disabled by a statement from outside', async () => {
    const { tokens } = await offlineFlow(system, { jar: await signIn(system, 'ada'), user: 'ada' });
    ok(await ask(tokens.access_token));
    await system.halt();
    system.sql('users', "UPDATE users SET disabled = 1 WHERE user_id = 'u_ada'");
    await system.restart();
    await system.schedule();
    await refused(tokens.access_token);
    const rows = await audited("event = 'everything_ended' AND subject = 'u_ada' AND actor = 'operator'");
    assert.equal(rows.length, 1);
  });
});
