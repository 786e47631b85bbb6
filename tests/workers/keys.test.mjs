// Signing keys, as an administrator rotates them. Numbers in brackets are rows of docs/threats.md.
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { ok, tokenError, unavailable } from '../support/expect.mjs';
import { administer, adminToken, callApi, introspect, machineToken } from '../support/flow.mjs';
import { get, postJson, send } from '../support/http.mjs';
import { decode, random, verifies } from '../support/jwt.mjs';
import { startSystem } from '../support/system.mjs';

let system;
let admin;
before(async () => {
  system = await startSystem();
});
// A token goes with the key that has signed it.
beforeEach(async () => {
  admin = await adminToken(system);
});
after(() => system?.stop());

const jwks = async () => ok(await get(`${system.auth}/oauth/jwks`)).json.keys;
const listed = async () => ok(await administer(system, admin, '/keys')).json.keys;
const rotate = (body = {}) => administer(system, admin, '/keys/rotate', { algorithm: 'ES256', ...body });
const drop = (kid) => administer(system, admin, '/keys/drop', { kid });
const kid = (token) => decode(token).header.kid;
const fresh = () => machineToken(system, 'read:students');
const of = (keys, state, algorithm = 'ES256') => keys.filter((key) => key.state === state && key.algorithm === algorithm);
const only = (keys, state, algorithm) => {
  const [key, ...others] = of(keys, state, algorithm);
  assert.ok(key && others.length === 0, `one ${state} key in ${JSON.stringify(keys)}`);
  return key;
};

/** Changes times in the table of a system that stands still. */
async function age(change) {
  await system.halt();
  system.sql('signing_keys', change);
  await system.start();
}

test('the keys are listed without what is private in them, for administrators alone', async () => {
  const keys = await listed();
  assert.equal(keys.length, 2);
  for (const key of keys) assert.deepEqual(Object.keys(key).sort(), ['algorithm', 'created_at', 'kid', 'state']);
  assert.deepEqual(keys.map(({ kid }) => kid).sort(), (await jwks()).map(({ kid }) => kid).sort());
  for (const path of ['keys/rotate', 'keys/drop']) tokenError(await postJson(`${system.auth}/admin/api/${path}`, {}), 'invalid_token', 401);
  assert.equal((await get(`${system.auth}/admin/api/keys`)).status, 401);
  assert.equal((await send('DELETE', `${system.auth}/admin/api/keys`)).status, 405);
  for (const algorithm of ['none', 'EdDSA', '', 7, undefined]) tokenError(await rotate({ algorithm }), 'invalid_request');
});

test('[86] ten rotations at once make one key, which is published and does not sign for fifteen minutes', async () => {
  const before = only(await listed(), 'active');
  const answers = await Promise.all(Array.from({ length: 10 }, () => rotate()));
  const kids = new Set(answers.map((answer) => only(ok(answer).json.keys, 'next').kid));
  assert.equal(kids.size, 1);
  const [next] = kids;
  assert.ok((await jwks()).some((key) => key.kid === next));
  assert.equal(kid(await fresh()), before.kid);
  assert.equal(only(await listed(), 'active', 'RS256').state, 'active');
  await age("UPDATE signing_keys SET created_at = created_at - 500 WHERE state = 'next'");
  assert.equal(kid(await fresh()), before.kid, 'it is too young');
});

test('[86] after fifteen minutes it signs by itself, and what the former has signed is good for as long as it lives', async () => {
  const old = await fresh();
  const next = only(await listed(), 'next').kid;
  await age("UPDATE signing_keys SET created_at = created_at - 500 WHERE state = 'next'");
  const tokens = await Promise.all(Array.from({ length: 20 }, fresh));
  for (const token of tokens) assert.equal(kid(token), next);
  const keys = await listed();
  assert.equal(only(keys, 'active').kid, next);
  const retired = only(keys, 'retired');
  assert.equal(retired.kid, kid(old));
  const published = await jwks();
  for (const token of [old, tokens[0]]) {
    assert.ok(verifies(token, published.find((key) => key.kid === kid(token))));
    ok(await callApi(system, '/students', token));
  }
  // One hour for the longest token, and ten minutes.
  await age("UPDATE signing_keys SET retired_at = retired_at - 3900 WHERE state = 'retired'");
  assert.ok((await jwks()).some((key) => key.kid === retired.kid));
  await age("UPDATE signing_keys SET retired_at = retired_at - 300 WHERE state = 'retired'");
  await jwks();
  assert.equal((await jwks()).some((key) => key.kid === retired.kid), false);
});

test('[86] at once: two who do so make one key, old and new tokens count, and the machines go on', async () => {
  await system.restart();
  const run = () => postJson(`${system.app}/m2m/run`, {});
  const old = await fresh();
  const answers = await Promise.all([rotate({ at_once: true }), rotate({ at_once: true })]);
  const kids = new Set(answers.map((answer) => only(ok(answer).json.keys, 'active').kid));
  const token = await fresh();
  assert.deepEqual([...kids], [kid(token)]);
  assert.notEqual(kid(token), kid(old));
  assert.equal(only(await listed(), 'retired').kid, kid(old));
  for (const one of [old, token]) ok(await callApi(system, '/students', one));
  ok(await run());
  // A minute later it is another change. The API has read the keys just now: one that follows is unknown to it until
  // it may look again.
  await age("UPDATE signing_keys SET retired_at = retired_at - 60 WHERE state = 'retired'");
  ok(await callApi(system, '/students', token));
  ok(await rotate({ at_once: true }));
  const third = await fresh();
  assert.notEqual(kid(third), kid(token));
  // Someone invents key ids as long as ours meanwhile: the new token is good, or unknown for a moment, and never bad.
  const invented = () => token.replace(/^[^.]*/, Buffer.from(JSON.stringify({ typ: 'at+jwt', alg: 'ES256', kid: random(32) })).toString('base64url'));
  for (let round = 0; round < 10; round += 1) {
    const asked = await introspect(system, invented());
    if (asked.status === 200) assert.deepEqual(asked.json, { active: false });
    else unavailable(asked);
    const answer = await introspect(system, third);
    if (answer.status === 200) assert.equal(answer.json.active, true);
    else unavailable(answer);
  }
  ok(await callApi(system, '/students', token));
  const began = Date.now();
  while ((await callApi(system, '/students', third)).status !== 200) {
    assert.ok(Date.now() - began < 70_000, 'a new key is found within a minute');
    await new Promise((resolve) => setTimeout(resolve, 1_000));
  }
  ok(await run());
});

test('a retired key can be dropped, and no other', async () => {
  const keys = await listed();
  for (const { kid } of [...of(keys, 'active'), ...of(keys, 'active', 'RS256')]) tokenError(await drop(kid), 'invalid_request');
  tokenError(await drop('none'), 'invalid_request');
  const [first, ...others] = of(keys, 'retired');
  const left = ok(await drop(first.kid)).json.keys;
  assert.deepEqual(of(left, 'retired'), others);
  assert.equal((await jwks()).some(({ kid }) => kid === first.kid), false);
});

test('a retired key has nothing private left, and each act is in the audit', async () => {
  // The audit is written a moment after the answer.
  await pause(1000);
  await system.halt();
  const keys = system.sql('signing_keys', 'SELECT state, sealed_private FROM signing_keys');
  for (const { state, sealed_private: sealed } of keys) assert.equal(sealed === '', state === 'retired', state);
  const events = system.sql('audit', "SELECT DISTINCT event FROM audit WHERE event LIKE 'key%' AND actor = 'u_grace' AND detail <> '' ORDER BY event");
  assert.deepEqual(events.map(({ event }) => event), ['key_dropped', 'key_rotated', 'key_rotated_at_once']);
  await system.start();
});
