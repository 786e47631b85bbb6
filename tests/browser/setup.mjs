// One system for all browser tests; its origins go to the tests by the environment.
import { startSystem } from '../support/system.mjs';

export default async function setup() {
  const system = await startSystem({ vars: { app: { OPERATOR_AUTH: 'open' } } });
  for (const part of ['app', 'auth', 'api']) process.env[`OSTIARY_${part.toUpperCase()}_ORIGIN`] = system[part];
  return () => system.stop();
}
