// A small HTTP client that sees what a browser hides: it follows no redirect, changes no path and keeps
// every header as it arrived.
import http from 'node:http';

const agent = new http.Agent({ keepAlive: true, maxSockets: 128 });

/** One answer: status, headers (lower case; `set-cookie` a list), raw body, and the URL that was asked. */
export class Answer {
  constructor(url, status, headers, body, milliseconds) {
    Object.assign(this, { url, status, headers, body, milliseconds });
  }
  get text() {
    return this.body.toString('utf8');
  }
  get json() {
    try {
      return JSON.parse(this.text);
    } catch {
      throw new Error(`not JSON (${this.status} from ${this.url}): ${this.text.slice(0, 200)}`);
    }
  }
  get location() {
    return this.headers.location;
  }
  /** The parameters of the redirect's query, each as a list, after exactly one decoding. */
  get redirected() {
    return new URLSearchParams(new URL(this.location, this.url).search);
  }
}

/** Cookies of one browser. Path and port do not matter here: only the authorization server sets any. */
export class CookieJar {
  #cookies = new Map();
  /** Every raw `Set-Cookie` line seen, for the tests that look at attributes. */
  seen = [];
  take(answer) {
    for (const line of answer.headers['set-cookie'] ?? []) {
      this.seen.push(line);
      const [pair, ...attributes] = line.split(';').map((part) => part.trim());
      const at = pair.indexOf('=');
      const [name, value] = [pair.slice(0, at), pair.slice(at + 1)];
      const gone = value === '' || attributes.some((attribute) => /^max-age=(0|-\d+)$/i.test(attribute));
      if (gone) this.#cookies.delete(name);
      else this.#cookies.set(name, value);
    }
  }
  get header() {
    return [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  }
  get values() {
    return [...this.#cookies.values()];
  }
  entries() {
    return [...this.#cookies];
  }
  get(name) {
    return this.#cookies.get(name);
  }
  set(name, value) {
    this.#cookies.set(name, value);
  }
  copy() {
    const copy = new CookieJar();
    for (const [name, value] of this.#cookies) copy.set(name, value);
    return copy;
  }
}

/** Every secret that passed through this client: value → what it is. The last check searches logs and stores for them. */
export const witnessed = new Map();

function witness(value, what) {
  if (typeof value === 'string' && value.length >= 10) witnessed.set(value, what);
}

function witnessRequest(headers, body) {
  if (typeof body === 'string' && /urlencoded/.test(headers['content-type'] ?? '')) {
    for (const [name, value] of new URLSearchParams(body)) {
      if (['password', 'client_secret', 'code_verifier', 'client_assertion'].includes(name)) witness(value, name);
    }
  }
  if (typeof body === 'string' && /json/.test(headers['content-type'] ?? '')) witness(/"password"\s*:\s*"([^"]+)"/.exec(body)?.[1], 'password');
  const basic = /^basic (.+)$/i.exec(headers.authorization ?? '');
  if (basic) witness(Buffer.from(basic[1], 'base64').toString('utf8').split(':').slice(1).join(':'), 'client_secret');
}

function witnessAnswer(answer) {
  if (answer.location) {
    const code = /[?&]code=([^&#]+)/.exec(answer.location);
    if (code) witness(decodeURIComponent(code[1]), 'code');
  }
  for (const line of answer.headers['set-cookie'] ?? []) witness(/^(?:__Host|ostiary)-[^=]+=([^;]+)/.exec(line)?.[1], 'cookie');
  if (!/json/.test(answer.headers['content-type'] ?? '')) return;
  for (const [, name, value] of answer.text.matchAll(/"(access_token|refresh_token|id_token|client_secret|registration_access_token)"\s*:\s*"([^"]+)"/g)) {
    witness(value, name);
  }
  witness(/"request_uri"\s*:\s*"urn:ietf:params:oauth:request_uri:([^"]+)"/.exec(answer.text)?.[1], 'request_uri');
}

export function encodeForm(fields) {
  if (fields === undefined || typeof fields === 'string' || Buffer.isBuffer(fields)) return fields;
  const pairs = Array.isArray(fields) ? fields : Object.entries(fields);
  return new URLSearchParams(pairs.filter(([, value]) => value !== undefined && value !== null)).toString();
}

/**
 * Sends one request. `url`'s path and query go out exactly as written. What it carries counts as secret from then
 * on, unless it is `noise`.
 */
export function send(method, url, { headers = {}, body, jar, timeout = 30_000, fresh = false, noise = false } = {}) {
  const match = /^http:\/\/([^/:]+)(?::(\d+))?(.*)$/s.exec(url);
  if (!match) throw new Error(`not an http URL: ${url}`);
  const [, hostname, port, path] = match;
  const cookie = jar?.header;
  const sent = { ...(cookie ? { cookie } : {}), ...headers };
  if (body !== undefined) sent['content-length'] ??= Buffer.byteLength(body);
  if (!noise) witnessRequest(sent, body);
  const started = performance.now();
  return new Promise((resolve, reject) => {
    const request = http.request(
      { method, hostname, port, path: path || '/', headers: sent, agent: fresh ? false : agent, timeout },
      (response) => {
        const chunks = [];
        response.on('data', (chunk) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const took = performance.now() - started;
          const answer = new Answer(url, response.statusCode, response.headers, Buffer.concat(chunks), took);
          jar?.take(answer);
          witnessAnswer(answer);
          resolve(answer);
        });
      },
    );
    request.on('timeout', () => request.destroy(new Error(`no answer in ${timeout} ms: ${method} ${url.slice(0, 200)}`)));
    // A kept connection that the other side closed just now says nothing about the server: once more, on a new one.
    request.on('error', (error) => {
      if (error.code === 'ECONNRESET' && request.reusedSocket && !fresh) {
        resolve(send(method, url, { headers, body, jar, timeout, fresh: true, noise }));
      } else reject(error);
    });
    request.end(body);
  });
}

export const get = (url, options) => send('GET', url, options);

/** POSTs a form, urlencoded. */
export function postForm(url, fields, { headers = {}, ...options } = {}) {
  const body = encodeForm(fields);
  return send('POST', url, { ...options, headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers }, body });
}

/** POSTs JSON. */
export function postJson(url, value, { headers = {}, ...options } = {}) {
  const body = typeof value === 'string' ? value : JSON.stringify(value);
  return send('POST', url, { ...options, headers: { 'content-type': 'application/json', ...headers }, body });
}

/** Closes kept connections, so that a test process can end and a stopped server is not spoken to again. */
export function closeConnections() {
  agent.destroy();
}
