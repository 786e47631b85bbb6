// A refresh storm: processes that share one token for many windows of the grace, which is made short here, and over restarts
// of the workers. Numbers in brackets are rows of docs/threats.md.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ok, tokenError, tokenRefused } from '../support/expect.mjs';
import { offlineFlow, refresh, signIn } from '../support/flow.mjs';
import { get } from '../support/http.mjs';
import { startSystem } from '../support/system.mjs';

const CLIENT = 'web-ui';
const CUT_OFF = ['ECONNREFUSED', 'ECONNRESET', 'EPIPE'];
const PROCESSES = 20;

/** Runs a test in a system whose grace has so many seconds, with a family of one user. */
async function storm(grace, run) {
  const system = await startSystem({ vars: { auth: { REFRESH_GRACE_LIFETIME: String(grace) } } });
  try {
    const { tokens } = await offlineFlow(system, { clientId: CLIENT, jar: await signIn(system, 'ada') });
    await run(system, new Family(system, grace, tokens));
  } finally {
    await system.stop();
  }
}

const userinfo = (system, accessToken) => get(`${system.auth}/oauth/userinfo`, { headers: { authorization: `Bearer ${accessToken}` } });

/** What is true of the family, whoever knows it: the answer to each used token, and when it was first presented. */
class Family {
  answers = new Map();
  used = new Map();

  constructor(system, grace, tokens) {
    Object.assign(this, { system, tokens });
    /** A process that sleeps within the window comes at most this many milliseconds after the first use of its token. */
    this.within = (grace / 2) * 1_000;
    this.newest = tokens.refresh_token;
  }

  age(token) {
    return Date.now() - (this.used.get(token) ?? Date.now());
  }

  async use(token) {
    if (!this.used.has(token)) this.used.set(token, Date.now());
    const answer = ok(await this.#answer(token));
    assert.equal(answer.text, this.answers.get(token) ?? answer.text, 'the very same answer');
    this.answers.set(token, answer.text);
    return answer.json.refresh_token;
  }

  /** A call whose connection is refused or cut off is made again, with the same token. */
  async #answer(token) {
    for (const began = Date.now(); ; ) {
      try {
        return await refresh(this.system, CLIENT, token);
      } catch (error) {
        if (!CUT_OFF.includes(error.code) || Date.now() - began > this.within) throw error;
        await sleep(250);
      }
    }
  }
}

/** One process. It uses what it holds while that is allowed, loses every third answer, and sleeps now and then. */
async function go(family, index, isOver, nap = family.within * 0.8) {
  let held = family.newest;
  for (let round = index; !isOver(); round += 1) {
    await sleep(round % 4 === 0 ? nap : 200 + Math.random() * 800);
    // It reads what the others have written, before its own is too old.
    if (family.age(held) > family.within) held = family.newest;
    const next = await family.use(held);
    if (round % 3 !== 0) {
      held = next;
      if (!family.used.has(next)) family.newest = next;
    }
  }
}

/** Every token that was ever the newest, in order. */
const line = (family) => {
  const found = [family.tokens.refresh_token];
  for (let answer; (answer = family.answers.get(found.at(-1))); ) found.push(JSON.parse(answer).refresh_token);
  return found;
};

/** Each generation has one successor: what was the newest at some time is a line without gaps. */
function assertOneLine(family, least) {
  const all = line(family);
  assert.equal(all.length, family.answers.size + 1, 'each generation has one successor, in a line without gaps');
  assert.ok(all.length > least, `${all.length} generations`);
  return all;
}

test('[126] twenty processes never make a person sign in again, and a token that comes after its window ends everything', () => {
  const grace = 6;
  return storm(grace, async (system, family) => {
    // For three windows.
    const until = Date.now() + 3 * grace * 1_000;
    await Promise.all(Array.from({ length: PROCESSES }, (_, index) => go(family, index, () => Date.now() >= until)));

    // One that slept within the window, while its token's successor was used too.
    const slept = assertOneLine(family, 5).at(-1);
    const next = await family.use(slept);
    const last = await family.use(next);
    await sleep(family.within);
    await family.use(slept);
    ok(await userinfo(system, JSON.parse(family.answers.get(next)).access_token));

    // And one that slept for longer: it is taken for a thief, as it must be.
    await sleep(grace * 1_000 + 1_100 - family.within);
    tokenError(await refresh(system, CLIENT, slept), 'invalid_grant');
    tokenError(await refresh(system, CLIENT, last), 'invalid_grant');
    tokenRefused(await userinfo(system, JSON.parse(family.answers.get(next)).access_token));
  });
});

test('[112] [126] the same over two restarts in the middle: what was cut off is asked again, and nobody signs in again', () => {
  // A call that a restart cuts off may have been carried out, so the window must be longer than a restart.
  const grace = 60;
  return storm(grace, async (system, family) => {
    let isOver = false;
    const processes = Array.from({ length: PROCESSES }, (_, index) => go(family, index, () => isOver, 5_000));
    const restart = async () => {
      await sleep(6_000);
      const { length } = line(family);
      // Calls that are under way: the workers end once one of them has its answer.
      let answered = 0;
      const use = (token) => family.use(token).then(() => (answered += 1));
      const calls = Array(60).fill(family.newest).map(use);
      await Promise.race(calls);
      const began = Date.now();
      await system.halt();
      assert.ok(answered < calls.length, 'the restart cut calls off');
      await system.start();
      await Promise.all(calls);
      assert.ok(Date.now() - began < family.within, 'they were answered within the window');
      await sleep(6_000);
      assert.ok(line(family).length > length + 1, 'the family goes on');
    };
    const restarts = restart().then(restart).finally(() => (isOver = true));
    await Promise.all([restarts, ...processes]);
    const newest = assertOneLine(family, 5).at(-1);
    const { access_token: accessToken } = ok(await refresh(system, CLIENT, newest)).json;
    ok(await userinfo(system, accessToken));
  });
});
