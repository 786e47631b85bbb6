// A store that is gone gives 503 with Retry-After, never another answer, and loses nothing.
// Numbers in brackets are rows of docs/threats.md.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { logged, ok, unavailable } from '../support/expect.mjs';
import {
  authorizationRequest, authorize, callApi, machineToken, obtainCode, offlineFlow, redeem, refresh, revoke, signIn, token,
} from '../support/flow.mjs';
import { get } from '../support/http.mjs';
import { startSystem } from '../support/system.mjs';

let system;
before(async () => {
  system = await startSystem();
});
after(() => system?.stop());

/** The database files of a store: what workerd keeps of one Durable Object class, or of D1. */
function filesOf(pattern) {
  const folder = path.join(system.state, 'v3');
  return fs
    .readdirSync(folder, { recursive: true })
    .map((name) => path.join(folder, name))
    // Without the platform's own list of objects, `metadata.sqlite`, workerd does not even start.
    .filter((file) => pattern.test(file) && /\/[0-9a-f]+\.sqlite(-wal|-shm)?$/.test(file));
}

/** Runs `body` while the files of a store are not readable as a database, then puts them back. */
async function without(pattern, body) {
  await system.halt();
  const files = filesOf(pattern);
  assert.ok(files.length > 0, `no files of ${pattern}`);
  const kept = files.map((file) => [file, fs.readFileSync(file)]);
  for (const [file] of kept) {
    if (file.endsWith('.sqlite')) fs.writeFileSync(file, Buffer.alloc(8192, 0x5a));
    else fs.rmSync(file);
  }
  try {
    await system.start();
    await body();
  } finally {
    await system.halt();
    for (const file of filesOf(pattern)) fs.rmSync(file);
    for (const [file, content] of kept) fs.writeFileSync(file, content);
    await system.start();
  }
}

test('[60] without the grants, codes and refresh tokens get 503, never invalid_grant, and live on afterwards', async () => {
  const jar = await signIn(system, 'ada');
  const { tokens } = await offlineFlow(system, { clientId: 'web-app', jar });
  const obtained = await obtainCode(system, { clientId: 'web-app', jar });
  await without(/-Grant\//, async () => {
    unavailable(await refresh(system, 'web-app', tokens.refresh_token));
    unavailable(await redeem(system, obtained));
    await machineToken(system, 'read:students');
  });
  ok(await redeem(system, obtained));
  ok(await refresh(system, 'web-app', tokens.refresh_token));
});

test('[60] without the sessions, the pages say 503, and the session is there afterwards', async () => {
  const jar = await signIn(system, 'ada');
  const { params } = authorizationRequest(system);
  await without(/-Person\//, async () => {
    unavailable(await authorize(system, params, jar.copy()));
  });
  const answer = ok(await authorize(system, params, jar.copy()));
  assert.match(answer.text, /decision/);
});

test('[60] without the database, no user is reported as unknown', async () => {
  const { tokens } = await offlineFlow(system, { clientId: 'web-app' });
  await without(/D1DatabaseObject\//, async () => {
    const machine = await token(system, 'client-123', { grant_type: 'client_credentials', scope: 'read:students' });
    if (machine.status !== 200) unavailable(machine);
    const renewed = await refresh(system, 'web-app', tokens.refresh_token);
    unavailable(renewed);
    const { params } = authorizationRequest(system);
    const page = await authorize(system, params);
    if (page.status !== 200) unavailable(page);
    const health = await get(`${system.auth}/health`);
    assert.equal(health.status, 503);
    const api = await callApi(system, '/students', tokens.access_token);
    assert.ok([403, 503].includes(api.status), String(api.status));
  });
  ok(await refresh(system, 'web-app', tokens.refresh_token));
  ok(await get(`${system.auth}/health`));
});

test('without the tombstones, JWTs are admitted, the log says so, and a revocation is seen afterwards', async () => {
  const { tokens } = await offlineFlow(system, { clientId: 'web-app' });
  // Something must be there to be lost: this call keeps a tombstone.
  ok(await revoke(system, 'web-app', tokens.refresh_token));
  const other = await offlineFlow(system, { clientId: 'web-app' });
  await without(/KVNamespaceObject\//, async () => {
    ok(await callApi(system, '/api/protected', other.tokens.access_token));
    await logged(system, 'kv.tombstone', '"status":200');
  });
  assert.equal((await callApi(system, '/api/protected', tokens.access_token)).status, 401);
  ok(await callApi(system, '/api/protected', other.tokens.access_token));
});
