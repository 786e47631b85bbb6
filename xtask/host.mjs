// Serves the three built workers in one process, for `cargo xtask dev` and for the tests.
//
// The first line on stdin is the options:
//   {"state":"DIR"|null,"ports":{"app":8790,"auth":8788,"api":8789},"vars":{"auth":{…},"api":{…},"app":{…}}}
// `state` is what wrangler calls --persist-to; null is a fresh folder that is removed at the end. The variables that
// name origins follow from the ports; `vars` adds to them and overrides them; `"broken":["auth.DB"]` leaves bindings out;
// `"entries":{"auth":"FILE"}` puts a module in front of a worker's own; `"rates":{"RATE_PAGES":5,"*":1000}` are rate limits
// in place of those in wrangler.toml; `"edge":true` takes what comes over the sockets for what Cloudflare's edge hands over.
// Later lines are {"command":"reload"} (with the newly built files), {"command":"health"} (answered when every worker's
// /health answers 200), {"command":"evict","class":"Grant","name":"…"} (a
// Durable Object of the authorization server leaves the memory), {"command":"schedule"} (the authorization server's
// scheduled event, once) and {"command":"stop"}; the end of stdin stops too.
// Answers are JSON lines on stdout: {"event":"ready"|"reloaded"|"healthy"|"evicted"|"scheduled"|"failed"|"stopped", …}. Logs of the workers go to stderr.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout } from "node:timers/promises";
import { Miniflare, NoOpLog, convertV4MiniflareOptions, takeSocketsForTheEdge } from "./host/platform.mjs";
import { storageFolder } from "./host/storage.mjs";
import { authorizationServer, servingWorkers, workerNames } from "./host/workers.mjs";

let options;
let temporary;
let miniflare;
let stopping = false;

function say(event, facts = {}) {
  process.stdout.write(`${JSON.stringify({ event, ...facts })}\n`);
}

function platformOptions() {
  return convertV4MiniflareOptions({
    cf: false,
    port: 0,
    log: new NoOpLog(),
    handleStructuredLogs: ({ message }) => process.stderr.write(`${message}\n`),
    resourcePersistencePath: storageFolder(options.state),
    workers: servingWorkers(options),
  });
}

async function start(line) {
  options = JSON.parse(line);
  if (!options.state) {
    temporary = mkdtempSync(join(tmpdir(), "ostiary-state-"));
    options.state = temporary;
  }
  takeSocketsForTheEdge(options.edge === true);
  miniflare = new Miniflare(platformOptions());
  await miniflare.ready;
  say("ready", { ports: options.ports, state: options.state });
}

async function reload() {
  await miniflare.setOptions(platformOptions());
  say("reloaded");
}

async function health() {
  for (const [name, port] of Object.entries(options.ports)) {
    const url = `http://localhost:${port}/health`;
    let found = "nothing";
    for (const start = Date.now(); found !== 200; await setTimeout(100)) {
      found = await fetch(url).then(({ status }) => status, ({ cause, message }) => cause?.message ?? message);
      if (found !== 200 && Date.now() - start > 30_000) throw new Error(`${url} (${name}) answers ${found} after 30 s`);
    }
  }
  say("healthy");
}

async function evict({ class: className, name }) {
  try {
    await miniflare.unsafeEvictDurableObject(workerNames().auth, className, { name });
  } catch (error) {
    // The platform was quicker: it evicts what nothing has called for a while.
    if (!/not currently running/.test(error.message)) throw error;
  }
  say("evicted");
}

async function schedule() {
  const { name, crons } = authorizationServer();
  const worker = await miniflare.getWorker(name);
  for (const cron of crons) {
    const { outcome } = await worker.scheduled({ cron, scheduledTime: new Date() });
    if (outcome !== "ok") throw new Error(`the schedule ${cron} ended with ${outcome}`);
  }
  say("scheduled");
}

async function stop(code = 0) {
  if (stopping) return;
  stopping = true;
  await miniflare?.dispose().catch(() => {});
  if (temporary) rmSync(temporary, { recursive: true, force: true });
  say("stopped");
  process.exit(code);
}

async function obey(line) {
  if (line.trim() === "") return;
  if (!options) return start(line);
  const { command, ...about } = JSON.parse(line);
  if (command === "reload") return reload();
  if (command === "health") return health();
  if (command === "evict") return evict(about);
  if (command === "schedule") return schedule();
  if (command === "stop") return stop();
  throw new Error(`unknown command ${command}`);
}

let turn = Promise.resolve();
const lines = createInterface({ input: process.stdin });
lines.on("line", (line) => {
  turn = turn.then(() => obey(line)).catch((error) => {
    say("failed", { reason: String(error?.message ?? error) });
    if (!miniflare || options === undefined) return stop(1);
  });
});
lines.on("close", () => turn.then(() => stop()));
process.on("SIGINT", () => stop());
process.on("SIGTERM", () => stop());
