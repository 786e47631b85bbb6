// The imports from Miniflare and wrangler, in one place: both are beta or unstable interfaces.

import { setDefaultResultOrder } from "node:dns";
import { CoreHeaders } from "miniflare";
import { unstable_splitSqlQuery } from "wrangler";

export { Miniflare, NoOpLog, convertV4MiniflareOptions } from "miniflare";

const { CF_BLOB } = CoreHeaders;

/**
 * Whether what comes over a socket is taken for what Cloudflare's edge hands over: `request.cf` is then what a header says,
 * for tests. Otherwise the runtime makes it of the connection: the address of the socket.
 */
export function takeSocketsForTheEdge(isEdge) {
  CoreHeaders.CF_BLOB = isEdge ? CF_BLOB : undefined;
}

/** The statements of an SQL text. */
export const splitSqlQuery = unstable_splitSqlQuery;

setDefaultResultOrder("ipv4first");
