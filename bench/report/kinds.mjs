// The rows of the table, in its order, and the systems that are its columns.

/** What is measured; a system without a row has not got the thing. */
export const KINDS = [
  { key: "open", name: "an open route", about: "metadata of the resource from prepared bytes; peers: `hello`" },
  { key: "jwt_seen", name: "API, JWT seen before", about: "50 tokens in turn, without a look for revocation, as deployed" },
  { key: "jwt_new", name: "API, JWT new each time" },
  { key: "opaque_kept", name: "API, opaque token", about: "20 tokens in turn; our resource server keeps an answer for 5 s" },
  { key: "machine_secret", name: "client credentials, secret, JWT (ES256)" },
  { key: "machine_assertion", name: "client credentials, assertion, JWT (ES256)" },
  { key: "machine_opaque", name: "client credentials, opaque token" },
  { key: "code", name: "code with PKCE, no ID token" },
  { key: "code_id_token", name: "code with PKCE, ID token (RS256)" },
  { key: "refresh", name: "refresh, rotating" },
  { key: "introspect_opaque", name: "introspection, opaque token" },
  { key: "introspect_jwt", name: "introspection, JWT" },
  { key: "userinfo", name: "UserInfo" },
  { key: "discovery", name: "discovery" },
  { key: "keys", name: "keys" },
  { key: "login", name: "login page" },
  { key: "authorize", name: "authorization request, signed in" },
  { key: "run", name: "machine-to-machine run, token kept" },
];

/** What is measured as more is stored. */
export const GROWTH = [
  { key: "introspect_jwt", name: "introspection, JWT" },
  { key: "account", name: "account page" },
  { key: "refresh", name: "refresh" },
  { key: "authorize", name: "authorization request, signed in" },
  { key: "known", name: "login page for one client" },
  { key: "others", name: "login page for another client each time" },
];

export const SYSTEMS = [
  { key: "ours", name: "Ostiary" },
  { key: "plain", name: "plain JavaScript" },
  { key: "hono", name: "Hono with jose" },
  { key: "node_oidc_provider", name: "node-oidc-provider" },
  { key: "workers_oauth_provider", name: "workers-oauth-provider" },
  { key: "better_auth", name: "better-auth" },
];

export const nameOf = (list, key) => list.find((one) => one.key === key)?.name ?? key;
