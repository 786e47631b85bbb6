// oauth4webapi, a library that checks each answer against the specifications, through every flow that it and the server know.
// Only the person in front of the login and consent pages is played by the tests' own HTTP client.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import * as oauth from 'oauth4webapi';
import { callApi, callerJwk, CLIENTS, walk } from '../support/flow.mjs';
import { CookieJar, get, witnessed } from '../support/http.mjs';
import { startSystem } from '../support/system.mjs';

const SCOPE = 'openid profile email read offline_access';
const plain = { [oauth.allowInsecureRequests]: true };

let system;
let server;
before(async () => {
  system = await startSystem();
  const issuer = new URL(system.auth);
  server = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, plain));
});
after(() => system?.stop());

function remember(tokens) {
  for (const name of ['access_token', 'refresh_token', 'id_token']) if (tokens[name]) witnessed.set(tokens[name], name);
  return tokens;
}

/** A browser with the person in front of it: from the authorization URL to the redirect back. */
async function browse(url) {
  const jar = new CookieJar();
  const answer = await walk(system, get(url.href, { jar }), { jar });
  return new URL(answer.location);
}

/** What one client does: `way.client`, how it proves itself, and where it is sent back. */
class Way {
  constructor(client, authentication, redirectUri) {
    Object.assign(this, { client, authentication, redirectUri });
  }
  #whole = (request, ...rest) => request(server, this.client, this.authentication, ...rest);

  async parameters(more = {}) {
    this.verifier = oauth.generateRandomCodeVerifier();
    witnessed.set(this.verifier, 'code_verifier');
    [this.state, this.nonce] = [oauth.generateRandomState(), oauth.generateRandomNonce()];
    return {
      client_id: this.client.client_id, response_type: 'code', redirect_uri: this.redirectUri, scope: SCOPE, state: this.state, nonce: this.nonce,
      code_challenge: await oauth.calculatePKCECodeChallenge(this.verifier), code_challenge_method: 'S256', ...more,
    };
  }
  async push(parameters, options = {}) {
    const answer = await this.#whole(oauth.pushedAuthorizationRequest, parameters, { ...plain, ...options });
    const { request_uri } = await oauth.processPushedAuthorizationResponse(server, this.client, answer);
    return { client_id: this.client.client_id, request_uri };
  }
  async callback(parameters) {
    const url = new URL(server.authorization_endpoint);
    for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
    return oauth.validateAuthResponse(server, this.client, await browse(url), this.state);
  }
  async exchange(returned, options = {}) {
    const answer = await this.#whole(oauth.authorizationCodeGrantRequest, returned, this.redirectUri, this.verifier, { ...plain, ...options });
    const tokens = await oauth.processAuthorizationCodeResponse(server, this.client, answer, { expectedNonce: this.nonce, requireIdToken: true });
    await oauth.validateApplicationLevelSignature(server, answer, plain);
    return remember(tokens);
  }
  async signIn(more, options) {
    return this.exchange(await this.callback(await this.parameters(more)), options);
  }
  async refresh(token, options = {}) {
    const answer = await this.#whole(oauth.refreshTokenGrantRequest, token, { ...plain, ...options });
    return remember(await oauth.processRefreshTokenResponse(server, this.client, answer));
  }
  async credentials(parameters, options = {}) {
    const answer = await this.#whole(oauth.clientCredentialsGrantRequest, parameters, { ...plain, ...options });
    return remember(await oauth.processClientCredentialsResponse(server, this.client, answer));
  }
  async introspect(token, options = {}) {
    const answer = await this.#whole(oauth.introspectionRequest, token, { ...plain, ...options });
    return { answer, ...(await oauth.processIntrospectionResponse(server, this.client, answer)) };
  }
  async revoke(token) {
    await oauth.processRevocationResponse(await this.#whole(oauth.revocationRequest, token, plain));
  }
  async userInfo(tokens, options = {}) {
    const answer = await oauth.userInfoRequest(server, this.client, tokens.access_token, { ...plain, ...options });
    const { sub } = oauth.getValidatedIdTokenClaims(tokens);
    return oauth.processUserInfoResponse(server, this.client, sub, answer);
  }
}

const people = {
  'web-ui, without a secret': () => new Way({ client_id: 'web-ui' }, oauth.None(), CLIENTS['web-ui'].redirect(system)),
  ...Object.fromEntries(
    ['ClientSecretBasic', 'ClientSecretPost', 'ClientSecretJwt'].map((method) => [
      `web-app with ${method}`,
      () => new Way({ client_id: 'web-app' }, oauth[method](CLIENTS['web-app'].secret), CLIENTS['web-app'].redirect(system)),
    ]),
  ),
};

for (const [who, way] of Object.entries(people)) {
  describe(`oauth4webapi: a person signs in at ${who}`, () => {
    let client;
    let tokens;
    before(() => {
      client = way();
    });

    test('code with PKCE, an ID token with its signature, and UserInfo', async () => {
      tokens = await client.signIn();
      const claims = oauth.getValidatedIdTokenClaims(tokens);
      assert.deepEqual([claims.sub, claims.aud], ['u_ada', client.client.client_id]);
      assert.ok((await client.userInfo(tokens)).email);
    });

    test('the access token is one that the library accepts as a resource server', async () => {
      const request = new Request(`${system.api}/api/protected`, { headers: { authorization: `Bearer ${tokens.access_token}` } });
      const claims = await oauth.validateJwtAccessToken(server, request, system.api, plain);
      assert.deepEqual([claims.sub, claims.client_id], ['u_ada', client.client.client_id]);
    });

    test('a pushed request', async () => {
      const pushed = await client.push(await client.parameters());
      assert.ok((await client.exchange(await client.callback(pushed))).id_token);
    });

    test('refresh, and revocation that ends it', async () => {
      const next = await client.refresh(tokens.refresh_token);
      assert.equal((await callApi(system, '/api/protected', next.access_token)).status, 200);
      await client.revoke(next.refresh_token);
      await assert.rejects(client.refresh(next.refresh_token), { error: 'invalid_grant', status: 400 });
    });

    test('a code used twice, and a wrong verifier, are errors that it understands', async () => {
      const returned = await client.callback(await client.parameters());
      const { verifier } = client;
      client.verifier = oauth.generateRandomCodeVerifier();
      await assert.rejects(client.exchange(returned), { name: 'ResponseBodyError', error: 'invalid_grant' });
      const again = await client.callback(await client.parameters());
      await client.exchange(again);
      await assert.rejects(client.exchange(again), { name: 'ResponseBodyError', error: 'invalid_grant' });
      assert.notEqual(verifier, client.verifier);
    });

    test('prompt=none without a session is an error that it understands', async () => {
      const parameters = await client.parameters({ prompt: 'none' });
      await assert.rejects(client.callback(parameters), { name: 'AuthorizationResponseError', error: 'login_required' });
    });

    test('tokens that are bound to a key of its own', async () => {
      const dpop = { DPoP: oauth.DPoP(client.client, await oauth.generateKeyPair('ES256')) };
      const bound = await client.signIn({}, dpop);
      assert.equal(bound.token_type, 'dpop');
      assert.ok((await client.userInfo(bound, dpop)).sub);
      const answer = await oauth.protectedResourceRequest(bound.access_token, 'GET', new URL(`${system.api}/api/protected`), undefined, undefined, { ...plain, ...dpop });
      assert.equal(answer.status, 200);
      const next = await client.refresh(bound.refresh_token, dpop);
      assert.equal(next.token_type, 'dpop');
    });
  });
}

describe('oauth4webapi: machines', () => {
  const secret = CLIENTS['client-123'].secret;
  const callerKey = async () => {
    const { key_ops: _ops, use: _use, ...jwk } = callerJwk(system);
    const key = await crypto.subtle.importKey('jwk', jwk, { name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign']);
    return oauth.PrivateKeyJwt({ key, kid: jwk.kid });
  };
  const machines = {
    'client-123 with client_secret_basic': ['client-123', () => oauth.ClientSecretBasic(secret)],
    'client-123 with client_secret_post': ['client-123', () => oauth.ClientSecretPost(secret)],
    'web-app with client_secret_jwt': ['web-app', () => oauth.ClientSecretJwt(CLIENTS['web-app'].secret)],
    'caller with private_key_jwt': ['caller', callerKey],
  };

  for (const [what, [client_id, authentication]] of Object.entries(machines)) {
    test(`${what} gets a token, asks about it and ends it`, async () => {
      const way = new Way({ client_id }, await authentication());
      const { access_token } = await way.credentials({ scope: 'read:students' });
      assert.equal((await callApi(system, '/students', access_token)).status, 200);
      assert.equal((await way.introspect(access_token)).active, true);
      await way.revoke(access_token);
      assert.equal((await way.introspect(access_token)).active, false);
    });
  }

  test('a token that is bound to a key of the machine', async () => {
    const way = new Way({ client_id: 'client-123' }, oauth.ClientSecretBasic(secret));
    const dpop = { DPoP: oauth.DPoP(way.client, await oauth.generateKeyPair('ES256')) };
    const { access_token, token_type } = await way.credentials({ scope: 'read:students' }, dpop);
    assert.equal(token_type, 'dpop');
    const answer = await oauth.protectedResourceRequest(access_token, 'GET', new URL(`${system.api}/students`), undefined, undefined, { ...plain, ...dpop });
    assert.equal((await answer.json()).length, 2);
  });

  test('a resource server gets a signed introspection that the library accepts', async () => {
    const { access_token } = await new Way({ client_id: 'client-123' }, oauth.ClientSecretBasic(secret)).credentials({ scope: 'read:students' });
    const api = { client_id: 'api', introspection_signed_response_alg: 'RS256' };
    const way = new Way(api, oauth.ClientSecretBasic(CLIENTS.api.secret));
    const { active, answer } = await way.introspect(access_token, { requestJwtResponse: true });
    assert.equal(active, true);
    await oauth.validateApplicationLevelSignature(server, answer, plain);
  });

  test('a wrong secret is an error that it understands', async () => {
    const way = new Way({ client_id: 'client-123' }, oauth.ClientSecretBasic('not-the-secret'));
    await assert.rejects(way.credentials({ scope: 'read:students' }), { status: 401 });
  });
});

describe('oauth4webapi: a client that nobody prepared', () => {
  test('both metadata documents, registration with a key, sign-in for the MCP server, a call', async () => {
    const resource = new URL(`${system.api}/mcp`);
    const found = await oauth.processResourceDiscoveryResponse(resource, await oauth.resourceDiscoveryRequest(resource, plain));
    assert.deepEqual(found.authorization_servers, [system.auth]);
    const issuer = new URL(found.authorization_servers[0]);
    const byOauth = await oauth.discoveryRequest(issuer, { ...plain, algorithm: 'oauth2' });
    assert.equal((await oauth.processDiscoveryResponse(issuer, byOauth)).token_endpoint, server.token_endpoint);

    const pair = await oauth.generateKeyPair('ES256', { extractable: true });
    const jwk = { ...(await crypto.subtle.exportKey('jwk', pair.publicKey)), kid: 'own', use: 'sig', alg: 'ES256' };
    delete jwk.key_ops;
    const metadata = {
      client_name: 'oauth4webapi', redirect_uris: ['http://127.0.0.1:9999/callback'], grant_types: ['authorization_code', 'refresh_token'],
      token_endpoint_auth_method: 'private_key_jwt', jwks: { keys: [jwk] },
    };
    const answer = await oauth.dynamicClientRegistrationRequest(server, metadata, plain);
    const client = await oauth.processDynamicClientRegistrationResponse(answer);
    witnessed.set(client.registration_access_token, 'registration_access_token');
    assert.equal(client.token_endpoint_auth_method, 'private_key_jwt');

    const way = new Way(client, oauth.PrivateKeyJwt({ key: pair.privateKey, kid: 'own' }), metadata.redirect_uris[0]);
    const target = { additionalParameters: { resource: resource.href } };
    const tokens = await way.signIn({ resource: resource.href, scope: 'openid read read:students' }, target);
    const next = await way.refresh(tokens.refresh_token, target);
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list', params: {} });
    const headers = new Headers({ 'content-type': 'application/json', accept: 'application/json, text/event-stream', 'mcp-protocol-version': '2025-11-25' });
    const called = await oauth.protectedResourceRequest(next.access_token, 'POST', resource, headers, body, plain);
    assert.equal(called.status, 200);
  });

  test('a call without a token is a challenge that it reads', async () => {
    const call = oauth.protectedResourceRequest('none', 'GET', new URL(`${system.api}/students`), undefined, undefined, plain);
    await assert.rejects(call, (error) => {
      assert.ok(error instanceof oauth.WWWAuthenticateChallengeError);
      const [{ scheme, parameters }] = error.cause;
      assert.equal(scheme, 'bearer');
      assert.equal(parameters.error, 'invalid_token');
      assert.ok(parameters.resource_metadata);
      return true;
    });
  });
});
