// What the resource server does while the authorization server is down, slow or back (docs/guard.md).
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { ok, tokenRefused, unavailable } from '../support/expect.mjs';
import { adminToken, administer, callApi, machineToken, token } from '../support/flow.mjs';
import { keyPair, now, random, sign } from '../support/jwt.mjs';
import { startSystem } from '../support/system.mjs';

/** In this file web-app gets opaque tokens. */
const OPAQUE = 'web-app';
/** Seconds that the guard leaves a failing server alone, and the failures in a row that it takes. */
const PERIOD = 10;
const FAILURES = 5;

const DOWN = { throws: { binding: 'WORKER', kind: 'throws' }, errors: { binding: 'WORKER', kind: 'errors' } };
const HANGING = { binding: 'WORKER', kind: 'hangs' };
const INTROSPECTIONS = { binding: 'WORKER', key: '/oauth/introspect', kind: 'counts' };
const KEY_SETS = { binding: 'WORKER', key: '/oauth/jwks', kind: 'counts' };

let system;
before(async () => {
  system = await startSystem({ faulty: true });
  await system.halt();
  system.sql('clients', `UPDATE clients SET record = json_set(record, '$.access_token_format', 'opaque') WHERE client_id = '${OPAQUE}'`);
  system.forgetCaches();
});
after(() => system?.stop());

let jwt;
/** A new guard for each test: it has learnt of no failure, and knows the keys. */
beforeEach(async () => {
  await system.restart();
  jwt = await machineToken(system, 'read:students');
  ok(await ask(jwt));
});

const ask = (accessToken, path = '/api/protected') => callApi(system, path, accessToken);
const opaqueToken = async () => {
  const issued = await token(system, OPAQUE, { grant_type: 'client_credentials', scope: 'read:students' });
  return ok(issued).json.access_token;
};
const opaqueTokens = (number) => Promise.all(Array.from({ length: number }, opaqueToken));
const pause = (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));

/** The Retry-After of a 503. */
function retryAfter(answer) {
  unavailable(answer);
  return Number(answer.headers['retry-after']);
}

async function secondsOf(act) {
  const began = Date.now();
  const result = await act();
  return [(Date.now() - began) / 1000, result];
}

for (const [kind, fault] of Object.entries(DOWN)) {
  describe(`the authorization server is down (${kind})`, () => {
    test('JWTs go on, opaque tokens get Retry-After, and when it is back the breaker closes by itself', async () => {
      const tokens = await opaqueTokens(FAILURES + 2);
      await system.faults(fault);
      for (const opaque of tokens.slice(0, FAILURES)) assert.ok(retryAfter(await ask(opaque)) >= 1);
      // It is left alone now.
      const counted = await system.faults(INTROSPECTIONS);
      assert.equal(counted[0], FAILURES);
      const left = retryAfter(await ask(tokens[0]));
      assert.ok(left > 5 && left <= PERIOD, `${left}`);
      for (const path of ['/api/protected', '/students']) ok(await ask(jwt, path));
      assert.ok(retryAfter(await ask(jwt, '/api/introspection')) > 5, 'a handler asks with the same care');
      assert.deepEqual(await system.faults(), [0]);
      // It is back; the guard is not notified.
      await pause(left);
      const [took] = await secondsOf(async () => {
        while ((await ask(tokens[1])).status === 503) await pause(0.2);
      });
      assert.ok(took < 2, `${took} s after the announced time`);
      for (const opaque of tokens) ok(await ask(opaque, '/students'));
    });
  });
}

test('a server that hangs is given up in time, and JWTs do not wait for it', async () => {
  const tokens = await opaqueTokens(FAILURES + 1);
  await system.faults(HANGING);
  const [took, answers] = await secondsOf(() => Promise.all(tokens.slice(1).map((opaque) => ask(opaque))));
  for (const answer of answers) assert.ok(retryAfter(answer) >= 1);
  assert.ok(took > 2 && took < 4.5, `${took}`);
  const [soon, left] = await secondsOf(async () => retryAfter(await ask(tokens[0])));
  assert.ok(soon < 1 && left > 5 && left <= PERIOD + 3, `${soon}, ${left}`);
  const [quick] = await secondsOf(async () => ok(await ask(jwt)));
  assert.ok(quick < 1, `${quick}`);
});

test('an answer about an opaque token that is there counts while the server is down', async () => {
  const opaque = await opaqueToken();
  ok(await ask(opaque));
  await system.faults(DOWN.throws);
  ok(await ask(opaque));
});

test('a guard that has just started takes the shared copy of the keys', async () => {
  await system.restart();
  const [other] = [await machineToken(system, 'read:students')];
  await system.faults(DOWN.throws);
  ok(await ask(jwt));
  ok(await ask(other, '/students'));
  assert.deepEqual(await system.faults(), [0]);
});

test('a flood of unknown keys costs one look', async () => {
  const { privateKey } = keyPair();
  const claims = () => ({
    iss: system.auth, aud: system.api, sub: 'u_ada', client_id: 'web-ui', scope: 'read', jti: random(), iat: now(), exp: now() + 300,
  });
  const forged = () => sign({ typ: 'at+jwt', alg: 'ES256', kid: random() }, claims(), privateKey);
  await system.faults(KEY_SETS);
  const answers = await Promise.all(Array.from({ length: 60 }, () => ask(forged())));
  for (const answer of answers) tokenRefused(answer);
  for (let number = 0; number < 20; number += 1) tokenRefused(await ask(forged()));
  const [looks] = await system.faults();
  assert.ok(looks <= 1, `${looks}`);
  ok(await ask(jwt));
});

test('after an emergency rotation, while a flood holds the look back, good new tokens get 503 and bad ones 401', async () => {
  const admin = await adminToken(system);
  const { privateKey } = keyPair();
  const claims = { iss: system.auth, aud: system.api, sub: 'u_ada', client_id: 'web-ui', scope: 'read', jti: random(), iat: now(), exp: now() + 300 };
  const forged = () => sign({ typ: 'at+jwt', alg: 'ES256', kid: random() }, claims, privateKey);
  await system.faults(KEY_SETS);
  tokenRefused(await ask(forged()));
  assert.deepEqual(await system.faults(KEY_SETS), [1], 'this minute\'s look');
  ok(await administer(system, admin, '/keys/rotate', { algorithm: 'ES256', at_once: true }));
  const fresh = await machineToken(system, 'read:students');
  const left = retryAfter(await ask(fresh));
  assert.ok(left > 0 && left <= 60, `${left}`);
  tokenRefused(await ask(forged()));
  assert.deepEqual(await system.faults(), [0]);
  await system.restart();
  ok(await ask(fresh));
});

test('a thousand garbage strings are no question, and a token of the right form is one', async () => {
  const opaque = await opaqueToken();
  await system.faults(INTROSPECTIONS);
  const flood = Array.from({ length: 1000 }, (_, index) => (index % 2 ? `a1.${random()}.${random(32)}` : random(24)));
  for (const answer of await Promise.all(flood.map((garbage) => ask(garbage)))) tokenRefused(answer);
  assert.deepEqual(await system.faults(INTROSPECTIONS), [0]);
  const parts = opaque.split('.');
  tokenRefused(await ask([...parts.slice(0, -1), random(32)].join('.')));
  ok(await ask(opaque));
  assert.deepEqual(await system.faults(), [2]);
});
