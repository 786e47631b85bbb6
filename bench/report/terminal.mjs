// The results for a terminal.

import { complaints, paceTable, processorTable } from "./comparison.mjs";
import { asOf, exactlyOnceTable, growthTable, numbersOfLanes, operationsTable, sizesTable, soakTable, startTable } from "./sections.mjs";
import { aligned } from "./table.mjs";

const titled = (title, { head, rows }) => `${title}\n\n${aligned(head, rows)}`;

function rows(found) {
  const parts = numbersOfLanes(found).flatMap((lanes) => [
    titled(`Processor milliseconds a request (peer ÷ ours), ${asOf(lanes)}`, processorTable(found, lanes)),
    titled(`Requests a second, p50 / p99 in milliseconds, ${asOf(lanes)}`, paceTable(found, lanes)),
  ]);
  return [...parts, ...complaints(found)];
}

const PARTS = {
  rows,
  "exactly-once": (found) => [titled("Exactly once", exactlyOnceTable(found))],
  operations: (found) => [titled("Operations of KV for one request", operationsTable(found))],
  sizes: (found) => [titled("Sizes, gzip", sizesTable(found))],
  start: (found) => [titled("Cold start, milliseconds", startTable(found))],
  growth: (found) => [titled("Growth: processor milliseconds a request and p50, one connection", growthTable(found)), ...complaints(found)],
  soak: (found) => [titled("Soak", soakTable(found)), ...found.faults],
};

/** All of the results as text. */
export function terminal(results) {
  const texts = Object.entries(results).flatMap(([name, found]) => PARTS[name](found));
  return `\n${texts.join("\n\n")}\n`;
}
