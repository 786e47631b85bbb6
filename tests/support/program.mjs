// Tests of libraries in other languages: a program goes through the flows and tells its results, one JSON line each.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import http from 'node:http';
import readline from 'node:readline';
import { callerJwk, CLIENTS, walk } from './flow.mjs';
import { CookieJar, get, witnessed } from './http.mjs';

/** The person's part for a program: it GETs `?url=`, and is told the redirect back. */
async function person(system) {
  const server = http.createServer(async (request, response) => {
    const jar = new CookieJar();
    const url = new URL(request.url, 'http://person').searchParams.get('url');
    const answer = await walk(system, get(url, { jar }), { jar }).catch((error) => ({ location: String(error) }));
    response.end(answer.location ?? answer.text);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

/** What a program is told about the system. */
function described(system, port) {
  const clients = Object.fromEntries(
    Object.entries(CLIENTS).map(([id, { secret, redirect }]) => [id, { secret, redirect: redirect?.(system) }]),
  );
  const { app, auth, api } = system;
  return { app, auth, api, person: `http://127.0.0.1:${port}`, clients: { ...clients, caller: { jwk: callerJwk(system) } } };
}

/** Runs a program against the system; each result that it tells is a test below `context`. */
export async function program(context, system, command, words, environment = {}) {
  const server = await person(system);
  const env = { ...process.env, ...environment, OSTIARY_SYSTEM: JSON.stringify(described(system, server.address().port)) };
  const child = spawn(command, words, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  child.stderr.on('data', (part) => (said += part));
  const ended = new Promise((resolve) => child.once('close', resolve).once('error', (error) => resolve(error.message)));
  const results = [];
  for await (const line of readline.createInterface({ input: child.stdout })) {
    const told = JSON.parse(line);
    if (told.secret) witnessed.set(told.secret, told.what);
    else results.push(told);
  }
  const code = await ended;
  server.closeAllConnections();
  server.close();
  for (const { test, error } of results) await context.test(test, () => assert.ok(!error, error));
  assert.equal(code, 0, `${command} ${words.join(' ')} ended with ${code}:\n${said.slice(-3000)}`);
  assert.ok(results.length > 0, 'nothing was tested');
}
