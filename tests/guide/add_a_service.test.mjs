// docs/add-a-service.md, followed word by word on a copy of the sources.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { copySources } from '../support/copy.mjs';
import { apply, blocksOf } from '../support/guide.mjs';

const original = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const copy = path.join(original, 'target', 'guide', 'repository');
const document = fs.readFileSync(path.join(original, 'docs', 'add-a-service.md'), 'utf8');

const target = path.resolve(original, process.env.CARGO_TARGET_DIR ?? 'target');
const xtask = process.env.OSTIARY_XTASK ?? path.join(target, 'debug', 'xtask');

/**
 * Everything the document runs works on the copy. It compiles in a place of its own: cargo takes the two for one, and would
 * go on with the copy's worker where the original is built.
 */
const environment = { ...process.env, OSTIARY_ROOT: copy, CARGO_TARGET_DIR: path.join(original, 'target', 'guide', 'target') };

let system;
after(() => system?.stop());

/** Runs a line, or several, of a shell; what it says. */
function shell(script, env = {}) {
  const { status, error, stdout, stderr } = spawnSync('bash', ['-eu', '-c', script], { cwd: copy, env: { ...environment, ...env }, encoding: 'utf8' });
  assert.equal(status, 0, `${error ?? ''}\n${script}\n${stdout}\n${stderr}`);
  return stdout;
}

/** The document's origins, moved to where the system runs. */
function moved(text) {
  let result = text;
  for (const [part, port] of Object.entries({ app: 8790, auth: 8788, api: 8789 })) {
    result = result.replaceAll(`localhost:${port}`, `localhost:${system.ports[part]}`).replaceAll(`localhost%3A${port}`, `localhost%3A${system.ports[part]}`);
  }
  return result;
}

/** What a person must see, line by line. */
function sees(said, { body }) {
  for (const line of body.trim().split('\n')) assert.ok(said.includes(moved(line)), `${line}\nis not in\n${said}`);
}

test('whoever follows the document has a protected service with a scope of its own', async () => {
  copySources(original, copy);
  // The copy's own, so that it looks at the copy's state and workers.
  const { System } = await import(path.join(copy, 'tests/support/system.mjs'));
  const { signIn } = await import(path.join(copy, 'tests/support/flow.mjs'));
  const { get } = await import(path.join(copy, 'tests/support/http.mjs'));
  Object.assign(process.env, environment, { OSTIARY_XTASK: xtask });
  system = new System({});
  let said;
  const follow = {
    rust: (block) => apply(copy, block),
    async sh({ body }) {
      if (body.trim() === 'cargo xtask dev') {
        // It builds what changed, and starts: so does this, on ports and state of its own.
        shell(`'${xtask}' build api --release`);
        await system.start();
        await system.checkHealth();
        return;
      }
      const script = moved(body).replaceAll('cargo xtask ', `'${xtask}' `);
      said = shell(script, { OSTIARY_STATE: system.state });
    },
    async url({ body }) {
      const jar = await signIn(system, 'ada');
      said = (await get(moved(body.trim()), { jar })).text;
    },
    json: (block) => sees(said, block),
    html: (block) => sees(said, block),
    http: (block) => sees(said, block),
  };
  const blocks = blocksOf(document);
  assert.deepEqual([...new Set(blocks.map(({ language }) => language))].sort(), Object.keys(follow).sort(), 'every kind of block is there and understood');
  for (const block of blocks) await follow[block.language](block);
});
