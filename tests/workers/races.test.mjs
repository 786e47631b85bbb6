// Many requests at once over many connections: what may happen once happens once, and what was ended stays ended.
// (One code and one refresh token used by a hundred: token.test.mjs and refresh.test.mjs.)
// Numbers in brackets are rows of docs/threats.md.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { clientRefused, ok, tokenError, tokenRefused } from '../support/expect.mjs';
import {
  account, administer, adminToken, assertion, authorizationRequest, authorize, authorizePushed, callApi, introspect, obtainCode, offlineFlow, push,
  redeem, refresh, revoke, signIn, signOutEverywhere, token, tokenByAssertion, userinfo,
} from '../support/flow.mjs';
import { random } from '../support/jwt.mjs';
import { startSystem } from '../support/system.mjs';

let system;
let ada;
before(async () => {
  system = await startSystem();
  await system.halt();
  // First-party, so that its loopback redirect URI gets codes without a consent page.
  system.sql('clients', `UPDATE clients SET record = json_set(record, '$.first_party', json('true')) WHERE client_id = '${CLIENT}'`);
  system.forgetCaches();
  await system.start();
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

  test('[126] and its successor used at once by a hundred fork nothing and end nothing', async () => {
    const { tokens } = await flow();
    const { refresh_token: second } = ok(await refresh(system, CLIENT, tokens.refresh_token)).json;
    const answers = await atOnce(MANY, (index) => refresh(system, CLIENT, index % 2 ? second : tokens.refresh_token));
    assert.equal(bad(answers).length, 0, bad(answers)[0]?.text);
    const [old, young] = [0, 1].map((odd) => new Set(answers.filter((_, index) => index % 2 === odd).map(({ json }) => json.refresh_token)));
    assert.deepEqual([...old], [second], 'the old one gives its one successor');
    assert.equal(young.size, 1, 'the young one has one successor');
    ok(await refresh(system, CLIENT, [...young][0]));
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

test('[76] a pushed request opened by a hundred at once gives one code', async () => {
  const { params, verifier } = authorizationRequest(system, CLIENT, { scope: 'openid read offline_access' });
  const { request_uri } = ok(await push(system, CLIENT, params), 201).json;
  const answers = await atOnce(MANY, () => authorizePushed(system, CLIENT, request_uri, ada.copy()));
  const codes = answers.map((answer) => answer.location && answer.redirected.get('code')).filter(Boolean);
  assert.equal(codes.length, 1);
  assert.equal(answers.filter(({ status }) => status >= 500).length, 0);
  ok(await redeem(system, { code: codes[0], verifier, params, clientId: CLIENT }));
});

describe('what was ended', () => {
  /**
   * Uses a grant in many ways without a pause. Whatever began after the end was answered must be refused, and what was
   * given before it must be dead.
   */
  class Use {
    given = [];
    codes = [];
    #late = [];
    #isEnded = false;
    #isStopped = false;
    constructor(begun, ways) {
      this.given.push(begun.tokens);
      this.running = ways.map((way) => this.#go(way));
    }
    get latest() {
      return this.given.at(-1);
    }
    async #go(way) {
      while (!this.#isStopped) {
        const isLate = this.#isEnded;
        const answer = await way(this.latest);
        const isGiven = await this.#keep(answer);
        if (isLate && isGiven) this.#late.push(`${answer.url.slice(0, 100)}: ${answer.status} ${answer.text.slice(0, 200)}`);
      }
    }
    /** Whether an answer gave anything. */
    async #keep(answer) {
      // A grant that is refreshed without a pause is asked to wait, which gives nothing.
      if (answer.status === 503 && /refreshed too often/.test(answer.text)) return false;
      assert.ok(answer.status < 500, answer.text);
      if (answer.location) {
        const code = answer.redirected.get('code');
        if (code) this.codes.push(code);
        return Boolean(code);
      }
      if (answer.status !== 200 || !/json/.test(answer.headers['content-type'])) return false;
      if (answer.json.refresh_token) this.given.push(answer.json);
      return answer.json.active !== false;
    }
    /** Called when the end was answered. */
    async stop() {
      this.#isEnded = true;
      await new Promise((resolve) => setTimeout(resolve, 30));
      this.#isStopped = true;
      await Promise.all(this.running);
      assert.deepEqual(this.#late, []);
      for (const { access_token, refresh_token } of this.given) {
        tokenError(await refresh(system, CLIENT, refresh_token), 'invalid_grant');
        tokenRefused(await userinfo(system, access_token));
        assert.deepEqual(ok(await introspect(system, access_token)).json, { active: false });
      }
    }
  }

  const renewing = ({ refresh_token }) => refresh(system, CLIENT, refresh_token);
  const reading = ({ access_token }) => userinfo(system, access_token);
  const asking = ({ access_token }) => introspect(system, access_token);
  const WAYS = [renewing, reading, asking, renewing, reading, asking];
  /** Lets a use go on for a while that differs from round to round, so that the end comes at another moment each time. */
  const aWhile = (round, { tokens }) => atOnce(round, () => callApi(system, '/api/protected', tokens.access_token));

  test('[48] by a replayed code is over for all that begins later', async () => {
    for (let round = 0; round < 8; round += 1) {
      const begun = await flow();
      const use = new Use(begun, WAYS);
      await aWhile(round, begun);
      tokenError(await redeem(system, begun), 'invalid_grant');
      await use.stop();
    }
  });

  test('[73] by a revocation is over for all that begins later', async () => {
    for (let round = 0; round < 8; round += 1) {
      const begun = await flow();
      const use = new Use(begun, WAYS);
      await aWhile(round, begun);
      ok(await revoke(system, CLIENT, round % 2 ? use.latest.refresh_token : use.latest.access_token));
      await use.stop();
    }
  });

  test('by signing out everywhere is over for all that begins later, and nothing can be begun in between', async () => {
    for (let round = 0; round < 6; round += 1) {
      const jar = await signIn(system, 'ada');
      const begun = await offlineFlow(system, { clientId: CLIENT, jar: jar.copy() });
      const { params, verifier } = authorizationRequest(system, CLIENT, { scope: 'openid read offline_access', prompt: 'none' });
      const beginning = () => authorize(system, params, jar.copy());
      const page = ok(await account(system, jar));
      const use = new Use(begun, [...WAYS, beginning, beginning]);
      for (let pause = 0; pause < 100 && use.codes.length <= round; pause += 1) await aWhile(1, begun);
      const answer = await signOutEverywhere(page, jar.copy());
      assert.equal(answer.status, 303, answer.text);
      await use.stop();
      assert.ok(use.codes.length > 0, 'codes were given before');
      for (const code of use.codes) tokenError(await redeem(system, { code, verifier, params, clientId: CLIENT }), 'invalid_grant');
    }
  });

  test('by an administrator is over for all that begins later, and no one else\'s is', async () => {
    const token = await adminToken(system);
    const [ofAlan, other] = [await offlineFlow(system, { clientId: CLIENT, user: 'alan' }), await flow()];
    const use = new Use(ofAlan, WAYS);
    await aWhile(3, ofAlan);
    ok(await administer(system, token, '/users/sign-out', { user_id: 'u_alan' }));
    await use.stop();
    ok(await refresh(system, CLIENT, other.tokens.refresh_token));
  });

  test('[73] by a hundred revocations among a hundred refreshes is over', async () => {
    const { tokens } = await flow();
    const answers = await atOnce(2 * MANY, (index) => (index % 2 ? revoke : refresh)(system, CLIENT, tokens.refresh_token));
    for (const answer of answers.filter((_, index) => index % 2)) ok(answer);
    for (const answer of answers) if (answer.status !== 200) tokenError(answer, 'invalid_grant');
    const successors = new Set(good(answers.filter((_, index) => index % 2 === 0)).map(({ json }) => json.refresh_token));
    assert.ok(successors.size <= 1);
    for (const given of [tokens.refresh_token, ...successors]) tokenError(await refresh(system, CLIENT, given), 'invalid_grant');
  });
});
