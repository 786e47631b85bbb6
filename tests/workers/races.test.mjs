// Many requests at once over many connections: what may happen once happens once, and what was ended stays ended.
// (One code and one refresh token used by a hundred: token.test.mjs and refresh.test.mjs.)
// Numbers in brackets are rows of docs/threats.md.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { clientRefused, ok, tokenError, tokenRefused } from '../support/expect.mjs';
import {
  assertion, callApi, obtainCode, offlineFlow, redeem, refresh, signIn, token, tokenByAssertion, userinfo,
} from '../support/flow.mjs';
import { random } from '../support/jwt.mjs';
import { startSystem } from '../support/system.mjs';

let system;
let ada;
before(async () => {
  system = await startSystem();
  ada = await signIn(system, 'ada');
});
after(() => system?.stop());

const CLIENT = 'web-app';
const MANY = 100;
const flow = () => offlineFlow(system, { clientId: CLIENT, jar: ada.copy() });
const code = () => obtainCode(system, { clientId: CLIENT, jar: ada.copy(), scope: 'openid read offline_access' });
const atOnce = (count, send) => Promise.all(Array.from({ length: count }, (_, index) => send(index)));
const good = (answers) => answers.filter(({ status }) => status === 200);
const bad = (answers) => answers.filter(({ status }) => status !== 200);

describe('a code', () => {
  test('[48] [52] used by a hundred at once gives one answer, and what that gave is dead: it was used twice', async () => {
    const obtained = await code();
    const answers = await atOnce(MANY, () => redeem(system, obtained));
    assert.equal(good(answers).length, 1);
    for (const answer of bad(answers)) tokenError(answer, 'invalid_grant');
    const { access_token, refresh_token } = good(answers)[0].json;
    tokenRefused(await userinfo(system, access_token));
    tokenError(await refresh(system, CLIENT, refresh_token), 'invalid_grant');
  });

  test('[49] raced for by ninety-nine of another client is its owner\'s, and stays alive', async () => {
    const obtained = await code();
    const stolen = { grant_type: 'authorization_code', code: obtained.code, redirect_uri: obtained.params.redirect_uri, code_verifier: obtained.verifier };
    const answers = await atOnce(MANY, (index) => (index === 50 ? redeem(system, obtained) : token(system, 'web-ui', stolen)));
    assert.equal(good(answers).length, 1);
    for (const answer of bad(answers)) tokenError(answer, 'invalid_grant');
    const { access_token, refresh_token } = ok(answers[50]).json;
    ok(await userinfo(system, access_token));
    ok(await refresh(system, CLIENT, refresh_token));
  });

  test('[21] wrong verifiers of the owner and one right one at once: at most five tries, never two answers', async () => {
    const obtained = await code();
    const answers = await atOnce(MANY, (index) => redeem(system, obtained, index === 70 ? {} : { code_verifier: random(32) }));
    assert.ok(good(answers).length <= 1);
    for (const answer of bad(answers)) tokenError(answer, 'invalid_grant');
    tokenError(await redeem(system, obtained), 'invalid_grant');
  });
});

describe('a refresh token', () => {
  test('[56] [57] used by a hundred at once gives the very same answer to all, and its successor goes on', async () => {
    const { tokens } = await flow();
    const answers = await atOnce(MANY, () => refresh(system, CLIENT, tokens.refresh_token));
    assert.equal(bad(answers).length, 0, bad(answers)[0]?.text);
    assert.equal(new Set(answers.map(({ text }) => text)).size, 1);
    ok(await userinfo(system, answers[0].json.access_token));
    ok(await refresh(system, CLIENT, answers[0].json.refresh_token));
  });

  test('[55] and its successor used at once fork nothing: one line, or the end of it', async () => {
    const { tokens } = await flow();
    const { refresh_token: second } = ok(await refresh(system, CLIENT, tokens.refresh_token)).json;
    const answers = await atOnce(MANY, (index) => refresh(system, CLIENT, index % 2 ? second : tokens.refresh_token));
    for (const answer of bad(answers)) tokenError(answer, 'invalid_grant');
    const [old, young] = [0, 1].map((odd) => new Set(good(answers.filter((_, index) => index % 2 === odd)).map(({ json }) => json.refresh_token)));
    assert.ok([...old].every((given) => given === second), 'the old one gives its one successor or nothing');
    assert.ok(young.size <= 1, 'the young one has one successor');
    // The old one after the young one is a reuse, and ends it all.
    tokenError(await refresh(system, CLIENT, tokens.refresh_token), 'invalid_grant');
    for (const given of [second, ...young]) tokenError(await refresh(system, CLIENT, given), 'invalid_grant');
  });

  test('[54] raced for by ninety-nine of another client is its owner\'s', async () => {
    const { tokens } = await flow();
    const answers = await atOnce(MANY, (index) => refresh(system, index === 50 ? CLIENT : 'web-ui', tokens.refresh_token));
    assert.equal(good(answers).length, 1);
    for (const answer of bad(answers)) tokenError(answer, 'invalid_grant');
    ok(await refresh(system, CLIENT, ok(answers[50]).json.refresh_token));
  });

  test('[57] of many people at once stay apart', async () => {
    const flows = await atOnce(10, flow);
    const answers = await atOnce(MANY, (index) => refresh(system, CLIENT, flows[index % 10].tokens.refresh_token));
    assert.equal(bad(answers).length, 0, bad(answers)[0]?.text);
    assert.equal(new Set(answers.map(({ json }) => json.refresh_token)).size, 10);
  });
});

test('[39] a jti under a hundred signatures at once counts once', async () => {
  const claims = { jti: random() };
  const answers = await atOnce(MANY, () => tokenByAssertion(system, assertion(system, { claims })));
  assert.equal(good(answers).length, 1);
  for (const answer of bad(answers)) clientRefused(answer, { challenge: false });
});

test('a hundred jti at once all count', async () => {
  const answers = await atOnce(MANY, () => tokenByAssertion(system, assertion(system)));
  assert.equal(good(answers).length, MANY, bad(answers)[0]?.text);
});

describe('the end of a grant', () => {
  /** Uses a grant in many ways without a pause. Whatever began after the end was answered must be refused. */
  class Use {
    ended = false;
    late = [];
    #stopped = false;
    constructor(tokens, ways) {
      this.tokens = [tokens];
      this.running = ways.map((way) => this.#go(way));
    }
    get latest() {
      return this.tokens.at(-1);
    }
    async #go(way) {
      while (!this.#stopped) {
        const isLate = this.ended;
        const answer = await way(this.latest);
        assert.ok(answer.status < 500, answer.text);
        if (isLate && answer.status === 200 && answer.json.active !== false) this.late.push(`${answer.url} ${answer.text.slice(0, 200)}`);
        if (answer.status === 200 && answer.json.refresh_token) this.tokens.push(answer.json);
      }
    }
    /** Nothing after the end was given anything, and all that was given is dead. */
    async stop() {
      this.ended = true;
      await new Promise((resolve) => setTimeout(resolve, 30));
      this.#stopped = true;
      await Promise.all(this.running);
      assert.deepEqual(this.late, []);
      for (const { access_token, refresh_token } of this.tokens) {
        tokenError(await refresh(system, CLIENT, refresh_token), 'invalid_grant');
        tokenRefused(await userinfo(system, access_token));
      }
    }
  }

  const renewing = ({ refresh_token }) => refresh(system, CLIENT, refresh_token);
  const reading = ({ access_token }) => userinfo(system, access_token);

  test('[48] by a replayed code counts for all that begins later', async () => {
    for (let round = 0; round < 10; round += 1) {
      const begun = await flow();
      const use = new Use(begun.tokens, [renewing, reading, renewing, reading]);
      await atOnce(round, () => callApi(system, '/api/protected', begun.tokens.access_token));
      tokenError(await redeem(system, begun), 'invalid_grant');
      await use.stop();
    }
  });
});
