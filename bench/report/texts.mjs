// The prose of `docs/performance.md` that no run changes.

export const HOW = `Compare the ratios, not the milliseconds: those depend on the machine and on what else it does.

## How it is measured

Each system runs in a process of its own: the workers in workerd, started by Miniflare with a socket of their own each,
node-oidc-provider in Node.js. The load generator keeps 20 connections, or one, and sends the next request when an answer
is there. Slices of well under a second alternate between the systems, and another system begins each round, so that
whatever else the machine does meets them all. A figure is the median over its slices; latencies are those of all slices
together.

Processor time is user and system time of the server's process and of its children, from \`/proc\`, divided by the requests
that were answered. What a server does after an answer counts. The Node.js process that starts workerd and reads its log
does not count; writing the log does. What a request uses up (codes, assertions, refresh tokens, tokens that nobody has
seen) is made before the slice. Every answer is checked. Where more than one in a hundred is not the right one, the table
says "wrong" in place of a figure.

The peers' code is in \`bench/peers/\`, each in the smallest configuration that does the work honestly. Ours are the
optimised builds with the settings of a deployed system, but for two things: anyone may start a machine-to-machine run, and
access tokens live for two hours and codes for ten minutes, so that what one row has made ends in none of the others. The rate
limits of our authorization server are off, because Miniflare's imitation of the platform's rate limits costs up to a
millisecond of processor time; deployed, they are the platform's.`;

export const NOT_COMPARABLE = `## What is not comparable, and why

- **node-oidc-provider stores everything in a \`Map\` of its own process**, which a restart empties and a second process does
  not see. The adapter is the benchmark's, because the package's own one drops what exceeds a thousand entries and walks over
  all tokens of a grant whenever one is added. Ours writes to a Durable Object with SQLite. A store behind a network adds to
  node-oidc-provider's time what that store costs.
- **Node.js and workerd** are different hosts.
- **KV and D1 are local simulators**, which run inside the process that is measured: deployed, an operation is the
  platform's, and is waited for and paid for by the operation.
- **workers-oauth-provider** leaves signing in and consent to its application. The one here does nothing for either, so its
  authorization request is not in the table. By default it ends a user's older grants with each new one: that is off, or no
  two codes could be prepared. It issues opaque tokens only, and has no client credentials, introspection, UserInfo or keys.
- **better-auth** signs everything with ES256 here, so it is not in the row with an RS256 ID token, and its machines have
  secrets. It has no login page of its own. Its instance is kept for the isolate.
- **node-oidc-provider** does not introspect JWTs.
- **Hono with jose and plain JavaScript** verify the tokens of our authorization server. Plain JavaScript is the bound: in the
  row "JWT seen before" it remembers which tokens it has verified, as ours does. Hono with jose verifies each time, as its
  documentation has it. Neither looks for revocation; nor does ours in these rows, as deployed.
- **The open route** of ours is the resource's metadata with headers for browsers, a log line and a request id. The peers'
  is the word "hello".
- **An authorization request makes a grant** in ours, which is a new Durable Object, and so does client credentials with an
  opaque token. node-oidc-provider has one grant for each browser and client, and better-auth a row for the code.
  The users of ours are many, since a client has at most a hundred grants of one user.
- **Each refresh token is renewed four times**, and then another grant takes its place. People renew theirs every few minutes.
- **Every system signs access tokens with ES256** where it issues JWTs.
- One machine is not a deployment: there is no network, and the load generator has its share of the processors.`;
