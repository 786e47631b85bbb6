// A refresh storm: processes that share one token for many windows of the grace, which is made short here. Numbers in
// brackets are rows of docs/threats.md.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ok, tokenError, tokenRefused } from '../support/expect.mjs';
import { offlineFlow, refresh, signIn } from '../support/flow.mjs';
import { get } from '../support/http.mjs';
import { startSystem } from '../support/system.mjs';

const CLIENT = 'web-ui';
const PROCESSES = 20;
const GRACE = 6;
/** The storm lasts for three windows. */
const LASTS = 3 * GRACE * 1_000;
/** A process that sleeps within the window comes this long after the first use of its token. */
const WITHIN = (GRACE / 2) * 1_000;

let system;
before(async () => {
  system = await startSystem({ vars: { auth: { REFRESH_GRACE_LIFETIME: String(GRACE) } } });
});
after(() => system?.stop());

const userinfo = (accessToken) => get(`${system.auth}/oauth/userinfo`, { headers: { authorization: `Bearer ${accessToken}` } });

/** What is true of the family, whoever knows it: the answer to each used token, and when it was first presented. */
class Family {
  answers = new Map();
  used = new Map();

  constructor(tokens) {
    this.tokens = tokens;
    this.newest = tokens.refresh_token;
  }

  age(token) {
    return Date.now() - (this.used.get(token) ?? Date.now());
  }

  async use(token) {
    if (!this.used.has(token)) this.used.set(token, Date.now());
    const answer = ok(await refresh(system, CLIENT, token));
    assert.equal(answer.text, this.answers.get(token) ?? answer.text, 'the very same answer');
    this.answers.set(token, answer.text);
    return answer.json.refresh_token;
  }
}

/** One process. It uses what it holds while that is allowed, loses every third answer, and sleeps now and then. */
async function go(family, index, until) {
  let held = family.newest;
  for (let round = index; Date.now() < until; round += 1) {
    await sleep(round % 4 === 0 ? WITHIN * 0.8 : 200 + Math.random() * 800);
    // It reads what the others have written, before its own is too old.
    if (family.age(held) > WITHIN) held = family.newest;
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

test('[126] twenty processes never make a person sign in again, and a token that comes after its window ends everything', async () => {
  const { tokens } = await offlineFlow(system, { clientId: CLIENT, jar: await signIn(system, 'ada') });
  const family = new Family(tokens);
  const until = Date.now() + LASTS;
  await Promise.all(Array.from({ length: PROCESSES }, (_, index) => go(family, index, until)));
  const all = line(family);
  assert.equal(all.length, family.answers.size + 1, 'each generation has one successor, in a line without gaps');
  assert.ok(all.length > 5, `${all.length} generations`);

  // One that slept within the window, while its token's successor was used too.
  const slept = all.at(-1);
  const next = await family.use(slept);
  const last = await family.use(next);
  await sleep(WITHIN);
  await family.use(slept);
  ok(await userinfo(JSON.parse(family.answers.get(next)).access_token));

  // And one that slept for longer: it is taken for a thief, as it must be.
  await sleep(GRACE * 1_000 + 1_100 - WITHIN);
  tokenError(await refresh(system, CLIENT, slept), 'invalid_grant');
  tokenError(await refresh(system, CLIENT, last), 'invalid_grant');
  tokenRefused(await userinfo(JSON.parse(family.answers.get(next)).access_token));
});
