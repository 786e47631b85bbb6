// What a lost or changed OSTIARY_SECRET takes away: nothing public, and nothing for longer than a request.
// Numbers in brackets are rows of docs/threats.md.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import { afterEach, beforeEach, test } from 'node:test';
import { clientRefused, logged, ok, unavailable } from '../support/expect.mjs';
import { callApi, directLogin, fullCodeFlow, machineToken, token } from '../support/flow.mjs';
import { get } from '../support/http.mjs';
import { decode } from '../support/jwt.mjs';
import { startSystem } from '../support/system.mjs';

let system;
let old;
beforeEach(async () => {
  system = await startSystem();
  old = system.secrets('auth').OSTIARY_SECRET;
});
afterEach(() => system?.stop());

const secret = () => crypto.randomBytes(32).toString('base64url');
const jwks = async () => ok(await get(`${system.auth}/oauth/jwks`)).json.keys.map(({ kid }) => kid).sort();
const health = () => get(`${system.auth}/health`);
const kid = (token) => decode(token).header.kid;
const rows = () => system.sql('signing_keys', 'SELECT kid, algorithm, state, sealed_private FROM signing_keys ORDER BY kid');

/** Starts the same storage with other secrets, when its keys are older than a minute. */
async function startWith(secrets) {
  await system.halt();
  system.sql('signing_keys', 'UPDATE signing_keys SET created_at = created_at - 60');
  await system.start({ vars: { auth: secrets } });
}

test('[129] with another secret the public keys are served, old tokens verify, and new keys sign at once', async () => {
  const { tokens } = await fullCodeFlow(system);
  const before = await jwks();
  await startWith({ OSTIARY_SECRET: secret() });
  assert.deepEqual(await jwks(), before, 'no private key is needed for them');
  ok(await callApi(system, '/api/protected', tokens.access_token));

  const logins = await Promise.all(['ada', 'alan', 'ada', 'alan'].map((user) => directLogin(system, user)));
  const kids = new Set(logins.map((answer) => kid(ok(answer).json.access_token)));
  assert.equal(kids.size, 1, 'those who replace a key at once make one');
  assert.ok(!before.includes([...kids][0]));
  assert.equal(ok(await health()).json.signing, 'ok');
  const after = await jwks();
  for (const one of [...before, ...kids]) assert.ok(after.includes(one), 'the public halves stay published');
  assert.equal(after.length, 4);
  await system.restart({ vars: { auth: { OSTIARY_SECRET: secret() } } });
  for (const token of [tokens.access_token, logins[0].json.access_token]) ok(await callApi(system, '/api/protected', token));

  await system.halt();
  const events = system.sql('audit', "SELECT detail FROM audit WHERE event = 'key_unreadable'").map(({ detail }) => detail);
  assert.deepEqual(events.sort(), before, 'each once');
  await logged(system, '"key_replaced":');
  assert.equal(system.log.filter((line) => line.includes('"key_replaced":')).length, 2);
  for (const row of rows().filter((row) => before.includes(row.kid))) assert.deepEqual([row.state, row.sealed_private], ['retired', '']);
});

test('[129] a key that another secret made a moment ago is not replaced: signing waits, the public keys do not', async () => {
  const before = await jwks();
  await system.restart({ vars: { auth: { OSTIARY_SECRET: secret() } } });
  unavailable(await directLogin(system, 'ada'));
  const answer = await health();
  assert.equal(answer.status, 503);
  assert.deepEqual([answer.json.status, answer.json.d1, answer.json.signing], ['down', 'ok', 'down']);
  assert.deepEqual(await jwks(), before);
});

test('[129] without a secret, or with a bad one, what is public is served, and of the rest the log alone says what is wrong', async () => {
  const { tokens } = await fullCodeFlow(system);
  const before = await jwks();
  const stored = async () => {
    await system.halt();
    return rows();
  };
  const keys = await stored();
  const cases = [
    [{ OSTIARY_SECRET: '' }, 'OSTIARY_SECRET is missing'],
    [{ OSTIARY_SECRET: 'c2hvcnQ' }, 'OSTIARY_SECRET is not 32 bytes or more in base64url'],
    [{ OSTIARY_SECRET: old, OSTIARY_SECRET_PREVIOUS: 'c2hvcnQ' }, 'OSTIARY_SECRET_PREVIOUS is not 32 bytes or more in base64url'],
  ];
  for (const [bad, words] of cases) {
    await system.start({ vars: { auth: bad } });
    const from = system.log.length;
    assert.deepEqual(await jwks(), before, words);
    for (const path of ['/.well-known/openid-configuration', '/.well-known/oauth-authorization-server']) {
      assert.equal(ok(await get(`${system.auth}${path}`)).json.issuer, system.auth);
    }
    ok(await callApi(system, '/api/protected', tokens.access_token));
    const state = await health();
    assert.deepEqual([state.status, state.json], [503, { status: 'down', configuration: 'down' }]);
    const paths = ['/', '/login', '/account', '/oauth/authorize?client_id=web-ui', '/oauth/userinfo', '/admin/api/keys'];
    const answers = await Promise.all(paths.map((path) => get(`${system.auth}${path}`)));
    answers.push(await token(system, 'client-123', { grant_type: 'client_credentials' }), await directLogin(system, 'ada'));
    for (const answer of [state, ...answers]) {
      unavailable(answer);
      assert.ok(!answer.text.includes('OSTIARY'), answer.text);
    }
    await new Promise((resolve) => setTimeout(resolve, 300));
    assert.ok(system.log.slice(from).some((line) => line.includes(words)), words);
    assert.deepEqual(await stored(), keys, 'no key is made, replaced or sealed without a secret');
  }
  await system.start({ vars: { auth: { OSTIARY_SECRET: old, OSTIARY_SECRET_PREVIOUS: '' } } });
  ok(await health());
});

test('[130] keys that the previous secret opens are sealed under the present one, so that it can be dropped', async () => {
  const { tokens } = await fullCodeFlow(system);
  const before = await jwks();
  const present = secret();
  await startWith({ OSTIARY_SECRET: present, OSTIARY_SECRET_PREVIOUS: old });
  ok(await health());
  await startWith({ OSTIARY_SECRET: present });
  const renewed = ok(await directLogin(system, 'ada')).json;
  assert.equal(kid(renewed.access_token), kid(tokens.access_token), 'the same key signs');
  ok(await health());
  assert.deepEqual(await jwks(), before);
});

test('[130] a client that has shown its secret meanwhile is known without the previous secret', async () => {
  const present = secret();
  await startWith({ OSTIARY_SECRET: present, OSTIARY_SECRET_PREVIOUS: old });
  await machineToken(system, 'read:students');
  await new Promise((resolve) => setTimeout(resolve, 500));
  await startWith({ OSTIARY_SECRET: present });
  await machineToken(system, 'read:students');
  clientRefused(await token(system, 'web-app', { grant_type: 'client_credentials' }), { challenge: true });
});

test('[130] the schedule seals what no request has used, a successor too', async () => {
  await system.halt();
  system.sql('signing_keys', 'UPDATE signing_keys SET created_at = created_at - 90 * 86400');
  await system.start();
  await system.schedule();
  await system.halt();
  const before = rows();
  assert.deepEqual(before.map(({ state }) => state).sort(), ['active', 'active', 'next', 'next'], 'old keys get successors');
  const present = secret();
  await startWith({ OSTIARY_SECRET: present, OSTIARY_SECRET_PREVIOUS: old });
  await system.schedule();
  await system.halt();
  const after = rows();
  for (const [place, row] of after.entries()) {
    assert.equal(row.kid, before[place].kid);
    assert.notEqual(row.sealed_private, before[place].sealed_private);
  }
  await startWith({ OSTIARY_SECRET: present });
  await system.schedule();
  ok(await health());
  await system.halt();
  assert.deepEqual(rows(), after, 'all open under the present secret, and nothing is sealed twice');
});
