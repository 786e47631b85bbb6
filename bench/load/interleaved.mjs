// The measurement: short slices that alternate between the systems, so that whatever else the machine does meets them all.

import { runSlice } from "./slice.mjs";
import { summary } from "./statistics.mjs";

/** What is used up is made for one slice at a time, so much of it: more would grow old. */
const MOST_USED_UP = 1_000;
const LANES_OF_A_TRIAL = 4;

/**
 * What was never asked before does work that is never done again, and runs code that is not optimised yet: V8 makes fast
 * code of WebAssembly and of JavaScript only when it has run often.
 */
async function warm(ids, row, milliseconds) {
  await row.refill?.(MOST_USED_UP / 5, LANES_OF_A_TRIAL);
  return runSlice({ ids, ...row, lanes: LANES_OF_A_TRIAL, milliseconds });
}

/**
 * Measures each row of `kinds` at each of the systems that has it, at each number of connections, in `rounds` slices of
 * `milliseconds`, after `warming` milliseconds of each. Answers `[{ kind, system, lanes, …summary, faults }]`.
 */
export async function measure({ systems, kinds, connections, rounds, milliseconds, warming, say }) {
  const results = [];
  for (const { key } of kinds) {
    for (const { ids, rows } of systems) if (rows[key]) await warm(ids, rows[key], warming);
  }
  say("all systems are warm");
  for (const { key: kind, name } of kinds) {
    const having = systems.filter(({ rows }) => rows[kind]);
    if (having.length === 0) continue;
    const trials = new Map();
    for (const system of having) trials.set(system, await warm(system.ids, system.rows[kind], warming));
    for (const lanes of connections) {
      const slices = new Map(having.map((system) => [system, []]));
      for (let round = 0; round < rounds; round += 1) {
        for (let turn = 0; turn < having.length; turn += 1) {
          // Another one begins each round.
          const system = having[(turn + round) % having.length];
          slices.get(system).push(await one(system, kind, { lanes, milliseconds, trial: trials.get(system) }));
        }
      }
      for (const [system, found] of slices) {
        const faults = new Map(found.flatMap((slice) => [...slice.faults]));
        results.push({ kind, system: system.key, lanes, ...summary(found), faults: [...faults.keys()].slice(0, 3) });
      }
      say(`${name}, ${lanes} at once: ${results.slice(-having.length).map(line).join(", ")}`);
    }
  }
  return results;
}

async function one(system, kind, { lanes, milliseconds, trial }) {
  const row = system.rows[kind];
  await row.refill?.(needed(trial, lanes, milliseconds), lanes);
  return runSlice({ ids: system.ids, ...row, lanes, milliseconds });
}

/** How many requests a slice will need at most, by the rate of the trial. */
function needed({ latencies, wall }, lanes, milliseconds) {
  const rate = latencies.length / Math.max(wall, 1);
  return Math.min(MOST_USED_UP, Math.max(lanes * 4, Math.ceil(rate * milliseconds * (lanes === 1 ? 0.7 : 1.3))));
}

function line({ system, processor, wrong, requests }) {
  return `${system} ${processor.toFixed(3)} ms${wrong > 0 ? ` (${wrong} of ${requests} WRONG)` : ""}`;
}
