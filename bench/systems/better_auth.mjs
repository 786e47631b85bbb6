// better-auth's OAuth provider: a browser that is signed in, and its rows.

import { createHash } from "node:crypto";
import { basic } from "../../tests/support/flow.mjs";
import { random } from "../../tests/support/jwt.mjs";
import { form, request } from "../load/connection.mjs";
import { all, chain, codeOf, good, inTurn, isToken, once, one, same } from "./rows.mjs";
import { startWorker } from "./worker.mjs";

const REDIRECT = "https://client.example/callback";
const RESOURCE = "https://api.example";
const VERIFIER = random(32);
const CHALLENGE = createHash("sha256").update(VERIFIER).digest("base64url");
const JSON_BODY = { "content-type": "application/json" };

export async function startBetterAuth() {
  const running = await startWorker("better_auth", (origin) => ({
    d1Databases: { DB: "better-auth" },
    bindings: { ORIGIN: origin, RESOURCE },
    compatibilityFlags: ["nodejs_compat"],
  }));
  const { origin, port } = running;
  const post = (path, body, headers = {}) => request("POST", `${origin}${path}`, { ...JSON_BODY, origin, ...headers }, JSON.stringify(body));
  const migrated = await one(port, post("/migrate", {}));
  if (migrated.status !== 200) throw new Error(`better-auth cannot migrate: ${migrated.status} ${migrated.text.slice(0, 300)}`);
  const signedUp = await one(port, post("/api/auth/sign-up/email", { name: "Ada", email: "ada@example.com", password: "lovelace-1843" }));
  good(signedUp);
  const cookie = [...signedUp.head.matchAll(/^set-cookie: ([^;\r\n]+)/gim)].map(([, pair]) => pair).join("; ");
  const registered = async (client) => good(await one(port, post("/clients", { token_endpoint_auth_method: "client_secret_basic", ...client }, { cookie })));
  const web = await registered({ client_name: "web", redirect_uris: [REDIRECT], grant_types: ["authorization_code", "refresh_token"], scope: "openid profile offline_access read", skip_consent: true });
  const machine = await registered({ client_name: "machine", redirect_uris: [REDIRECT], grant_types: ["client_credentials"], scope: "read", client_credentials_scopes: ["read"] });
  const asked = (client, path, fields) => form(`${origin}/api/auth/oauth2/${path}`, fields, basic(client.client_id, client.client_secret));
  function authorize(scope, resource) {
    const params = { response_type: "code", client_id: web.client_id, redirect_uri: REDIRECT, scope, state: random(), code_challenge: CHALLENGE, code_challenge_method: "S256", ...(resource ? { resource } : {}) };
    return request("GET", `${origin}/api/auth/oauth2/authorize?${new URLSearchParams(params)}`, { cookie });
  }
  const redeem = (code, resource) => asked(web, "token", { grant_type: "authorization_code", code, redirect_uri: REDIRECT, code_verifier: VERIFIER, ...(resource ? { resource } : {}) });
  const codes = async (scope, count, resource) => (await all(port, Array.from({ length: count }, () => authorize(scope, resource)))).map(codeOf);
  const grants = async (scope, count, resource) => (await all(port, (await codes(scope, count, resource)).map((code) => redeem(code, resource)))).map(good);
  const refresh = (token) => asked(web, "token", { grant_type: "refresh_token", refresh_token: token, resource: RESOURCE });
  const opaque = (await grants("openid profile", 20)).map(({ access_token: token }) => token);
  const jwts = (await grants("read", 20, RESOURCE)).map(({ access_token: token }) => token);
  const isActive = (answer) => answer.status === 200 && answer.body.includes('"active":true');
  const introspecting = (tokens) => inTurn(port, tokens.map((token) => asked(web, "introspect", { token })), isActive);
  const rows = {
    machine_secret: same(port, asked(machine, "token", { grant_type: "client_credentials", scope: "read", resource: RESOURCE }), isToken),
    machine_opaque: same(port, asked(machine, "token", { grant_type: "client_credentials", scope: "read" }), isToken),
    code: once(port, async (count) => (await codes("read", count, RESOURCE)).map((code) => redeem(code, RESOURCE)), isToken),
    refresh: chain(port, {
      begin: async (count) => (await grants("read offline_access", count, RESOURCE)).map(({ refresh_token: token }) => token),
      ask: refresh,
      follow: (answer) => answer.json.refresh_token,
    }),
    introspect_opaque: introspecting(opaque),
    introspect_jwt: introspecting(jwts),
    userinfo: inTurn(port, opaque.map((token) => request("GET", `${origin}/api/auth/oauth2/userinfo`, { authorization: `Bearer ${token}` }))),
    discovery: same(port, request("GET", `${origin}/api/auth/.well-known/openid-configuration`)),
    keys: same(port, request("GET", `${origin}/api/auth/jwks`)),
    authorize: once(port, (count) => Array.from({ length: count }, () => authorize("openid read")), ({ head }) => /[?&]code=/.test(head)),
  };
  const exactlyOnce = {
    code: async () => redeem((await codes("read", 1, RESOURCE))[0], RESOURCE),
    refresh: async () => refresh((await grants("read offline_access", 1, RESOURCE))[0].refresh_token),
  };
  return { ...running, rows, exactlyOnce };
}
