// Authlib and joserfc, in Python: tests/clients/python/authlib_client.py.
import { after, before, test } from 'node:test';
import { program } from '../support/program.mjs';
import { python } from '../support/python.mjs';
import { addClient, startSystem } from '../support/system.mjs';

let system;
before(async () => {
  system = await startSystem();
  await system.halt();
  addClient(system, 'caller', { client_id: 'by-endpoint', assertion_policy: { token_endpoint_audience: true } });
  await system.start();
});
after(() => system?.stop());

test('Authlib', (context) => program(context, system, ...python('authlib_client.py')));
