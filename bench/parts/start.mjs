// Cold start: from the moment when workerd is spawned to the first right answer, each time in a new process.

import { setTimeout as sleep } from "node:timers/promises";
import { Connection, request } from "../load/connection.mjs";
import { median } from "../load/statistics.mjs";
import { prepareState } from "../systems/ours.mjs";
import { HOST, freePorts, freshFolder, removeFolder, startProcess } from "../systems/process.mjs";
import { bundle, workerOptions } from "../systems/worker.mjs";

/** What is asked first: something that the code of the worker has to make. */
const OURS = [
  { key: "auth", name: "auth-worker", path: "/.well-known/openid-configuration" },
  { key: "api", name: "api-worker", path: "/.well-known/oauth-protected-resource" },
  { key: "app", name: "app-worker", path: "/config.json" },
];
const PEERS = [
  { script: "empty", name: "an empty worker", path: "/" },
  { script: "hono", name: "Hono with jose", path: "/hello" },
  { script: "workers_oauth_provider", name: "workers-oauth-provider", path: "/.well-known/oauth-authorization-server", options: { kvNamespaces: { OAUTH_KV: "oauth" } } },
  { script: "better_auth", name: "better-auth", path: "/api/auth/.well-known/openid-configuration", before: "/migrate", options: { d1Databases: { DB: "better-auth" }, compatibilityFlags: ["nodejs_compat"] } },
];

/** Milliseconds of the epoch when `path` was answered with 200. */
async function firstAnswer(port, path, patience = 30_000) {
  const bytes = request("GET", `http://localhost:${port}${path}`);
  for (const start = Date.now(); Date.now() - start < patience; await sleep(1)) {
    const connection = await Connection.open(port).catch(() => undefined);
    const answer = await connection?.ask(bytes).catch(() => undefined);
    const at = performance.timeOrigin + performance.now();
    connection?.close();
    if (answer?.status === 200) return at;
    if (answer) throw new Error(`${path} was answered ${answer.status} ${answer.text.slice(0, 200)}`);
  }
  throw new Error(`${path} has no answer`);
}

async function once(options, port, path) {
  const [answered, running] = await Promise.all([firstAnswer(port, path), startProcess(HOST, options, { runtime: "workerd" })]);
  await running.stop();
  return answered - running.said.spawned;
}

async function candidates() {
  const [app, auth, api] = await freePorts(3);
  const ports = { app, auth, api };
  const prepared = prepareState(ports, 0);
  const ours = OURS.map(({ key, name, path }) => ({ name, path, port: ports[key], options: { ours: { state: prepared.state, ports, vars: prepared.vars }, alone: key } }));
  const folder = freshFolder();
  const peers = [];
  for (const { script, name, path, before, options = {} } of PEERS) {
    const [port] = await freePorts(1);
    const bindings = { ORIGIN: `http://localhost:${port}`, ISSUER: `http://localhost:${auth}`, RESOURCE: `http://localhost:${api}` };
    const worker = { ...workerOptions(script, await bundle(script), port), bindings, ...options };
    if (before) await once({ worker, state: folder }, port, before);
    peers.push({ name, path, port, options: { worker, state: folder } });
  }
  return { all: [...peers, ...ours], forget: () => [prepared.state, folder].forEach(removeFolder) };
}

/** Answers `[{ name, milliseconds, over }]`: medians, and what is over the empty worker's. */
export async function measureStart({ quick, say }) {
  const { all, forget } = await candidates();
  const found = new Map(all.map((one) => [one, []]));
  try {
    for (let round = 0; round < (quick ? 3 : 15); round += 1) {
      for (const one of all) found.get(one).push(await once(one.options, one.port, one.path));
    }
  } finally {
    forget();
  }
  const medians = all.map((one) => ({ name: one.name, milliseconds: median(found.get(one)) }));
  const results = medians.map((one) => ({ ...one, over: one.milliseconds - medians[0].milliseconds }));
  say(`cold start: ${results.map(({ name, milliseconds }) => `${name} ${milliseconds.toFixed(0)} ms`).join(", ")}`);
  return results;
}
