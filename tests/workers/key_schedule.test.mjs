// The drill of key rotation: keys follow one another by the schedule while a client signs in and an API verifies, and no call
// fails. Numbers in brackets are rows of docs/threats.md.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ok } from '../support/expect.mjs';
import { callApi, fullCodeFlow, machineToken, userinfo } from '../support/flow.mjs';
import { get } from '../support/http.mjs';
import { decode } from '../support/jwt.mjs';
import { startSystem } from '../support/system.mjs';

let system;
before(async () => {
  system = await startSystem();
});
after(() => system?.stop());

const kid = (token) => decode(token).header.kid;
const published = async () => ok(await get(`${system.auth}/oauth/jwks`)).json.keys.map((key) => key.kid).sort();

/** Moves the keys into the past, while the system stands still. */
async function pass(seconds) {
  await system.halt();
  const rows = 'UPDATE signing_keys SET created_at = created_at - ';
  system.sql('signing_keys', `${rows}${seconds}, retired_at = retired_at - ${seconds}`);
  await system.start();
}

/** What a day of use is made of: a sign-in, a machine, the API and UserInfo; answers who has signed. */
async function use(...tokens) {
  const flow = await fullCodeFlow(system);
  const machine = await machineToken(system, 'read:students');
  ok(await callApi(system, '/students', machine));
  for (const token of [flow.tokens.access_token, ...tokens]) {
    ok(await callApi(system, '/api/protected', token));
    ok(await userinfo(system, token));
  }
  return { token: flow.tokens.access_token, kids: [kid(flow.tokens.access_token), kid(flow.tokens.id_token)].sort() };
}

/** Keeps using the system while `act` runs. */
async function meanwhile(act) {
  let isOver = false;
  const acting = act().finally(() => { isOver = true; });
  while (!isOver) await use();
  return acting;
}

test('[86] the schedule rotates old keys without a failed call: published before they sign, and after', async () => {
  const first = await use();
  const old = await published();
  assert.deepEqual(first.kids, old);
  await meanwhile(() => system.schedule());
  assert.deepEqual(await published(), old, 'young keys stay');

  await pass(90 * 86_400);
  const aged = await use();
  await meanwhile(() => Promise.all([system.schedule(), system.schedule()]));
  await pass(0);
  const both = await published();
  assert.equal(both.length, 4, 'each algorithm has one successor, however often the schedule runs');
  assert.deepEqual((await use(aged.token)).kids, old, 'a successor does not sign yet');

  await pass(600);
  assert.deepEqual((await use(aged.token)).kids, old, 'it is published for fifteen minutes');
  await pass(400);
  const next = await use(aged.token);
  assert.deepEqual([...next.kids, ...old].sort(), both, 'then it signs');
  await meanwhile(() => system.schedule());
  assert.deepEqual(await published(), both, 'what the old ones have signed still counts');

  await pass(4_200);
  await system.schedule();
  await pass(0);
  assert.deepEqual(await published(), next.kids, 'and then they go');
  assert.deepEqual((await use()).kids, next.kids);
});
