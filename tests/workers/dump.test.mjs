// Who steals the stores has no credential and learns of no person from the grants: every flow is run, and a dump of D1,
// KV and all objects is searched. Numbers in brackets are rows of docs/threats.md.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import v8 from 'node:v8';
import { dump, privateKeysIn, secretsIn } from '../support/dump.mjs';
import { ok, tokenError } from '../support/expect.mjs';
import {
  assertion, authorizationRequest, authorizePushed, callApi, directLogin, directLogout, directRefresh, introspect, machineToken, obtainCode,
  offlineFlow, push, redeem, refresh, revoke, signIn, tokenByAssertion, userinfo, walk,
} from '../support/flow.mjs';
import { CookieJar, witnessed } from '../support/http.mjs';
import { startSystem } from '../support/system.mjs';

const { DatabaseSync } = process.getBuiltinModule('node:sqlite');
/** What a client may know of a person, and a grant need not. */
const PERSONAL = ['ada@example.com', 'Ada Lovelace', 'hint-of-ada@example.org'];
const HINT = { login_hint: 'hint-of-ada@example.org' };
const SCOPE = 'openid profile email read write offline_access';

let system;
before(async () => {
  system = await startSystem();
  await everyFlow();
  await system.halt();
});
after(() => system?.stop());

/** Leaves behind whatever each kind of flow leaves, used and unused. */
async function everyFlow() {
  const jar = await signIn(system, 'ada');
  for (const clientId of ['web-ui', 'web-app']) {
    const flow = await offlineFlow(system, { clientId, jar, scope: SCOPE, ...HINT });
    const renewed = ok(await refresh(system, clientId, flow.tokens.refresh_token)).json;
    ok(await refresh(system, clientId, flow.tokens.refresh_token));
    ok(await userinfo(system, renewed.access_token));
    await callApi(system, '/api/user/profile', renewed.access_token);
    await obtainCode(system, { clientId, jar, scope: SCOPE, ...HINT });
    const replayed = await offlineFlow(system, { clientId, jar, ...HINT });
    tokenError(await redeem(system, replayed), 'invalid_grant');
  }
  await machineToken(system, 'read:students');
  ok(await tokenByAssertion(system, assertion(system)));
  await pushedFlows(jar);
  await directFlows();
  await endedFlow(jar);
}

async function pushedFlows(jar) {
  const pushed = async () => {
    const { params, verifier } = authorizationRequest(system, 'web-app', { scope: SCOPE, ...HINT });
    const { request_uri } = ok(await push(system, 'web-app', params), 201).json;
    return { params, verifier, request_uri, clientId: 'web-app' };
  };
  await pushed();
  const opened = await pushed();
  await authorizePushed(system, 'web-app', opened.request_uri, new CookieJar());
  const used = await pushed();
  const answer = await walk(system, authorizePushed(system, 'web-app', used.request_uri, jar), { jar });
  ok(await redeem(system, { ...used, code: answer.redirected.get('code') }));
}

async function directFlows() {
  const first = ok(await directLogin(system, 'ada')).json;
  ok(await directRefresh(system, first.refresh_token));
  const { refresh_token } = ok(await directLogin(system, 'alan')).json;
  ok(await directLogout(system, refresh_token), 204);
}

async function endedFlow(jar) {
  const { tokens } = await offlineFlow(system, { clientId: 'web-app', jar, ...HINT });
  ok(await introspect(system, tokens.access_token));
  ok(await revoke(system, 'web-app', tokens.refresh_token));
  ok(await introspect(system, tokens.access_token));
}

describe('[116] after every flow there is', () => {
  test('the flows used a secret of every kind', () => {
    const kinds = new Set(witnessed.values());
    for (const kind of [
      'password', 'client_secret', 'code', 'code_verifier', 'access_token', 'refresh_token', 'id_token', 'client_assertion', 'cookie', 'request_uri',
    ]) {
      assert.ok(kinds.has(kind), kind);
    }
  });

  test('each store holds something', () => {
    const places = dump(system.state).map(({ where }) => where);
    for (const store of ['d1/', 'kv/', '-Grant/', '-Person/', '-Replay/']) assert.ok(places.some((where) => where.includes(store)), store);
    assert.ok(places.some((where) => /-Grant\/.*_cf_KV/.test(where)), 'values of a grant');
  });

  test('no store holds a code, token, verifier, cookie, secret, password or private key', () => {
    const records = dump(system.state);
    assert.deepEqual(secretsIn(records, witnessed), []);
    assert.deepEqual(privateKeysIn(records), []);
    assert.deepEqual(system.leaks(), []);
  });

  test('no grant, no object and no cache says who the person is, beyond their id', () => {
    const records = dump(system.state).filter(({ where }) => /^(do|kv)\//.test(where));
    for (const personal of PERSONAL) {
      const found = records.filter(({ text }) => text.includes(personal)).map(({ where }) => where);
      assert.deepEqual(found, [], personal);
    }
  });
});

describe('the search finds what is planted', () => {
  const of = (kind) => [...witnessed].find(([, what]) => what === kind)[0];
  const files = (pattern) => {
    const root = path.join(system.state, 'v3');
    return fs.readdirSync(root, { recursive: true }).filter((name) => pattern.test(name)).map((name) => path.join(root, name));
  };

  /** Runs a statement on a database of `pattern` that has `table`. */
  function plant(pattern, table, statement, values) {
    for (const file of files(pattern)) {
      const database = new DatabaseSync(file);
      try {
        if (!database.prepare('SELECT 1 FROM sqlite_master WHERE name = ?').get(table)) continue;
        return database.prepare(statement).run(...values);
      } finally {
        database.close();
      }
    }
    throw new Error(`no database has a table ${table}`);
  }

  const inObject = (value) =>
    plant(/-Grant\/[0-9a-f]+\.sqlite$/, '_cf_KV', 'INSERT INTO _cf_KV (key, value) VALUES (?, ?)', ['planted', v8.serialize(value)]);
  const unplant = () => {
    for (const file of files(/-Grant\/[0-9a-f]+\.sqlite$/)) {
      const database = new DatabaseSync(file);
      if (database.prepare("SELECT 1 FROM sqlite_master WHERE name = '_cf_KV'").get()) database.exec("DELETE FROM _cf_KV WHERE key = 'planted'; VACUUM;");
      database.close();
    }
  };
  const found = () => secretsIn(dump(system.state), witnessed).join('\n');

  test('in a grant, whole or only the proof, in one byte a letter or in two, in an object or as bytes', () => {
    const token = of('refresh_token');
    const proof = token.split('.').at(-1);
    for (const value of [`{"token":"${token}"}`, `{"name":"漢","mac":"${proof}"}`, { proof }, Buffer.from(proof, 'base64url').toString('latin1')]) {
      inObject(value);
      assert.match(found(), /refresh_token in .*-Grant\//, JSON.stringify(value));
      unplant();
      assert.equal(found(), '');
    }
  });

  test('in a table of D1', () => {
    plant(/D1DatabaseObject\/[0-9a-f]+\.sqlite$/, 'audit', "INSERT INTO audit (at, event, detail) VALUES (0, 'planted', ?)", [of('password')]);
    assert.match(found(), /password in d1\//);
    system.sql('audit', "DELETE FROM audit WHERE event = 'planted'");
    system.sql('audit', 'VACUUM');
    assert.equal(found(), '');
  });

  test('in a value of KV', () => {
    const file = path.join(system.state, 'v3', 'kv', 'planted');
    fs.writeFileSync(file, JSON.stringify({ cookie: of('cookie') }));
    assert.match(found(), /cookie in kv\//);
    fs.rmSync(file);
    assert.equal(found(), '');
  });

  test('a private key that is not sealed', () => {
    inObject('{"kty":"EC","d":"870MB6gfuTJ4HtUnUvYMyJpr5eUZNP4Bk43bVdj3eAE"}');
    assert.equal(privateKeysIn(dump(system.state)).length, 1);
    unplant();
    assert.equal(privateKeysIn(dump(system.state)).length, 0);
  });
});
