// AI clients that are known by their documents, each through its whole ladder: probe, 401, metadata, document, authorize,
// callback, token, call, refresh storm, revocation. docs/clients.md says where each habit was published.
import assert from 'node:assert/strict';
import http from 'node:http';
import { after, before, test } from 'node:test';
import { ok } from '../support/expect.mjs';
import { ASSERTION_TYPE, authorize, signIn, walk } from '../support/flow.mjs';
import { get, postForm } from '../support/http.mjs';
import { keyPair, now, pkce, random, sign } from '../support/jwt.mjs';
import { eventually } from '../support/operator.mjs';
import { startSystem } from '../support/system.mjs';

const rsa = keyPair('RS256');

/** What each client publishes and does; `origin` stands for its site. */
const PROFILES = {
  'Claude (web)': (origin) => ({
    path: '/oauth/mcp-oauth-client-metadata',
    document: {
      client_name: 'Claude', client_uri: origin, grant_types: ['authorization_code', 'refresh_token'], response_types: ['code'],
      token_endpoint_auth_method: 'none', redirect_uris: [`${origin}/api/mcp/auth_callback`, 'https://claude.example.org/api/mcp/auth_callback'],
    },
    redirect: `${origin}/api/mcp/auth_callback`,
    // It uses its document only where both are listed.
    supports: (server) => server.client_id_metadata_document_supported === true && server.token_endpoint_auth_methods_supported.includes('none'),
    // A blank before the scope, and no resource at the authorization endpoint.
    request: { scope: ' read' },
  }),
  'Claude Code': (origin) => ({
    path: '/oauth/claude-code-client-metadata',
    document: {
      client_name: 'Claude Code', grant_types: ['authorization_code', 'refresh_token'], response_types: ['code'],
      token_endpoint_auth_method: 'none', redirect_uris: ['http://localhost/callback', 'http://127.0.0.1/callback'],
    },
    // Any port: 3118 was taken.
    redirect: 'http://localhost:51234/callback',
    supports: (server) => server.client_id_metadata_document_supported === true,
    request: { resource: true },
  }),
  ChatGPT: (origin) => ({
    path: '/oauth/client.json',
    document: {
      client_name: 'ChatGPT', grant_types: ['authorization_code', 'refresh_token'], response_types: ['code'], jwks_uri: `${origin}/oauth/jwks.json`,
      token_endpoint_auth_method: 'private_key_jwt', token_endpoint_auth_signing_alg: 'RS256', token_endpoint_auth_methods_supported: ['none', 'private_key_jwt'],
      redirect_uris: [`${origin}/connector_platform_oauth_redirect`, `${origin}/connector/oauth/abc`],
    },
    redirect: `${origin}/connector/oauth/abc`,
    signs: true,
    supports: (server) => server.authorization_response_iss_parameter_supported === true,
    // It never asks for offline_access, and still expects to refresh.
    request: { scope: '', resource: true },
  }),
  Codex: (origin) => ({
    path: '/oauth/codex/client.json',
    document: {
      client_name: 'Codex', application_type: 'native', grant_types: ['authorization_code', 'refresh_token'], response_types: ['code'],
      token_endpoint_auth_method: 'none', redirect_uris: ['http://127.0.0.1/callback/xyz', 'http://localhost/callback/xyz'],
    },
    redirect: 'http://127.0.0.1:45678/callback/xyz',
    supports: () => true,
    request: { scope: 'read', resource: true },
    storm: 5,
  }),
  'VS Code': (origin) => ({
    path: '/oauth/client-metadata.json',
    document: {
      client_name: 'Visual Studio Code', client_uri: origin, grant_types: ['authorization_code', 'refresh_token'], response_types: ['code'],
      token_endpoint_auth_method: 'none', application_type: 'native',
      redirect_uris: [`${origin}/redirect`, 'https://insiders.vscode.example.org/redirect', 'http://127.0.0.1/', 'http://127.0.0.1:33418/'],
    },
    redirect: 'http://127.0.0.1:33418/',
    supports: (server) => server.client_id_metadata_document_supported === true,
    request: { scope: 'openid profile email', resource: true },
  }),
};

const fetched = [];
const server = http.createServer((request, response) => {
  fetched.push(request.url);
  const found = Object.values(PROFILES).map((profile) => profile(origin)).find(({ path }) => path === request.url);
  const body = request.url === '/oauth/jwks.json' ? { keys: [{ ...rsa.jwk, kid: 'chat', alg: 'RS256', use: 'sig' }] } : found && { client_id: origin + found.path, ...found.document };
  response.writeHead(body ? 200 : 404, { 'content-type': 'application/json', 'cache-control': 'max-age=3600' }).end(JSON.stringify(body ?? {}));
});

let origin;
let system;
before(async () => {
  await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
  origin = `http://localhost:${server.address().port}`;
  system = await startSystem({ vars: { auth: { CLIENT_METADATA_INSECURE: 'on', DNS_RESOLVER: 'off' } } });
});
after(async () => {
  server.closeAllConnections();
  server.close();
  await system?.stop();
});

/** The parameters that authenticate a client of this profile. */
function credentials(profile, clientId, issuer) {
  if (!profile.signs) return { client_id: clientId };
  const claims = { iss: clientId, sub: clientId, aud: issuer, jti: random(), iat: now(), exp: now() + 300 };
  const client_assertion = sign({ alg: 'RS256', kid: 'chat', typ: 'JWT' }, claims, rsa.privateKey);
  return { client_id: clientId, client_assertion_type: ASSERTION_TYPE, client_assertion };
}

for (const [name, make] of Object.entries(PROFILES)) {
  test(`${name} connects, calls, refreshes and leaves`, async () => {
    const profile = make(origin);
    const clientId = origin + profile.path;
    // The probe, the 401, and where it leads.
    const probe = await get(`${system.api}/api/user/profile`);
    assert.equal(probe.status, 401);
    const [, about] = /resource_metadata="([^"]+)"/.exec(probe.headers['www-authenticate']);
    const resource = ok(await get(about)).json;
    assert.equal(resource.resource, system.api);
    const [issuer] = resource.authorization_servers;
    const metadata = ok(await get(`${issuer}/.well-known/oauth-authorization-server`)).json;
    assert.equal(metadata.issuer, issuer);
    assert.deepEqual(metadata.code_challenge_methods_supported, ['S256']);
    assert.ok(profile.supports(metadata), 'it would not use its document');
    // The browser.
    const jar = await signIn(system, 'ada');
    const { verifier, challenge } = pkce();
    const { resource: asks, ...more } = profile.request;
    const params = {
      response_type: 'code', client_id: clientId, redirect_uri: profile.redirect, state: random(), code_challenge: challenge,
      code_challenge_method: 'S256', ...(asks ? { resource: resource.resource } : {}), ...more,
    };
    const back = await walk(system, authorize(system, params, jar), { jar });
    assert.ok([302, 303].includes(back.status), back.text.slice(0, 300));
    assert.ok(back.location.startsWith(profile.redirect));
    assert.deepEqual([back.redirected.get('state'), back.redirected.get('iss')], [params.state, issuer]);
    // The token, and a call.
    const fields = { grant_type: 'authorization_code', code: back.redirected.get('code'), redirect_uri: profile.redirect, code_verifier: verifier, resource: resource.resource };
    // Its keys are fetched after the answer that showed its document.
    if (profile.signs) await eventually(() => fetched.includes('/oauth/jwks.json'));
    const before = fetched.length;
    const first = ok(await postForm(metadata.token_endpoint, { ...fields, ...credentials(profile, clientId, issuer) })).json;
    assert.ok(first.refresh_token, 'it has to ask its user again');
    const call = (token) => get(`${system.api}/api/protected`, { headers: { authorization: `Bearer ${token}` } });
    ok(await call(first.access_token));
    // Several at once, with one token; then one that comes later.
    const renew = (token) => postForm(metadata.token_endpoint, { grant_type: 'refresh_token', refresh_token: token, resource: resource.resource, ...credentials(profile, clientId, issuer) });
    const storm = await Promise.all(Array.from({ length: profile.storm ?? 3 }, () => renew(first.refresh_token)));
    const successors = new Set(storm.map((answer) => ok(answer).json.refresh_token));
    assert.equal(successors.size, 1);
    const [successor] = successors;
    const next = ok(await renew(successor)).json;
    assert.equal(ok(await renew(first.refresh_token)).json.refresh_token, successor);
    ok(await call(next.access_token));
    assert.equal(fetched.length, before, 'no code and no refresh waits for its site');
    // It leaves.
    ok(await postForm(metadata.revocation_endpoint, { token: next.refresh_token, ...credentials(profile, clientId, issuer) }));
    const ended = await renew(next.refresh_token);
    assert.deepEqual([ended.status, ended.json.error], [400, 'invalid_grant']);
  });
}
