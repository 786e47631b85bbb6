// Serves the worker of examples/notes beside a running system, in a process of its own.
import { Miniflare, NoOpLog, convertV4MiniflareOptions } from '../../xtask/host/platform.mjs';
import { oneMoreWorker } from '../../xtask/host/workers.mjs';

const CONFIG = 'examples/notes/wrangler.toml';

/** The port of the example beside a system's own three. */
export const examplePort = (system) => system.ports.api + 1;
export const exampleOrigin = (system) => `http://localhost:${examplePort(system)}`;

/**
 * Starts it. It knows of the authorization server what its variables say. What it stores is kept in the folder `state`,
 * or not at all. `log` holds every line it wrote.
 */
export async function startExample(system, { state, ...vars } = {}) {
  const log = [];
  const worker = oneMoreWorker(CONFIG, {
    port: examplePort(system),
    vars: { ISSUER: system.auth, RESOURCE: exampleOrigin(system), ALLOWED_ORIGINS: system.app, ...vars },
    entry: 'tests/support/example_entry.mjs',
  });
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      cf: false,
      port: 0,
      log: new NoOpLog(),
      ...(state ? { resourcePersistencePath: state } : {}),
      handleStructuredLogs: ({ message }) => log.push(message),
      workers: [worker],
    }),
  );
  await miniflare.ready;
  return { log, stop: () => miniflare.dispose() };
}
