// MCP's client library for Python: tests/clients/python/mcp_client.py.
import { after, before, test } from 'node:test';
import { program } from '../support/program.mjs';
import { python } from '../support/python.mjs';
import { addClient, startSystem } from '../support/system.mjs';

let system;
before(async () => {
  system = await startSystem();
  await system.halt();
  addClient(system, 'caller', { client_id: 'signing', scope: 'read read:students' });
  await system.start();
});
after(() => system?.stop());

test('the MCP Python client', (context) => program(context, system, ...python('mcp_client.py')));
