// The processes that are measured: how they are started, and which of them do the work.

import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import net from "node:net";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { family } from "../load/processor.mjs";

export const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
export const HOST = join(ROOT, "bench/host.mjs");

/** A disk that syncs at each write would be what is measured: state is in memory where there is a file system for it. */
const MEMORY = "/dev/shm";
export const isInMemory = existsSync(MEMORY);

const folders = new Set();

/** A fresh folder for a system's state. */
export function freshFolder() {
  const folder = mkdtempSync(join(isInMemory ? MEMORY : tmpdir(), "ostiary-bench-"));
  folders.add(folder);
  return folder;
}

export function removeFolder(folder) {
  folders.delete(folder);
  rmSync(folder, { recursive: true, force: true });
}

/** So many ports that nothing listens on. */
export async function freePorts(count) {
  const servers = await Promise.all(
    Array.from({ length: count }, () => new Promise((done) => {
      const server = net.createServer().listen(0, "127.0.0.1", () => done(server));
    })),
  );
  const ports = servers.map((server) => server.address().port);
  await Promise.all(servers.map((server) => new Promise((done) => server.close(done))));
  return ports;
}

// However this process ends, its systems do not outlive it: the end of their input ends them, and memory is given back.
process.on("exit", () => [...folders].forEach(removeFolder));
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => process.exit(1));

/**
 * Starts `script` with `options` as the first line of its input and waits until it says that it is ready. A `runtime` is
 * a program that the script starts to do the work: its processor time counts, that of the script does not.
 */
export async function startProcess(script, options, { runtime }) {
  const child = spawn(process.execPath, [script], { cwd: ROOT, stdio: ["pipe", "pipe", "inherit"] });
  const ended = new Promise((done) => child.once("exit", done));
  const lines = createInterface({ input: child.stdout });
  const ready = new Promise((done) => lines.once("line", (line) => done(JSON.parse(line))));
  child.stdin.write(`${JSON.stringify(options)}\n`);
  const said = await Promise.race([ready, ended.then((code) => Promise.reject(new Error(`${script} ended with ${code}`)))]);
  const all = family(child.pid);
  return {
    said,
    ids: runtime ? all.filter((id) => id !== child.pid) : all,
    async stop() {
      child.stdin.end();
      await ended;
    },
  };
}
