// Migrates and fills the local databases, as `cargo xtask seed` asks:
// one JSON line on stdin, `{"state":"DIR","rows":{"auth":["SQL", …],"api":["SQL", …]}}`; on stdout the number of rows
// that changed. Or `{"state":"DIR","query":"SQL"}`; on stdout the rows that it finds in the authorization server's database.

import { text } from "node:stream/consumers";
import { fillStorage, readStorage } from "./host/storage.mjs";

const { state, rows, query } = JSON.parse(await text(process.stdin));
try {
  // As text: a number would be coloured where the environment asks for colours.
  console.log(query ? JSON.stringify(await readStorage(state, query)) : String(await fillStorage(state, rows)));
} catch (error) {
  console.error(`error: ${error.message}`);
  process.exit(1);
}
process.exit(0);
