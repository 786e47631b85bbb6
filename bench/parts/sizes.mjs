// Bytes of each worker as it is stored: everything of its build, made small and compressed by gzip.

import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { ROOT } from "../systems/process.mjs";
import { bundle, storedSize } from "../systems/worker.mjs";

const OURS = { "auth-worker": "auth-worker/build", "api-worker": "api-worker/build", "app-worker": "app-worker/build" };
export const BUNDLES = { hono: "Hono with jose", workers_oauth_provider: "workers-oauth-provider", better_auth: "better-auth" };

function ourSize(folder) {
  const files = readdirSync(join(ROOT, folder)).filter((name) => /\.(js|wasm)$/.test(name));
  return files.reduce((sum, name) => sum + gzipSync(readFileSync(join(ROOT, folder, name)), { level: 9 }).length, 0);
}

/** Answers `[{ name, bytes }]`. */
export async function measureSizes() {
  const ours = Object.entries(OURS).map(([name, folder]) => ({ name, bytes: ourSize(folder) }));
  const peers = [];
  for (const [script, name] of Object.entries(BUNDLES)) peers.push({ name, bytes: storedSize(await bundle(script)) });
  return [...ours, ...peers];
}
