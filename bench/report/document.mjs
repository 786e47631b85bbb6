// Writes `docs/performance.md`, and the short table of it in README.md.

import { readFileSync, writeFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { join } from "node:path";
import { isInMemory, ROOT } from "../systems/process.mjs";
import { processorTable } from "./comparison.mjs";
import { sections } from "./sections.mjs";
import { HOW, NOT_COMPARABLE } from "./texts.mjs";
import { markdown } from "./table.mjs";

const BEGIN = "<!-- `cargo xtask bench` writes what follows. -->";
const END = "<!-- `cargo xtask bench` has written this. -->";

const version = (path) => JSON.parse(readFileSync(join(ROOT, path), "utf8")).version;

/** What ran beside the benchmarks, by the load in the five minutes before them. */
const [, load] = loadavg();
const busy = () => (load > cpus().length / 2 ? `- **a busy machine**: a load of ${load.toFixed(0)} on ${cpus().length} processors before the run; figures are too high and scattered, ratios less so` : "- a quiet machine");

/** What the figures depend on; of the machine only how many processors it has. */
function conditions(quick) {
  const month = new Intl.DateTimeFormat("en-GB", { month: "long", year: "numeric" }).format(new Date());
  const peers = JSON.parse(readFileSync(join(ROOT, "bench/package.json"), "utf8")).dependencies;
  const named = ["hono", "jose", "oidc-provider", "@cloudflare/workers-oauth-provider", "better-auth", "@better-auth/oauth-provider"];
  return [
    `- ${month}, ${cpus().length} processors`,
    `- workerd ${version("node_modules/workerd/package.json")}, Miniflare ${version("node_modules/miniflare/package.json")}, Node.js ${process.versions.node}`,
    `- ${named.map((name) => `${name} ${peers[name]}`).join(", ")}`,
    isInMemory ? "- state on a file system in memory" : "- state on a disk",
    busy(),
    quick ? "- **a quick run**: three short slices for each figure, so that a figure may be off by a fifth or more" : "- a full run",
  ].join("\n");
}

function page(results, quick) {
  const parts = sections(results).map(({ title, text }) => `## ${title}\n\n${text}`);
  return [
    "# Performance",
    "`cargo xtask bench` measures Ostiary side by side with its peers, and writes this page.",
    conditions(quick),
    HOW,
    ...parts,
    NOT_COMPARABLE,
  ].join("\n\n").concat("\n");
}

/** The rows that most users care about. */
const SHORT = ["jwt_seen", "jwt_new", "machine_secret", "code", "refresh", "introspect_opaque", "discovery"];

function shortTable({ rows }, quick) {
  const { head, rows: lines } = processorTable(rows.filter(({ kind }) => SHORT.includes(kind)), 20);
  const kind = `${quick ? "a quick run" : "a full run"}${load > cpus().length / 2 ? " on a busy machine" : ""}`;
  return `Processor milliseconds a request with 20 connections, and in brackets how many times ours a peer needs (${kind}):\n\n${markdown(head, lines)}`;
}

/** Puts `text` between the marks of a document. */
export function between(document, text) {
  const [begin, end] = [document.indexOf(BEGIN), document.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error("README.md has no place for the table");
  return `${document.slice(0, begin + BEGIN.length)}\n\n${text}\n\n${document.slice(end)}`;
}

export function writeDocuments(results, { quick, say }) {
  writeFileSync(join(ROOT, "docs/performance.md"), page(results, quick));
  const readme = join(ROOT, "README.md");
  writeFileSync(readme, between(readFileSync(readme, "utf8"), shortTable(results, quick)));
  say("written: docs/performance.md, and the table in README.md");
}
