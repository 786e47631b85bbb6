// How often workers-oauth-provider asks KV for one request: deployed, each time is waited for and paid for.

import { request } from "../load/connection.mjs";
import { good, one } from "../systems/rows.mjs";
import { startWorkersOauthProvider } from "../systems/workers_oauth_provider.mjs";

/** Answers `[{ what, counts }]`, `counts` the operations of one request by name. */
export async function countOperations({ say }) {
  const running = await startWorkersOauthProvider("counted");
  const { port, origin, exactlyOnce, rows } = running;
  const counts = async () => good(await one(port, request("GET", `${origin}/counts`)));
  const requests = {
    "a code": await exactlyOnce.code(),
    "a refresh": await exactlyOnce.refresh(),
    "a request to the API": rows.opaque_kept.next(0),
  };
  const results = [];
  try {
    for (const [what, bytes] of Object.entries(requests)) {
      await counts();
      good(await one(port, bytes));
      results.push({ what, counts: await counts() });
    }
  } finally {
    await running.stop();
  }
  say(`operations of KV: ${results.map(({ what, counts: found }) => `${what} ${JSON.stringify(found)}`).join(", ")}`);
  return results;
}
