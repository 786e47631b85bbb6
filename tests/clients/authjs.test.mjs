// Auth.js (@auth/core) with our server as a provider by discovery: a whole sign-in through its own handler, as a framework calls
// it. Only the person in front of the pages is played by the tests' own HTTP client.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Auth } from '@auth/core';
import { CLIENTS, walk } from '../support/flow.mjs';
import { CookieJar, get, postJson, witnessed } from '../support/http.mjs';
import { keyPair, random } from '../support/jwt.mjs';
import { addClient, startSystem } from '../support/system.mjs';

/** The origin where Auth.js is mounted. It is never listened at: its handler is called with requests. */
const SITE = 'http://localhost:9999';
const CALLBACK = `${SITE}/auth/callback/ostiary`;
const SECRET = random(32);
const KEY = keyPair();

let system;
before(async () => {
  system = await startSystem();
  await system.halt();
  // Its assertions are for the issuer and the token endpoint, together (handleOAuth in its callback.js): such clients are
  // registered so.
  addClient(system, 'web-app', {
    client_id: 'signing', token_endpoint_auth_methods: ['private_key_jwt'], secret_hashes: [], sealed_secrets: null,
    jwks: { keys: [{ ...KEY.jwk, alg: 'ES256' }] }, assertion_policy: { token_endpoint_audience: true }, redirect_uris: [CALLBACK],
  });
  await system.start();
});
after(() => system?.stop());

/** A site with Auth.js, and one browser at it. */
class Site {
  #jar = new Map();
  errors = [];
  constructor(provider) {
    this.config = {
      basePath: '/auth', secret: SECRET, trustHost: true, debug: false,
      providers: [{ id: 'ostiary', name: 'Ostiary', type: 'oidc', issuer: system.auth, ...provider }],
      logger: { error: (error) => this.errors.push(error), warn() {}, debug() {} },
      callbacks: {
        jwt: ({ token, account }) => {
          if (!account) return token;
          for (const name of ['access_token', 'refresh_token', 'id_token']) if (account[name]) witnessed.set(account[name], name);
          return { ...token, account };
        },
        session: ({ session, token }) => ({ ...session, account: token.account }),
      },
    };
  }

  async #ask(path, fields) {
    const headers = { cookie: [...this.#jar].map(([name, value]) => `${name}=${value}`).join('; ') };
    const body = fields && new URLSearchParams(fields);
    const answer = await Auth(new Request(new URL(path, SITE), { method: body ? 'POST' : 'GET', headers, body }), this.config);
    for (const line of answer.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line);
      if (value) this.#jar.set(name, value);
      else this.#jar.delete(name);
    }
    return answer;
  }

  /** Presses "Sign in": the answer sends the browser to the authorization server. */
  async begin() {
    const { csrfToken } = await (await this.#ask('/auth/csrf')).json();
    const answer = await this.#ask('/auth/signin/ostiary', { csrfToken, callbackUrl: `${SITE}/home` });
    return answer.headers.get('location');
  }

  /** The whole way there and back; where the browser ends up. */
  async signIn(decision = 'allow') {
    const jar = new CookieJar();
    const url = await this.begin();
    const returned = await walk(system, get(url, { jar }), { jar, decision });
    assert.ok(returned.location.startsWith(`${CALLBACK}?`), returned.location ?? returned.text);
    const answer = await this.#ask(returned.location);
    return answer.headers.get('location');
  }

  session = async () => (await this.#ask('/auth/session')).json();
  async signOut() {
    const { csrfToken } = await (await this.#ask('/auth/csrf')).json();
    await this.#ask('/auth/signout', { csrfToken });
  }
}

/** Registers a client that is sent back to Auth.js. */
async function register(metadata) {
  const registration = { client_name: 'Auth.js', redirect_uris: [CALLBACK], ...metadata };
  const { json } = await postJson(`${system.auth}/oauth/register`, registration);
  return { clientId: json.client_id, clientSecret: json.client_secret };
}

/** The provider's options for a key, as the library wants it: an imported one. */
async function signing() {
  const jwk = KEY.privateKey.export({ format: 'jwk' });
  const clientPrivateKey = await crypto.subtle.importKey('jwk', jwk, { name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign']);
  return { clientId: 'signing', client: { token_endpoint_auth_method: 'private_key_jwt' }, token: { clientPrivateKey } };
}

const registered = async (token_endpoint_auth_method) => {
  const client = token_endpoint_auth_method && { token_endpoint_auth_method };
  return { ...(await register(token_endpoint_auth_method === 'none' ? client : {})), ...(client && { client }) };
};

const methods = {
  'registered without a method': () => registered(),
  'with client_secret_basic': () => registered('client_secret_basic'),
  'with client_secret_post': () => registered('client_secret_post'),
  'without a secret': () => registered('none'),
  'with private_key_jwt': signing,
};

for (const [what, provider] of Object.entries(methods)) {
  describe(`Auth.js: a person signs in at a client ${what}`, () => {
    let site;
    before(async () => {
      site = new Site({ ...(await provider()), checks: ['pkce', 'state', 'nonce'] });
    });

    test('through its handler, to a session of its own', async () => {
      assert.equal(await site.signIn(), `${SITE}/home`, site.errors.map(String).join('\n'));
      const { user, account } = await site.session();
      assert.equal(account.providerAccountId, 'u_ada');
      assert.ok(account.id_token && account.refresh_token);
      // It takes the profile from the ID token, and ours has no names in it (OpenID Connect Core 5.4): see the next test.
      assert.equal(user.email, undefined);
    });

    test('with the profile, as it is configured for such servers', async () => {
      site.config.providers[0].idToken = false;
      assert.equal(await site.signIn(), `${SITE}/home`, site.errors.map(String).join('\n'));
      const { user } = await site.session();
      assert.ok(user.email && user.name, JSON.stringify(user));
    });

    test('a person who says no is back at its sign-in page, and signing out ends its session', async () => {
      await site.signOut();
      assert.equal(await site.session(), null);
      const url = new URL(await site.signIn('deny'));
      assert.deepEqual([url.pathname, url.searchParams.get('error')], ['/auth/signin', 'OAuthCallbackError']);
    });
  });
}
