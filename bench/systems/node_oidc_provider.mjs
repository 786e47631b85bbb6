// node-oidc-provider: a browser that is signed in, and its rows.

import { createHash } from "node:crypto";
import { join } from "node:path";
import { basic } from "../../tests/support/flow.mjs";
import { forms } from "../../tests/support/html.mjs";
import { CookieJar, get, postForm } from "../../tests/support/http.mjs";
import { keyPair, now, random, sign } from "../../tests/support/jwt.mjs";
import { form, request } from "../load/connection.mjs";
import { ROOT, freePorts, startProcess } from "./process.mjs";
import { all, chain, codeOf, good, inTurn, isToken, once, same } from "./rows.mjs";

const REDIRECT = "https://client.example/callback";
const RESOURCE = "https://api.example";
const SECRET = "a-secret-of-the-benchmarks-0123456789";
const VERIFIER = random(32);
const CHALLENGE = createHash("sha256").update(VERIFIER).digest("base64url");
const ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

function authorizationUrl(origin, clientId, scope) {
  const params = { response_type: "code", client_id: clientId, redirect_uri: REDIRECT, scope, state: random(), code_challenge: CHALLENGE, code_challenge_method: "S256" };
  return `${origin}/auth?${new URLSearchParams(params)}`;
}

/** Follows redirects and fills in whatever form comes, until the client has its code. */
async function consent(origin, clientId, scope, jar) {
  let answer = await get(authorizationUrl(origin, clientId, scope), { jar });
  for (let step = 0; step < 12; step += 1) {
    if (answer.location?.startsWith(REDIRECT)) return;
    if (answer.location) answer = await get(new URL(answer.location, answer.url).href, { jar });
    else {
      const [filled] = forms(answer.text);
      if (!filled) throw new Error(`a form was expected: ${answer.status} ${answer.text.slice(0, 300)}`);
      const fields = filled.hidden.prompt === "login" ? { login: "ada", password: "a password" } : {};
      answer = await postForm(new URL(filled.action, answer.url).href, { ...filled.hidden, ...fields }, { jar });
    }
  }
  throw new Error("no end of pages");
}

async function loginPage(origin) {
  const jar = new CookieJar();
  const answer = await get(authorizationUrl(origin, "web", "openid"), { jar });
  return request("GET", new URL(answer.location, answer.url).href, { cookie: jar.header });
}

export async function startNodeOidcProvider({ distant = false } = {}) {
  const [port] = await freePorts(1);
  const origin = `http://localhost:${port}`;
  const { privateKey, jwk } = keyPair("ES256");
  const options = { port, redirect: REDIRECT, resource: RESOURCE, clientKey: { ...jwk, alg: "ES256", use: "sig", kid: "client" }, distant };
  const running = await startProcess(join(ROOT, "bench/peers/node_oidc_provider.mjs"), options, { runtime: undefined });
  const jar = new CookieJar();
  const scopes = { web: "openid read", "web-refreshing": "openid read", "web-opaque": "openid" };
  for (const [clientId, scope] of Object.entries(scopes)) await consent(origin, clientId, scope, jar);
  const asked = (clientId, fields) => form(`${origin}/token`, fields, basic(clientId, SECRET));
  const authorize = (clientId, scope) => request("GET", authorizationUrl(origin, clientId, scope), { cookie: jar.header });
  const redeem = (clientId, code) => asked(clientId, { grant_type: "authorization_code", code, redirect_uri: REDIRECT, code_verifier: VERIFIER });
  async function codes(clientId, scope, count) {
    return (await all(port, Array.from({ length: count }, () => authorize(clientId, scope)))).map(codeOf);
  }
  async function grants(clientId, scope, count) {
    return (await all(port, (await codes(clientId, scope, count)).map((code) => redeem(clientId, code)))).map(good);
  }
  const refresh = (token) => asked("web-refreshing", { grant_type: "refresh_token", refresh_token: token });
  const assertion = () => sign({ alg: "ES256", kid: "client" }, { iss: "machine-keyed", sub: "machine-keyed", aud: origin, jti: random(), iat: now(), exp: now() + 60 }, privateKey);
  const opaque = (await grants("web-opaque", "openid", 20)).map(({ access_token: token }) => token);
  const code = (scope) => once(port, async (count) => (await codes("web", scope, count)).map((one) => redeem("web", one)), isToken);
  const rows = {
    machine_secret: same(port, asked("machine", { grant_type: "client_credentials", scope: "read" }), isToken),
    machine_assertion: once(port, (count) => Array.from({ length: count }, () => form(`${origin}/token`, {
      grant_type: "client_credentials", scope: "read", client_assertion_type: ASSERTION_TYPE, client_assertion: assertion(),
    })), isToken),
    machine_opaque: same(port, asked("machine-opaque", { grant_type: "client_credentials" }), isToken),
    code: code("read"),
    code_id_token: code("openid read"),
    refresh: chain(port, {
      begin: async (count) => (await grants("web-refreshing", "read", count)).map(({ refresh_token: token }) => token),
      ask: refresh,
      follow: (answer) => answer.json.refresh_token,
    }),
    introspect_opaque: inTurn(port, opaque.map((token) => form(`${origin}/token/introspection`, { token }, basic("web-opaque", SECRET))), (answer) => answer.status === 200 && answer.body.includes('"active":true')),
    userinfo: inTurn(port, opaque.map((token) => request("GET", `${origin}/me`, { authorization: `Bearer ${token}` }))),
    discovery: same(port, request("GET", `${origin}/.well-known/openid-configuration`)),
    keys: same(port, request("GET", `${origin}/jwks`)),
    login: same(port, await loginPage(origin)),
    authorize: once(port, (count) => Array.from({ length: count }, () => authorize("web", "openid read")), ({ head }) => /[?&]code=/.test(head)),
  };
  // A replay ends the grant that all codes of one browser and client share: it consents anew each time.
  const exactlyOnce = {
    async code() {
      await consent(origin, "web", scopes.web, jar);
      return redeem("web", (await codes("web", "openid read", 1))[0]);
    },
    async refresh() {
      await consent(origin, "web-refreshing", scopes["web-refreshing"], jar);
      return refresh((await grants("web-refreshing", "read", 1))[0].refresh_token);
    },
  };
  return { ...running, origin, port, rows, exactlyOnce };
}
