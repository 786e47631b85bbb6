// Migrations and demo data in the local databases, recorded as `wrangler d1 migrations apply` records them.

import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { Miniflare, NoOpLog, convertV4MiniflareOptions, splitSqlQuery } from "./platform.mjs";
import { ROOT, storingWorkers, workerNames } from "./workers.mjs";

const MIGRATIONS_TABLE = `CREATE TABLE IF NOT EXISTS d1_migrations(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT UNIQUE,
  applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL
);`;

/** The folder in which Miniflare stores what wrangler finds under `--persist-to STATE`. */
export function storageFolder(state) {
  return join(resolve(state), "v3");
}

/**
 * Brings both databases of a state folder up to date.
 * `rows` is `{ auth: [statement, …], api: [statement, …] }`, each statement an SQL text. Returns how many rows they changed.
 */
export async function fillStorage(state, rows) {
  const names = workerNames();
  const miniflare = storage(state);
  let changes = 0;
  try {
    for (const key of ["auth", "api"]) {
      const database = await miniflare.getD1Database("DB", names[key]);
      await migrate(database, join(ROOT, `${key}-worker`, "migrations"));
      changes += await runAll(database, rows[key] ?? []);
    }
    await forgetClients(await miniflare.getKVNamespace("KV", names.auth));
  } finally {
    await miniflare.dispose();
  }
  return changes;
}

/** The rows that a query finds in the authorization server's database. */
export async function readStorage(state, query) {
  const miniflare = storage(state);
  try {
    const database = await miniflare.getD1Database("DB", workerNames().auth);
    return (await database.prepare(query).all()).results;
  } finally {
    await miniflare.dispose();
  }
}

function storage(state) {
  const resourcePersistencePath = storageFolder(state);
  return new Miniflare(convertV4MiniflareOptions({ cf: false, port: 0, log: new NoOpLog(), resourcePersistencePath, workers: storingWorkers() }));
}

async function migrate(database, folder) {
  await database.prepare(MIGRATIONS_TABLE).run();
  const { results } = await database.prepare("SELECT name FROM d1_migrations").all();
  const applied = new Set(results.map((row) => row.name));
  const names = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith(".sql")).sort() : [];
  for (const name of names.filter((name) => !applied.has(name))) {
    const statements = splitSqlQuery(readFileSync(join(folder, name), "utf8"));
    const record = database.prepare("INSERT INTO d1_migrations (name) VALUES (?)").bind(name);
    await database.batch([...statements.map((sql) => database.prepare(sql)), record]);
  }
}

async function runAll(database, statements) {
  if (statements.length === 0) return 0;
  const results = await database.batch(statements.map((sql) => database.prepare(sql)));
  return results.reduce((sum, { meta }) => sum + meta.changes, 0);
}

/** Copies of the clients as they were before would be served for up to a minute. */
async function forgetClients(store) {
  const { keys } = await store.list({ prefix: "client:" });
  await Promise.all(keys.map(({ name }) => store.delete(name)));
}
