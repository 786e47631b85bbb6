// Starts the three built workers for a test file, each file with ports, state and logs of its own.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import crypto from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import readline from 'node:readline';
import { fileURLToPath } from 'node:url';
import { closeConnections, get, postJson, witnessed } from './http.mjs';

export const repository = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const scratch = path.join(repository, 'target', 'tests');
const FIRST_PORT = 18787;
/** For all checkouts on this machine, which share its ports. */
const SLOTS = path.join(os.tmpdir(), 'ostiary-test-slots');

/** Takes a place among the test processes that run now: its number decides the ports. */
function takeSlot() {
  fs.mkdirSync(SLOTS, { recursive: true });
  for (let slot = 0; slot < 64; slot += 1) {
    const file = path.join(SLOTS, `slot-${slot}`);
    try {
      fs.writeFileSync(file, String(process.pid), { flag: 'wx' });
    } catch {
      if (isAlive(Number(fs.readFileSync(file, 'utf8')))) continue;
      fs.writeFileSync(file, String(process.pid));
    }
    process.on('exit', () => fs.rmSync(file, { force: true }));
    return slot;
  }
  throw new Error('64 test processes run already');
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return pid !== process.pid;
  } catch {
    return false;
  }
}

/** What the demo data is made from: when none of it changed, seeded state is used again. */
function seedFingerprint(ports) {
  const hash = crypto.createHash('sha256').update(JSON.stringify(ports));
  const folders = ['xtask', 'crates/oauth-core/src', 'auth-worker/migrations', 'api-worker/migrations'];
  for (const folder of folders.filter((name) => fs.existsSync(path.join(repository, name)))) {
    for (const entry of fs.readdirSync(path.join(repository, folder), { recursive: true }).sort()) {
      const file = path.join(repository, folder, entry);
      if (fs.statSync(file).isFile()) hash.update(entry).update(fs.readFileSync(file));
    }
  }
  return hash.digest('hex').slice(0, 16);
}

/** Runs one of the project's commands: `{ status, stdout, stderr }`. */
export function xtask(...words) {
  const [program, ...first] = process.env.OSTIARY_XTASK ? [process.env.OSTIARY_XTASK] : ['cargo', 'xtask'];
  return spawnSync(program, [...first, ...words], { cwd: repository, encoding: 'utf8' });
}

/** Migrates a state folder and writes the demo data for these ports into it. */
export function seed(directory, ports) {
  const options = Object.entries(ports).flatMap(([part, port]) => [`--${part}-port`, String(port)]);
  const done = xtask('seed', '--state', directory, ...options);
  if (done.status !== 0) throw new Error(`seeding failed (${done.status ?? done.error}):\n${done.stdout}\n${done.stderr}`);
}

/** A fresh copy of the seeded state for these ports. */
function freshState(ports) {
  const name = `seed-${ports.app}-`;
  const kept = path.join(scratch, name + seedFingerprint(ports));
  if (!fs.existsSync(kept)) {
    fs.mkdirSync(scratch, { recursive: true });
    const former = fs.readdirSync(scratch).filter((entry) => entry.startsWith(name));
    for (const entry of former) fs.rmSync(path.join(scratch, entry), { recursive: true, force: true });
    const making = `${kept}.making`;
    seed(making, ports);
    fs.renameSync(making, kept);
  }
  const state = fs.mkdtempSync(path.join(os.tmpdir(), 'ostiary-test-'));
  fs.cpSync(kept, state, { recursive: true });
  return state;
}

let slot;

/** The running system. Origins are `app`, `auth` and `api`; `log` holds every line the workers wrote. */
export class System {
  log = [];
  constructor(options) {
    this.options = options;
    slot ??= takeSlot();
    const first = FIRST_PORT + 10 * slot;
    this.ports = { app: first, auth: first + 1, api: first + 2 };
    for (const [part, port] of Object.entries(this.ports)) this[part] = `http://localhost:${port}`;
    this.state = freshState(this.ports);
  }

  /** Variables that a worker got from its seeded `.dev.vars`. */
  secrets(worker) {
    const file = path.join(this.state, worker, '.dev.vars');
    if (!fs.existsSync(file)) return {};
    const lines = fs.readFileSync(file, 'utf8').split('\n');
    return Object.fromEntries(
      lines.filter((line) => /^\w+\s*=/.test(line)).map((line) => {
        const [, name, value] = /^(\w+)\s*=\s*(.*)$/.exec(line);
        return [name, value.replace(/^(['"])(.*)\1$/, '$2')];
      }),
    );
  }

  /**
   * `vars` take the place of the test's own for the workers they name; `broken` are bindings that are missing, as
   * "app.RUN_HISTORY"; `rates` are rate limits by binding, which no test meets unless it sets them.
   */
  async start({ vars = {}, broken = [], rates = {} } = {}) {
    const host = spawn(process.execPath, ['xtask/host.mjs'], { cwd: repository, stdio: ['pipe', 'pipe', 'pipe'] });
    this.host = host;
    this.ended = new Promise((resolve) => host.once('exit', resolve));
    const keep = (line) => this.log.push(line);
    readline.createInterface({ input: host.stderr }).on('line', keep);
    const entries = this.options.faulty ? { auth: 'tests/support/faulty_entry.mjs' } : {};
    const options = { state: this.state, ports: this.ports, vars: this.#vars({ ...this.#chosen, ...vars }), entries, broken, edge: this.options.edge, rates: { '*': 1_000_000, ...rates } };
    this.said = readline.createInterface({ input: host.stdout }).on('line', keep);
    await this.#command(options, 'ready');
    return this;
  }

  /** Sends the host a command and waits for the expected reply. */
  #command(line, expected) {
    const fail = (what) => new Error(`the host ${what}\n${this.log.slice(-40).join('\n')}`);
    const answered = new Promise((resolve, reject) => {
      const hear = (text) => {
        const { event, reason } = JSON.parse(text);
        if (event === expected) resolve();
        else if (event === 'failed') reject(fail(`failed: ${reason}`));
        else return;
        this.said.off('line', hear);
      };
      this.said.on('line', hear);
      this.ended.then((code) => reject(fail(`ended with ${code}:`)));
    });
    this.host.stdin.write(`${JSON.stringify(line)}\n`);
    return answered;
  }

  /** Takes a Durable Object of the authorization server out of memory; what it has stored stays. */
  evict(className, name) {
    return this.#command({ command: 'evict', class: className, name }, 'evicted');
  }

  /** Runs what the authorization server does by its schedule, and waits until that is done. */
  schedule() {
    return this.#command({ command: 'schedule' }, 'scheduled');
  }

  /** Sets the faults of the stores (see faulty_entry.mjs); answers how often each of the former ones came about. */
  async faults(...faults) {
    assert.ok(this.options.faulty, 'only a faulty system has faults');
    return (await postJson(`${this.auth}/__faults`, faults)).json.hits;
  }

  /** How many objects behind a binding came into memory since the start of a faulty system. */
  async made(binding) {
    return (await get(`${this.auth}/__faults`)).json.made[binding] ?? 0;
  }

  /** The test's own variables; a function when they depend on where the system is. */
  get #chosen() {
    const { vars } = this.options;
    return typeof vars === 'function' ? vars(this) : vars;
  }

  #vars(extra) {
    const { app, auth, api } = this;
    const own = {
      auth: { ISSUER: auth, RESOURCES: `${api}, ${api}/mcp`, APP_ORIGIN: app },
      api: { ISSUER: auth, RESOURCE: api, ALLOWED_ORIGINS: app },
      app: { ISSUER: auth, API_ORIGIN: api, APP_ORIGIN: app, CLIENT_ID: 'web-ui' },
    };
    return Object.fromEntries(
      Object.entries(own).map(([worker, vars]) => [worker, { ...vars, ...this.secrets(worker), ...extra[worker] }]),
    );
  }

  async checkHealth() {
    for (const url of [`${this.app}/config.json`, `${this.auth}/health`, `${this.api}/health`]) {
      const answer = await get(url);
      assert.equal(answer.status, 200, `${url}: ${answer.text}\n${this.log.slice(-20).join('\n')}`);
    }
  }

  /** Stops the workers; the state stays. */
  async halt() {
    if (!this.host) return;
    this.host.stdin.end('{"command":"stop"}\n');
    await this.ended;
    this.host = undefined;
    closeConnections();
  }

  /** Stops and starts again on the same state. */
  async restart(options) {
    await this.halt();
    return this.start(options);
  }

  /** Runs SQL on the D1 database that has `table`, of a halted system: an administrator's change from outside. */
  sql(table, statement) {
    assert.equal(this.host, undefined, 'halt the system first');
    const { DatabaseSync } = process.getBuiltinModule('node:sqlite');
    const folder = path.join(this.state, 'v3', 'd1', 'miniflare-D1DatabaseObject');
    const files = fs.readdirSync(folder).filter((name) => name.endsWith('.sqlite') && name !== 'metadata.sqlite');
    for (const file of files) {
      const database = new DatabaseSync(path.join(folder, file));
      try {
        if (database.prepare("SELECT 1 FROM sqlite_master WHERE name = ?").get(table)) return database.prepare(statement).all();
      } finally {
        database.close();
      }
    }
    throw new Error(`no database has a table ${table}`);
  }

  /** Empties KV of a halted system: it holds copies only, and nothing may depend on them. */
  forgetCaches() {
    assert.equal(this.host, undefined, 'halt the system first');
    fs.rmSync(path.join(this.state, 'v3', 'kv'), { recursive: true, force: true });
  }

  /** Lets the copies in KV of a halted system that mention `about` grow older. */
  ageCopies(about, seconds) {
    assert.equal(this.host, undefined, 'halt the system first');
    const folder = path.join(this.state, 'v3', 'kv');
    const files = fs.readdirSync(folder, { recursive: true }).map((name) => path.join(folder, name));
    let aged = 0;
    for (const file of files.filter((name) => fs.statSync(name).isFile())) {
      const text = fs.readFileSync(file, 'latin1');
      if (!text.startsWith('{') || !text.includes(about)) continue;
      fs.writeFileSync(file, text.replace(/"(fetched_at|fresh_until)":(\d{10})/g, (_, name, at) => `"${name}":${at - seconds}`), 'latin1');
      aged += 1;
    }
    return aged;
  }

  /** The keys in KV of a halted system that begin with `prefix`, each with the second when it goes by itself. */
  copies(prefix) {
    assert.equal(this.host, undefined, 'halt the system first');
    const { DatabaseSync } = process.getBuiltinModule('node:sqlite');
    const folder = path.join(this.state, 'v3', 'kv');
    const files = fs.readdirSync(folder, { recursive: true }).filter((name) => name.endsWith('.sqlite') && !name.endsWith('metadata.sqlite'));
    return files.flatMap((file) => {
      const database = new DatabaseSync(path.join(folder, file));
      try {
        const rows = database.prepare('SELECT key, expiration FROM _mf_entries').all();
        return rows.filter(({ key }) => key.startsWith(prefix)).map(({ key, expiration }) => [key, Number(expiration) / 1000]);
      } finally {
        database.close();
      }
    });
  }

  /** The log lines and stored files that hold a secret used so far. */
  leaks() {
    const found = [];
    const files = fs.readdirSync(this.state, { recursive: true }).map((name) => path.join(this.state, name));
    const contents = files
      .filter((file) => path.basename(file) !== '.dev.vars' && fs.statSync(file).isFile())
      .map((file) => [path.relative(this.state, file), fs.readFileSync(file)]);
    const log = Buffer.from(this.log.join('\n'));
    for (const [secret, what] of witnessed) {
      const bytes = Buffer.from(secret);
      if (log.includes(bytes)) found.push(`${what} in the log: ${this.log.find((line) => line.includes(secret))}`);
      for (const [file, content] of contents) if (content.includes(bytes)) found.push(`${what} in ${file}`);
    }
    return found;
  }

  /** Removes the state. */
  forget() {
    fs.rmSync(this.state, { recursive: true, force: true });
  }

  /** Ends the system, and shows that nothing secret stayed behind in a log or a store. */
  async stop() {
    await this.halt();
    const leaks = this.leaks();
    if (process.env.OSTIARY_TEST_LOG) fs.appendFileSync(process.env.OSTIARY_TEST_LOG, `${this.log.join('\n')}\n`);
    this.forget();
    assert.deepEqual(leaks, [], 'no log line and no store holds a secret');
  }
}

/** Starts a system that is well in all its parts. */
export async function startSystem(options = {}) {
  const system = new System(options);
  try {
    await system.start();
    await system.checkHealth();
  } catch (error) {
    // Printed here too: test runners say little about what fails before the first test.
    console.error(error);
    await system.halt();
    system.forget();
    throw error;
  }
  return system;
}

/** The same, where one client gets opaque access tokens and the others go on with JWTs. */
export async function startSystemWithOpaque(clientId) {
  const system = await startSystem();
  await system.halt();
  system.sql('clients', `UPDATE clients SET record = json_set(record, '$.access_token_format', 'opaque') WHERE client_id = '${clientId}'`);
  system.forgetCaches();
  await system.start();
  return system;
}

/** Adds a client to a halted system, as an operator could: the record of another one with changes. */
export function addClient(system, another, changes) {
  const patch = JSON.stringify(changes).replaceAll("'", "''");
  system.sql('clients', `INSERT INTO clients (client_id, record, disabled, created_at) SELECT '${changes.client_id}', json_patch(record, '${patch}'), 0, created_at FROM clients WHERE client_id = '${another}'`);
}
