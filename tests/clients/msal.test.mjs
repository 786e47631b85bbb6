// MSAL for Node at a server that is not Microsoft's: ProtocolMode.OIDC with a known authority. It takes https authorities alone
// (validateAsUri in msal-common's UrlString), so the issuer is one here, and its network client speaks to the workers.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { ConfidentialClientApplication, CryptoProvider, ProtocolMode, PublicClientApplication } from '@azure/msal-node';
import { assertion, callApi, CLIENTS, walk } from '../support/flow.mjs';
import { CookieJar, get, send, witnessed } from '../support/http.mjs';
import { keyPair, random } from '../support/jwt.mjs';
import { addClient, startSystem } from '../support/system.mjs';

const ISSUER = 'https://auth.example';
const CERTIFICATE = keyPair('RS256');

let system;
before(async () => {
  // It counts a token as expired five minutes before (tokenRenewalOffsetSeconds in msal-common's ClientConfiguration), which is
  // how long ours live by default: its cache is of use with longer ones.
  const auth = { ISSUER, ACCESS_TOKEN_LIFETIME: '600' };
  system = await startSystem({ vars: { auth, api: { ISSUER }, app: { ISSUER } } });
  await system.halt();
  registerCertificate();
  await system.start();
});
after(() => system?.stop());

/** A machine whose key is that of a certificate, and whose assertions are for the token endpoint. */
function registerCertificate() {
  const assertion_policy = { token_endpoint_audience: true };
  addClient(system, 'caller', { client_id: 'certified', jwks: { keys: [{ ...CERTIFICATE.jwk, alg: 'PS256' }] }, assertion_policy });
}

/** The library's transport: to the workers in place of the issuer's host. It keeps what was asked. */
class Network {
  asked = [];
  async #ask(method, url, { body, headers = {} } = {}) {
    assert.ok(url.startsWith(`${ISSUER}/`), `only the authority is asked: ${url}`);
    this.asked.push({ method, url: new URL(url), form: new URLSearchParams(body) });
    const answer = await send(method, url.replace(ISSUER, system.auth), { headers, body });
    return { status: answer.status, headers: answer.headers, body: answer.json };
  }
  sendGetRequestAsync = (url, options) => this.#ask('GET', url, options);
  sendPostRequestAsync = (url, options) => this.#ask('POST', url, options);
}

function application(Kind, auth) {
  const networkClient = new Network();
  const made = new Kind({
    auth: { authority: ISSUER, knownAuthorities: [new URL(ISSUER).host], ...auth },
    system: { networkClient, protocolMode: ProtocolMode.OIDC, disableInternalRetries: true },
  });
  return { made, networkClient };
}

/** The person's part: from the authorization URL to the redirect back. */
async function browse(url) {
  assert.ok(url.startsWith(`${ISSUER}/`), url);
  const jar = new CookieJar();
  const answer = await walk(system, get(url.replace(ISSUER, system.auth), { jar }), { jar });
  return new URL(answer.location).searchParams;
}

const people = {
  'web-ui': [PublicClientApplication, () => ({ clientId: 'web-ui' })],
  'web-app': [ConfidentialClientApplication, () => ({ clientId: 'web-app', clientSecret: CLIENTS['web-app'].secret })],
};

for (const [clientId, [Kind, auth]] of Object.entries(people)) {
  describe(`MSAL: a person signs in at ${clientId}`, () => {
    const scopes = ['read'];
    let made;
    let networkClient;
    let redirectUri;
    let result;
    before(() => {
      ({ made, networkClient } = application(Kind, auth()));
      redirectUri = CLIENTS[clientId].redirect(system);
    });

    test('discovery, code with PKCE, and an account', async () => {
      const provider = new CryptoProvider();
      const { verifier, challenge } = await provider.generatePkceCodes();
      witnessed.set(verifier, 'code_verifier');
      // It reads a state only in this form (parseRequestState in msal-common's ProtocolUtils).
      const [state, nonce] = [provider.base64Encode(JSON.stringify({ id: random() })), random()];
      const asked = { scopes, redirectUri, state, nonce, codeChallenge: challenge, codeChallengeMethod: 'S256' };
      const returned = await browse(await made.getAuthCodeUrl(asked));
      const code = returned.get('code');
      result = await made.acquireTokenByCode({ scopes, redirectUri, code, codeVerifier: verifier, nonce }, { code, state: returned.get('state'), nonce });
      assert.equal(result.account.idTokenClaims.sub, 'u_ada');
      // It takes names from the ID token alone, and ours has none (OpenID Connect Core 5.4): they are at UserInfo.
      assert.equal(result.account.username, '');
      assert.equal((await callApi(system, '/api/user/profile', result.accessToken)).status, 200);
    });

    test('it adds fields of its own to the token request, and a parameter to the token URL', () => {
      const { form, url } = networkClient.asked.at(-1);
      // addLibraryInfo, addClientInfo and addCorrelationId of msal-common's RequestParameterBuilder.
      for (const name of ['x-client-SKU', 'x-client-VER', 'client_info']) assert.ok(form.has(name), name);
      assert.ok(url.searchParams.has('client-request-id'));
    });

    test('silently from its cache, and by refresh', async () => {
      const account = (await made.getTokenCache().getAllAccounts())[0];
      const before = networkClient.asked.length;
      const kept = await made.acquireTokenSilent({ account, scopes });
      assert.equal(kept.fromCache, true);
      assert.equal(networkClient.asked.length, before);
      const next = await made.acquireTokenSilent({ account, scopes, forceRefresh: true });
      assert.equal(next.fromCache, false);
      assert.equal(networkClient.asked.at(-1).form.get('grant_type'), 'refresh_token');
      assert.notEqual(next.accessToken, result.accessToken);
      assert.equal((await callApi(system, '/api/user/profile', next.accessToken)).status, 200);
    });

    test('a dead refresh token is an error that it understands', async () => {
      const request = { refreshToken: random(), scopes };
      await assert.rejects(made.acquireTokenByRefreshToken(request), { errorCode: 'invalid_grant' });
    });
  });
}

describe('MSAL: machines', () => {
  const scopes = ['read:students'];

  async function students(auth) {
    const { made, networkClient } = application(ConfidentialClientApplication, auth);
    const { accessToken } = await made.acquireTokenByClientCredential({ scopes });
    assert.equal((await callApi(system, '/students', accessToken)).status, 200);
    return { made, networkClient };
  }

  test('client-123 with a secret; a second time from the cache', async () => {
    const { made, networkClient } = await students({ clientId: 'client-123', clientSecret: CLIENTS['client-123'].secret });
    // This parameter is in both places (createTokenRequestBody in msal-node's ClientCredentialClient).
    const { form, url } = networkClient.asked.at(-1);
    assert.equal(form.get('client-request-id'), url.searchParams.get('client-request-id'));
    const before = networkClient.asked.length;
    assert.equal((await made.acquireTokenByClientCredential({ scopes })).fromCache, true);
    assert.equal(networkClient.asked.length, before);
  });

  test('caller with assertions that the application makes', async () => {
    const clientAssertion = async () => assertion(system, { claims: { aud: ISSUER } });
    const { made } = await students({ clientId: 'caller', clientAssertion });
    assert.equal((await made.acquireTokenByClientCredential({ scopes, skipCache: true })).fromCache, false);
  });

  test('a certificate: PS256, no key id, and the token endpoint as audience', async () => {
    const privateKey = CERTIFICATE.privateKey.export({ type: 'pkcs8', format: 'pem' });
    const thumbprintSha256 = crypto.createHash('sha256').update(JSON.stringify(CERTIFICATE.jwk)).digest('hex');
    const { made } = await students({ clientId: 'certified', clientCertificate: { thumbprintSha256, privateKey } });
    // It sends one assertion again for ten minutes (getJwt in msal-node's ClientAssertion). We take each once: an application
    // that needs a second token sooner makes its own, as above.
    await assert.rejects(made.acquireTokenByClientCredential({ scopes, skipCache: true }), { errorCode: 'invalid_client' });
  });

  test('a wrong secret is an error that it understands', async () => {
    const { made } = application(ConfidentialClientApplication, { clientId: 'client-123', clientSecret: 'not-the-secret' });
    await assert.rejects(made.acquireTokenByClientCredential({ scopes }), { errorCode: 'invalid_client' });
  });
});
