// A connection of HTTP/1.1 that is kept: the least work a load generator can do for a request, so that it does not stand in
// the way of what it measures.

import net from "node:net";

const HEAD_END = Buffer.from("\r\n\r\n");

/** One answer: status, head as text, body. */
export class Answer {
  constructor(status, head, body) {
    Object.assign(this, { status, head, body });
  }
  get text() {
    return this.body.toString("utf8");
  }
  get json() {
    return JSON.parse(this.text);
  }
  header(name) {
    return new RegExp(`^${name}: *(.*)$`, "im").exec(this.head)?.[1]?.trim();
  }
}

/** The bytes of a request. `body` is text. */
export function request(method, url, headers = {}, body) {
  const { host, pathname, search } = new URL(url);
  const all = { host, ...headers };
  if (body !== undefined) all["content-length"] = String(Buffer.byteLength(body));
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.from(`${method} ${pathname}${search} HTTP/1.1\r\n${lines.join("")}\r\n${body ?? ""}`);
}

/** A POST of a form. */
export function form(url, fields, headers = {}) {
  const body = new URLSearchParams(Object.entries(fields)).toString();
  return request("POST", url, { "content-type": "application/x-www-form-urlencoded", ...headers }, body);
}

export class Connection {
  #waiting;
  #chunks = [];
  #length = 0;
  #ended = false;

  static open(port) {
    const connection = new Connection();
    return new Promise((resolve, reject) => {
      const socket = net.connect({ port, host: "127.0.0.1", noDelay: true }, () => resolve(connection));
      connection.socket = socket;
      socket.once("error", reject);
      socket.on("error", (error) => connection.#fail(error));
      socket.on("close", () => connection.#fail(new Error("the connection was closed")));
      socket.on("data", (chunk) => connection.#take(chunk));
    });
  }

  /** Whether another request can be sent. */
  get isOpen() {
    return !this.#ended;
  }

  /** Sends one request and waits for its answer. */
  ask(bytes) {
    return new Promise((resolve, reject) => {
      if (this.#ended) return reject(new Error("the connection was closed"));
      this.#waiting = { resolve, reject };
      this.socket.write(bytes);
    });
  }

  close() {
    this.socket.destroy();
  }

  #fail(error) {
    this.#ended = true;
    this.#waiting?.reject(error);
    this.#waiting = undefined;
  }

  #take(chunk) {
    this.#chunks.push(chunk);
    this.#length += chunk.length;
    const buffer = this.#chunks.length === 1 ? chunk : Buffer.concat(this.#chunks, this.#length);
    this.#chunks = [buffer];
    const answer = parse(buffer);
    if (!answer || !this.#waiting) return;
    this.#chunks = [];
    this.#length = 0;
    const { resolve } = this.#waiting;
    this.#waiting = undefined;
    if (/^connection: *close/im.test(answer.head)) this.#ended = true;
    resolve(answer);
  }
}

/** The answer in `buffer` as soon as it is whole. */
export function parse(buffer) {
  const end = buffer.indexOf(HEAD_END);
  if (end < 0) return undefined;
  const head = buffer.toString("latin1", 0, end);
  const status = Number(head.slice(9, 12));
  const rest = buffer.subarray(end + 4);
  const length = /^content-length: *(\d+)/im.exec(head)?.[1];
  if (length !== undefined) return rest.length < Number(length) ? undefined : new Answer(status, head, rest.subarray(0, Number(length)));
  if (/^transfer-encoding: *chunked/im.test(head)) {
    const body = unchunked(rest);
    return body && new Answer(status, head, body);
  }
  return new Answer(status, head, Buffer.alloc(0));
}

function unchunked(buffer) {
  const parts = [];
  for (let at = 0; ; ) {
    const end = buffer.indexOf("\r\n", at);
    if (end < 0) return undefined;
    const size = Number.parseInt(buffer.toString("latin1", at, end), 16);
    if (buffer.length < end + 2 + size + 2) return undefined;
    if (size === 0) return Buffer.concat(parts);
    parts.push(buffer.subarray(end + 2, end + 2 + size));
    at = end + 2 + size + 2;
  }
}
