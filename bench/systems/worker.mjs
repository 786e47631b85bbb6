// Peers that are one worker: bundled as wrangler would do it, made small, and served by a workerd of their own.

import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { HOST, ROOT, freePorts, freshFolder, removeFolder, startProcess } from "./process.mjs";

export const COMPATIBILITY = "2026-11-01";

/** The path of the bundle of a peer in `bench/peers/`. */
export async function bundle(name) {
  const folder = join(ROOT, "target/bench");
  mkdirSync(folder, { recursive: true });
  const outfile = join(folder, `${name}.mjs`);
  await build({
    entryPoints: [join(ROOT, "bench/peers", `${name}.mjs`)],
    outfile,
    bundle: true,
    minify: true,
    format: "esm",
    target: "es2024",
    conditions: ["workerd", "worker", "browser"],
    external: ["node:*", "cloudflare:*"],
    logLevel: "error",
  });
  return outfile;
}

/** Bytes of a peer's bundle as it is stored. */
export const storedSize = (script) => gzipSync(readFileSync(script), { level: 9 }).length;

/** A peer's worker as Miniflare has it. */
export const workerOptions = (name, script, port) => ({
  name,
  script,
  compatibilityDate: COMPATIBILITY,
  unsafeDirectSockets: [{ host: "127.0.0.1", port }],
});

/** Starts a peer. `options` are Miniflare's for its worker, a function of the origin where they depend on it. */
export async function startWorker(name, options = () => ({}), { inspect = false } = {}) {
  const [script, [port]] = await Promise.all([bundle(name), freePorts(1)]);
  const origin = `http://localhost:${port}`;
  const state = freshFolder();
  const worker = { ...workerOptions(name, script, port), ...options(origin) };
  const running = await startProcess(HOST, { worker, state, inspect }, { runtime: "workerd" });
  return {
    ...running,
    origin,
    port,
    script,
    async stop() {
      await running.stop();
      removeFolder(state);
    },
  };
}
