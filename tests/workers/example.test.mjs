// The example worker, which nothing but the guard protects and nothing binds to the authorization server.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { exampleOrigin, startExample } from '../support/example.mjs';
import { logged, ok, tokenRefused, unavailable } from '../support/expect.mjs';
import { fullCodeFlow, signIn, token } from '../support/flow.mjs';
import { get, send } from '../support/http.mjs';
import { startSystem } from '../support/system.mjs';

const SCOPES = 'read:notes write:notes';

let system;
let ada;
let example;
before(async () => {
  const vars = (it) => ({ auth: { RESOURCES: `${it.api}, ${exampleOrigin(it)}`, ACCESS_TOKEN_LIFETIME: '3600' } });
  system = await startSystem({ vars });
  await system.halt();
  system.sql('clients', `UPDATE clients SET record = json_set(record, '$.scope', json_extract(record, '$.scope') || ' ${SCOPES}') WHERE client_id IN ('web-ui', 'client-123')`);
  system.forgetCaches();
  await system.start();
  ada = await signIn(system, 'ada');
});
after(() => system?.stop());
afterEach(async () => {
  await example?.stop();
  example = undefined;
});

const start = async (vars) => {
  example = await startExample(system, vars);
};
const flow = (scope) => fullCodeFlow(system, { jar: ada.copy(), scope: `openid ${scope}`, resource: exampleOrigin(system) });
const accessToken = async (scope = SCOPES) => (await flow(scope)).tokens.access_token;
const ask = (method, path, bearer, body) =>
  send(method, `${exampleOrigin(system)}${path}`, { headers: bearer ? { authorization: `Bearer ${bearer}` } : {}, body });

test('a person stores notes, and no one else reads them', async () => {
  await start();
  const bearer = await accessToken();
  ok(await ask('POST', '/notes', bearer, 'The engine weaves patterns'), 201);
  assert.deepEqual(ok(await ask('GET', '/notes', bearer)).json, ['The engine weaves patterns']);
  const alan = await fullCodeFlow(system, { user: 'alan', scope: `openid ${SCOPES}`, resource: exampleOrigin(system) });
  assert.deepEqual(ok(await ask('GET', '/notes', alan.tokens.access_token)).json, []);
  for (let more = 1; more < 50; more += 1) ok(await ask('POST', '/notes', alan.tokens.access_token, `${more}`), 201);
  ok(await ask('POST', '/notes', alan.tokens.access_token, '50'), 201);
  assert.equal((await ask('POST', '/notes', alan.tokens.access_token, 'one too many')).status, 409);
  assert.equal((await ask('POST', '/notes/clear', bearer)).status, 204);
  assert.deepEqual(ok(await ask('GET', '/notes', bearer)).json, []);
});

test('without a token, with one for another resource, without the scope, as a machine: each is refused as its RFC says', async () => {
  await start();
  const bare = await ask('GET', '/notes');
  assert.equal(bare.status, 401);
  assert.ok(bare.headers['www-authenticate'].includes(`resource_metadata="${exampleOrigin(system)}/.well-known/oauth-protected-resource"`));
  const elsewhere = await fullCodeFlow(system, { jar: ada.copy(), scope: 'openid read:notes', resource: system.api });
  tokenRefused(await ask('GET', '/notes', elsewhere.tokens.access_token));
  const lacking = await ask('POST', '/notes', await accessToken('read:notes'), 'x');
  assert.equal(lacking.status, 403);
  assert.match(lacking.headers['www-authenticate'], /error="insufficient_scope".*scope="write:notes"/);
  const machine = await token(system, 'client-123', { grant_type: 'client_credentials', scope: 'read:notes', resource: exampleOrigin(system) });
  assert.equal((await ask('GET', '/notes', ok(machine).json.access_token)).status, 403);
});

test('who signed in too long ago is asked to sign in again, and may go on reading', async () => {
  await start({ CLOCK_AHEAD: '400' });
  const bearer = await accessToken();
  const answer = await ask('POST', '/notes/clear', bearer);
  assert.equal(answer.status, 401);
  assert.match(answer.headers['www-authenticate'], /error="insufficient_user_authentication"/);
  assert.match(answer.headers['www-authenticate'], /max_age="300"/);
  ok(await ask('GET', '/notes', bearer));
});

test('its metadata describes its scopes, and it is well without a database', async () => {
  await start();
  const document = ok(await get(`${exampleOrigin(system)}/.well-known/oauth-protected-resource`)).json;
  assert.deepEqual(document.authorization_servers, [system.auth]);
  assert.deepEqual(document.scope_descriptions, { 'read:notes': 'Read your notes', 'write:notes': 'Write and delete your notes' });
  assert.deepEqual(ok(await get(`${exampleOrigin(system)}/health`)).json, { status: 'ok' });
});

test('an issuer that cannot be reached over the network is a 503, and the log says so', async () => {
  await start({ ISSUER: 'http://localhost:9' });
  unavailable(await ask('GET', '/notes', await accessToken()));
  await logged(example, '.jwks');
});

test('while the authorization server is down, a new isolate goes on with the copy of its keys', async () => {
  const state = fs.mkdtempSync(path.join(os.tmpdir(), 'ostiary-example-'));
  try {
    const bearer = await accessToken();
    await start({ state });
    ok(await ask('GET', '/notes', bearer));
    await example.stop();
    await system.halt();
    await start({ state });
    ok(await ask('GET', '/notes', bearer));
    await example.stop();
    await start();
    unavailable(await ask('GET', '/notes', bearer));
  } finally {
    await system.restart();
    fs.rmSync(state, { recursive: true, force: true });
  }
});

test('a client that sends too many requests learns when to try again', async () => {
  await start();
  const bearer = await accessToken();
  const answers = [];
  // A period may end meanwhile, and the count with it: twice is enough.
  while (answers.at(-1)?.status !== 429 && answers.length < 202) answers.push(await ask('GET', '/notes', bearer));
  const refused = answers.at(-1);
  for (const answer of answers.slice(0, -1)) assert.equal(answer.status, 200);
  assert.equal(refused.status, 429);
  assert.ok(Number(refused.headers['retry-after']) > 0);
});

test('settings at fault are a 503 that names all of them in the log', async () => {
  await start({ DPOP: 'perhaps', TOMBSTONES: 'on' });
  unavailable(await ask('GET', '/health'));
  await logged(example, 'configuration');
  const line = example.log.find((one) => one.includes('configuration'));
  assert.match(line, /DPOP is none of/);
  assert.match(line, /TOMBSTONES is on, but there is no KV binding REVOKED/);
});
