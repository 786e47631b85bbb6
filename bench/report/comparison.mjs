// What was measured, side by side: one row for each kind of work, one column for each system.

import { ratio } from "../load/statistics.mjs";
import { KINDS, SYSTEMS } from "./kinds.mjs";
import { short, times } from "./table.mjs";

const find = (results, kind, system, lanes) => results.find((one) => one.kind === kind && one.system === system && one.lanes === lanes);

/** The systems that have results, in the table's order. */
const present = (results) => SYSTEMS.filter(({ key }) => results.some(({ system }) => system === key));

const measured = (results, lanes) => KINDS.filter(({ key }) => results.some((one) => one.kind === key && one.lanes === lanes));

/** A measurement that wrong answers spoil is no measurement. */
const spoilt = (one) => one.wrong > one.requests / 100;

/** Processor time a request, and how many times ours each peer's is: `{ head, rows }`. */
export function processorTable(results, lanes) {
  const systems = present(results);
  const head = ["work", ...systems.map(({ name }) => name)];
  const rows = measured(results, lanes).map(({ key, name }) => {
    const ours = find(results, key, "ours", lanes);
    const cells = systems.map(({ key: system }) => {
      const one = find(results, key, system, lanes);
      if (!one) return "";
      if (spoilt(one)) return "wrong";
      return system === "ours" || !ours || spoilt(ours) ? short(one.processor) : `${short(one.processor)} (${times(ratio(one.processor, ours.processor))})`;
    });
    return [name, ...cells];
  });
  return { head, rows };
}

/** Requests a second and latencies: "rate, p50 / p99". */
export function paceTable(results, lanes) {
  const systems = present(results);
  const head = ["work", ...systems.map(({ name }) => name)];
  const rows = measured(results, lanes).map(({ key, name }) => {
    const cells = systems.map(({ key: system }) => {
      const one = find(results, key, system, lanes);
      return one ? `${Math.round(one.perSecond)}, ${short(one.p50)} / ${short(one.p99)}` : "";
    });
    return [name, ...cells];
  });
  return { head, rows };
}

/** Answers that were not as they must be: a line for each measurement with some. */
export const complaints = (results) =>
  results.filter(({ wrong }) => wrong > 0).map(({ kind, system, lanes, wrong, requests, faults }) => `${kind} at ${system}, ${lanes} at once: ${wrong} of ${requests} wrong: ${faults.join(" | ")}`);
