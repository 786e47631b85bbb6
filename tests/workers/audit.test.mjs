// The audit: every event of a run is in it, an administrator finds each by its filters, and it has no secret.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { clientRefused, logged, ok, tokenError } from '../support/expect.mjs';
import {
  account, adminToken, administer, authorizationRequest, authorize, basic, decide, directLogin, fullCodeFlow, introspect, login, machineToken,
  offlineFlow, redeem, refresh, revoke, signIn, signOutEverywhere, submit, token,
} from '../support/flow.mjs';
import { forms } from '../support/html.mjs';
import { CookieJar, get, postForm } from '../support/http.mjs';
import { startSystem } from '../support/system.mjs';

let system;
let admin;
before(async () => {
  system = await startSystem({ faulty: true });
  admin = await adminToken(system);
});
after(() => system?.stop());

const ask = (query, as = admin) => administer(system, as, `/audit?${new URLSearchParams(query)}`);
const page = async (query) => ok(await ask(query)).json;

/** The newest event that matches, once it is written. */
async function found(query, matches = () => true) {
  for (let round = 0; round < 50; round += 1) {
    const { events } = await page({ limit: 200, ...query });
    const event = events.find(matches);
    if (event) return event;
    await pause(100);
  }
  throw new Error(`no such event: ${JSON.stringify(query)}`);
}

/** Fails to sign in. */
async function failToSignIn(user, password) {
  const jar = new CookieJar();
  return login(await get(`${system.auth}/login`, { jar }), user, jar, password);
}

test('each event of a flow is recorded with its user, client, grant and request', async () => {
  const { tokens } = await offlineFlow(system, { user: 'alan', clientId: 'web-app' });
  const grant = tokens.refresh_token.split('.')[1];
  const second = ok(await refresh(system, 'web-app', tokens.refresh_token)).json;
  ok(await revoke(system, 'web-app', second.refresh_token));
  const of = (event) => found({ event, subject: 'u_alan' }, (entry) => entry.grant === grant);
  for (const event of ['code_issued', 'tokens_issued', 'tokens_refreshed']) {
    const entry = await of(event);
    assert.deepEqual([entry.version, entry.outcome, entry.client_id, entry.count], [1, 'success', 'web-app', 1], event);
    // Only the endpoints for clients authenticate them.
    assert.equal(entry.client_authenticated, event !== 'code_issued', event);
    assert.ok(entry.request_id, event);
  }
  assert.equal((await of('tokens_issued')).reason, 'authorization_code');
  // The grant itself announces its end, perhaps after the request.
  assert.equal((await of('token_revoked')).client_id, 'web-app');
  assert.match((await found({ event: 'consent_given', subject: 'u_alan' })).detail, /offline_access/);
  await found({ event: 'login', subject: 'u_alan' });
});

test('[55] a theft is recorded with its user, client and grant', async () => {
  const flow = await offlineFlow(system, { user: 'alan', clientId: 'web-app' });
  tokenError(await redeem(system, flow), 'invalid_grant');
  const grant = flow.tokens.refresh_token.split('.')[1];
  const theft = await found({ event: 'code_replayed', client_id: 'web-app' }, (entry) => entry.grant === grant);
  assert.deepEqual([theft.outcome, theft.subject], ['failure', 'u_alan']);
});

test('[F6] failed logins say whose name by its keyed hash, and are one row a minute', async () => {
  for (let round = 0; round < 3; round += 1) await failToSignIn('ada', 'not her password');
  const failed = await found({ event: 'login_failed', username: 'ada' });
  assert.match(failed.account, /^[\w-]{22}$/);
  assert.equal(failed.subject, undefined);
  await pause(1000);
  const { events } = await page({ event: 'login_failed', username: 'ada' });
  assert.ok(events.length <= 2, 'a minute may end in between');
  assert.equal(events.reduce((sum, { count }) => sum + count, 0), 3);
  assert.deepEqual((await page({ username: 'alan', event: 'login_failed' })).events, []);
});

test('a client that does not prove who it is, is in the audit and the log as presented', async () => {
  const wrong = { headers: basic('client-123', 'wrong') };
  for (const path of ['token', 'introspect', 'revoke', 'par']) {
    clientRefused(await postForm(`${system.auth}/oauth/${path}`, { token: 'x' }, wrong), { challenge: true });
    await logged(system, `"path":"/oauth/${path}"`, '"client_id_presented":"client-123"', '"refusal":"client_secret_wrong"');
  }
  const failed = await found({ event: 'client_authentication_failed', client_id: 'client-123' });
  assert.deepEqual([failed.client_authenticated, failed.reason], [false, 'client_secret_wrong']);
  ok(await authorize(system, { client_id: 'no-such-client' }, new CookieJar()), 400);
  await logged(system, '"path":"/oauth/authorize"', '"client_id_presented":"no-such-client"');
  await found({ event: 'authorization_refused', client_id: 'no-such-client' });
});

test('refused requests of known clients are recorded with the reason', async () => {
  tokenError(await token(system, 'web-app', { grant_type: 'refresh_token', refresh_token: 'r1.none' }), 'invalid_grant');
  assert.equal((await found({ event: 'token_request_refused', client_id: 'web-app' })).client_authenticated, true);
  const machine = await machineToken(system, 'read');
  await found({ event: 'tokens_issued', client_id: 'client-123' }, ({ reason }) => reason === 'client_credentials');
  assert.equal(ok(await introspect(system, machine, { clientId: 'web-app' })).json.active, false);
  assert.equal((await found({ event: 'introspection_refused' })).reason, 'token_of_another_client');
});

test('what a user does with their account is recorded', async () => {
  const jar = await signIn(system, 'ada');
  const { params } = authorizationRequest(system, 'web-app', { prompt: 'consent' });
  await decide(ok(await authorize(system, params, jar)), 'deny', jar);
  await found({ event: 'consent_denied', subject: 'u_ada' });
  await fullCodeFlow(system, { jar, clientId: 'web-app' });
  const opened = ok(await account(system, jar));
  const form = forms(opened.text).find(({ buttons }) => buttons.some(({ name }) => name === 'withdraw'));
  const withdraw = form.buttons.find(({ name }) => name === 'withdraw');
  await submit(opened, form, { withdraw: withdraw.value }, jar);
  await found({ event: 'consent_withdrawn', subject: 'u_ada' });
  await signOutEverywhere(ok(await account(system, jar)), jar);
  const everywhere = await found({ event: 'everything_ended', subject: 'u_ada' });
  assert.equal(everywhere.actor, undefined);
  ok(await directLogin(system, 'ada'));
  await found({ event: 'direct_login', subject: 'u_ada' });
});

test('administration says who did it and on whom; refused administration says who asked', async () => {
  ok(await administer(system, admin, '/users/disable', { user_id: 'u_alan' }));
  ok(await administer(system, admin, '/users/enable', { user_id: 'u_alan' }), 204);
  for (const event of ['user_disabled', 'everything_ended', 'user_enabled']) {
    await found({ event, subject: 'u_alan' }, ({ actor }) => actor === 'u_grace');
  }
  const flow = await fullCodeFlow(system, { user: 'ada', scope: 'openid admin', resource: system.auth });
  tokenError(await ask({}, flow.tokens.access_token), 'insufficient_scope', 403);
  await found({ event: 'administration_refused' }, ({ actor, reason }) => actor === 'u_ada' && reason === 'admin_scope_missing');
  await found({ event: 'audit_read' }, ({ actor }) => actor === 'u_grace');
});

const INSERT = { binding: 'DB', about: 'INSERT INTO audit' };

test('an audit that cannot be written slows nothing down, and what it loses is in the log', async () => {
  await system.faults({ ...INSERT, kind: 'hangs' });
  const began = Date.now();
  const { access_token } = ok(await token(system, 'client-123', { grant_type: 'client_credentials', scope: 'read' })).json;
  await failToSignIn('no-such-user', 'not a password');
  assert.ok(access_token && Date.now() - began < 3000, `${Date.now() - began} ms`);
  await system.faults({ ...INSERT, kind: 'throws' });
  const jar = await signIn(system, 'ada');
  await logged(system, '"audit_lost":{', '"event":"login"', '"subject":"u_ada"');
  // An end is repeated until it is stored.
  await signOutEverywhere(ok(await account(system, jar)), jar);
  await logged(system, '"audit_late"');
  await system.faults();
});

test('an event whose writing is repeated is one entry', async () => {
  const jar = await signIn(system, 'ada');
  await pause(1500);
  // A consent is recorded in a batch, with the consent itself: only what is written later is meant.
  await system.faults({ ...INSERT, method: 'run', kind: 'lost', times: 1 });
  const { tokens } = await fullCodeFlow(system, { jar, clientId: 'web-app' });
  const { jti } = JSON.parse(Buffer.from(tokens.access_token.split('.')[1], 'base64url'));
  const ofFlow = ({ grant }) => grant === jti.split('.')[0];
  for (const event of ['code_issued', 'tokens_issued']) await found({ event, subject: 'u_ada' }, ofFlow);
  await pause(1500);
  const { events } = await page({ subject: 'u_ada', limit: 200 });
  assert.deepEqual(events.filter(ofFlow).map(({ event }) => event), ['tokens_issued', 'code_issued']);
  assert.deepEqual(await system.faults(), [1]);
});

test('registrations and signing keys are recorded by the database itself', async () => {
  await found({ event: 'user_registered', subject: 'u_grace' }, ({ actor }) => actor === 'operator');
  await found({ event: 'client_registered', client_id: 'web-ui' });
  const { keys } = ok(await administer(system, admin, '/keys')).json;
  for (const { kid } of keys) await found({ event: 'key_created' }, ({ detail }) => detail === kid);
  ok(await administer(system, admin, '/keys/rotate', { algorithm: 'ES256' }));
  await found({ event: 'key_rotated' }, ({ actor }) => actor === 'u_grace');
});

test('the schedule deletes what is older than AUDIT_DAYS, and nothing else', async () => {
  await system.halt();
  const at = (days) => Math.floor(Date.now() / 1000) - days * 86400;
  const rows = Array.from({ length: 2500 }, () => `(${at(91)}, 'login')`).join(', ');
  system.sql('audit', `INSERT INTO audit (at, event) VALUES ${rows}, (${at(89)}, 'logout')`);
  const count = (where) => system.sql('audit', `SELECT count(*) AS n FROM audit WHERE ${where}`)[0].n;
  const young = count(`at > ${at(90)}`);
  assert.equal(count(`at < ${at(90)}`), 2500);
  await system.start();
  await system.schedule();
  await system.halt();
  assert.equal(count(`at < ${at(90)}`), 0);
  assert.ok(count(`at > ${at(90)}`) >= young);
  await system.start();
});

test('pages follow each other, newest first, and an unknown parameter is refused', async () => {
  const until = Math.floor(Date.now() / 1000);
  const all = (await page({ limit: 200, until })).events.map(({ id }) => id);
  assert.ok(all.length > 20);
  const seen = [];
  let after;
  do {
    const { events, next } = await page({ limit: 7, until, ...(after && { after }) });
    seen.push(...events);
    after = next;
  } while (after && seen.length < all.length);
  assert.deepEqual(seen.map(({ id }) => id).slice(0, all.length), all);
  assert.deepEqual(seen.map(({ at }) => at), seen.map(({ at }) => at).sort((a, b) => b - a));
  for (const query of [{ evnet: 'login' }, { event: 'logn' }, { limit: 0 }, { after: 'x' }]) tokenError(await ask(query), 'invalid_request');
});

test('[F6] a flood of invented client ids hides no failed login and no guess at a client\'s secret', async () => {
  for (let count = 0; count < 130; count += 1) {
    await postForm(`${system.auth}/oauth/token`, { grant_type: 'client_credentials', client_id: `invented-${count}`, client_secret: 'x' });
  }
  await failToSignIn('grace', 'not her password');
  clientRefused(await postForm(`${system.auth}/oauth/token`, { grant_type: 'client_credentials' }, { headers: basic('api', 'not its secret') }), { challenge: true });
  await found({ event: 'login_failed', username: 'grace' });
  await found({ event: 'client_authentication_failed', client_id: 'api' });
});
