// All systems of the table, started side by side, each with its rows.

import { startBetterAuth } from "./better_auth.mjs";
import { LONG_LIVED, machineTokens, rowsOfOurs, startOurs } from "./ours.mjs";
import { startNodeOidcProvider } from "./node_oidc_provider.mjs";
import { neverSeen, startHono, startPlain } from "./resource_servers.mjs";
import { startWorkersOauthProvider } from "./workers_oauth_provider.mjs";

/** Access tokens of our issuer that are made as they are needed, the same for all resource servers. */
function pool(system) {
  const tokens = [];
  return async (count) => {
    if (tokens.length < count) tokens.push(...(await machineTokens(system, count - tokens.length)));
    return tokens;
  };
}

async function startOurColumn(crowd) {
  const running = await startOurs({ crowd, vars: { auth: LONG_LIVED } });
  const more = pool(running.system);
  const rows = await rowsOfOurs(running.system);
  rows.jwt_new = neverSeen(running.system.ports.api, `${running.system.api}/api/protected`, more);
  return { ...running, rows, more };
}

/** The peers that need nothing of ours: how each is started, by its key. */
const PEERS = {
  node_oidc_provider: startNodeOidcProvider,
  workers_oauth_provider: startWorkersOauthProvider,
  better_auth: startBetterAuth,
};

/** Starts the systems that are wanted; one that cannot be started is an error, not a gap in the table. */
export async function startAll({ crowd, say }) {
  const started = [];
  const stop = () => Promise.all(started.map((system) => system.stop()));
  try {
    const ours = await startOurColumn(crowd);
    started.push({ ...ours, key: "ours" });
    const shared = { machines: await machineTokens(ours.system, 50), more: ours.more };
    started.push({ ...(await startPlain(ours.system, shared)), key: "plain" });
    started.push({ ...(await startHono(ours.system, shared)), key: "hono" });
    for (const [key, start] of Object.entries(PEERS)) started.push({ ...(await start()), key });
  } catch (error) {
    await stop();
    throw error;
  }
  say(`${started.length} systems run`);
  return { systems: started, stop };
}

