// Compressed sizes, as they travel: reads a JSON list of lists of paths on stdin, prints [{raw, gzip, brotli}, …].

import { readFileSync } from "node:fs";
import { text } from "node:stream/consumers";
import { brotliCompressSync, gzipSync } from "node:zlib";

const sum = (numbers) => numbers.reduce((one, other) => one + other, 0);

const answers = JSON.parse(await text(process.stdin)).map((paths) => {
  const contents = paths.map((path) => readFileSync(path));
  return {
    raw: sum(contents.map((content) => content.length)),
    gzip: sum(contents.map((content) => gzipSync(content, { level: 9 }).length)),
    brotli: sum(contents.map((content) => brotliCompressSync(content).length)),
  };
});
console.log(JSON.stringify(answers));
