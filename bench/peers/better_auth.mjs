// better-auth with its OAuth provider on D1, as its documentation has it; the instance is kept for the isolate.
// Two paths are the benchmark's own: one migrates the database, one makes a client.

import { oauthProvider } from "@better-auth/oauth-provider";
import { betterAuth } from "better-auth";
import { getMigrations } from "better-auth/db/migration";
import { jwt } from "better-auth/plugins";

let auth;

function authFor({ DB, ORIGIN, RESOURCE }) {
  auth ??= betterAuth({
    baseURL: ORIGIN,
    secret: "a-secret-of-the-benchmarks-0123456789",
    database: DB,
    emailAndPassword: { enabled: true },
    rateLimit: { enabled: false },
    telemetry: { enabled: false },
    logger: { level: "error" },
    disabledPaths: ["/token"],
    plugins: [
      jwt({ jwks: { keyPairConfig: { alg: "ES256" } }, disableSettingJwtHeader: true }),
      oauthProvider({
        loginPage: "/sign-in",
        consentPage: "/consent",
        scopes: ["openid", "profile", "offline_access", "read"],
        resources: [RESOURCE],
        enforcePerClientResources: false,
        clientPrivileges: () => true,
        silenceWarnings: { oauthAuthServerConfig: true, openidConfig: true },
      }),
    ],
  });
  return auth;
}

export default {
  async fetch(request, env) {
    const own = authFor(env);
    const { pathname } = new URL(request.url);
    if (pathname === "/migrate") {
      await (await getMigrations(own.options)).runMigrations();
      return new Response(null, { status: 200 });
    }
    if (pathname === "/clients") return Response.json(await own.api.adminCreateOAuthClient({ body: await request.json(), headers: request.headers }));
    if (pathname === "/hello") return new Response("hello");
    return own.handler(request);
  },
};
