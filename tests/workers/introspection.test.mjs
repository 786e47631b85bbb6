// Introspection over HTTP: RFC 7662, RFC 9701. Numbers in brackets are rows of docs/threats.md.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { clientRefused, noStore, ok, tokenError } from '../support/expect.mjs';
import { basic, CLIENTS, fullCodeFlow, introspect, machineToken, offlineFlow, redeem, refresh, signIn } from '../support/flow.mjs';
import { encodeForm, get, postForm, send } from '../support/http.mjs';
import { decode, verifies } from '../support/jwt.mjs';
import { startSystemWithOpaque } from '../support/system.mjs';

let system;
let endpoint;
let ada;
/** In this file web-app gets opaque tokens, web-ui and the machine client-123 get JWTs. */
const OPAQUE = 'web-app';
before(async () => {
  system = await startSystemWithOpaque(OPAQUE);
  endpoint = `${system.auth}/oauth/introspect`;
  ada = await signIn(system, 'ada');
});
after(() => system?.stop());

const SIGNED = 'application/token-introspection+jwt';
const flow = (options = {}) => offlineFlow(system, { jar: ada.copy(), ...options });

/** [70] Exactly this, and no word more. */
function inactive(answer) {
  assert.equal(ok(answer).text, '{"active":false}');
  assert.match(answer.headers['content-type'], /^application\/json/);
  noStore(answer);
}

function active(answer) {
  assert.equal(ok(answer).json.active, true, answer.text);
  noStore(answer);
  return answer.json;
}

describe('the request', () => {
  for (const method of ['GET', 'HEAD', 'PUT', 'DELETE', 'PATCH', 'OPTIONS']) {
    test(`[69] ${method} is 405 with Allow: POST`, async () => {
      const answer = await send(method, endpoint, { headers: basic('api', CLIENTS.api.secret) });
      assert.equal(answer.status, 405);
      assert.equal(answer.headers.allow, 'POST');
    });
  }

  test('no other origin\'s page reads an answer', async () => {
    const answer = await introspect(system, 'x', { headers: { origin: system.app } });
    inactive(answer);
    assert.equal(answer.headers['access-control-allow-origin'], undefined);
  });

  test('[69] a caller that does not authenticate learns nothing', async () => {
    const token = await machineToken(system, 'read:students');
    clientRefused(await postForm(endpoint, { token }), { challenge: false });
    clientRefused(await postForm(endpoint, { token, client_id: 'web-ui' }), { challenge: false });
    clientRefused(await postForm(endpoint, { token }, { headers: basic('api', 'not-the-secret') }), { challenge: true });
    clientRefused(await postForm(endpoint, { token }, { headers: basic('nobody', 'x') }), { challenge: true });
    clientRefused(await postForm(endpoint, { token, client_id: 'api', client_secret: 'wrong' }), { challenge: false });
  });

  test('the secret may stand in the body', async () => {
    const token = await machineToken(system, 'read:students');
    active(await postForm(endpoint, { token, client_id: 'api', client_secret: CLIENTS.api.secret }));
  });

  test('a request without a token, or that is no form, is invalid_request', async () => {
    const headers = basic('api', CLIENTS.api.secret);
    tokenError(await postForm(endpoint, {}, { headers }), 'invalid_request');
    tokenError(await postForm(endpoint, [['token', 'a'], ['token', 'b']], { headers }), 'invalid_request');
    tokenError(await postForm(`${endpoint}?token=a`, {}, { headers }), 'invalid_request');
    for (const [type, body] of [['application/json', '{"token":"a"}'], ['text/plain', encodeForm({ token: 'a' })]]) {
      tokenError(await send('POST', endpoint, { headers: { ...headers, 'content-type': type }, body }), 'invalid_request');
    }
  });
});

describe('the description of a token', () => {
  test('of a person\'s JWT', async () => {
    const { tokens } = await flow();
    const described = active(await introspect(system, tokens.access_token));
    const { claims } = decode(tokens.access_token);
    assert.deepEqual(described, {
      active: true, scope: claims.scope, client_id: 'web-ui', token_type: 'Bearer', exp: claims.exp, iat: claims.iat,
      sub: 'u_ada', aud: system.api, iss: system.auth, jti: claims.jti, auth_time: claims.auth_time,
    });
  });

  test('of a person\'s opaque token', async () => {
    const { tokens } = await flow({ clientId: OPAQUE });
    assert.match(tokens.access_token, /^a1\./);
    const { jti, exp, iat, auth_time: signedIn, ...described } = active(await introspect(system, tokens.access_token));
    assert.deepEqual(described, {
      active: true, scope: tokens.scope, client_id: OPAQUE, token_type: 'Bearer', sub: 'u_ada', aud: system.api, iss: system.auth,
    });
    assert.equal(exp - iat, tokens.expires_in);
    assert.ok(jti);
    assert.ok(signedIn <= iat);
  });

  test('of a machine\'s token', async () => {
    const described = active(await introspect(system, await machineToken(system, 'read:students')));
    assert.deepEqual([described.sub, described.client_id, described.scope], ['client-123', 'client-123', 'read:students']);
  });

  test('[71] a wrong hint still works', async () => {
    const { tokens } = await flow();
    for (const hint of ['refresh_token', 'access_token', 'nonsense']) {
      active(await introspect(system, tokens.access_token, { token_type_hint: hint }));
      active(await introspect(system, tokens.access_token, { token_type_hint: hint, clientId: 'api' }));
    }
  });

  test('[70] a refresh token is its own client\'s affair, and only while it is current', async () => {
    const { tokens } = await flow({ clientId: OPAQUE });
    active(await introspect(system, tokens.refresh_token, { clientId: OPAQUE }));
    inactive(await introspect(system, tokens.refresh_token));
    const { refresh_token } = ok(await refresh(system, OPAQUE, tokens.refresh_token)).json;
    inactive(await introspect(system, tokens.refresh_token, { clientId: OPAQUE }));
    active(await introspect(system, refresh_token, { clientId: OPAQUE }));
  });

  test('[70] a token is no other client\'s affair', async () => {
    for (const clientId of ['web-ui', OPAQUE]) {
      const { tokens } = await flow({ clientId });
      inactive(await introspect(system, tokens.access_token, { clientId: 'client-123' }));
    }
  });

  test('[70] garbage is inactive, and so are codes and ID tokens', async () => {
    const { tokens, code } = await fullCodeFlow(system, { jar: ada.copy() });
    const forged = tokens.access_token.replace(/\.[^.]+$/, (signature) => signature.split('').reverse().join(''));
    for (const garbage of ['x', 'a1.a.b.c', 'r1.a.0.b', forged, code, tokens.id_token, '漢', 'x'.repeat(20_000)]) {
      inactive(await introspect(system, garbage));
    }
  });

  test('[48] [70] a code used twice ends both kinds of token at once', async () => {
    for (const clientId of ['web-ui', OPAQUE]) {
      const obtained = await flow({ clientId });
      active(await introspect(system, obtained.tokens.access_token));
      tokenError(await redeem(system, obtained), 'invalid_grant');
      inactive(await introspect(system, obtained.tokens.access_token));
    }
  });

  test('UserInfo takes an opaque token', async () => {
    const { tokens } = await flow({ clientId: OPAQUE });
    const headers = { authorization: `Bearer ${tokens.access_token}` };
    const info = ok(await get(`${system.auth}/oauth/userinfo`, { headers })).json;
    assert.deepEqual([info.sub, info.preferred_username], ['u_ada', 'ada']);
  });
});

describe('a signed answer', () => {
  for (const [what, given, state] of [['a live token', () => machineToken(system, 'read:students'), true], ['garbage', async () => 'x', false]]) {
    test(`of ${what} is for the caller, verifies, and says the same`, async () => {
      const token = await given();
      const answer = ok(await introspect(system, token, { headers: { accept: SIGNED } }));
      assert.equal(answer.headers['content-type'], SIGNED);
      noStore(answer);
      const { header, claims } = decode(answer.text);
      assert.deepEqual([header.typ, header.alg], ['token-introspection+jwt', 'RS256']);
      assert.deepEqual([claims.iss, claims.aud], [system.auth, 'api']);
      assert.equal(claims.token_introspection.active, state);
      assert.deepEqual(claims.token_introspection, ok(await introspect(system, token)).json);
      const { keys } = ok(await get(`${system.auth}/oauth/jwks`)).json;
      assert.ok(verifies(answer.text, keys.find(({ kid }) => kid === header.kid)));
    });
  }

  test('is no access token', async () => {
    const answer = ok(await introspect(system, await machineToken(system, 'read:students'), { headers: { accept: SIGNED } }));
    inactive(await introspect(system, answer.text));
    assert.equal((await get(`${system.api}/api/protected`, { headers: { authorization: `Bearer ${answer.text}` } })).status, 401);
  });

  test('is given only where it is asked for', async () => {
    for (const accept of ['*/*', 'application/json', 'application/jwt']) {
      assert.match((await introspect(system, 'x', { headers: { accept } })).headers['content-type'], /^application\/json/);
    }
  });
});
