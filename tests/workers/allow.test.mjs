// `cargo xtask allow`: a registered client may ask for more.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { ok, tokenError } from '../support/expect.mjs';
import { token } from '../support/flow.mjs';
import { repository, seed, startSystem } from '../support/system.mjs';

let system;
before(async () => {
  system = await startSystem();
});
after(() => system?.stop());

function allow(...words) {
  const [program, ...first] = process.env.OSTIARY_XTASK ? [process.env.OSTIARY_XTASK] : ['cargo', 'xtask'];
  return spawnSync(program, [...first, 'allow', ...words], { cwd: repository, encoding: 'utf8' });
}

const ask = (scope) => token(system, 'client-123', { grant_type: 'client_credentials', scope });
const scopes = () => system.sql('clients', "SELECT record ->> '$.scope' AS scope FROM clients WHERE client_id = 'client-123'")[0].scope.split(' ');

test('the statement adds what is new, once, and stays when the demo data is written again', async () => {
  tokenError(await ask('books:read'), 'invalid_scope');
  const printed = allow('client-123', 'books:read', 'read', 'books:write', '--print');
  assert.equal(printed.status, 0, printed.stderr);
  await system.halt();
  const before = scopes();
  for (let time = 0; time < 2; time += 1) {
    system.sql('clients', printed.stdout);
    assert.deepEqual(scopes().sort(), [...before, 'books:read', 'books:write'].sort());
  }
  fs.rmSync(path.join(system.state, 'demo-data'));
  seed(system.state, system.ports);
  assert.deepEqual(scopes().sort(), [...before, 'books:read', 'books:write'].sort());
  await system.start();
  ok(await ask('books:read books:write read'));
  tokenError(await ask('books:burn'), 'invalid_scope');
});

test('what is no client or no scope is said plainly', () => {
  for (const words of [['client-123'], [], ['client-123', 'a"b'], ['u_ada', 'read'], ['client-123', 'read', '--nothing']]) {
    const refused = allow(...words, '--print');
    assert.notEqual(refused.status, 0, words.join(' '));
    assert.equal(refused.stdout, '');
    assert.match(refused.stderr, /allow|scope|client|understood/);
  }
});
