// One system for all browser tests; its origins go to the tests by the environment.
import { startSystem } from '../support/system.mjs';

export default async function setup() {
  const system = await startSystem({
    // A short grace, so that a test can outwait it.
    vars: { app: { OPERATOR_AUTH: 'open' }, auth: { REFRESH_GRACE_LIFETIME: '10' } },
  });
  for (const part of ['app', 'auth', 'api']) process.env[`OSTIARY_${part.toUpperCase()}_ORIGIN`] = system[part];
  return () => system.stop();
}
