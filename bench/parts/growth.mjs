// What a request costs as more is stored: 1, 100 and 5,000 grants of one user; 10 and 10,000 clients. One connection, in slices
// that alternate between the sizes.

import { randomBytes } from "node:crypto";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import v8 from "node:v8";
import { CLIENTS, authorizeUrl } from "../../tests/support/flow.mjs";
import { random } from "../../tests/support/jwt.mjs";
import { request } from "../load/connection.mjs";
import { measure } from "../load/interleaved.mjs";
import { GROWTH } from "../report/kinds.mjs";
import { JWT_CLIENT, LONG_LIVED, REDIRECT, authorizeRequest, grants, introspectRequest, refreshRequest, signedIn, startOurs } from "../systems/ours.mjs";
import { chain, inTurn, once, same } from "../systems/rows.mjs";

/** Names as long as the client's whose records are copied. A client has at most a hundred grants of one user. */
const copyName = (place) => `c-${String(place).padStart(5, "0")}`;
const A_CLIENT_HAS = 100;
/** Clients that have none of the copied grants: what is measured must not end any. */
const UNUSED = [100, 101, 102, 103].map(copyName);
for (const id of UNUSED) CLIENTS[id] = { redirect: () => REDIRECT };

/** Copies of a client's record under other names. */
function copyClients(database, count) {
  const copy = database.prepare("INSERT INTO clients SELECT ?1, json_set(record, '$.client_id', ?1), 0, created_at FROM clients WHERE client_id = ?2");
  database.exec("BEGIN");
  for (let place = 0; place < count; place += 1) copy.run(copyName(place), JWT_CLIENT);
  database.exec("COMMIT");
}

/** Copies the one grant in a user's index until there are `count`; workerd stores values as V8 serialises them. */
function copyGrants(state, count) {
  const folder = join(state, "v3", "do", "ostiary-auth-Person");
  for (const file of readdirSync(folder).filter((name) => /^[0-9a-f]+\.sqlite$/.test(name))) {
    const database = new DatabaseSync(join(folder, file));
    try {
      const [row] = database.prepare("SELECT key, value FROM _cf_KV WHERE key LIKE 'grant/%'").all();
      if (!row) continue;
      const grant = row.key.split(" ").at(-1);
      const value = v8.deserialize(row.value);
      const insert = database.prepare("INSERT INTO _cf_KV (key, value) VALUES (?, ?)");
      database.exec("BEGIN");
      for (let made = 1; made < count; made += 1) {
        const other = randomBytes(16).toString("base64url");
        const client = copyName(Math.floor(made / A_CLIENT_HAS));
        insert.run(row.key.replace(grant, other), v8.serialize(value.replaceAll(grant, other).replaceAll(JWT_CLIENT, client)));
      }
      database.exec("COMMIT");
      return;
    } finally {
      database.close();
    }
  }
  throw new Error("no user has a grant");
}

const clientRequest = (system, clientId) =>
  request("GET", authorizeUrl(system, { response_type: "code", client_id: clientId, redirect_uri: REDIRECT, scope: "openid", state: "a-state-of-the-benchmark", code_challenge: random(32), code_challenge_method: "S256" }));

const isPage = (answer) => answer.status === 200 || answer.status === 303;

/** A system in which ada has so many grants. */
async function withGrants(count) {
  const running = await startOurs({ crowd: 0, vars: { auth: LONG_LIVED }, opened: (database) => copyClients(database, 110) });
  const first = await signedIn(running.system, "ada", [JWT_CLIENT]);
  await running.halt();
  copyGrants(running.system.state, count);
  const again = await running.begin();
  const { system } = running;
  const ada = [first];
  let turn = 0;
  const authorizing = () => authorizeRequest(system, UNUSED[(turn += 1) % UNUSED.length], "read", other);
  // Another browser of hers, after the copies were made of her one grant.
  const other = await signedIn(system, "ada", UNUSED);
  const tokens = (await grants(system, JWT_CLIENT, "read", ada, 5)).map(({ access_token: token }) => token);
  const rows = {
    introspect_jwt: inTurn(system.ports.auth, tokens.map((token) => introspectRequest(system, token))),
    refresh: chain(system.ports.auth, {
      begin: async () => (await grants(system, JWT_CLIENT, "read offline_access", ada, 8)).map(({ refresh_token: token }) => token),
      ask: (token) => refreshRequest(system, JWT_CLIENT, token),
      follow: (answer) => answer.json.refresh_token,
    }),
    authorize: once(system.ports.auth, () => Array.from({ length: 15 }, authorizing), ({ head }) => /[?&]code=/.test(head)),
    account: same(system.ports.auth, request("GET", `${system.auth}/account`, { cookie: first })),
  };
  return { ...running, ...again, rows };
}

/** A system that knows so many clients. */
async function withClients(count) {
  const running = await startOurs({ crowd: 0, vars: { auth: LONG_LIVED }, opened: (database) => copyClients(database, count) });
  const { system } = running;
  let at = 0;
  const rows = {
    known: same(system.ports.auth, clientRequest(system, JWT_CLIENT), isPage),
    others: { ...same(system.ports.auth, undefined, isPage), next: () => clientRequest(system, copyName((at += 1) % count)) },
  };
  return { ...running, rows };
}

const SIZES = [
  ["1 grant", () => withGrants(1)],
  ["100 grants", () => withGrants(100)],
  ["5,000 grants", () => withGrants(5_000)],
  ["10 clients", () => withClients(10)],
  ["10,000 clients", () => withClients(10_000)],
];

/** Answers what `measure` does; the system of a result is the name of its size. */
export async function measureGrowth({ quick, say }) {
  const systems = [];
  try {
    for (const [key, start] of quick ? SIZES.filter(([name]) => name !== "100 grants") : SIZES) systems.push({ ...(await start()), key });
    const pace = quick ? { rounds: 3, milliseconds: 250, warming: 200 } : { rounds: 8, milliseconds: 500, warming: 500 };
    return await measure({ systems, kinds: GROWTH, connections: [1], ...pace, say });
  } finally {
    await Promise.all(systems.map((system) => system.stop()));
  }
}
