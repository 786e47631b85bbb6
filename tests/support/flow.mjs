// The steps of OAuth as a client and a person take them, over plain HTTP.
import assert from 'node:assert/strict';
import { CookieJar, encodeForm, get, postForm, postJson, send } from './http.mjs';
import { consentForm, forms, loginForm } from './html.mjs';
import { importPrivate, now, pkce, random, sign } from './jwt.mjs';

export const PASSWORDS = { ada: 'lovelace-1843', alan: 'turing-1936', grace: 'hopper-1952' };
/** A resource beside the API, whose access tokens are opaque, in a system that is started with `withOpaque`. */
export const OPAQUE = 'https://opaque.example';
export const withOpaque = (system) => ({ auth: { RESOURCES: `${system.api}, ${system.api}/mcp, ${OPAQUE};token=opaque` } });
export const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

/** The demo clients as a test uses them. */
export const CLIENTS = {
  'web-ui': { redirect: (system) => `${system.app}/callback` },
  'web-app': { redirect: () => 'http://localhost:9999/callback', secret: 'web-app-secret-0123456789abcdef0123' },
  'client-123': { secret: 'super-secret-key' },
  api: { secret: 'api-secret-0123456789abcdef01234567' },
};

/** HTTP Basic of RFC 6749 section 2.3.1: both parts form-urlencoded first. */
export function basic(id, secret) {
  const encode = (text) => new URLSearchParams({ v: text }).toString().slice(2);
  return { authorization: `Basic ${Buffer.from(`${encode(id)}:${encode(secret)}`).toString('base64')}` };
}

/** What a client of the demo data adds to its token requests: `{ headers, fields }`. */
export function credentials(clientId) {
  const { secret } = CLIENTS[clientId];
  return secret ? { headers: basic(clientId, secret), fields: {} } : { headers: {}, fields: { client_id: clientId } };
}

/** POST /oauth/token as `clientId`. */
export function token(system, clientId, fields) {
  const own = credentials(clientId);
  return postForm(`${system.auth}/oauth/token`, { ...own.fields, ...fields }, { headers: own.headers });
}

/** A good authorization request of `clientId`: parameters to change, and what the client keeps. */
export function authorizationRequest(system, clientId = 'web-ui', changes = {}) {
  const { verifier, challenge } = pkce();
  const params = {
    response_type: 'code',
    client_id: clientId,
    redirect_uri: CLIENTS[clientId].redirect(system),
    scope: 'openid profile read',
    state: random(),
    nonce: random(),
    code_challenge: challenge,
    code_challenge_method: 'S256',
    ...changes,
  };
  return { params, verifier, query: encodeForm(params) };
}

export const authorizeUrl = (system, params) => `${system.auth}/oauth/authorize?${encodeForm(params)}`;

/** GET /oauth/authorize. `params` is an object, pairs, or a raw query. */
export const authorize = (system, params, jar) => get(authorizeUrl(system, params), { jar });

/** A form POST as a browser sends it from a page with `Referrer-Policy: no-referrer`. */
export function submit(page, form, fields, jar, headers = {}) {
  const browser = { origin: 'null', 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'navigate', ...headers };
  const url = new URL(form.action || page.url, page.url).href;
  return postForm(url, { ...form.hidden, ...fields }, { jar, headers: browser });
}

/** Fills in and sends the login page. */
export function login(page, user, jar, password = PASSWORDS[user]) {
  const form = loginForm(page.text);
  assert.ok(form, `a login page was expected: ${page.status} ${page.text.slice(0, 300)}`);
  return submit(page, form, { username: user, password }, jar);
}

/** Presses Allow or Deny. */
export function decide(page, decision, jar) {
  const form = consentForm(page.text);
  assert.ok(form, `a consent page was expected: ${page.status} ${page.text.slice(0, 300)}`);
  return submit(page, form, { decision }, jar);
}

/**
 * Goes through whatever pages come, as `user`, until the browser is sent away from the authorization server
 * or stays on an error page. Answers the last answer.
 */
export async function walk(system, first, { jar, user = 'ada', decision = 'allow' }) {
  let answer = await first;
  for (let step = 0; step < 8; step += 1) {
    if (answer.location) {
      const next = new URL(answer.location, answer.url);
      if (next.origin !== system.auth) return answer;
      answer = await get(next.href, { jar });
    } else if (answer.status === 200 && loginForm(answer.text)) answer = await login(answer, user, jar);
    else if (answer.status === 200 && consentForm(answer.text)) answer = await decide(answer, decision, jar);
    else return answer;
  }
  throw new Error(`no end of pages: ${answer.status} ${answer.url}`);
}

/** A browser in which `user` is signed in. */
export async function signIn(system, user = 'ada') {
  const jar = new CookieJar();
  const page = await get(`${system.auth}/login`, { jar });
  const answer = await login(page, user, jar);
  assert.equal(answer.status, 303, `signing in as ${user}: ${answer.status} ${answer.text.slice(0, 300)}`);
  return jar;
}

/** Gets a code: `{ code, verifier, params, answer, redirected }`. */
export async function obtainCode(system, { clientId = 'web-ui', user = 'ada', jar = new CookieJar(), ...changes } = {}) {
  const { params, verifier } = authorizationRequest(system, clientId, changes);
  const answer = await walk(system, authorize(system, params, jar), { jar, user });
  assert.ok(answer.location, `no redirect: ${answer.status} ${answer.text.slice(0, 400)}`);
  const code = answer.redirected.get('code');
  assert.ok(code, `no code: ${answer.location}`);
  return { code, verifier, params, answer, redirected: answer.redirected, clientId, jar };
}

/** The token request for a code; `changes` replaces or (undefined) removes fields. */
export function redeem(system, { code, verifier, params, clientId }, changes = {}) {
  const fields = { grant_type: 'authorization_code', code, redirect_uri: params.redirect_uri, code_verifier: verifier };
  return token(system, clientId, { ...fields, ...changes });
}

/** The whole code flow: `{ tokens, code, … }`. */
export async function fullCodeFlow(system, options = {}) {
  const obtained = await obtainCode(system, options);
  const answer = await redeem(system, obtained);
  assert.equal(answer.status, 200, `redeeming: ${answer.status} ${answer.text}`);
  return { ...obtained, tokens: answer.json, redeemed: answer };
}

/** A flow whose tokens include a refresh token. */
export const offlineFlow = (system, options = {}) =>
  fullCodeFlow(system, { scope: 'openid profile read write offline_access', ...options });

export const refresh = (system, clientId, refreshToken, changes = {}) =>
  token(system, clientId, { grant_type: 'refresh_token', refresh_token: refreshToken, ...changes });

/** POST to an endpoint that clients authenticate at. */
function ask(system, path, clientId, fields, headers = {}) {
  const own = credentials(clientId);
  return postForm(`${system.auth}${path}`, { ...own.fields, ...fields }, { headers: { ...own.headers, ...headers } });
}

/** POST /oauth/revoke, RFC 7009. */
export const revoke = (system, clientId, given, changes = {}) => ask(system, '/oauth/revoke', clientId, { token: given, ...changes });

/** POST /oauth/introspect, RFC 7662, as the demo's resource server unless another client asks. */
export const introspect = (system, given, { clientId = 'api', headers, ...changes } = {}) =>
  ask(system, '/oauth/introspect', clientId, { token: given, ...changes }, headers);

/** POST /oauth/par, RFC 9126: an authorization request, handed over ahead. */
export const push = (system, clientId, params) => ask(system, '/oauth/par', clientId, params);

/** GET /oauth/authorize with what was pushed. */
export const authorizePushed = (system, clientId, requestUri, jar) => authorize(system, { client_id: clientId, request_uri: requestUri }, jar);

/** Direct login: a token response for a name and a password. */
export const directLogin = (system, user, password = PASSWORDS[user]) => postJson(`${system.auth}/login`, { username: user, password });

/** Direct login: a token response for a refresh token. */
export const directRefresh = (system, refreshToken) => postJson(`${system.auth}/token`, { refresh_token: refreshToken });

/** Direct login: the end. */
export function directLogout(system, refreshToken) {
  const headers = { 'content-type': 'application/json' };
  return send('DELETE', `${system.auth}/logout`, { headers, body: JSON.stringify({ refresh_token: refreshToken }) });
}

/** The account page of whoever is signed in, and what pressing one of its buttons sends. */
export const account = (system, jar) => get(`${system.auth}/account`, { jar });

/** Presses a button of an account page. */
export function pressOnAccount(page, jar, pressed) {
  const [button] = Object.keys(pressed);
  const form = forms(page.text).find(({ buttons }) => buttons.some(({ name }) => name === button));
  assert.ok(form, `an account page with the button ${button} was expected: ${page.status} ${page.text.slice(0, 300)}`);
  return submit(page, form, pressed, jar);
}

/** Presses "Sign out everywhere" on an account page. */
export const signOutEverywhere = (page, jar) => pressOnAccount(page, jar, { sign_out: 'everywhere' });

/** An access token of grace, who may administer. */
export async function adminToken(system) {
  const flow = await fullCodeFlow(system, { user: 'grace', scope: 'openid admin', resource: system.auth });
  return flow.tokens.access_token;
}

/** A request to the administration's API: a GET, or a POST with a body. */
export function administer(system, accessToken, path, body, options = {}) {
  const all = { ...options, headers: { authorization: `Bearer ${accessToken}` } };
  const url = `${system.auth}/admin/api${path}`;
  return body === undefined ? get(url, all) : postJson(url, body, all);
}

/** GET /oauth/userinfo. */
export const userinfo = (system, accessToken) =>
  get(`${system.auth}/oauth/userinfo`, { headers: { authorization: `Bearer ${accessToken}` } });

/** An access token of `client_credentials` by `client-123`. */
export async function machineToken(system, scope) {
  const answer = await token(system, 'client-123', { grant_type: 'client_credentials', scope });
  assert.equal(answer.status, 200, answer.text);
  return answer.json.access_token;
}

/** A GET (or another method) at the API with a bearer token. */
export const callApi = (system, path, accessToken, headers = {}) =>
  get(`${system.api}${path}`, { headers: { authorization: `Bearer ${accessToken}`, ...headers } });

/** The private key of client `caller`, as the app worker holds it. */
export const callerJwk = (system) => JSON.parse(system.secrets('app').CALLER_PRIVATE_JWK);

/** Claims of a good client assertion. */
export function assertionClaims(system, changes = {}) {
  const good = { iss: 'caller', sub: 'caller', aud: system.auth, jti: random(), iat: now(), exp: now() + 60 };
  return { ...good, ...changes };
}

/** A client assertion of `caller`, RFC 7523. */
export function assertion(system, { claims = {}, header = {}, key, signAs } = {}) {
  const jwk = callerJwk(system);
  const head = { alg: 'ES256', kid: jwk.kid, typ: 'JWT', ...header };
  return sign(head, assertionClaims(system, claims), key ?? importPrivate(jwk), signAs);
}

/** A client assertion of `web-app`, authenticated with its secret (HS256). */
export function secretAssertion(system, { claims = {}, header = {}, key = CLIENTS['web-app'].secret } = {}) {
  const own = { iss: 'web-app', sub: 'web-app', ...claims };
  return sign({ alg: 'HS256', typ: 'JWT', ...header }, assertionClaims(system, own), key);
}

/** client_credentials with a client assertion. */
export function tokenByAssertion(system, jwt, changes = {}) {
  const fields = {
    grant_type: 'client_credentials',
    scope: 'read:students',
    client_assertion_type: ASSERTION_TYPE,
    client_assertion: jwt,
    ...changes,
  };
  return postForm(`${system.auth}/oauth/token`, fields);
}
