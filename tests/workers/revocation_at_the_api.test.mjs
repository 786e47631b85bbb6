// What the resource server sees of a revocation, by each of its choices (docs/revocation.md), with both kinds of token.
// Numbers in brackets are rows of docs/threats.md.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { logged, ok, tokenRefused, unavailable } from '../support/expect.mjs';
import { account, callApi, machineToken, offlineFlow, refresh, revoke, signIn, signOutEverywhere, token } from '../support/flow.mjs';
import { get, postJson } from '../support/http.mjs';
import { decode } from '../support/jwt.mjs';
import { startSystem } from '../support/system.mjs';

/** In this file web-app gets opaque tokens, web-ui and the machine client-123 get JWTs. */
const OPAQUE = 'web-app';
const JWT = 'web-ui';
const KINDS = [['opaque', OPAQUE], ['JWT', JWT]];

let system;
let ada;
before(async () => {
  system = await startSystem({ faulty: true });
  await system.halt();
  system.sql('clients', `UPDATE clients SET record = json_set(record, '$.access_token_format', 'opaque') WHERE client_id = '${OPAQUE}'`);
  system.forgetCaches();
  await settle();
  ada = await signIn(system, 'ada');
});
after(() => system?.stop());

/** The API with other settings; without any, as it is locally. */
async function settle(api = {}, auth = {}) {
  await system.restart({ vars: { api, auth } });
}

const ask = (accessToken, path = '/api/protected') => callApi(system, path, accessToken);

async function tokensOf(clientId, scope = 'openid profile read write offline_access') {
  const { tokens } = await offlineFlow(system, { clientId, scope, jar: ada.copy() });
  assert.equal(tokens.access_token.startsWith('a1.'), clientId === OPAQUE, 'the kind of token');
  return tokens;
}

/** Asks until a revocation is seen that does not happen in the very turn of its cause, such as a tombstone's. */
async function soonRefused(accessToken) {
  for (let tries = 0; tries < 40; tries += 1) {
    const answer = await ask(accessToken);
    if (answer.status !== 200) return tokenRefused(answer);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return assert.fail('the revocation is not seen');
}

describe('both kinds of token', () => {
  for (const [kind, clientId] of KINDS) {
    test(`a user's ${kind} token works on every route that a user has`, async () => {
      const { access_token: accessToken } = await tokensOf(clientId);
      for (const path of ['/api/protected', '/api/data', '/protected-data', '/api/user/profile', '/posts']) ok(await ask(accessToken, path));
      const headers = { authorization: `Bearer ${accessToken}` };
      ok(await postJson(`${system.api}/api/user/update`, { bio: kind }, { headers }));
      const shown = ok(await ask(accessToken)).json;
      assert.deepEqual([shown.sub, shown.client_id], ['u_ada', clientId]);
      assert.equal((await ask(accessToken, '/students')).status, 403);
    });
  }

  test('a machine\'s tokens work alike', async () => {
    const opaque = ok(await token(system, OPAQUE, { grant_type: 'client_credentials', scope: 'read:students read:users' })).json.access_token;
    assert.match(opaque, /^a1\./);
    for (const accessToken of [opaque, await machineToken(system, 'read:students read:users')]) {
      ok(await ask(accessToken, '/students'));
      ok(await ask(accessToken, '/users'));
      assert.equal((await ask(accessToken, '/posts')).status, 403);
    }
  });

  test('what is no access token of either kind is refused', async () => {
    const tokens = await tokensOf(OPAQUE);
    const { access_token: real, refresh_token: refreshToken, id_token: idToken } = tokens;
    for (const forged of [refreshToken, idToken, `${real}x`, real.slice(0, -1), real.replace('a1.', 'c1.'), `x${real}`, 'abc', 'a1.', 'a1.a.b.c.d', '.', '~']) {
      tokenRefused(await ask(forged));
    }
    ok(await ask(real));
  });
});

describe('a revocation is seen at the next request', () => {
  before(() => settle({ INTROSPECTION_CACHE_SECONDS: '0' }));

  for (const [kind, clientId] of KINDS) {
    test(`[73] of ${kind} tokens, when the refresh token is revoked`, async () => {
      const tokens = await tokensOf(clientId);
      const other = await tokensOf(clientId);
      ok(await ask(tokens.access_token));
      ok(await revoke(system, clientId, tokens.refresh_token));
      await soonRefused(tokens.access_token);
      ok(await ask(other.access_token));
    });

    test(`of ${kind} tokens, when the access token is revoked`, async () => {
      const tokens = await tokensOf(clientId);
      ok(await ask(tokens.access_token));
      ok(await revoke(system, clientId, tokens.access_token));
      await soonRefused(tokens.access_token);
    });

    test(`[55] of ${kind} tokens, when a refresh token was stolen`, async () => {
      // Within the window of a retry the use of an old token is no theft.
      await settle({ INTROSPECTION_CACHE_SECONDS: '0' }, { REFRESH_GRACE_LIFETIME: '0' });
      const first = await tokensOf(clientId);
      const second = ok(await refresh(system, clientId, first.refresh_token)).json;
      const third = ok(await refresh(system, clientId, second.refresh_token)).json;
      for (const { access_token: accessToken } of [first, second, third]) ok(await ask(accessToken));
      assert.equal((await refresh(system, clientId, first.refresh_token)).status, 400);
      for (const { access_token: accessToken } of [first, second, third]) await soonRefused(accessToken);
    });
  }

  test('[73] of JWTs that are issued while their grant ends: by revocation, and by signing out everywhere', async () => {
    const issued = [];
    for (let round = 0; round < 8; round += 1) {
      const jar = await signIn(system, 'alan');
      const { tokens } = await offlineFlow(system, { clientId: JWT, jar });
      const page = await account(system, jar);
      const end = () => (round % 2 === 0 ? revoke(system, JWT, tokens.refresh_token) : signOutEverywhere(page, jar));
      const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
      const late = async () => (await pause(round), refresh(system, JWT, tokens.refresh_token));
      const [first, , second] = await Promise.all([refresh(system, JWT, tokens.refresh_token), end(), late()]);
      for (const answer of [first, second]) if (answer.status === 200) issued.push(answer.json.access_token);
    }
    assert.ok(issued.length > 0, 'some are issued in time');
    for (const accessToken of issued) await soonRefused(accessToken);
  });

  test('of an opaque token it is the very next one, and without any tombstone', async () => {
    const tokens = await tokensOf(OPAQUE);
    ok(await ask(tokens.access_token));
    await system.faults({ binding: 'KV', kind: 'throws' });
    ok(await revoke(system, OPAQUE, tokens.refresh_token));
    tokenRefused(await ask(tokens.access_token));
    await system.faults();
  });
});

describe('the bounds that are documented', () => {
  test('an answer about an opaque token counts for the cache\'s time, and for no other token', async () => {
    await settle({ INTROSPECTION_CACHE_SECONDS: '300' });
    const [used, unused] = [await tokensOf(OPAQUE), await tokensOf(OPAQUE)];
    ok(await ask(used.access_token));
    for (const tokens of [used, unused]) ok(await revoke(system, OPAQUE, tokens.refresh_token));
    tokenRefused(await ask(unused.access_token));
    ok(await ask(used.access_token));
  });

  test('after the usual five seconds the revocation is seen', async () => {
    await settle();
    const tokens = await tokensOf(OPAQUE);
    ok(await ask(tokens.access_token));
    ok(await revoke(system, OPAQUE, tokens.refresh_token));
    await new Promise((resolve) => setTimeout(resolve, 5_000));
    tokenRefused(await ask(tokens.access_token));
  });

  test('without tombstones a JWT lives until it expires', async () => {
    await settle({ TOMBSTONES: 'off' });
    const tokens = await tokensOf(JWT);
    ok(await ask(tokens.access_token));
    ok(await revoke(system, JWT, tokens.refresh_token));
    ok(await ask(tokens.access_token));
    await settle();
    await soonRefused(tokens.access_token);
  });

  test('a tombstone that is lost leaves a JWT to its expiry', async () => {
    await settle();
    const tokens = await tokensOf(JWT);
    await system.faults({ binding: 'KV', method: 'put', key: 'revoked:', kind: 'lost' });
    ok(await revoke(system, JWT, tokens.refresh_token));
    ok(await ask(tokens.access_token));
    assert.ok(decode(tokens.access_token).claims.exp - Date.now() / 1000 <= 300);
    await system.faults();
  });
});

describe('faults', () => {
  before(() => settle());

  test('[74] while it cannot be found out whether a grant is active, opaque tokens get 503 and never a refusal, and JWTs go on', async () => {
    const [opaque, jwt] = [await tokensOf(OPAQUE), await tokensOf(JWT)];
    await system.faults({ binding: 'GRANT', kind: 'throws' });
    unavailable(await ask(opaque.access_token));
    ok(await ask(jwt.access_token));
    await system.faults();
    ok(await ask(opaque.access_token));
  });

  test('a wrong secret of the API\'s own is a fault and no refusal', async () => {
    const { access_token: accessToken } = await tokensOf(OPAQUE);
    await settle({ INTROSPECTION_CLIENT_SECRET: 'not-the-secret-0123456789abcdef' });
    unavailable(await ask(accessToken));
    ok(await ask(await machineToken(system, 'read:students')));
    await settle();
    ok(await ask(accessToken));
  });

  test('half a configuration serves no request, and its fault is in the log', async () => {
    for (const name of ['INTROSPECTION_CLIENT_ID', 'INTROSPECTION_CLIENT_SECRET']) {
      await settle({ [name]: '' });
      unavailable(await get(`${system.api}/health`));
      await logged(system, `${name} is missing`);
    }
    await settle();
    ok(await get(`${system.api}/health`));
  });

  test('without introspection an opaque token is refused', async () => {
    const { access_token: accessToken } = await tokensOf(OPAQUE);
    await settle({ INTROSPECTION_CLIENT_ID: '', INTROSPECTION_CLIENT_SECRET: '' });
    tokenRefused(await ask(accessToken));
    ok(await ask(await machineToken(system, 'read:students')));
    await settle();
  });
});
