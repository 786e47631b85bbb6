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
  openid.discovery(new URL(system.auth), clientId, undefined, authentication, {
    // It verifies the signatures of ID tokens too where it is told so.
    execute: [openid.allowInsecureRequests, openid.enableNonRepudiationChecks],
  });

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

async function codeFlow(config, redirectUri, parameters = {}, { build = openid.buildAuthorizationUrl, ...options } = {}) {
  const verifier = openid.randomPKCECodeVerifier();
  witnessed.set(verifier, 'code_verifier');
  const [state, nonce] = [openid.randomState(), openid.randomNonce()];
  const url = await build(config, {
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
  const tokens = await openid.authorizationCodeGrant(config, returned, checks, undefined, options);
  return { tokens: remember(tokens), returned, checks };
}

const secret = CLIENTS['web-app'].secret;
const PEOPLE = {
  'web-ui': ['web-ui', () => openid.None()],
  'web-app with client_secret_basic': ['web-app', () => openid.ClientSecretBasic(secret)],
  'web-app with client_secret_post': ['web-app', () => openid.ClientSecretPost(secret)],
  'web-app with client_secret_jwt': ['web-app', () => openid.ClientSecretJwt(secret)],
};

for (const [who, [clientId, authentication]] of Object.entries(PEOPLE)) {
  describe(`a person signs in at ${who}`, () => {
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

    test('a pushed request', async () => {
      const { tokens } = await codeFlow(config, CLIENTS[clientId].redirect(system), {}, { build: openid.buildAuthorizationUrlWithPAR });
      assert.equal(tokens.claims().sub, 'u_ada');
    });

    test('tokens that are bound to a key, with the code bound too', async () => {
      const DPoP = openid.getDPoPHandle(config, await openid.randomDPoPKeyPair('ES256'));
      const { tokens } = await codeFlow(config, CLIENTS[clientId].redirect(system), { dpop_jkt: await DPoP.calculateThumbprint() }, { DPoP });
      assert.equal(tokens.token_type, 'dpop');
      const next = remember(await openid.refreshTokenGrant(config, tokens.refresh_token, undefined, { DPoP }));
      const url = new URL(`${system.api}/api/protected`);
      const answer = await openid.fetchProtectedResource(config, next.access_token, url, 'GET', undefined, undefined, { DPoP });
      assert.equal(answer.status, 200);
      assert.equal((await openid.fetchUserInfo(config, next.access_token, 'u_ada', { DPoP })).sub, 'u_ada');
    });

    test('revocation', async () => {
      const { tokens } = await codeFlow(config, CLIENTS[clientId].redirect(system));
      await openid.tokenRevocation(config, tokens.refresh_token);
      await assert.rejects(openid.refreshTokenGrant(config, tokens.refresh_token), { error: 'invalid_grant', status: 400 });
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

  test('a resource server asks about a token', async () => {
    const machine = await discover('client-123', openid.ClientSecretBasic(CLIENTS['client-123'].secret));
    const { access_token } = remember(await openid.clientCredentialsGrant(machine, { scope: 'read:students' }));
    const api = await discover('api', openid.ClientSecretBasic(CLIENTS.api.secret));
    const told = await openid.tokenIntrospection(api, access_token);
    assert.deepEqual([told.active, told.client_id, told.scope], [true, 'client-123', 'read:students']);
  });

  test('a client registers itself, and signs a person in', async () => {
    const redirectUri = 'http://127.0.0.1:9999/callback';
    const metadata = { client_name: 'openid-client', redirect_uris: [redirectUri], grant_types: ['authorization_code', 'refresh_token'] };
    const options = { execute: [openid.allowInsecureRequests] };
    const config = await openid.dynamicClientRegistration(new URL(system.auth), metadata, undefined, options);
    const { client_secret, registration_access_token } = config.clientMetadata();
    for (const [name, value] of Object.entries({ client_secret, registration_access_token })) if (value) witnessed.set(value, name);
    const { tokens } = await codeFlow(config, redirectUri);
    assert.ok(remember(await openid.refreshTokenGrant(config, tokens.refresh_token)).access_token);
  });

  test('a wrong secret is an error that the library understands', async () => {
    const config = await discover('client-123', openid.ClientSecretBasic('not-the-secret'));
    await assert.rejects(openid.clientCredentialsGrant(config, { scope: 'read:students' }), { status: 401 });
  });
});
