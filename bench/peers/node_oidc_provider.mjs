// node-oidc-provider in a process of Node. The options are the first line of standard input:
//   {"port":…,"redirect":…,"resource":…,"clientKey":…,"distant":false}
// Its own memory adapter is for development: it holds 1,000 things and walks over all tokens of a grant whenever one is
// added. This one holds everything in a Map and is the fastest store there can be; with `distant`, each call of it takes a
// turn of the event loop, as any call over a network does.

import { generateKeyPairSync } from "node:crypto";
import { createInterface } from "node:readline";
import Provider from "oidc-provider";

const stored = new Map();
const members = new Map();
let isDistant = false;

const turn = () => (isDistant ? new Promise((done) => setImmediate(done)) : undefined);

class MapAdapter {
  constructor(name) {
    this.name = name;
  }
  #key(id) {
    return `${this.name}:${id}`;
  }
  async upsert(id, payload) {
    await turn();
    const key = this.#key(id);
    stored.set(key, payload);
    if (payload.uid) stored.set(`${this.name}:uid:${payload.uid}`, payload);
    if (!payload.grantId) return;
    if (!members.has(payload.grantId)) members.set(payload.grantId, new Set());
    members.get(payload.grantId).add(key);
  }
  async find(id) {
    await turn();
    const payload = stored.get(this.#key(id));
    return payload && { ...payload };
  }
  async findByUid(uid) {
    return this.find(`uid:${uid}`);
  }
  async findByUserCode() {}
  async consume(id) {
    await turn();
    const payload = stored.get(this.#key(id));
    if (payload) payload.consumed = Math.floor(Date.now() / 1000);
  }
  async destroy(id) {
    await turn();
    stored.delete(this.#key(id));
  }
  async revokeByGrantId(id) {
    await turn();
    for (const key of members.get(id) ?? []) stored.delete(key);
    members.delete(id);
  }
}

function privateJwk(type, options, alg) {
  const { privateKey } = generateKeyPairSync(type, options);
  return { ...privateKey.export({ format: "jwk" }), alg, use: "sig", kid: alg };
}

function clients({ redirect, clientKey }) {
  const secret = { client_secret: "a-secret-of-the-benchmarks-0123456789" };
  const web = { ...secret, grant_types: ["authorization_code", "refresh_token"], response_types: ["code"], redirect_uris: [redirect], id_token_signed_response_alg: "RS256" };
  const machine = { grant_types: ["client_credentials"], response_types: [], redirect_uris: [] };
  return [
    { ...web, client_id: "web" },
    { ...web, client_id: "web-refreshing" },
    { ...web, client_id: "web-opaque" },
    { ...machine, ...secret, client_id: "machine" },
    { ...machine, ...secret, client_id: "machine-opaque" },
    { ...machine, client_id: "machine-keyed", token_endpoint_auth_method: "private_key_jwt", token_endpoint_auth_signing_alg: "ES256", jwks: { keys: [clientKey] } },
  ];
}

function configuration(options) {
  const isOpaque = (client) => client.clientId.endsWith("-opaque");
  return {
    adapter: MapAdapter,
    clients: clients(options),
    jwks: { keys: [privateJwk("ec", { namedCurve: "P-256" }, "ES256"), privateJwk("rsa", { modulusLength: 2048 }, "RS256")] },
    cookies: { keys: ["a-key-of-the-benchmarks"] },
    scopes: ["openid", "offline_access", "read"],
    pkce: { required: () => true },
    rotateRefreshToken: true,
    issueRefreshToken: (_, client) => client.clientId === "web-refreshing",
    findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
    ttl: { AuthorizationCode: 600, AccessToken: 3600, ClientCredentials: 3600, IdToken: 600, RefreshToken: 86_400, Session: 86_400, Grant: 86_400, Interaction: 3600 },
    features: {
      devInteractions: { enabled: true },
      clientCredentials: { enabled: true },
      introspection: { enabled: true },
      userinfo: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: (_, client) => (isOpaque(client) ? undefined : options.resource),
        useGrantedResource: () => true,
        getResourceServerInfo: () => ({ scope: "read", audience: options.resource, accessTokenFormat: "jwt", jwt: { sign: { alg: "ES256" } } }),
      },
    },
  };
}

function start(line) {
  const options = JSON.parse(line);
  isDistant = options.distant === true;
  // What it says of its development features is not news.
  for (const level of ["warn", "info", "log"]) console[level] = () => {};
  const provider = new Provider(`http://localhost:${options.port}`, configuration(options));
  provider.on("server_error", (_, error) => process.stderr.write(`${error.stack}\n`));
  provider.listen(options.port, "127.0.0.1", () => process.stdout.write('{"event":"ready"}\n'));
}

const lines = createInterface({ input: process.stdin });
lines.once("line", start);
lines.on("close", () => process.exit(0));
