// The authorization server's worker with stores that fail when a test says so. Only the test host puts this module in
// front of `auth-worker/build/index.js`; a deployed worker has nothing of it.
//
// `POST /__faults` with a list sets the faults and answers how often each of the former list came about, and how many
// objects of each class were made so far; `GET` only asks. A fault is `{ binding, kind, method?, key?, about?, times?, seconds? }`:
//   binding   KV, DB, or an object's binding; with method `storage` what an object of that class writes to its disk,
//             with `life` the object itself, which is killed; WORKER is the worker itself, for whoever calls it
//   key       how the KV key, the object's name, the SQL or the path of the request begins
//   about     a text within what is sent: the SQL or the object's command
//   times     how often, else always
//   kind      throws   the call fails before it reaches the store
//             lost     the store has done it, and the answer is an error; a KV put is acknowledged and not done
//             torn     the object is killed after its step, whether or not its write has reached the disk
//             hangs    never an answer
//             busy     KV's 429
//             absent   KV knows no such key
//             stale    KV answers what stood there before the last write, for `seconds` (60) after it
//             errors   the worker answers 500, whatever it is asked
//             counts   nothing fails
import { DurableObject } from 'cloudflare:workers';
import worker, * as real from './build/index.js';

export * from './build/index.js';

let faults = [];
/** What strikes inside an object must be asked for by name. */
const INSIDE = ['storage', 'life'];
const never = new Promise(() => {});

/** The fault that strikes now, if any; it counts. */
function strikes(binding, method, key = '', sent = '') {
  const fault = faults.find(
    (one) =>
      one.binding === binding &&
      (one.method ?? (INSIDE.includes(method) ? undefined : method)) === method &&
      key.startsWith(one.key ?? '') &&
      sent.includes(one.about ?? '') &&
      one.hits < (one.times ?? Infinity),
  );
  if (fault) fault.hits += 1;
  return fault;
}

const broken = (what) => Object.assign(new Error(`${what}: Network connection lost.`), { retryable: true, remote: true });

/** `done` as the fault lets it be seen. */
async function suffer(fault, what, done) {
  if (!fault || fault.kind === 'counts') return done();
  if (fault.kind === 'hangs') return never;
  if (fault.kind === 'lost') await done();
  throw broken(what);
}

/** `target` with some of its methods replaced; all others are its own. */
function over(target, methods) {
  return new Proxy(target, {
    get(_, name) {
      if (Object.hasOwn(methods, name)) return methods[name];
      const value = target[name];
      return typeof value === 'function' && name !== 'constructor' ? value.bind(target) : value;
    },
  });
}

/** What stood in KV before the last write of each key, and when that was. */
const former = new Map();

function cache(binding, store) {
  const read = (method) => async (key, ...rest) => {
    const fault = strikes(binding, method, key);
    const before = former.get(key);
    if (fault?.kind === 'absent') return null;
    if (fault?.kind !== 'stale') return suffer(fault, 'KV GET failed', () => store[method](key, ...rest));
    const isStale = before && Date.now() - before.at < (fault.seconds ?? 60) * 1000;
    return isStale ? before.value : store[method](key, ...rest);
  };
  return over(store, {
    get: read('get'),
    async put(key, value, ...rest) {
      const fault = strikes(binding, 'put', key);
      if (fault?.kind === 'lost') return undefined;
      if (fault?.kind === 'busy') throw new Error('KV PUT failed: 429 Too Many Requests');
      return suffer(fault, 'KV PUT failed', async () => {
        former.set(key, { value: await store.get(key), at: Date.now() });
        return store.put(key, value, ...rest);
      });
    },
    delete(key) {
      return suffer(strikes(binding, 'delete', key), 'KV DELETE failed', () => store.delete(key));
    },
  });
}

const RUNNING = ['first', 'all', 'run', 'raw'];
/** The statements behind the proxies: a batch takes only real ones. */
const statements = new WeakMap();

function statement(binding, sql, real) {
  const runs = RUNNING.map((method) => [
    method,
    (...given) => suffer(strikes(binding, method, sql, sql), 'D1_ERROR', () => real[method](...given)),
  ]);
  const bind = (...values) => statement(binding, sql, real.bind(...values));
  const proxy = over(real, { bind, ...Object.fromEntries(runs) });
  statements.set(proxy, { real, sql });
  return proxy;
}

function database(binding, store) {
  return over(store, {
    prepare: (sql) => statement(binding, sql, store.prepare(sql)),
    batch(given) {
      const all = given.map((one) => statements.get(one) ?? { real: one, sql: '' });
      const sql = all.map((one) => one.sql).join(';');
      return suffer(strikes(binding, 'batch', sql, sql), 'D1_ERROR', () => store.batch(all.map((one) => one.real)));
    },
  });
}

function namespace(binding, objects) {
  const remote = (stub, name) =>
    over(stub, { call: (command) => suffer(strikes(binding, 'call', name, command), binding, () => stub.call(command)) });
  const names = new Map();
  return over(objects, {
    getByName: (name, ...rest) => remote(objects.getByName(name, ...rest), name),
    idFromName(name) {
      const id = objects.idFromName(name);
      names.set(String(id), name);
      return id;
    },
    get: (id, ...rest) => remote(objects.get(id, ...rest), id.name ?? names.get(String(id)) ?? ''),
  });
}

const KINDS = { KvNamespace: cache, D1Database: database, DurableObjectNamespace: namespace };

/** The bindings, each behind its faults. */
function faulty(env) {
  const wrapped = Object.entries(env).map(([name, binding]) => {
    const wrap = KINDS[binding?.constructor?.name];
    return [name, wrap ? wrap(name, binding) : binding];
  });
  return Object.fromEntries(wrapped);
}

/** Which object a storage interface belongs to. */
const owners = new WeakMap();
const patched = new WeakSet();

/** Lets writes of a storage interface fail. The platform's object itself takes no proxy, so its prototype does. */
function failing(storage, method, isWrite) {
  const prototype = Object.getPrototypeOf(storage);
  if (patched.has(prototype)) return;
  patched.add(prototype);
  const own = prototype[method];
  prototype[method] = function (...given) {
    const owner = owners.get(this);
    const fault = owner && isWrite(given) && strikes(owner.binding, 'storage', owner.name, String(given[0]));
    if (fault && fault.kind !== 'counts') throw broken('the disk');
    return own.apply(this, given);
  };
}

const isWriteSql = ([sql]) => /^\s*(INSERT|UPDATE|DELETE|REPLACE)/i.test(sql);

/** How many objects of each class came into memory. */
const made = {};

const hosted = (binding, Class) =>
  class extends Class {
    #owner;
    constructor(ctx, env) {
      const owner = { binding, name: ctx.id.name ?? '' };
      made[binding] = (made[binding] ?? 0) + 1;
      owners.set(ctx.storage.kv, owner);
      owners.set(ctx.storage.sql, owner);
      failing(ctx.storage.kv, 'put', () => true);
      failing(ctx.storage.sql, 'exec', isWriteSql);
      super(ctx, faulty(env));
      this.#owner = owner;
    }

    call(command) {
      const fault = strikes(binding, 'life', this.#owner.name, command);
      return fault ? this.#die(fault, command) : super.call(command);
    }

    async #die({ kind }, command) {
      if (kind !== 'throws') await super.call(command);
      if (kind === 'lost') await this.ctx.storage.sync();
      this.ctx.abort('killed by a test');
    }
  };

/** `Grant` is bound as `GRANT`, `SignInCode` as `SIGN_IN_CODE`. */
const bindingOf = (name) => name.replace(/(?<=[a-z])(?=[A-Z])/g, '_').toUpperCase();

// A module cannot compute the names that it exports, so the classes stay themselves and inherit from what fails.
for (const [name, Class] of Object.entries(real)) {
  if (!(Class.prototype instanceof DurableObject)) continue;
  const faultyClass = hosted(bindingOf(name), Object.getPrototypeOf(Class));
  Object.setPrototypeOf(Class, faultyClass);
  Object.setPrototypeOf(Class.prototype, faultyClass.prototype);
}

/** The platform ends a request that waits for nothing, so one that hangs waits for a timer. */
const forLong = () => new Promise((resolve) => setTimeout(resolve, 60_000));

export default {
  async fetch(request, env, context) {
    const { pathname } = new URL(request.url);
    if (pathname === '/__faults') return steered(request);
    const fault = strikes('WORKER', 'fetch', pathname);
    if (fault?.kind === 'hangs') await forLong();
    if (fault?.kind === 'errors') return new Response('an error', { status: 500 });
    return suffer(fault, 'the worker', () => worker.fetch(request, faulty(env), context));
  },

  scheduled: (event, env, context) => worker.scheduled(event, faulty(env), context),
};

async function steered(request) {
  const hits = faults.map((fault) => fault.hits);
  if (request.method === 'POST') faults = (await request.json()).map((fault) => ({ ...fault, hits: 0 }));
  return Response.json({ hits, made });
}
