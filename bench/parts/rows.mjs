// The table: every kind of work at every system that has it.

import { measure } from "../load/interleaved.mjs";
import { KINDS } from "../report/kinds.mjs";
import { startAll } from "../systems/every.mjs";

const FULL = { connections: [20, 1], rounds: 6, milliseconds: 600, warming: 1_500 };
const QUICK = { connections: [20], rounds: 3, milliseconds: 250, warming: 300 };

export async function measureAll({ quick, say, kinds = KINDS }) {
  const { systems, stop } = await startAll({ crowd: quick ? 100 : 300, say });
  try {
    return await measure({ systems, kinds, ...(quick ? QUICK : FULL), say });
  } finally {
    await stop();
  }
}
