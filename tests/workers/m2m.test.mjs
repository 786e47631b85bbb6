// The machine-to-machine client in the built workers: one renewal for many, what isolates share, ways to authenticate.
// Numbers in brackets are rows of docs/threats.md.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { logged, ok } from '../support/expect.mjs';
import { get, postJson, witnessed } from '../support/http.mjs';
import { STUDENTS } from '../support/operator.mjs';
import { startSystem } from '../support/system.mjs';

/** Long enough for a hundred runs, short enough to wait for. */
const LIFETIME = 8;
const SECRET = 'super-secret-key';
const WITH_SECRET = { CALLER_ID: 'client-123', CALLER_SECRET: SECRET };

let system;
before(async () => {
  system = await startSystem({ vars: { app: { OPERATOR_AUTH: 'open' } } });
  witnessed.set(SECRET, 'the client secret');
  witnessed.set(JSON.parse(system.secrets('app').CALLER_PRIVATE_JWK).d, 'the private key');
});
after(() => system?.stop());

const app = (vars = {}) => ({ vars: { app: { OPERATOR_AUTH: 'open', ...vars } } });
const run = () => postJson(`${system.app}/m2m/run`, {});
const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
const lines = () => system.log.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line));
/** How many requests the token endpoint has answered so far. */
const tokenRequests = () => lines().filter(({ path }) => path === '/oauth/token').length;
const hopsOf = (answer, name) => answer.json.hops.filter((hop) => hop.name === name);

/** How many token requests came about meanwhile. */
async function tokenRequestsDuring(work) {
  const former = tokenRequests();
  const result = await work();
  // Log lines come by another way than answers.
  await pause(200);
  return [tokenRequests() - former, result];
}

describe('a token for many [63]', () => {
  before(() => system.restart({ vars: { app: { OPERATOR_AUTH: 'open' }, auth: { MACHINE_ACCESS_TOKEN_LIFETIME: String(LIFETIME) } } }));

  test('a hundred runs at once without a token make one token request, and so they do when it has expired', async () => {
    for (const round of ['first', 'expired']) {
      const [requests, answers] = await tokenRequestsDuring(() => Promise.all(Array.from({ length: 100 }, run)));
      for (const answer of answers) assert.deepEqual(ok(answer).json.students, STUDENTS);
      assert.equal(requests, 1, round);
      await pause(LIFETIME * 1000 + 1000);
    }
  });
});

describe('what isolates share', () => {
  before(() => system.restart(app()));

  test('a token outlives the process that got it, and needs no token request', async () => {
    ok(await run());
    // What is done after the answer: settling, and the copy.
    await pause(300);
    for (const copies of ['with', 'without']) {
      await system.halt();
      if (copies === 'without') system.forgetCaches();
      await system.start(app());
      const [requests, answer] = await tokenRequestsDuring(run);
      assert.deepEqual(ok(answer).json.students, STUDENTS);
      const [hop] = hopsOf(answer, 'token');
      assert.equal(requests, 0);
      assert.equal(hop.cache, 'hit');
      assert.match(hop.cache_reason, copies === 'with' ? /copy/ : /shared state/);
    }
  });

  test('another credential shares nothing with it', async () => {
    await system.restart(app({ ...WITH_SECRET, CALLER_AUTH_METHOD: 'client_secret_post' }));
    const [requests, answer] = await tokenRequestsDuring(run);
    assert.deepEqual(ok(answer).json.students, STUDENTS);
    assert.equal(requests, 1);
  });
});

describe('a run', () => {
  before(() => system.restart(app()));

  test('is reported with its id, its time and a reason for each cache', async () => {
    ok(await run());
    const before = Date.now();
    const answer = ok(await get(`${system.app}/fetch-data`));
    assert.equal(answer.json.id, answer.headers['x-request-id']);
    assert.ok(Math.abs(answer.json.at - before) < 5000);
    const [token] = hopsOf(answer, 'token');
    const [students] = hopsOf(answer, 'students');
    assert.deepEqual([token.cache, token.status, students.cache, students.status], ['hit', null, 'none', 200]);
    assert.match(token.cache_reason, /memory: it lives for another \d+ s, and is renewed in \d+ s/);
    assert.deepEqual([students.retries, students.waited_ms, students.breaker, students.breaker_reason], [0, 0, 'closed', null]);
  });

  test('leaves one line for each request that it makes', async () => {
    const { id } = ok(await run()).json;
    await logged(system, id, '"what"');
    const own = lines().filter((line) => line.request_id === id && line.what);
    assert.deepEqual(own.map(({ what, status, breaker, peer }) => [what, status, breaker, peer]), [
      ['m2m.api_call', 200, 'closed', `${system.api}/students`],
    ]);
    assert.equal(own[0].try, 1);
  });

  test('shows in the status how the client stands', async () => {
    ok(await run());
    const { token_cache: cache, breakers } = ok(await get(`${system.app}/m2m/status`)).json;
    assert.equal(cache.state, 'fresh');
    assert.ok(cache.seconds_left > 3000 && cache.renews_in === cache.seconds_left - 300, JSON.stringify(cache));
    assert.deepEqual([cache.auth_method, cache.sender_constrained], ['private_key_jwt', false]);
    assert.deepEqual(breakers.map(({ hop, state, failures }) => [hop, state, failures]), [['token', 'closed', 0], ['students', 'closed', 0]]);
  });
});

describe('ways to authenticate', () => {
  for (const method of ['client_secret_basic', 'client_secret_post']) {
    test(method, async () => {
      await system.restart(app({ ...WITH_SECRET, CALLER_AUTH_METHOD: method }));
      const answer = ok(await run());
      assert.deepEqual(answer.json.students, STUDENTS);
      const status = ok(await get(`${system.app}/m2m/status`));
      assert.equal(status.json.token_cache.auth_method, method);
    });
  }

  test('a wrong secret is a refusal that is not tried again', async () => {
    await system.restart(app({ ...WITH_SECRET, CALLER_SECRET: 'another-secret-key', CALLER_AUTH_METHOD: 'client_secret_basic' }));
    const [requests, answer] = await tokenRequestsDuring(run);
    assert.equal(answer.status, 502);
    assert.equal(answer.json.outcome.error, 'invalid_client');
    assert.deepEqual([requests, answer.json.hops.length], [1, 1]);
    assert.match(answer.json.hops[0].failure, /CALLER_SECRET/);
  });

  test('without a secret the run says what is missing', async () => {
    await system.restart(app({ CALLER_ID: 'client-123', CALLER_AUTH_METHOD: 'client_secret_basic' }));
    const answer = await run();
    assert.equal(answer.status, 503);
    assert.equal(answer.json.outcome.error, 'no_caller_secret');
  });
});

test('[63] a token that is bound to the caller\'s key is got and used with proofs', async () => {
  await system.restart(app({ CALLER_DPOP: 'on' }));
  for (const _round of [1, 2]) {
    const answer = ok(await run());
    assert.deepEqual(answer.json.students, STUDENTS);
  }
  const { token_cache: cache } = ok(await get(`${system.app}/m2m/status`)).json;
  assert.equal(cache.sender_constrained, true);
});
