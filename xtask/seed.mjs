// Migrates and fills the local databases, as `cargo xtask seed` asks:
// one JSON line on stdin, `{"state":"DIR","rows":{"auth":["SQL", …],"api":["SQL", …]}}`.

import { text } from "node:stream/consumers";
import { fillStorage } from "./host/storage.mjs";

const { state, rows } = JSON.parse(await text(process.stdin));
await fillStorage(state, rows);
process.exit(0);
