// `cargo xtask rotate-secret`: the calm procedure signs nobody out, the one for a leaked secret ends what follows from it and
// nothing else. Numbers in brackets are rows of docs/threats.md.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { clientRefused, ok, tokenError, tokenRefused } from '../support/expect.mjs';
import {
  assertion, authorizationRequest, authorize, basic, callApi, fullCodeFlow, introspect, machineToken, obtainCode, offlineFlow, OPAQUE, redeem, refresh,
  signIn, token, tokenByAssertion, userinfo, withOpaque,
} from '../support/flow.mjs';
import { loginForm } from '../support/html.mjs';
import { get, postForm, postJson, witnessed } from '../support/http.mjs';
import { startSystem, xtask } from '../support/system.mjs';

let system;
beforeEach(async () => {
  system = await startSystem({ vars: withOpaque });
});
afterEach(() => system?.stop());

const file = () => path.join(system.state, 'auth', '.dev.vars');
const jwks = async () => ok(await get(`${system.auth}/oauth/jwks`)).json.keys.map(({ kid }) => kid).sort();
const isSignedIn = async (jar) => !loginForm((await authorize(system, authorizationRequest(system).params, jar)).text);

/** Runs the command on the halted system and starts it again; answers what it has said. */
async function rotate(...options) {
  await system.halt();
  const done = xtask('rotate-secret', '--state', system.state, ...options);
  assert.equal(done.status, 0, done.stderr);
  assert.equal(fs.statSync(file()).mode & 0o777, 0o600);
  // The API has a copy of the keys, which it uses for five minutes.
  system.forgetCaches();
  await system.start();
  return done.stderr;
}

test('[130] a calm rotation signs nobody out, and the secret before can be dropped afterwards', async () => {
  const before = system.secrets('auth').OSTIARY_SECRET;
  const jar = await signIn(system, 'ada');
  const flow = await offlineFlow(system, { clientId: 'web-app', jar });
  const waiting = await obtainCode(system, { clientId: 'web-app', jar });
  const keys = await jwks();

  assert.match(await rotate(), /from \d{4}-\d\d-\d\d on nothing needs the old one/);
  const secrets = system.secrets('auth');
  assert.equal(secrets.OSTIARY_SECRET_PREVIOUS, before);
  assert.notEqual(secrets.OSTIARY_SECRET, before);
  assert.equal(secrets.DIRECT_LOGIN, 'on', 'nothing else has changed');
  assert.ok(await isSignedIn(jar));
  ok(await callApi(system, '/api/protected', flow.tokens.access_token));
  ok(await redeem(system, waiting));
  const renewed = ok(await refresh(system, 'web-app', flow.tokens.refresh_token)).json;
  await machineToken(system, 'read:students');
  ok(await introspect(system, renewed.access_token));
  assert.deepEqual(await jwks(), keys);

  const again = xtask('rotate-secret', '--state', system.state);
  assert.notEqual(again.status, 0);
  assert.match(again.stderr, /--finish/);
  await system.schedule();
  await rotate('--finish');
  assert.equal(system.secrets('auth').OSTIARY_SECRET_PREVIOUS, undefined);
  ok(await refresh(system, 'web-app', renewed.refresh_token));
  await machineToken(system, 'read:students');
  ok(await callApi(system, '/api/protected', renewed.access_token));
  assert.deepEqual(await jwks(), keys, 'they are sealed under the present secret');
  assert.equal(await isSignedIn(jar), false, 'a cookie of the secret before counts no more');
  await system.halt();
  const changed = system.sql('audit', "SELECT client_id FROM audit WHERE event = 'client_changed'");
  assert.deepEqual(changed, [], 'a hash that was renewed is no change of the client');
  const rotated = system.sql('audit', "SELECT reason FROM audit WHERE event = 'secret_rotated' ORDER BY seq");
  assert.deepEqual(rotated.map(({ reason }) => reason), ['calm', 'finished']);
  await system.restart();
});

test('[130] after a leak one command ends what follows from the secret, and nothing else', async () => {
  const before = system.secrets('auth').OSTIARY_SECRET;
  const jar = await signIn(system, 'ada');
  const flow = await offlineFlow(system, { clientId: 'web-app', jar });
  const opaque = await fullCodeFlow(system, { clientId: 'web-app', jar, resource: OPAQUE });
  const waiting = await obtainCode(system, { clientId: 'web-ui', jar });
  const keys = await jwks();

  // A client that registered itself, with a secret, registers anew: nobody here can give it another.
  const own = { client_name: 'Notes', redirect_uris: ['https://app.example/callback'] };
  const stranger = ok(await postJson(`${system.auth}/oauth/register`, own), 201).json;
  const said = await rotate('--leaked');
  const secrets = Object.fromEntries([...said.matchAll(/client_secret of (\S+), shown this once: (\S+)/g)].map(([, id, secret]) => [id, secret]));
  assert.deepEqual(Object.keys(secrets).sort(), ['api', 'client-123', 'web-app']);
  for (const secret of Object.values(secrets)) witnessed.set(secret, 'client_secret');
  assert.ok(!fs.readFileSync(file(), 'utf8').includes(before));

  // What follows from the secret has ended.
  for (const kid of await jwks()) assert.ok(!keys.includes(kid));
  assert.equal(await isSignedIn(jar), false);
  tokenError(await redeem(system, waiting), 'invalid_grant');
  clientRefused(await refresh(system, 'web-app', flow.tokens.refresh_token), { challenge: true });
  const as = (id) => ({ headers: basic(id, secrets[id]) });
  const renewed = { grant_type: 'refresh_token', refresh_token: flow.tokens.refresh_token };
  tokenError(await postForm(`${system.auth}/oauth/token`, renewed, as('web-app')), 'invalid_grant');
  assert.equal((await userinfo(system, flow.tokens.access_token)).status, 401);
  tokenRefused(await callApi(system, '/api/protected', flow.tokens.access_token));
  const asked = await postForm(`${system.auth}/oauth/introspect`, { token: opaque.tokens.access_token }, as('api'));
  assert.deepEqual(ok(asked).json, { active: false });
  clientRefused(await token(system, 'client-123', { grant_type: 'client_credentials' }), { challenge: true });

  const managing = { headers: { authorization: `Bearer ${stranger.registration_access_token}` } };
  assert.equal((await get(stranger.registration_client_uri, managing)).status, 401);

  // Nothing else has: accounts, consents, registrations, keys of clients.
  const machine = await postForm(`${system.auth}/oauth/token`, { grant_type: 'client_credentials', scope: 'read:students' }, as('client-123'));
  ok(await callApi(system, '/students', ok(machine).json.access_token));
  ok(await tokenByAssertion(system, assertion(system)));
  const login = await signIn(system, 'ada');
  const silent = authorizationRequest(system, 'web-ui', { prompt: 'none' });
  assert.ok((await authorize(system, silent.params, login)).redirected.get('code'), 'the consent of before is remembered');
  await fullCodeFlow(system, { jar: login });
  await system.halt();
  const events = system.sql('audit', "SELECT reason FROM audit WHERE event = 'secret_rotated'");
  assert.deepEqual(events.map(({ reason }) => reason), ['leaked']);
});
