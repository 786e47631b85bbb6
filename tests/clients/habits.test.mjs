// Libraries that cannot run here, imitated: each sends what the library sends, as its source says, and fails where it would.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { clientRefused, ok } from '../support/expect.mjs';
import { CLIENTS, callApi, walk } from '../support/flow.mjs';
import { CookieJar, encodeForm, get, postForm, postJson } from '../support/http.mjs';
import { decode, pkce, random, verifies } from '../support/jwt.mjs';
import { startSystem } from '../support/system.mjs';

let system;
let metadata;
before(async () => {
  system = await startSystem();
  metadata = ok(await get(`${system.auth}/.well-known/openid-configuration`)).json;
});
after(() => system?.stop());

/** The person's part: the parameters of the redirect back, which must be to `redirect_uri`. */
async function browse(parameters) {
  const jar = new CookieJar();
  const answer = await walk(system, get(`${metadata.authorization_endpoint}?${encodeForm(parameters)}`, { jar }), { jar });
  assert.ok(answer.location?.startsWith(`${parameters.redirect_uri}?`), answer.location ?? answer.text);
  return new URLSearchParams(answer.location.slice(parameters.redirect_uri.length));
}

const escape = (text) => encodeURIComponent(text).replaceAll('%20', '+');
const basic = (id, secret) => ({ authorization: `Basic ${Buffer.from(`${escape(id)}:${escape(secret)}`).toString('base64')}` });

describe('golang.org/x/oauth2', () => {
  /** RetrieveToken in internal/token.go: the header first, and after any error the body, with the same code. */
  async function retrieve(id, secret, fields) {
    const url = metadata.token_endpoint;
    const first = await postForm(url, fields, { headers: basic(id, secret) });
    if (first.status === 200) return { first, answer: first };
    return { first, answer: await postForm(url, { ...fields, client_id: id, ...(secret && { client_secret: secret }) }) };
  }

  async function code(client_id, redirect_uri) {
    const { verifier, challenge: code_challenge } = pkce();
    const returned = await browse({
      access_type: 'offline', client_id, code_challenge, code_challenge_method: 'S256', redirect_uri, response_type: 'code', scope: 'openid read', state: 'state',
    });
    return { code: returned.get('code'), code_verifier: verifier, grant_type: 'authorization_code', redirect_uri };
  }

  test('a client with a secret succeeds with the header', async () => {
    const { redirect, secret } = CLIENTS['web-app'];
    const { first } = await retrieve('web-app', secret, await code('web-app', redirect(system)));
    assert.equal(ok(first).json.token_type, 'Bearer');
    assert.ok(Number.isInteger(first.json.expires_in));
  });

  test('a client that may use the body alone is refused once, and its code is still good', async () => {
    const redirect_uri = 'http://127.0.0.1:9999/callback';
    const registration = { redirect_uris: [redirect_uri], token_endpoint_auth_method: 'client_secret_post' };
    const { client_id, client_secret } = ok(await postJson(metadata.registration_endpoint, registration), 201).json;
    const { first, answer } = await retrieve(client_id, client_secret, await code(client_id, redirect_uri));
    clientRefused(first, { challenge: true });
    ok(answer);
  });

  test('a client without a secret sends an empty one first, and its code is still good', async () => {
    const { answer } = await retrieve('web-ui', '', await code('web-ui', CLIENTS['web-ui'].redirect(system)));
    const { access_token, refresh_token } = ok(answer).json;
    assert.equal((await callApi(system, '/api/user/profile', access_token)).status, 200);
    ok((await retrieve('web-ui', '', { grant_type: 'refresh_token', refresh_token })).answer);
  });
});

describe('Spring Security', () => {
  const json = { accept: 'application/json' };

  test('the metadata have what ClientRegistrations reads, and lead it to client_secret_basic and RS256', () => {
    assert.equal(metadata.issuer, system.auth);
    assert.deepEqual(metadata.subject_types_supported, ['public']);
    assert.ok(metadata.token_endpoint_auth_methods_supported.includes('client_secret_basic'));
    assert.ok(metadata.id_token_signing_alg_values_supported.includes('RS256'));
  });

  test('a padded state, a hashed nonce, a token, an ID token and UserInfo', async () => {
    const { redirect, secret } = CLIENTS['web-app'];
    // DefaultOAuth2AuthorizationRequestResolver: the state is padded base64url, the nonce sent is the hash of the one kept.
    const state = `${random(32)}=`;
    const kept = random(96);
    const nonce = crypto.createHash('sha256').update(kept).digest('base64url');
    const { verifier, challenge: code_challenge } = pkce(random(96));
    const redirect_uri = redirect(system);
    const parameters = { response_type: 'code', client_id: 'web-app', scope: 'openid profile email', state, redirect_uri, nonce, code_challenge, code_challenge_method: 'S256' };
    const returned = await browse(parameters);
    assert.equal(returned.get('state'), state);
    const headers = { ...basic('web-app', secret), ...json, 'content-type': 'application/x-www-form-urlencoded;charset=UTF-8' };
    const fields = { grant_type: 'authorization_code', code: returned.get('code'), redirect_uri, code_verifier: verifier };
    const tokens = ok(await postForm(metadata.token_endpoint, fields, { headers })).json;
    const { header, claims } = decode(tokens.id_token);
    const { keys } = ok(await get(metadata.jwks_uri, { headers: json })).json;
    assert.equal(header.alg, 'RS256');
    assert.ok(verifies(tokens.id_token, keys.find(({ kid }) => kid === header.kid)));
    assert.deepEqual([claims.iss, claims.aud, claims.nonce], [system.auth, 'web-app', nonce]);
    const person = ok(await get(metadata.userinfo_endpoint, { headers: { ...json, authorization: `Bearer ${tokens.access_token}` } })).json;
    assert.equal(person.sub, claims.sub);
    assert.ok(person.email && person.name);
  });
});

describe('AppAuth', () => {
  const redirect_uri = 'com.example.app:/oauth2redirect';

  test('the metadata have what AuthorizationServiceDiscovery cannot do without', () => {
    for (const name of [
      'issuer', 'authorization_endpoint', 'token_endpoint', 'jwks_uri', 'response_types_supported', 'subject_types_supported', 'id_token_signing_alg_values_supported',
    ]) assert.ok(metadata[name], name);
  });

  test('registration with a private-use scheme, sign-in, refresh', async () => {
    const registration = { application_type: 'native', redirect_uris: [redirect_uri], response_types: ['code'], subject_type: 'public', token_endpoint_auth_method: 'none' };
    const { client_id } = ok(await postJson(metadata.registration_endpoint, registration), 201).json;
    const [state, nonce] = [random(), random()];
    const { verifier, challenge: code_challenge } = pkce(random(64));
    const returned = await browse({ redirect_uri, client_id, response_type: 'code', state, nonce, scope: 'openid profile', code_challenge, code_challenge_method: 'S256' });
    assert.equal(returned.get('state'), state);
    const fields = { client_id, grant_type: 'authorization_code', code: returned.get('code'), redirect_uri, code_verifier: verifier };
    const tokens = ok(await postForm(metadata.token_endpoint, fields, { headers: { accept: 'application/json' } })).json;
    const { claims } = decode(tokens.id_token);
    assert.deepEqual([claims.nonce, claims.aud], [nonce, client_id]);
    // IdToken.validate: issued within the last ten minutes.
    assert.ok(Math.abs(Date.now() / 1000 - claims.iat) < 600);
    ok(await postForm(metadata.token_endpoint, { client_id, grant_type: 'refresh_token', refresh_token: tokens.refresh_token }));
  });
});
