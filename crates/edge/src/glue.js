// A request as one text, its body within bounds, and an answer as one call: each step over the border between JavaScript
// and WebAssembly costs more than what is done on either side.

/** The headers that a handler looks at, in the order of `request::USED`. No other is read. */
const USED = ["authorization", "content-type", "cookie", "origin", "accept", "dpop", "sec-fetch-site", "if-none-match"];

/** A header as a line: a colon before its value, and nothing where there is none. */
const line = (value) => (value === null ? "\n" : `\n:${value}`);

/**
 * What Cloudflare's edge says of a request, whatever the caller sent: a request without the edge's properties did not come
 * through it, and such headers of it are the caller's own invention.
 */
const fromTheEdge = (request, name) => {
  const value = request.headers.get(name);
  return value !== null && request.cf ? value : null;
};

/** Method, URL, the edge's id and address, whether there is a body, and the headers: a line each. */
export function head(request) {
  const { headers } = request;
  let text = `${request.method}\n${request.url}${line(fromTheEdge(request, "cf-ray"))}${line(fromTheEdge(request, "cf-connecting-ip"))}`;
  text += request.body === null ? "\n" : line(headers.get("content-length") ?? "");
  for (const name of USED) text += line(headers.get(name));
  return text;
}

const TOO_LARGE = 413;
const UNREADABLE = 400;
const TOO_SLOW = 408;

/** The bytes of a request's body, or the status that refuses it, within `milliseconds`. */
export function body(request, isShort, limit, patience, milliseconds) {
  // A timer that is not reached ends with the request; to clear it costs more than all the rest of it.
  const late = new Promise((resolve) => setTimeout(resolve, milliseconds, TOO_SLOW));
  return Promise.race([bytes(request, isShort, limit, patience), late]);
}

/**
 * The bytes of a request's or a response's body, or a status. One whose announced length is within the limit is read at
 * once; any other chunk by chunk. What is over the limit is dropped, not kept; it is taken for a while, `patience` bytes,
 * because many callers listen to the answer only once they have sent all.
 */
export function bytes(message, isShort, limit, patience) {
  const read = isShort ? whole(message, limit) : chunks(message.body ?? [], limit, patience);
  return read.catch(() => UNREADABLE);
}

async function whole(message, limit) {
  const bytes = new Uint8Array(await message.arrayBuffer());
  return bytes.length > limit ? TOO_LARGE : bytes;
}

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
  const [status, ...lines] = head.split("\n");
  const headers = new Headers();
  for (let index = 0; index < lines.length; index += 2) headers.append(lines[index], lines[index + 1]);
  // The bytes are WebAssembly's, which writes others there next.
  return new Response(isBodiless ? null : bytes.slice(), { status: Number(status), headers });
}
