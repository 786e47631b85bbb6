// Our three workers: seeded as for the tests, with the clients that the benchmarks need.

import { createHash } from "node:crypto";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { parseEnv } from "node:util";
import * as flow from "../../tests/support/flow.mjs";
import { closeConnections } from "../../tests/support/http.mjs";
import { importPrivate, random } from "../../tests/support/jwt.mjs";
import { seed } from "../../tests/support/system.mjs";
import { form, request } from "../load/connection.mjs";
import { HOST, freePorts, freshFolder, removeFolder, startProcess } from "./process.mjs";
import { all, chain, codeOf, good, inTurn, isToken, once, same } from "./rows.mjs";

const { basic, CLIENTS } = flow;
export const REDIRECT = "https://client.example/callback";
const VERIFIER = random(32);
const CHALLENGE = createHash("sha256").update(VERIFIER).digest("base64url");
const FORM = { "content-type": "application/x-www-form-urlencoded" };

/** The demo's client for JWTs, of people and of its own, and the one for opaque tokens of both. */
export const JWT_CLIENT = "web-app";
export const OPAQUE_CLIENT = "client-123";
/** A redirect URI at localhost always asks for consent: these clients have another one. */
const CHANGES = {
  [JWT_CLIENT]: { redirect_uris: [REDIRECT] },
  [OPAQUE_CLIENT]: {
    redirect_uris: [REDIRECT],
    grant_types: ["authorization_code", "refresh_token", "client_credentials"],
    scope: "openid profile email offline_access read write read:students",
    access_token_format: "opaque",
  },
};
for (const id of Object.keys(CHANGES)) CLIENTS[id].redirect = () => REDIRECT;

/** A client has at most a hundred grants of one user, and an end costs too: the grants of a run are those of many. */
const nameOf = (place) => `person-${place}`;
const CROWD = `
  WITH RECURSIVE place(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM place WHERE n + 1 < ?)
  INSERT INTO users (user_id, username, password_hash, name, email, created_at)
  SELECT 'u_person' || n, 'person-' || n, password_hash, name, email, created_at FROM users, place WHERE username = 'ada'`;

/** What is on locally only. JWTs are taken until they expire; opaque tokens are introspected. */
const AS_DEPLOYED = {
  auth: { DIRECT_LOGIN: "off", REGISTRATION: "off", CLIENT_METADATA_INSECURE: "off" },
  api: { TOMBSTONES: "off" },
  app: { TROUBLE: "off" },
};

/**
 * What is made for one row must neither end before its turn nor end in the turn of another: an end costs too. Codes can
 * live no longer than ten minutes.
 */
export const LONG_LIVED = {
  AUTHORIZATION_CODE_LIFETIME: "600",
  ACCESS_TOKEN_LIFETIME: "7200",
  OPAQUE_ACCESS_TOKEN_LIFETIME: "7200",
  MACHINE_ACCESS_TOKEN_LIFETIME: "7200",
};

/**
 * A fresh state for these ports with so many users beside those of the demo: `{ state, secrets, vars }`.
 * `opened(database)` may change the authorization server's database further.
 */
export function prepareState(ports, crowd, { vars = {}, opened = () => {} } = {}) {
  const state = freshFolder();
  seed(state, ports);
  withDatabase(state, "clients", (database) => {
    const change = database.prepare("UPDATE clients SET record = json_patch(record, ?) WHERE client_id = ?");
    for (const [id, changes] of Object.entries(CHANGES)) change.run(JSON.stringify(changes), id);
    if (crowd > 0) database.prepare(CROWD).run(crowd);
    opened(database);
  });
  for (let place = 0; place < crowd; place += 1) flow.PASSWORDS[nameOf(place)] = flow.PASSWORDS.ada;
  const secrets = Object.fromEntries(["app", "auth", "api"].map((key) => [key, secretsOf(state, key)]));
  return { state, secrets, vars: Object.fromEntries(Object.entries(AS_DEPLOYED).map(([key, own]) => [key, { ...own, ...vars[key] }])) };
}

/** Starts them. `halt()` ends the processes and keeps the state, `begin()` starts new ones on it. */
export async function startOurs({ crowd = 40, inspect = false, ...changes } = {}) {
  const [app, auth, api] = await freePorts(3);
  const ports = { app, auth, api };
  const { state, secrets, vars } = prepareState(ports, crowd, changes);
  const begin = () => startProcess(HOST, { ours: { state, ports, vars }, inspect }, { runtime: "workerd" });
  let running = await begin();
  const origins = Object.fromEntries(Object.entries(ports).map(([key, port]) => [key, `http://localhost:${port}`]));
  const system = { ...origins, ports, state, crowd, secrets: (key) => secrets[key] };
  return {
    ...running,
    system,
    async halt() {
      await running.stop();
      closeConnections();
    },
    async begin() {
      running = await begin();
      const { said, ids } = running;
      return { said, ids };
    },
    async stop() {
      await running.stop();
      removeFolder(state);
    },
  };
}

function secretsOf(state, key) {
  try {
    return parseEnv(readFileSync(join(state, key, ".dev.vars"), "utf8"));
  } catch {
    return {};
  }
}

/** Runs `body` on the D1 database that has `table`, while nothing else uses it. */
export function withDatabase(state, table, body) {
  const folder = join(state, "v3", "d1", "miniflare-D1DatabaseObject");
  for (const file of readdirSync(folder).filter((name) => name.endsWith(".sqlite") && name !== "metadata.sqlite")) {
    const database = new DatabaseSync(join(folder, file));
    try {
      if (database.prepare("SELECT 1 FROM sqlite_master WHERE name = ?").get(table)) return body(database);
    } finally {
      database.close();
    }
  }
  throw new Error(`no database has a table ${table}`);
}

/** A token request of a client that has a secret. */
export const tokenRequest = (system, clientId, fields) =>
  form(`${system.auth}/oauth/token`, fields, basic(clientId, CLIENTS[clientId].secret));

export const machineRequest = (system, clientId) => tokenRequest(system, clientId, { grant_type: "client_credentials", scope: "read:students" });

/** An authorization request of a browser that is signed in. */
export function authorizeRequest(system, clientId, scope, cookie) {
  const params = { response_type: "code", client_id: clientId, redirect_uri: REDIRECT, scope, state: random(), nonce: random(), code_challenge: CHALLENGE, code_challenge_method: "S256" };
  return request("GET", flow.authorizeUrl(system, params), { cookie });
}

let turn = 0;
const nextOf = (people) => people[(turn += 1) % people.length];

/** So many codes, each of a grant of its own, of these people (their cookies) in turn. */
export async function codes(system, clientId, scope, people, count) {
  const list = Array.from({ length: count }, () => authorizeRequest(system, clientId, scope, nextOf(people)));
  return (await all(system.ports.auth, list)).map(codeOf);
}

export const redeemRequest = (system, clientId, code) =>
  tokenRequest(system, clientId, { grant_type: "authorization_code", code, redirect_uri: REDIRECT, code_verifier: VERIFIER });

export const refreshRequest = (system, clientId, token) => tokenRequest(system, clientId, { grant_type: "refresh_token", refresh_token: token });

/** Tokens of so many grants. */
export async function grants(system, clientId, scope, people, count) {
  const list = await codes(system, clientId, scope, people, count);
  return (await all(system.ports.auth, list.map((code) => redeemRequest(system, clientId, code)))).map(good);
}

export const introspectRequest = (system, token) => form(`${system.auth}/oauth/introspect`, { token }, basic("api", CLIENTS.api.secret));

/** A browser's cookies after signing in, and after its consent to these clients. */
export async function signedIn(system, user, clients = [JWT_CLIENT]) {
  const jar = await flow.signIn(system, user);
  for (const clientId of clients) {
    await flow.obtainCode(system, { clientId, user, jar, scope: "openid profile read write offline_access" });
  }
  return jar.header;
}

/** The cookies of all of the crowd. */
export async function crowdOf(system) {
  const people = [];
  for (let place = 0; place < system.crowd; place += 1) people.push(await signedIn(system, nameOf(place)));
  return people;
}

/** So many access tokens of a machine. */
export async function machineTokens(system, count, clientId = JWT_CLIENT) {
  const bytes = machineRequest(system, clientId);
  return (await all(system.ports.auth, Array.from({ length: count }, () => bytes))).map((answer) => good(answer).access_token);
}

/** What each row of the table is at our system. */
export async function rowsOfOurs(system) {
  const { auth, api, ports } = system;
  // Whose tokens are used for the whole run begin no further grants.
  const ada = [await signedIn(system, "ada", [JWT_CLIENT, OPAQUE_CLIENT])];
  const people = await crowdOf(system);
  const at = (url, token) => request("GET", url, token ? { authorization: `Bearer ${token}` } : {});
  const protectedBy = (tokens) => tokens.map((token) => at(`${api}/api/protected`, token));
  const key = importPrivate(flow.callerJwk(system));
  const assertion = () => flow.assertion(system, { key });
  const byAssertion = () =>
    request("POST", `${auth}/oauth/token`, FORM, new URLSearchParams({
      grant_type: "client_credentials", scope: "read:students", client_assertion_type: flow.ASSERTION_TYPE, client_assertion: assertion(),
    }).toString());
  const code = (scope) => once(ports.auth, async (count) => (await codes(system, JWT_CLIENT, scope, people, count)).map((one) => redeemRequest(system, JWT_CLIENT, one)), isToken);
  const isActive = (answer) => answer.status === 200 && answer.body.includes('"active":true');
  const users = await grants(system, JWT_CLIENT, "openid profile read", ada, 20);
  const opaque = await grants(system, OPAQUE_CLIENT, "openid profile read", ada, 20);
  const machines = await machineTokens(system, 50);
  return {
    open: same(ports.api, at(`${api}/.well-known/oauth-protected-resource`)),
    jwt_seen: inTurn(ports.api, protectedBy(machines)),
    opaque_kept: inTurn(ports.api, protectedBy(opaque.map(({ access_token: token }) => token))),
    machine_secret: same(ports.auth, machineRequest(system, JWT_CLIENT), isToken),
    machine_assertion: once(ports.auth, (count) => Array.from({ length: count }, byAssertion), isToken),
    machine_opaque: same(ports.auth, machineRequest(system, OPAQUE_CLIENT), isToken),
    code: code("read"),
    code_id_token: code("openid read"),
    refresh: chain(ports.auth, {
      begin: async (count) => (await grants(system, JWT_CLIENT, "read offline_access", people, count)).map(({ refresh_token: token }) => token),
      ask: (token) => refreshRequest(system, JWT_CLIENT, token),
      follow: (answer) => answer.json.refresh_token,
    }),
    introspect_opaque: inTurn(ports.auth, opaque.map(({ access_token: token }) => introspectRequest(system, token)), isActive),
    introspect_jwt: inTurn(ports.auth, users.map(({ access_token: token }) => introspectRequest(system, token)), isActive),
    userinfo: inTurn(ports.auth, users.map(({ access_token: token }) => at(`${auth}/oauth/userinfo`, token))),
    discovery: same(ports.auth, at(`${auth}/.well-known/openid-configuration`)),
    keys: same(ports.auth, at(`${auth}/oauth/jwks`)),
    login: same(ports.auth, at(`${auth}/login`)),
    authorize: once(ports.auth, (count) => Array.from({ length: count }, () => authorizeRequest(system, JWT_CLIENT, "openid read", nextOf(people))), ({ head }) => /[?&]code=/.test(head)),
    run: same(ports.app, request("POST", `${system.app}/m2m/run`, { "content-type": "application/json" }, "{}")),
  };
}

