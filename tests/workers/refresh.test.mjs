// The refresh_token grant. Numbers in brackets are rows of docs/threats.md.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { clientRefused, ok, tokenError, tokenRefused } from '../support/expect.mjs';
import { callApi, CLIENTS, offlineFlow, refresh, signIn } from '../support/flow.mjs';
import { get, postForm } from '../support/http.mjs';
import { decode } from '../support/jwt.mjs';
import { startSystem } from '../support/system.mjs';

let system;
let ada;
before(async () => {
  system = await startSystem();
  ada = await signIn(system, 'ada');
});
after(() => system?.stop());

const flow = (options = {}) => offlineFlow(system, { jar: ada.copy(), ...options });
const renew = async (refreshToken, changes, clientId = 'web-ui') => ok(await refresh(system, clientId, refreshToken, changes)).json;
const userinfo = (accessToken) => get(`${system.auth}/oauth/userinfo`, { headers: { authorization: `Bearer ${accessToken}` } });

for (const clientId of ['web-ui', 'web-app']) {
  test(`${clientId} gets a new access token and a new refresh token at every use`, async () => {
    let { tokens } = await flow({ clientId });
    const seen = new Set([tokens.refresh_token]);
    for (let round = 0; round < 3; round += 1) {
      tokens = await renew(tokens.refresh_token, {}, clientId);
      assert.ok(!seen.has(tokens.refresh_token), 'rotated');
      seen.add(tokens.refresh_token);
      assert.equal(tokens.token_type, 'Bearer');
      ok(await callApi(system, '/api/protected', tokens.access_token));
    }
  });
}

test('a refreshed ID token keeps sub and auth_time and carries no other nonce', async () => {
  const { tokens, params } = await flow();
  const first = decode(tokens.id_token).claims;
  const { id_token } = await renew(tokens.refresh_token);
  if (id_token === undefined) return;
  const second = decode(id_token).claims;
  assert.equal(second.sub, first.sub);
  assert.equal(second.auth_time, first.auth_time);
  assert.deepEqual(second.aud, first.aud);
  assert.ok([undefined, params.nonce].includes(second.nonce));
});

test('[53] a wider scope is invalid_scope and leaves the token alive', async () => {
  const { tokens } = await flow({ scope: 'openid read offline_access' });
  tokenError(await refresh(system, 'web-ui', tokens.refresh_token, { scope: 'openid read write' }), 'invalid_scope');
  tokenError(await refresh(system, 'web-ui', tokens.refresh_token, { scope: 'admin' }), 'invalid_scope');
  await renew(tokens.refresh_token);
});

test('[53] once narrowed, a later refresh without scope gets the original again', async () => {
  const { tokens } = await flow({ scope: 'openid read write offline_access' });
  const narrow = await renew(tokens.refresh_token, { scope: 'read' });
  assert.deepEqual(narrow.scope.split(' '), ['read']);
  assert.equal(decode(narrow.access_token).claims.scope, 'read');
  const whole = await renew(narrow.refresh_token);
  assert.deepEqual(new Set(decode(whole.access_token).claims.scope.split(' ')), new Set(['openid', 'read', 'write', 'offline_access']));
});

test('[54] another client is invalid_grant and the owner\'s token stays intact', async () => {
  const { tokens } = await flow();
  tokenError(await refresh(system, 'web-app', tokens.refresh_token), 'invalid_grant');
  const next = await renew(tokens.refresh_token);
  tokenError(await refresh(system, 'web-app', tokens.refresh_token), 'invalid_grant');
  await renew(next.refresh_token);
});

test('[57] one refresh token used 100 times at once gives one distinct successor and no fault', async () => {
  const { tokens } = await flow({ clientId: 'web-app' });
  const answers = await Promise.all(Array.from({ length: 100 }, () => refresh(system, 'web-app', tokens.refresh_token)));
  assert.equal(answers.filter(({ status }) => status >= 500).length, 0);
  const successors = new Set(answers.filter(({ status }) => status === 200).map(({ json }) => json.refresh_token));
  assert.equal(successors.size, 1);
  for (const answer of answers) if (answer.status !== 200) tokenError(answer, 'invalid_grant');
});

for (const [what, change] of [
  ['a forged mac', (given) => given.replace(/\.[^.]*$/, `.${'A'.repeat(43)}`)],
  ['a later generation', (given) => given.replace(/^(r2\.[^.]+\.)(\d+)/, (_, head, generation) => `${head}${Number(generation) + 1}`)],
  ['an earlier generation', (given) => given.replace(/^(r2\.[^.]+\.)(\d+)/, (_, head, generation) => `${head}${Math.max(0, Number(generation) - 1)}`)],
  ['a generation with a leading zero', (given) => given.replace(/^(r2\.[^.]+\.)(\d+)/, '$10$2')],
  ['the prefix of a code', (given) => given.replace(/^r2/, 'c2')],
  ['the form without a part', (given) => given.replace(/^r2(\.[^.]+\.\d+)\.[^.]+/, 'r1$1')],
  ['one character more', (given) => `${given}A`],
]) {
  test(`[51] a refresh token with ${what} is invalid_grant and changes nothing`, async () => {
    const { tokens } = await flow();
    const forged = change(tokens.refresh_token);
    if (forged !== tokens.refresh_token) tokenError(await refresh(system, 'web-ui', forged), 'invalid_grant');
    await renew(tokens.refresh_token);
  });
}

test('[38] a confidential client cannot refresh as if it were public', async () => {
  const { tokens } = await flow({ clientId: 'web-app' });
  const fields = { grant_type: 'refresh_token', refresh_token: tokens.refresh_token, client_id: 'web-app' };
  clientRefused(await postForm(`${system.auth}/oauth/token`, fields), { challenge: false });
  await renew(tokens.refresh_token, { client_id: 'web-app', client_secret: undefined }, 'web-app');
  assert.ok(CLIENTS['web-app'].secret);
});

for (const [what, disable, enable] of [
  ['user', "UPDATE users SET disabled = 1 WHERE username = 'alan'", "UPDATE users SET disabled = 0 WHERE username = 'alan'"],
  ['client', "UPDATE clients SET disabled = 1 WHERE client_id = 'web-app'", "UPDATE clients SET disabled = 0 WHERE client_id = 'web-app'"],
]) {
  test(`[59] a disabled ${what} cannot refresh`, async () => {
    const { tokens } = await offlineFlow(system, { clientId: 'web-app', user: 'alan' });
    await changed(`${what}s`, disable);
    try {
      const answer = await refresh(system, 'web-app', tokens.refresh_token);
      if (what === 'client') clientRefused(answer, { challenge: true });
      else tokenError(answer, 'invalid_grant');
    } finally {
      await changed(`${what}s`, enable);
    }
  });
}

describe('many processes of one user that share a token', () => {
  const PROCESSES = 20;
  const client = 'web-ui';
  const generation = (refreshToken) => Number(refreshToken.split('.')[2]);

  /** One process: uses what it holds `rounds` times, pausing in between; now and then it loses an answer. */
  async function go(held, rounds, pause, successors) {
    for (let round = 0; round < rounds; round += 1) {
      await sleep(Math.random() * pause);
      const answer = ok(await refresh(system, client, held));
      const next = answer.json.refresh_token;
      const known = successors.get(held) ?? next;
      assert.equal(next, known, 'each generation has one successor');
      successors.set(held, next);
      if (Math.random() < 0.7) held = next;
    }
    return held;
  }

  test('[126] [57] at once and staggered, with lost answers and a restart in the middle, all stay signed in', async () => {
    const { tokens } = await flow();
    const successors = new Map();
    const all = (held, pause) => Promise.all(held.map((token) => go(token, 3, pause, successors)));
    let held = await all(Array(PROCESSES).fill(tokens.refresh_token), 0);
    await system.restart();
    held = await all(held, 400);
    // Some slept all the while and come with the first token, which has long had a successor.
    held = await all(held.map((token, index) => (index % 5 === 0 ? tokens.refresh_token : token)), 400);
    // The newest may have been in an answer that was lost.
    held.push(...successors.values());
    const newest = Math.max(...held.map(generation));
    assert.equal(successors.size, newest, 'a line without gaps');
    ok(await refresh(system, client, held.find((token) => generation(token) === newest)));
  });

  test('[126] who refreshes without pause is asked to wait, and nothing ends', async () => {
    const { tokens } = await flow();
    let held = tokens.refresh_token;
    for (let count = 0; count < 32; count += 1) held = (await renew(held)).refresh_token;
    const answer = await refresh(system, client, held);
    assert.equal(answer.status, 503, answer.text);
    assert.equal(answer.json.error, 'temporarily_unavailable');
    assert.match(answer.headers['retry-after'], /^\d+$/);
    ok(await refresh(system, client, tokens.refresh_token));
    ok(await userinfo(tokens.access_token));
  });
});

describe('when the window of a used token has ended', () => {
  const GRACE = 8;
  before(() => system.restart({ vars: { auth: { REFRESH_GRACE_LIFETIME: String(GRACE) } } }));
  const windowEnds = () => sleep(GRACE * 1_000 + 1_100);

  test('[55] [126] its use ends the whole family', async () => {
    const { tokens: first } = await flow();
    const second = await renew(first.refresh_token);
    const third = await renew(second.refresh_token);
    await renew(first.refresh_token);
    await windowEnds();
    const lines = system.log.length;
    tokenError(await refresh(system, 'web-ui', first.refresh_token), 'invalid_grant');
    tokenError(await refresh(system, 'web-ui', third.refresh_token), 'invalid_grant');
    tokenError(await refresh(system, 'web-ui', second.refresh_token), 'invalid_grant');
    for (const { access_token } of [first, second, third]) tokenRefused(await userinfo(access_token));
    await sleep(200);
    assert.match(system.log.slice(lines).join('\n'), /refresh_token_reused/);
    await system.halt();
    const [{ count }] = system.sql('audit', "SELECT count(*) AS count FROM audit WHERE event = 'refresh_token_reused'");
    assert.equal(count, 1, 'audited');
    await system.start({ vars: { auth: { REFRESH_GRACE_LIFETIME: String(GRACE) } } });
  });

  test('[55] the use of the one just before the current ends it too', async () => {
    const { tokens: first } = await flow();
    const second = await renew(first.refresh_token);
    await windowEnds();
    tokenError(await refresh(system, 'web-ui', first.refresh_token), 'invalid_grant');
    tokenError(await refresh(system, 'web-ui', second.refresh_token), 'invalid_grant');
  });

  test('[55] one family\'s end leaves other families of the same user alive', async () => {
    const [{ tokens: ended }, { tokens: other }] = [await flow(), await flow()];
    await renew(ended.refresh_token);
    await windowEnds();
    tokenError(await refresh(system, 'web-ui', ended.refresh_token), 'invalid_grant');
    await renew(other.refresh_token);
  });

  test('[126] a client\'s own grace counts instead', async () => {
    await system.halt();
    const own = (seconds) => `UPDATE clients SET record = json_set(record, '$.refresh_token_grace', ${seconds}) WHERE client_id = 'web-app'`;
    system.sql('clients', own(0));
    system.forgetCaches();
    await system.start();
    const { tokens } = await flow({ clientId: 'web-app' });
    const { refresh_token } = await renew(tokens.refresh_token, {}, 'web-app');
    tokenError(await refresh(system, 'web-app', tokens.refresh_token), 'invalid_grant');
    tokenError(await refresh(system, 'web-app', refresh_token), 'invalid_grant');
  });
});

/** Changes the database from outside, between two runs of the system. */
async function changed(table, statement) {
  await system.halt();
  system.sql(table, statement);
  // Copies of client records live in KV for a minute. Without them the minute has passed.
  system.forgetCaches();
  await system.start();
}
