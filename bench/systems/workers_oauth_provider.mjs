// workers-oauth-provider: its rows.

import { createHash } from "node:crypto";
import { basic } from "../../tests/support/flow.mjs";
import { random } from "../../tests/support/jwt.mjs";
import { form, request } from "../load/connection.mjs";
import { all, chain, codeOf, good, inTurn, isToken, once, one, same } from "./rows.mjs";
import { startWorker } from "./worker.mjs";

const REDIRECT = "https://client.example/callback";
const VERIFIER = random(32);
const CHALLENGE = createHash("sha256").update(VERIFIER).digest("base64url");

export async function startWorkersOauthProvider(bundled = "workers_oauth_provider") {
  const running = await startWorker(bundled, (origin) => ({
    kvNamespaces: { OAUTH_KV: "oauth" },
    bindings: { ORIGIN: origin },
    compatibilityFlags: ["global_fetch_strictly_public"],
  }));
  const { origin, port } = running;
  const client = { redirectUris: [REDIRECT], clientName: "benchmarks", tokenEndpointAuthMethod: "client_secret_basic" };
  const { clientId, clientSecret } = good(await one(port, request("POST", `${origin}/clients`, { "content-type": "application/json" }, JSON.stringify(client))));
  const asked = (fields) => form(`${origin}/oauth/token`, fields, basic(clientId, clientSecret));
  function authorize() {
    const params = { response_type: "code", client_id: clientId, redirect_uri: REDIRECT, scope: "read", state: random(), code_challenge: CHALLENGE, code_challenge_method: "S256" };
    return request("GET", `${origin}/authorize?${new URLSearchParams(params)}`);
  }
  const redeem = (code) => asked({ grant_type: "authorization_code", code, redirect_uri: REDIRECT, code_verifier: VERIFIER });
  const refresh = (token) => asked({ grant_type: "refresh_token", refresh_token: token });
  const codes = async (count) => (await all(port, Array.from({ length: count }, authorize))).map(codeOf);
  const grants = async (count) => (await all(port, (await codes(count)).map(redeem))).map(good);
  const tokens = (await grants(20)).map(({ access_token: token }) => token);
  const rows = {
    open: same(port, request("GET", `${origin}/hello`)),
    opaque_kept: inTurn(port, tokens.map((token) => request("GET", `${origin}/api/protected`, { authorization: `Bearer ${token}` }))),
    code: once(port, async (count) => (await codes(count)).map(redeem), isToken),
    refresh: chain(port, {
      begin: async (count) => (await grants(count)).map(({ refresh_token: token }) => token),
      ask: refresh,
      follow: (answer) => answer.json.refresh_token,
    }),
    discovery: same(port, request("GET", `${origin}/.well-known/oauth-authorization-server`)),
  };
  const exactlyOnce = {
    code: async () => redeem((await codes(1))[0]),
    refresh: async () => refresh((await grants(1))[0].refresh_token),
  };
  return { ...running, rows, exactlyOnce };
}
