// openidconnect, oauth2 and oauth2-types, in Rust: tests/clients/rust, which `cargo xtask test` builds. They take https alone for
// some endpoints, so the issuer is one here, and their HTTP client speaks to the workers.
import path from 'node:path';
import { after, before, test } from 'node:test';
import { program } from '../support/program.mjs';
import { repository, startSystem } from '../support/system.mjs';

const PROGRAM = path.join(repository, 'target', 'clients', 'debug', 'clients');
const ISSUER = 'https://auth.example';

let system;
before(async () => {
  system = await startSystem({ vars: Object.fromEntries(['auth', 'api', 'app'].map((worker) => [worker, { ISSUER }])) });
});
after(() => system?.stop());

test('clients in Rust', (context) => program(context, system, PROGRAM, []));
