// Revocation over HTTP: RFC 7009. Numbers in brackets are rows of docs/threats.md.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { clientRefused, noStore, ok, tokenError } from '../support/expect.mjs';
import { basic, CLIENTS, introspect, machineToken, obtainCode, offlineFlow, redeem, refresh, revoke, signIn, userinfo } from '../support/flow.mjs';
import { encodeForm, postForm, send } from '../support/http.mjs';
import { startSystemWithOpaque } from '../support/system.mjs';

let system;
let endpoint;
let ada;
/** In this file web-app gets opaque tokens, web-ui and the machine client-123 get JWTs. */
const OPAQUE = 'web-app';
before(async () => {
  system = await startSystemWithOpaque(OPAQUE);
  endpoint = `${system.auth}/oauth/revoke`;
  ada = await signIn(system, 'ada');
});
after(() => system?.stop());

const flow = (clientId) => offlineFlow(system, { clientId, jar: ada.copy() });
const isActive = async (token) => ok(await introspect(system, token)).json.active;

/** 200 with nothing in it. */
function done(answer) {
  assert.equal(ok(answer).body.length, 0, answer.text);
  noStore(answer);
}

describe('the request', () => {
  for (const method of ['GET', 'HEAD', 'PUT', 'DELETE', 'PATCH']) {
    test(`${method} is 405 with Allow: POST`, async () => {
      const answer = await send(method, endpoint);
      assert.equal(answer.status, 405);
      assert.equal(answer.headers.allow, 'POST');
    });
  }

  test('[117] any origin\'s page may ask, without credentials', async () => {
    const preflight = await send('OPTIONS', endpoint, {
      headers: { origin: 'https://other.example', 'access-control-request-method': 'POST' },
    });
    assert.ok([200, 204].includes(preflight.status), String(preflight.status));
    assert.match(preflight.headers['access-control-allow-methods'], /\bPOST\b/);
    const answer = await postForm(endpoint, { client_id: 'web-ui', token: 'x' }, { headers: { origin: 'https://other.example' } });
    done(answer);
    for (const { headers } of [preflight, answer]) {
      assert.equal(headers['access-control-allow-origin'], '*');
      assert.equal(headers['access-control-allow-credentials'], undefined);
    }
  });

  test('without authentication nothing ends', async () => {
    const { tokens } = await flow(OPAQUE);
    const token = tokens.refresh_token;
    clientRefused(await postForm(endpoint, { token }), { challenge: false });
    clientRefused(await postForm(endpoint, { token, client_id: OPAQUE }), { challenge: false });
    clientRefused(await postForm(endpoint, { token }, { headers: basic(OPAQUE, 'not-the-secret') }), { challenge: true });
    assert.equal(await isActive(tokens.access_token), true);
  });

  test('a request without a token, or that is no form, is invalid_request', async () => {
    const headers = basic(OPAQUE, CLIENTS[OPAQUE].secret);
    tokenError(await postForm(endpoint, {}, { headers }), 'invalid_request');
    tokenError(await postForm(endpoint, [['token', 'a'], ['token', 'b']], { headers }), 'invalid_request');
    tokenError(await postForm(`${endpoint}?token=a`, {}, { headers }), 'invalid_request');
    for (const [type, body] of [['application/json', '{"token":"a"}'], ['text/plain', encodeForm({ token: 'a' })]]) {
      tokenError(await send('POST', endpoint, { headers: { ...headers, 'content-type': type }, body }), 'invalid_request');
    }
  });
});

for (const clientId of ['web-ui', OPAQUE]) {
  describe(`tokens of ${clientId}`, () => {
    for (const which of ['refresh_token', 'access_token']) {
      test(`[73] the ${which} ends all of the grant, at once and for ever`, async () => {
        const { tokens } = await flow(clientId);
        assert.equal(await isActive(tokens.access_token), true);
        done(await revoke(system, clientId, tokens[which]));
        assert.equal(await isActive(tokens.access_token), false);
        assert.equal((await userinfo(system, tokens.access_token)).status, 401);
        tokenError(await refresh(system, clientId, tokens.refresh_token), 'invalid_grant');
        done(await revoke(system, clientId, tokens[which]));
      });

      test(`[71] with a wrong hint, the ${which} ends the grant all the same`, async () => {
        const { tokens } = await flow(clientId);
        const hint = which === 'access_token' ? 'refresh_token' : 'access_token';
        done(await revoke(system, clientId, tokens[which], { token_type_hint: hint }));
        assert.equal(await isActive(tokens.access_token), false);
      });

      test(`[72] another client's ${which} is refused, and lives on`, async () => {
        const { tokens } = await flow(clientId);
        const other = clientId === OPAQUE ? 'web-ui' : OPAQUE;
        tokenError(await revoke(system, other, tokens[which]), 'invalid_grant');
        assert.equal(await isActive(tokens.access_token), true);
        ok(await refresh(system, clientId, tokens.refresh_token));
      });
    }

    test('a spent refresh token ends the grant too', async () => {
      const { tokens } = await flow(clientId);
      const renewed = ok(await refresh(system, clientId, tokens.refresh_token)).json;
      done(await revoke(system, clientId, tokens.refresh_token));
      assert.equal(await isActive(renewed.access_token), false);
      tokenError(await refresh(system, clientId, renewed.refresh_token), 'invalid_grant');
    });

    test('one grant\'s end is not another\'s', async () => {
      const [one, other] = [await flow(clientId), await flow(clientId)];
      done(await revoke(system, clientId, one.tokens.refresh_token));
      assert.equal(await isActive(other.tokens.access_token), true);
    });
  });
}

test('[72] revoking the unknown is 200 and changes nothing', async () => {
  const obtained = await obtainCode(system, { jar: ada.copy() });
  for (const token of ['x', 'r1.a.0.b', 'a1.a.1.b.c', 'e30.e30.e30', '漢', obtained.code]) done(await revoke(system, 'web-ui', token));
  const { id_token, access_token } = ok(await redeem(system, obtained)).json;
  done(await revoke(system, 'web-ui', id_token));
  assert.equal(await isActive(access_token), true);
});

test('a machine\'s token ends, by its own client only', async () => {
  const [token, other] = [await machineToken(system, 'read:students'), await machineToken(system, 'read:students')];
  tokenError(await revoke(system, 'web-ui', token), 'invalid_grant');
  assert.equal(await isActive(token), true);
  done(await revoke(system, 'client-123', token));
  assert.equal(await isActive(token), false);
  assert.equal(await isActive(other), true);
});

test('[112] what was revoked stays revoked over a restart', async () => {
  const { tokens } = await flow('web-ui');
  const machine = await machineToken(system, 'read:students');
  done(await revoke(system, 'web-ui', tokens.access_token));
  done(await revoke(system, 'client-123', machine));
  await system.restart();
  for (const token of [tokens.access_token, machine]) assert.equal(await isActive(token), false);
  tokenError(await refresh(system, 'web-ui', tokens.refresh_token), 'invalid_grant');
});
