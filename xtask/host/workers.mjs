// The three workers as Miniflare's options: bindings from each wrangler.toml, code from each build folder.

import { existsSync, readFileSync, readdirSync } from "node:fs";
import { networkInterfaces } from "node:os";
import { basename, dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseEnv } from "node:util";
import { unstable_getMiniflareWorkerOptions, unstable_readConfig } from "wrangler";

// Standard output is a protocol: wrangler's warnings must not get into it.
process.env.WRANGLER_LOG ??= "error";

export const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), "../..");

const CONFIGS = {
  app: "wrangler.toml",
  auth: "auth-worker/wrangler.toml",
  api: "api-worker/wrangler.toml",
};

/** The variables that follow from the ports: issuer, audience, and which origin may call which from a browser. */
function originVars(ports) {
  const app = `http://localhost:${ports.app}`;
  const auth = `http://localhost:${ports.auth}`;
  const api = `http://localhost:${ports.api}`;
  return {
    app: { ISSUER: auth, API_ORIGIN: api, APP_ORIGIN: app },
    auth: { ISSUER: auth, RESOURCES: `${api}, ${api}/mcp` },
    api: { ISSUER: auth, RESOURCE: api, ALLOWED_ORIGINS: app },
  };
}

/** The names of the three workers, as wrangler.toml gives them. */
export function workerNames() {
  return Object.fromEntries(Object.entries(CONFIGS).map(([key, path]) => [key, readConfig(path).name]));
}

/** The authorization server's name and its schedule. */
export function authorizationServer() {
  const { name, triggers } = readConfig(CONFIGS.auth);
  return { name, crons: triggers.crons ?? [] };
}

function readConfig(path) {
  return unstable_readConfig({ config: join(ROOT, path) }, { hideWarnings: true });
}

/**
 * Miniflare's options for all three, each on its own port.
 * A state folder may hold secrets of its own; `broken` lists bindings that are missing, as "auth.DB"; `entries` names
 * a module that runs in front of a worker's own entry; `rates` are limits in place of those in wrangler.toml, by
 * binding, and `"*"` is for all others.
 */
export function servingWorkers({ state, ports, vars = {}, broken = [], entries = {}, rates = {} }) {
  const fromPorts = originVars(ports);
  return Object.entries(CONFIGS).map(([key, path]) => {
    const { name, workerOptions, main } = described(path);
    const secrets = ownSecrets(join(state, key, ".dev.vars"));
    const worker = {
      ...workerOptions,
      name,
      ...code(main, entries[key]),
      bindings: { ...workerOptions.bindings, ...fromPorts[key], ...secrets, ...vars[key] },
      unsafeDirectSockets: sockets(ports[key]),
      ratelimits: limited(workerOptions.ratelimits, rates),
    };
    const missing = broken.filter((binding) => binding.startsWith(`${key}.`)).map((binding) => binding.slice(key.length + 1));
    return without(worker, missing);
  });
}

/**
 * Miniflare's options for one more worker, whose wrangler.toml is at `path`: nothing binds it to the three.
 * `entry` names a module that runs in front of its own.
 */
export function oneMoreWorker(path, { port, vars = {}, entry }) {
  const { name, workerOptions, main } = described(path);
  const bindings = { ...workerOptions.bindings, ...vars };
  return { ...workerOptions, name, ...code(main, entry), bindings, unsafeDirectSockets: sockets(port) };
}

/** `localhost` is both addresses, and programs differ in which they try: some never try the second. */
function sockets(port) {
  const hosts = Object.values(networkInterfaces()).flat().map(({ address }) => address);
  return ["127.0.0.1", "::1"].filter((host, place) => place === 0 || hosts.includes(host)).map((host) => ({ host, port }));
}

function ownSecrets(path) {
  return existsSync(path) ? parseEnv(readFileSync(path, "utf8")) : {};
}

function limited(ratelimits = {}, rates) {
  const own = ([name, { simple, ...rest }]) => [name, { ...rest, simple: { ...simple, limit: rates[name] ?? rates["*"] ?? simple.limit } }];
  return Object.fromEntries(Object.entries(ratelimits).map(own));
}

const STORES = ["d1Databases", "kvNamespaces", "durableObjects", "serviceBindings", "bindings", "ratelimits"];

function without(worker, missing) {
  for (const kind of STORES) {
    worker[kind] = Object.fromEntries(Object.entries(worker[kind] ?? {}).filter(([name]) => !missing.includes(name)));
  }
  return worker;
}

/** Only the databases, under empty workers: enough to migrate and to fill them. */
export function storingWorkers() {
  return [CONFIGS.auth, CONFIGS.api].map((path) => {
    const { name, workerOptions } = described(path);
    const { rootPath, compatibilityDate, d1Databases, kvNamespaces } = workerOptions;
    const contents = "export default { fetch() { return new Response(null, { status: 404 }); } };";
    const modules = [{ type: "ESModule", path: join(rootPath, "empty.js"), contents }];
    return { name, rootPath, modulesRoot: rootPath, compatibilityDate, d1Databases, kvNamespaces, modules };
  });
}

function described(path) {
  const config = readConfig(path);
  const { workerOptions, main } = unstable_getMiniflareWorkerOptions(config);
  const { modulesRules: _, ...options } = workerOptions;
  return { name: config.name, workerOptions: { ...options, rootPath: dirname(join(ROOT, path)) }, main };
}

/** The modules of a built worker: its entry, and the files that worker-build made. The first one answers requests. */
function code(main, entry) {
  if (!existsSync(main)) {
    throw new Error(`${relative(ROOT, main)} is missing: run \`cargo xtask build\` first`);
  }
  const folder = dirname(main);
  const build = folder.endsWith("build") ? folder : join(folder, "build");
  const modulesRoot = dirname(build);
  const scripts = [main, ...filesIn(modulesRoot, ".mjs"), ...filesIn(build, ".js")];
  const modules = [...new Set(scripts)].map((path) => ({ type: "ESModule", path, contents: readFileSync(path) }));
  for (const path of filesIn(build, ".wasm")) {
    modules.push({ type: "CompiledWasm", path, contents: readFileSync(path) });
  }
  if (entry) {
    modules.unshift({ type: "ESModule", path: join(modulesRoot, basename(entry)), contents: readFileSync(join(ROOT, entry)) });
  }
  return { modules, modulesRoot };
}

function filesIn(folder, ending) {
  return readdirSync(folder)
    .filter((name) => name.endsWith(ending))
    .map((name) => join(folder, name));
}
