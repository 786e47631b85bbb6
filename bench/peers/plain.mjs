// The bound: what is least possible in JavaScript. A route that says hello, and a resource server without a router, one that
// verifies each token and one that remembers which it has verified.

let keys;

/** The issuer's keys, imported once and never asked for again. */
function keysOf(issuer) {
  keys ??= fetch(`${issuer}/oauth/jwks`)
    .then((response) => response.json())
    .then(async (set) => {
      const ours = set.keys.filter(({ alg }) => alg === "ES256");
      const parts = ours.map(async (jwk) => [jwk.kid, await crypto.subtle.importKey("jwk", jwk, { name: "ECDSA", namedCurve: "P-256" }, false, ["verify"])]);
      return new Map(await Promise.all(parts));
    });
  return keys;
}

function bytesOf(base64url) {
  const text = atob(base64url.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0));
}

const jsonOf = (base64url) => JSON.parse(new TextDecoder().decode(bytesOf(base64url)));

async function verified(token, { ISSUER, RESOURCE }) {
  const [head, body, signature] = token.split(".");
  const { alg, kid, typ } = jsonOf(head);
  const key = (await keysOf(ISSUER)).get(kid);
  if (alg !== "ES256" || typ !== "at+jwt" || !key) return undefined;
  const signed = new TextEncoder().encode(`${head}.${body}`);
  const isRight = await crypto.subtle.verify({ name: "ECDSA", hash: "SHA-256" }, key, bytesOf(signature), signed);
  const claims = jsonOf(body);
  const isFor = [claims.aud].flat().includes(RESOURCE);
  return isRight && claims.iss === ISSUER && isFor && claims.exp > Date.now() / 1000 ? claims : undefined;
}

const MOST = 1_000;
const seen = new Map();

async function remembered(token, env) {
  const known = seen.get(token);
  if (known && known.exp > Date.now() / 1000) return known;
  const claims = await verified(token, env);
  if (claims) {
    if (seen.size >= MOST) seen.delete(seen.keys().next().value);
    seen.set(token, claims);
  }
  return claims;
}

export default {
  async fetch(request, env) {
    const path = new URL(request.url).pathname;
    if (path === "/hello") return new Response("hello");
    const token = request.headers.get("authorization")?.slice(7) ?? "";
    const claims = await (path === "/remembering" ? remembered : verified)(token, env);
    return claims ? Response.json({ sub: claims.sub, scope: claims.scope }) : new Response(null, { status: 401 });
  },
};
