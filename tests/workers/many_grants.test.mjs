// Ten thousand grants of one person are listed and ended, and no request takes too long for it.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import v8 from 'node:v8';
import { ok, tokenError, tokenRefused, unavailable } from '../support/expect.mjs';
import { account, administer, adminToken, offlineFlow, refresh, signIn, userinfo } from '../support/flow.mjs';
import { startSystem } from '../support/system.mjs';

const { DatabaseSync } = process.getBuiltinModule('node:sqlite');
const MANY = 10_000;
/** How many are ended in their own objects too: each is a new object with files of its own, which takes a disk its time. */
const SOME = 1_000;

let system;
let ada;
let real;
before(async () => {
  system = await startSystem({ faulty: true });
  ada = await signIn(system, 'ada');
  real = await offlineFlow(system, { clientId: 'web-app', jar: ada });
  await system.halt();
  multiply(MANY);
  await system.start();
});
after(() => system?.stop());

/** Runs `body` on the rows of the one person who has grants, of a halted system. */
function inIndex(body) {
  const folder = path.join(system.state, 'v3', 'do', 'ostiary-auth-Person');
  for (const file of fs.readdirSync(folder).filter((name) => /^[0-9a-f]+\.sqlite$/.test(name))) {
    const database = new DatabaseSync(path.join(folder, file));
    try {
      const rows = database.prepare("SELECT key, value FROM _cf_KV WHERE key LIKE 'grant/%'").all();
      if (rows.length > 0) return body(database, rows);
    } finally {
      database.close();
    }
  }
  throw new Error('no user has a grant');
}

/** Copies the one row until there are `count`; workerd keeps values as V8 serialises them. */
function multiply(count) {
  inIndex((database, [{ key, value }]) => {
    const grant = key.split(' ').at(-1);
    const text = v8.deserialize(value);
    const insert = database.prepare('INSERT INTO _cf_KV (key, value) VALUES (?, ?)');
    database.exec('BEGIN');
    for (let made = 1; made < count; made += 1) {
      const other = crypto.randomBytes(16).toString('base64url');
      insert.run(key.replace(grant, other), v8.serialize(text.replaceAll(grant, other)));
    }
    database.exec('COMMIT');
  });
}

/** Leaves `count` rows, the one of `grant` among them. */
function reduce(count, grant) {
  const own = `% ${grant}`;
  inIndex((database) => {
    const others = "SELECT key FROM _cf_KV WHERE key LIKE 'grant/%' AND key NOT LIKE ? LIMIT -1 OFFSET ?";
    database.prepare(`DELETE FROM _cf_KV WHERE key IN (${others})`).run(own, count - 1);
  });
}

async function timed(what, act) {
  const from = performance.now();
  const result = await act();
  console.log(`${what}: ${Math.round(performance.now() - from)} ms`);
  return result;
}

const grantOf = ({ tokens }) => tokens.refresh_token.split('.')[1];

/** The grants of ada that are alive, by the administration's pages. */
async function listed(token) {
  const seen = new Set();
  let next;
  do {
    const after = next ? `&after=${encodeURIComponent(next)}` : '';
    const page = ok(await administer(system, token, `/grants?user_id=u_ada${after}`)).json;
    for (const { grant } of page.grants) seen.add(grant);
    next = page.next;
  } while (next);
  return seen;
}

test('all of them are listed, page by page', async () => {
  const token = await adminToken(system);
  const seen = await timed('listing', () => listed(token));
  assert.equal(seen.size, MANY);
  assert.ok(seen.has(grantOf(real)));
});

test('the account page shows the first of them', async () => {
  const page = ok(await timed('the account page', () => account(system, ada)));
  assert.equal(page.text.match(/name="end"/g).length, 20);
});

const signOut = (token) => administer(system, token, '/users/sign-out', { user_id: 'u_ada' }, { timeout: 120_000 });

test('an end is over for the person at once, even when no grant can be reached', async () => {
  const token = await adminToken(system);
  await system.faults({ binding: 'GRANT', about: 'revoke', kind: 'throws' });
  unavailable(await timed('ending', () => signOut(token)));
  assert.ok((await system.faults())[0] > 0);
  assert.equal((await listed(token)).size, 0);
});

test('asked again it continues with what is left, until each grant has ended in its own object', async () => {
  await system.halt();
  reduce(SOME, grantOf(real));
  await system.start();
  const token = await adminToken(system);
  let answer;
  let ended = 0;
  do {
    answer = ok(await timed('going on', () => signOut(token))).json;
    ended += answer.ended;
  } while (!answer.complete);
  assert.equal(ended, SOME);
  tokenError(await refresh(system, 'web-app', real.tokens.refresh_token), 'invalid_grant');
  tokenRefused(await userinfo(system, real.tokens.access_token));
});
