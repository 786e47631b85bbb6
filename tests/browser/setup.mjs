// One system for all browser tests; its origins go to the tests by the environment.
import { addClient, startSystem } from '../support/system.mjs';

export default async function setup() {
  const system = await startSystem({
    // A short grace, so that a test can outwait it.
    vars: { app: { OPERATOR_AUTH: 'open' }, auth: { REFRESH_GRACE_LIFETIME: '10' } },
  });
  await system.halt();
  // A site of its operator's at other origins, one for each project.
  const redirect_uris = [9997, 9998].flatMap((port) => [`http://localhost:${port}/callback`, `http://127.0.0.1:${port}/callback`]);
  addClient(system, 'web-ui', { client_id: 'another-site', client_name: 'Another site', redirect_uris });
  await system.start();
  for (const part of ['app', 'auth', 'api']) process.env[`OSTIARY_${part.toUpperCase()}_ORIGIN`] = system[part];
  return () => system.stop();
}
