// The imports from Miniflare and wrangler, in one place: both are beta or unstable interfaces.

import { setDefaultResultOrder } from "node:dns";
import { unstable_splitSqlQuery } from "wrangler";

export { Miniflare, NoOpLog, convertV4MiniflareOptions } from "miniflare";

/** The statements of an SQL text. */
export const splitSqlQuery = unstable_splitSqlQuery;

setDefaultResultOrder("ipv4first");
