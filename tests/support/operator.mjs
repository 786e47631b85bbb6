// The operator's requests: runs, the status, and the receiver of alerts that too many runs fail.
import assert from 'node:assert/strict';
import http from 'node:http';
import { get, postJson, witnessed } from './http.mjs';
import { ok } from './expect.mjs';

export const STUDENTS = [{ id: 1, name: 'Ada' }, { id: 2, name: 'Alan' }];

export const run = (system) => postJson(`${system.app}/m2m/run`, {});
export const status = async (system) => ok(await get(`${system.app}/m2m/status`)).json;

/** So many runs, one after the other. */
export async function runs(system, count) {
  const answers = [];
  for (let made = 0; made < count; made += 1) answers.push(await run(system));
  return answers;
}

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** What `look` finds, as soon as it finds it: what is left until after an answer has not happened when the answer is there. */
export async function eventually(look, within = 10_000) {
  const end = Date.now() + within;
  for (;;) {
    const found = await look();
    if (found) return found;
    assert.ok(Date.now() < end, `not within ${within} ms: ${look}`);
    await pause(50);
  }
}

/** The status when it knows of so many runs. */
export const statusAfter = (system, count) =>
  eventually(async () => {
    const shown = await status(system);
    return shown.counters.runs >= count && shown;
  });

/** A receiver of messages: what came, and what it answers, the last answer for good. */
export class Receiver {
  messages = [];
  paths = [];
  answers = [{ status: 200 }];

  async start() {
    this.server = http.createServer(async (request, response) => {
      const chunks = [];
      for await (const chunk of request) chunks.push(chunk);
      this.paths.push(`${request.method} ${request.url}`);
      this.messages.push(JSON.parse(Buffer.concat(chunks).toString('utf8') || 'null'));
      const { status, headers } = this.answers.length > 1 ? this.answers.shift() : this.answers[0];
      response.writeHead(status, headers).end();
    });
    await new Promise((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    const secret = '/hooks/2f1c7a90d4e84b55';
    witnessed.set(secret.slice(1), 'the webhook');
    this.url = `http://127.0.0.1:${this.server.address().port}${secret}`;
    return this;
  }

  clear() {
    this.messages = [];
    this.paths = [];
  }

  stop() {
    this.server?.closeAllConnections();
    return new Promise((resolve) => (this.server ? this.server.close(resolve) : resolve()));
  }
}
