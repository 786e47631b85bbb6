// A request as one text, its body within bounds, and an answer as one call: each step over the border between JavaScript
// and WebAssembly costs more than what is done on either side.

/** The headers that a handler looks at, in the order of `request::USED`. No other is read. */
const USED = ["authorization", "content-type", "cookie", "origin", "accept", "dpop", "sec-fetch-site", "if-none-match"];

/** A header as a line: a colon before its value, and nothing where there is none. */
const line = (value) => (value === null ? "\n" : `\n:${value}`);

/**
 * The id and the address that the platform gives a request. On a request with `cf` Cloudflare's edge has set both headers,
 * whatever the caller sent. The runtime by itself, on a machine of one's own, gives the socket's address there, and such
 * headers are then the caller's own invention; so they are on a request without `cf`.
 */
function fromThePlatform({ cf, headers }) {
  if (!cf) return { ray: null, address: null };
  if (cf.clientIp !== undefined) return { ray: null, address: cf.clientIp.replace(/:\d+$/, "").replace(/^\[|\]$/g, "") };
  return { ray: headers.get("cf-ray"), address: headers.get("cf-connecting-ip") };
}

/** Random numbers in store: to draw each by itself would cost more than all the rest of this file. */
const random = new Uint32Array(512);
let unused = 0;

function draw() {
  if (unused === 0) {
    crypto.getRandomValues(random);
    unused = random.length;
  }
  unused -= 1;
  return random[unused].toString(16).padStart(8, "0");
}

/** The id of a request, in headers, pages and the log: the platform's own, else a random one. */
function requestId(ray) {
  if (ray !== null && /^[A-Za-z0-9-]{8,64}$/.test(ray)) return ray;
  return draw() + draw();
}

/** Method, URL, the request's id and address, whether there is a body, and the headers: a line each. */
export function head(request) {
  const { headers } = request;
  const { ray, address } = fromThePlatform(request);
  let text = `${request.method}\n${request.url}\n:${requestId(ray)}${line(address)}`;
  text += request.body === null ? "\n" : line(headers.get("content-length") ?? "");
  for (const name of USED) text += line(headers.get(name));
  return text;
}

const TOO_LARGE = 413;
const UNREADABLE = 400;

/**
 * The bytes of a request's or a response's body, or a status. One whose announced length is within the limit is read at
 * once; any other chunk by chunk. What is over the limit is dropped, not kept; it is taken for a while, `patience` bytes,
 * because many callers listen to the answer only once they have sent all.
 */
export function bytes(message, isShort, limit, patience) {
  const read = isShort ? whole(message, limit) : chunks(message.body ?? [], limit, patience);
  return read.catch(() => UNREADABLE);
}

const whole = (message, limit) => message.arrayBuffer().then((buffer) => (buffer.byteLength > limit ? TOO_LARGE : new Uint8Array(buffer)));

async function chunks(stream, limit, patience) {
  const kept = [];
  let taken = 0;
  for await (const chunk of stream) {
    taken += chunk.length;
    if (taken > limit + patience) break;
    if (taken <= limit) kept.push(chunk);
  }
  if (taken > limit) return TOO_LARGE;
  const bytes = new Uint8Array(taken);
  let end = 0;
  for (const chunk of kept) {
    bytes.set(chunk, end);
    end += chunk.length;
  }
  return bytes;
}

/** The platform's response. `head` has the status, then a line for each name and one for its value. */
export function respond(head, bytes, isBodiless) {
  const lines = head.split("\n");
  const headers = new Headers();
  for (let index = 1; index < lines.length; index += 2) headers.append(lines[index], lines[index + 1]);
  // The bytes are WebAssembly's, which writes others there next.
  return new Response(isBodiless ? null : bytes.slice(), { status: Number(lines[0]), headers });
}

/** A promise, and the way to settle it. */
export const deferred = () => Promise.withResolvers();

/** Answers that are the same for everyone, by URL. A caller chooses the host in it, so there is a bound. */
const kept = new Map();
const MOST_KEPT = 32;

/** Keeps the answer of a request for the next ones. */
export function keep(request, milliseconds, head, bytes) {
  if (kept.size >= MOST_KEPT) kept.clear();
  const [, ...lines] = head.split("\n");
  const headers = [];
  for (let index = 0; index < lines.length; index += 2) headers.push([lines[index], lines[index + 1]]);
  const own = headers.filter(([name]) => name !== "x-request-id");
  const path = JSON.stringify(new URL(request.url).pathname);
  kept.set(request.url, { until: Date.now() + milliseconds, headers: own, bytes: bytes.slice(), path });
}

export function forget() {
  kept.clear();
}

/** What was kept for such a request, with an id and a line in the log of its own. */
export function repeated(request) {
  const found = kept.get(request.url);
  if (found === undefined || request.method !== "GET") return undefined;
  const now = Date.now();
  if (now >= found.until) return undefined;
  const id = requestId(fromThePlatform(request).ray);
  console.log(`{"ts":${now},"request_id":"${id}","method":"GET","path":${found.path},"status":200,"ms":0}`);
  const response = new Response(found.bytes, { headers: found.headers });
  response.headers.set("x-request-id", id);
  return response;
}
