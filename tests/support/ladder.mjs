// The whole way of a client that nobody has prepared anything for, as AI clients go it: a call without a token, the 401, the
// metadata of the resource and of its authorization server, a client id, the browser, the code, tokens, the call, a wider scope
// when one is missing, refreshing from several processes at once, and the end. It fails where a real client would.
import assert from 'node:assert/strict';
import { ok, tokenError } from './expect.mjs';
import { walk } from './flow.mjs';
import { CookieJar, encodeForm, get, postForm, postJson } from './http.mjs';
import { pkce, random } from './jwt.mjs';

/** The parameters of a Bearer challenge (RFC 6750 section 3). */
export function challenge(answer) {
  const header = answer.headers['www-authenticate'] ?? '';
  assert.match(header, /^Bearer\b/);
  return Object.fromEntries([...header.matchAll(/(\w+)="([^"]*)"/g)].map(([, name, value]) => [name, value]));
}

/** A client that registers itself (RFC 7591), once. */
export async function registers(metadata, server) {
  assert.ok(server.registration_endpoint, 'registration is not offered');
  const registration = ok(await postJson(server.registration_endpoint, metadata), 201).json;
  assert.ok(registration.client_id);
  for (const uri of registration.redirect_uris) assert.ok(metadata.redirect_uris.includes(uri), uri);
  const wanted = metadata.token_endpoint_auth_method;
  if (wanted) assert.equal(registration.token_endpoint_auth_method, wanted);
  if (wanted === 'none') assert.ok(!registration.client_secret);
  return registration.client_id;
}

/** Finds the resource and its authorization server, from a call without a token. */
async function discover(system, { path }) {
  const refused = await get(system.api + path);
  assert.equal(refused.status, 401);
  const { resource_metadata: url, scope } = challenge(refused);
  const resource = ok(await get(url)).json;
  const [issuer] = resource.authorization_servers;
  const server = ok(await get(`${issuer}/.well-known/oauth-authorization-server`)).json;
  assert.equal(server.issuer, issuer);
  assert.deepEqual(server.code_challenge_methods_supported, ['S256']);
  assert.ok(server.token_endpoint_auth_methods_supported.includes('none'));
  return { resource, server, scope };
}

/** Sends the browser for a code, and exchanges it. */
async function signIn({ profile, found, clientId, redirectUri, jar, system }, scope) {
  const { verifier, challenge: code_challenge } = pkce();
  const state = random();
  const resource = profile.resource === false ? undefined : found.resource.resource;
  const params = {
    response_type: 'code', client_id: clientId, redirect_uri: redirectUri, state, code_challenge, code_challenge_method: 'S256', scope, resource, ...profile.parameters,
  };
  const first = get(`${found.server.authorization_endpoint}?${encodeForm(params)}`, { jar });
  const answer = await walk(system, first, { jar });
  assert.ok([302, 303].includes(answer.status), answer.text.slice(0, 300));
  assert.ok(answer.location.startsWith(redirectUri), answer.location);
  const given = new URLSearchParams(answer.location.slice(redirectUri.length).replace(/^\?/, ''));
  assert.equal(given.get('state'), state);
  assert.equal(given.get('iss'), found.server.issuer);
  const fields = { grant_type: 'authorization_code', code: given.get('code'), redirect_uri: redirectUri, code_verifier: verifier, client_id: clientId, resource };
  return ok(await postForm(found.server.token_endpoint, fields)).json;
}

/** Several processes refresh with one token, at once and a little later: nobody has to sign in again. */
async function storm({ found, clientId }, refreshToken) {
  const refresh = () => postForm(found.server.token_endpoint, { grant_type: 'refresh_token', refresh_token: refreshToken, client_id: clientId });
  const answers = await Promise.all(Array.from({ length: 5 }, refresh));
  const late = await refresh();
  const tokens = [...answers, late].map((answer) => ok(answer).json);
  assert.equal(new Set(tokens.map((each) => each.refresh_token)).size, 1, 'one successor');
  return tokens[0];
}

/**
 * Goes the whole way as `profile`: `path` at the API, `identify(server)` for a client id, `redirectUri`, `scope(found)` for what it asks
 * for, `parameters` of its own for the browser.
 */
export async function climb(system, profile) {
  const found = await discover(system, profile);
  const clientId = await profile.identify(found.server);
  const way = { profile, found, clientId, redirectUri: profile.redirectUri, jar: new CookieJar(), system };
  let tokens = await signIn(way, profile.scope(found));
  const call = () => get(system.api + profile.path, { headers: { authorization: `Bearer ${tokens.access_token}` } });
  let answer = await call();
  if (answer.status === 403) {
    const { error, scope } = challenge(answer);
    assert.equal(error, 'insufficient_scope');
    tokens = await signIn(way, scope);
    answer = await call();
  }
  ok(answer);
  assert.ok(tokens.refresh_token, 'it can refresh');
  tokens = await storm(way, tokens.refresh_token);
  ok(await call());
  ok(await postForm(found.server.revocation_endpoint, { token: tokens.refresh_token, client_id: clientId }));
  const dead = { grant_type: 'refresh_token', refresh_token: tokens.refresh_token, client_id: clientId };
  tokenError(await postForm(found.server.token_endpoint, dead), 'invalid_grant');
  return { ...way, tokens };
}
