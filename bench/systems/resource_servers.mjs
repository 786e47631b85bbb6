// The resource servers beside ours: plain JavaScript as the bound, and Hono with jose. They verify the very tokens that ours does.

import { request } from "../load/connection.mjs";
import { inTurn, once, same } from "./rows.mjs";
import { startWorker } from "./worker.mjs";

const bindings = ({ auth, api }) => ({ bindings: { ISSUER: auth, RESOURCE: api } });
const bearer = (url, tokens) => tokens.map((token) => request("GET", url, { authorization: `Bearer ${token}` }));

/**
 * Requests with a token that the server has not seen, from a pool that all systems share: `more(count)` makes it larger.
 * Each system comes to each token once.
 */
export const neverSeen = (port, url, more) => {
  let at = 0;
  return once(port, async (count) => {
    const tokens = await more(at + count);
    const list = bearer(url, tokens.slice(at, at + count));
    at += count;
    return list;
  });
};

export async function startPlain(system, { machines, more }) {
  const running = await startWorker("plain", () => bindings(system));
  const { origin, port } = running;
  const rows = {
    open: same(port, request("GET", `${origin}/hello`)),
    jwt_seen: inTurn(port, bearer(`${origin}/remembering`, machines)),
    jwt_new: neverSeen(port, `${origin}/verifying`, more),
  };
  return { ...running, rows };
}

export async function startHono(system, { machines, more }) {
  const running = await startWorker("hono", () => bindings(system));
  const { origin, port } = running;
  const rows = {
    open: same(port, request("GET", `${origin}/hello`)),
    jwt_seen: inTurn(port, bearer(`${origin}/api/protected`, machines)),
    jwt_new: neverSeen(port, `${origin}/api/protected`, more),
  };
  return { ...running, rows };
}
