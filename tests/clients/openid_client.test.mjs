// openid-client, a certified library that we did not write, against the running system. Only the person in
// front of the login and consent pages is played by the tests' own HTTP client.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import * as openid from 'openid-client';
import { callApi, callerJwk, CLIENTS, walk } from '../support/flow.mjs';
import { CookieJar, get, witnessed } from '../support/http.mjs';
import { startSystem } from '../support/system.mjs';

const SCOPE = 'openid profile email read offline_access';

let system;
before(async () => {
  system = await startSystem();
});
after(() => system?.stop());

const discover = (clientId, authentication) =>
  openid.discovery(new URL(system.auth), clientId, undefined, authentication, { execute: [openid.allowInsecureRequests] });

/** The person's part: from the authorization URL to the redirect back. */
async function browse(url, user = 'ada') {
  const jar = new CookieJar();
  const answer = await walk(system, get(url.href, { jar }), { jar, user });
  return new URL(answer.location);
}

function remember(tokens) {
  for (const name of ['access_token', 'refresh_token', 'id_token']) if (tokens[name]) witnessed.set(tokens[name], name);
  return tokens;
}

async function codeFlow(config, redirectUri, parameters = {}) {
  const verifier = openid.randomPKCECodeVerifier();
  witnessed.set(verifier, 'code_verifier');
  const [state, nonce] = [openid.randomState(), openid.randomNonce()];
  const url = openid.buildAuthorizationUrl(config, {
    redirect_uri: redirectUri,
    scope: SCOPE,
    state,
    nonce,
    code_challenge: await openid.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    ...parameters,
  });
  const returned = await browse(url);
  const checks = { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce, idTokenExpected: true };
  return { tokens: remember(await openid.authorizationCodeGrant(config, returned, checks)), returned, checks };
}

const PEOPLE = {
  'web-ui': () => openid.None(),
  'web-app': () => openid.ClientSecretBasic(CLIENTS['web-app'].secret),
};

for (const [clientId, authentication] of Object.entries(PEOPLE)) {
  describe(`a person signs in at ${clientId}`, () => {
    let config;
    let flow;
    before(async () => {
      config = await discover(clientId, authentication());
    });

    test('discovery, code with PKCE, and an ID token that the library accepts', async () => {
      flow = await codeFlow(config, CLIENTS[clientId].redirect(system));
      const claims = flow.tokens.claims();
      assert.equal(claims.sub, 'u_ada');
      assert.equal(claims.aud, clientId);
      assert.equal(claims.iss, system.auth);
      assert.equal((await callApi(system, '/api/user/profile', flow.tokens.access_token)).status, 200);
    });

    test('max_age is answered by an auth_time that the library accepts', async () => {
      const { tokens } = await codeFlow(config, CLIENTS[clientId].redirect(system), { max_age: '3600' });
      assert.ok(Number.isInteger(tokens.claims().auth_time));
    });

    test('UserInfo for the same subject', async () => {
      const info = await openid.fetchUserInfo(config, flow.tokens.access_token, flow.tokens.claims().sub);
      assert.equal(info.sub, 'u_ada');
      assert.ok(info.email);
    });

    test('refreshing twice', async () => {
      const first = remember(await openid.refreshTokenGrant(config, flow.tokens.refresh_token));
      const second = remember(await openid.refreshTokenGrant(config, first.refresh_token));
      assert.equal((await callApi(system, '/api/protected', second.access_token)).status, 200);
    });

    test('a code used twice is an error that the library understands', async () => {
      const { returned, checks } = await codeFlow(config, CLIENTS[clientId].redirect(system));
      await assert.rejects(openid.authorizationCodeGrant(config, returned, checks), { error: 'invalid_grant', status: 400 });
    });
  });
}

describe('machines', () => {
  const machines = {
    'client-123 with client_secret_basic': ['client-123', () => openid.ClientSecretBasic(CLIENTS['client-123'].secret)],
    'client-123 with client_secret_post': ['client-123', () => openid.ClientSecretPost(CLIENTS['client-123'].secret)],
    'caller with private_key_jwt': ['caller', async () => {
      const jwk = callerJwk(system);
      const { key_ops: _ops, use: _use, ...plain } = jwk;
      const key = await crypto.subtle.importKey('jwk', plain, { name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign']);
      return openid.PrivateKeyJwt({ key, kid: jwk.kid });
    }],
  };
  for (const [what, [clientId, authentication]] of Object.entries(machines)) {
    test(`${what} gets a token and reads the students`, async () => {
      const config = await discover(clientId, await authentication());
      const tokens = remember(await openid.clientCredentialsGrant(config, { scope: 'read:students' }));
      assert.equal(tokens.token_type, 'bearer');
      const answer = await openid.fetchProtectedResource(config, tokens.access_token, new URL(`${system.api}/students`), 'GET');
      assert.deepEqual(await answer.json(), [{ id: 1, name: 'Ada' }, { id: 2, name: 'Alan' }]);
    });
  }

  test('a wrong secret is an error that the library understands', async () => {
    const config = await discover('client-123', openid.ClientSecretBasic('not-the-secret'));
    await assert.rejects(openid.clientCredentialsGrant(config, { scope: 'read:students' }), { status: 401 });
  });
});
