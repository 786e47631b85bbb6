// workers-oauth-provider in one worker, as its documentation has it. Who signs in is its application's business: this one
// takes everyone for one user and asks for no consent, which is less than any application does.

import { OAuthProvider } from "@cloudflare/workers-oauth-provider";

const api = {
  fetch(_request, _env, context) {
    return Response.json({ sub: context.props.userId });
  },
};

/** The helpers' way to make a client is the application's too: the benchmark asks for one. */
async function prepare(request, env) {
  const url = new URL(request.url);
  if (url.pathname === "/hello") return new Response("hello");
  if (url.pathname === "/clients") return Response.json(await env.OAUTH_PROVIDER.createClient(await request.json()));
  if (url.pathname !== "/authorize") return new Response(null, { status: 404 });
  const asked = await env.OAUTH_PROVIDER.parseAuthRequest(request);
  const { redirectTo } = await env.OAUTH_PROVIDER.completeAuthorization({
    request: asked,
    userId: "ada",
    metadata: {},
    scope: asked.scope,
    props: { userId: "ada" },
    // By default each authorization ends the ones before: then no two codes could be prepared.
    revokeExistingGrants: false,
  });
  return Response.redirect(redirectTo, 302);
}

/** The resource's identifier is known when the first request comes: made once for the isolate. */
let provider;

function providerFor({ ORIGIN }) {
  provider ??= new OAuthProvider({
    apiRoute: "/api",
    apiHandler: api,
    defaultHandler: { fetch: prepare },
    authorizeEndpoint: "/authorize",
    tokenEndpoint: "/oauth/token",
    scopesSupported: ["read", "offline_access"],
    resourceMetadata: { resource: `${ORIGIN}/api`, authorization_servers: [ORIGIN] },
  });
  return provider;
}

export default {
  fetch(request, env, context) {
    return providerFor(env).fetch(request, env, context);
  },
};
