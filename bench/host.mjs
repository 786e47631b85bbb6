// Serves one of the systems in workerd, in a process of its own. The options are the first line of standard input:
//   {"ours":{"state":…,"ports":…,"vars":…},"inspect":true} for our three workers, as `xtask/host.mjs` has them, with
//   "alone":"api" one of them, or
//   {"worker":{…}} for one worker, as Miniflare has it, with `script` the path of its bundle.
// On standard output: {"event":"ready","spawned":…,"inspector":"http://…"}, once; `spawned` is when workerd was, in
// milliseconds of the epoch. The end of standard input ends it.

import childProcess from "node:child_process";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { Miniflare, NoOpLog, convertV4MiniflareOptions } from "../xtask/host/platform.mjs";
import { storageFolder } from "../xtask/host/storage.mjs";
import { servingWorkers } from "../xtask/host/workers.mjs";

let miniflare;

/** The local imitation of a rate limit costs more than most of what is measured; deployed, it is the platform's. */
const ours = (options) => servingWorkers(options).map((worker) => ({ ...worker, ratelimits: {} }));

/** One of ours, with empty workers in place of the others that it calls. */
function alone(key, options) {
  const workers = ours({ ...options, broken: ["api.REPLAY"] });
  const wanted = workers.find(({ name }) => name.endsWith(`-${key}`));
  const empty = { modules: [{ type: "ESModule", path: "empty.mjs", contents: "export default { fetch() { return new Response(null); } };" }] };
  const others = workers.filter((worker) => worker !== wanted).map(({ name, compatibilityDate }) => ({ name, compatibilityDate, ...empty }));
  return [wanted, ...others];
}

let spawned;
const { spawn } = childProcess;
childProcess.spawn = (command, ...rest) => {
  if (String(command).includes("workerd")) spawned = performance.timeOrigin + performance.now();
  return spawn(command, ...rest);
};

function one({ script, ...worker }) {
  return [{ modules: [{ type: "ESModule", path: "worker.mjs", contents: readFileSync(script, "utf8") }], ...worker }];
}

function workersOf({ ours: own, alone: key, worker }) {
  if (!own) return one(worker);
  return key ? alone(key, own) : ours(own);
}

async function start(line) {
  const options = JSON.parse(line);
  const state = options.ours?.state ?? options.state;
  miniflare = new Miniflare(
    convertV4MiniflareOptions({
      cf: false,
      port: 0,
      log: new NoOpLog(),
      handleStructuredLogs: ({ message }) => options.logs && process.stderr.write(`${message}\n`),
      ...(state ? { resourcePersistencePath: storageFolder(state) } : {}),
      ...(options.inspect ? { inspectorPort: 0 } : {}),
      workers: workersOf(options),
    }),
  );
  await miniflare.ready;
  const inspector = options.inspect ? String(await miniflare.getInspectorURL()) : undefined;
  process.stdout.write(`${JSON.stringify({ event: "ready", spawned, inspector })}\n`);
}

async function stop() {
  await miniflare?.dispose().catch(() => {});
  process.exit(0);
}

const lines = createInterface({ input: process.stdin });
lines.once("line", (line) =>
  start(line).catch((error) => {
    process.stderr.write(`${error.stack}\n`);
    process.exit(1);
  }),
);
lines.on("close", stop);
process.on("SIGINT", stop);
process.on("SIGTERM", stop);
