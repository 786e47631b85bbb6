// Migrates and fills the local databases, as `cargo xtask seed` asks:
// one JSON line on stdin, `{"state":"DIR","rows":{"auth":["SQL", …],"api":["SQL", …]}}`; on stdout the number of rows
// that changed.

import { text } from "node:stream/consumers";
import { fillStorage } from "./host/storage.mjs";

const { state, rows } = JSON.parse(await text(process.stdin));
try {
  // As text: a number would be coloured where the environment asks for colours.
  console.log(String(await fillStorage(state, rows)));
} catch (error) {
  console.error(`error: ${error.message}`);
  process.exit(1);
}
process.exit(0);
