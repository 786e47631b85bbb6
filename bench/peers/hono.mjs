// Hono with jose as resource server, as the documentation of both has it: one key set for the isolate, each token verified.

import { Hono } from "hono";
import { createMiddleware } from "hono/factory";
import { createRemoteJWKSet, jwtVerify } from "jose";

let keys;

const bearer = createMiddleware(async (context, next) => {
  const { ISSUER, RESOURCE } = context.env;
  keys ??= createRemoteJWKSet(new URL(`${ISSUER}/oauth/jwks`));
  const token = /^Bearer (.+)$/.exec(context.req.header("authorization") ?? "")?.[1];
  if (!token) return context.json({ error: "invalid_token" }, 401, { "www-authenticate": "Bearer" });
  try {
    const { payload } = await jwtVerify(token, keys, { issuer: ISSUER, audience: RESOURCE, typ: "at+jwt", algorithms: ["ES256"] });
    context.set("claims", payload);
  } catch {
    return context.json({ error: "invalid_token" }, 401, { "www-authenticate": 'Bearer error="invalid_token"' });
  }
  await next();
});

const app = new Hono();
app.get("/hello", (context) => context.text("hello"));
app.get("/api/protected", bearer, (context) => {
  const { sub, scope } = context.get("claims");
  return context.json({ sub, scope });
});

export default app;
