// The benchmarks, as `cargo xtask bench` starts them: `node bench/main.mjs '{"only":"…","quick":true}'`. Progress goes to
// standard error, the tables to standard output; a whole run writes `docs/performance.md`.

import { tryExactlyOnce } from "./parts/exactly_once.mjs";
import { measureGrowth } from "./parts/growth.mjs";
import { countOperations } from "./parts/operations.mjs";
import { measureAll } from "./parts/rows.mjs";
import { measureSizes } from "./parts/sizes.mjs";
import { soak } from "./parts/soak.mjs";
import { measureStart } from "./parts/start.mjs";
import { writeDocuments } from "./report/document.mjs";
import { KINDS } from "./report/kinds.mjs";
import { terminal } from "./report/terminal.mjs";

const { only, quick } = JSON.parse(process.argv[2] ?? "{}");
const say = (text) => process.stderr.write(`  ${text}\n`);

/** The parts of a run, in its order. */
const PARTS = {
  rows: measureAll,
  "exactly-once": tryExactlyOnce,
  operations: countOperations,
  sizes: measureSizes,
  start: measureStart,
  growth: measureGrowth,
  soak,
};

const row = KINDS.filter(({ key }) => key === only);
if (only !== undefined && only !== null && !PARTS[only] && row.length === 0) {
  say(`there is no part or row \`${only}\`: choose ${Object.keys(PARTS).join(", ")}, or one of ${KINDS.map(({ key }) => key).join(", ")}`);
  process.exit(2);
}
// The command holds the other end for as long as it wants to go on.
process.stdin.on("end", () => process.exit(1)).resume();

const isWhole = only === undefined || only === null;
const results = {};
for (const [name, run] of Object.entries(PARTS)) {
  if (isWhole || only === name) results[name] = await run({ quick, say });
}
if (row.length > 0) results.rows = await measureAll({ quick, say, kinds: row });
process.stdout.write(terminal(results));
if (isWhole) writeDocuments(results, { quick, say });
process.exit(0);
