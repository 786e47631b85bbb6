// The parts of a run as sections of the page: `{ title, text }`, for those that were run.

import { complaints, paceTable, processorTable } from "./comparison.mjs";
import { GROWTH, nameOf, SYSTEMS } from "./kinds.mjs";
import { markdown, short } from "./table.mjs";

export const numbersOfLanes = (rows) => [...new Set(rows.map(({ lanes }) => lanes))];
export const asOf = (lanes) => (lanes === 1 ? "one connection" : `${lanes} connections`);

const tableOf = ({ head, rows }) => markdown(head, rows);

function rows(found) {
  const parts = numbersOfLanes(found).flatMap((lanes) => [
    { title: `Processor time, ${asOf(lanes)}`, text: `Milliseconds of processor time a request, and how many times ours it is.\n\n${tableOf(processorTable(found, lanes))}` },
    { title: `Requests and latencies, ${asOf(lanes)}`, text: `Requests a second, and p50 / p99 in milliseconds.\n\n${tableOf(paceTable(found, lanes))}` },
  ]);
  const wrong = complaints(found);
  return wrong.length === 0 ? parts : [...parts, { title: "Wrong answers", text: wrong.map((line) => `- ${line}`).join("\n") }];
}

const CANDIDATES = { node_oidc_provider_distant: "node-oidc-provider, its store one turn of the event loop away" };

/** The most and the least of different tokens that one code or refresh token brought. */
export function exactlyOnceTable(found) {
  const head = ["system", "used", "at once", "answers with tokens", "different access tokens"];
  const range = (numbers) => {
    const [low, high] = [Math.min(...numbers), Math.max(...numbers)];
    return low === high ? String(low) : `${low} to ${high}`;
  };
  const lines = found.map(({ system, of, count, tries }) => [
    CANDIDATES[system] ?? nameOf(SYSTEMS, system),
    of === "code" ? "a code" : "a refresh token",
    String(count),
    range(tries.map(({ winners }) => winners)),
    range(tries.map(({ different }) => different)),
  ]);
  return { head, rows: lines };
}

const ONCE = `So many requests at once, with one code and with one refresh token, several times over. One access token is what RFC 6749 asks
for. Ours gives a client that asks again with the same refresh token the very same answer for two minutes: many answers, one
token.`;

/** How often a request of workers-oauth-provider asks KV. */
export function operationsTable(found) {
  const names = ["get", "put", "delete", "list"];
  return { head: ["workers-oauth-provider", ...names], rows: found.map(({ what, counts }) => [what, ...names.map((name) => String(counts[name] ?? 0))]) };
}

export const sizesTable = (found) => ({ head: ["worker", "KB"], rows: found.map(({ name, bytes }) => [name, String(Math.ceil(bytes / 1024))]) });

export const startTable = (found) => ({
  head: ["worker", "ms", "over an empty worker"],
  rows: found.map(({ name, milliseconds, over }) => [name, short(milliseconds), over === 0 ? "" : short(over)]),
});

/** One row for each kind of work, one column for each size of what is stored; processor time, and the median latency. */
export function growthTable(found) {
  const sizes = [...new Set(found.map(({ system }) => system))];
  const kinds = [...new Set(found.map(({ kind }) => kind))];
  const cell = (one) => (one ? `${short(one.processor)}, ${short(one.p50)}` : "");
  const lines = kinds.map((kind) => [nameOf(GROWTH, kind), ...sizes.map((size) => cell(found.find((one) => one.kind === kind && one.system === size)))]);
  return { head: ["work", ...sizes], rows: lines };
}

/** Memory over time, and what was asked until then. */
export function soakTable({ samples }) {
  const isolates = [...new Set(samples.flatMap(({ heaps }) => Object.keys(heaps)))];
  const head = ["second", "requests", "wrong", "process, MiB", ...isolates.map((name) => `${name}, MiB`)];
  const lines = samples.map(({ second, requests, wrong, resident, heaps }) => [
    String(second),
    String(requests),
    String(wrong),
    resident.toFixed(0),
    ...isolates.map((name) => (heaps[name] === undefined ? "" : heaps[name].toFixed(1))),
  ]);
  return { head, rows: lines };
}

const SOAK = `Ostiary alone, with a mixed load of at most 200 requests a second: calls of the API, tokens of machines, whole code flows with a
refresh, UserInfo and a replay, introspection, pages, machine-to-machine runs. One request in five is an error that must be
answered as such (a wrong secret, a forged token, a code or refresh token used before, an unknown path). Every answer is
checked. The process has the local simulators of D1, KV and Durable Objects in it; the isolates' heaps are JavaScript's, with what is not collected yet.`;

const PARTS = {
  rows,
  "exactly-once": (found) => [{ title: "Exactly once", text: `${ONCE}\n\n${tableOf(exactlyOnceTable(found))}` }],
  operations: (found) => [{ title: "Operations of KV", text: `For one request. Deployed, each of them is waited for and paid for, and a key takes one write a second.\n\n${tableOf(operationsTable(found))}` }],
  sizes: (found) => [{ title: "Sizes", text: `What is stored, compressed by gzip; the peers' code is minified.\n\n${tableOf(sizesTable(found))}` }],
  start: (found) => [{ title: "Cold start", text: `From spawning workerd to the first answer with status 200, the median of new processes. Ours are measured one worker at a time.\n\n${tableOf(startTable(found))}` }],
  growth: (found) => [{ title: "Growth", text: `Processor milliseconds a request, and p50 in milliseconds, of one connection, with so much stored at the beginning.\n\n${tableOf(growthTable(found))}` }],
  soak: (found) => [{ title: "Soak", text: [SOAK, tableOf(soakTable(found)), ...found.faults.map((fault) => `- ${fault}`)].join("\n\n") }],
};

export const sections = (results) => Object.entries(results).flatMap(([name, found]) => PARTS[name](found));
