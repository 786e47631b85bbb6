// The notation of docs/threats.md as assertions: P400, E(x), T(x), C401.
import assert from 'node:assert/strict';

const say = (answer) => `${answer.status} ${answer.location ?? ''} from ${answer.url.slice(0, 300)}\n${answer.text.slice(0, 600)}`;

export function noStore(answer) {
  assert.match(answer.headers['cache-control'] ?? '', /\bno-store\b/, `Cache-Control of ${say(answer)}`);
}

/** P400: a page of status 400 that sends the browser nowhere. */
export function errorPage(answer, status = 400) {
  assert.equal(answer.status, status, say(answer));
  assert.match(answer.headers['content-type'] ?? '', /^text\/html/, say(answer));
  assert.equal(answer.location, undefined, say(answer));
  noStore(answer);
}

/** E(x): a redirect to the validated redirect URI, with the exact state and the issuer. */
export function errorRedirect(answer, error, { system, redirectUri, state }) {
  assert.ok([302, 303].includes(answer.status), say(answer));
  assert.ok(answer.location.startsWith(redirectUri), say(answer));
  const given = answer.redirected;
  assert.deepEqual(given.getAll('error'), [error], say(answer));
  assert.deepEqual(given.getAll('iss'), [system.auth], say(answer));
  assert.deepEqual(given.getAll('state'), state === undefined ? [] : [state], say(answer));
  for (const name of ['code', 'access_token', 'id_token']) assert.equal(given.get(name), null, say(answer));
  assert.doesNotMatch(answer.location, /#/, say(answer));
  noStore(answer);
}

/** T(x): JSON of RFC 6749 section 5.2. */
export function tokenError(answer, error, status = 400) {
  assert.equal(answer.status, status, say(answer));
  assert.match(answer.headers['content-type'] ?? '', /^application\/json/, say(answer));
  assert.equal(answer.json.error, error, say(answer));
  noStore(answer);
  const description = answer.json.error_description ?? '';
  assert.doesNotMatch(description, /["\\]|[^\x20-\x7e]/, 'error_description keeps to the characters of RFC 6749');
}

/** C401: `challenge` says whether the Authorization header was used. */
export function clientRefused(answer, { challenge }) {
  tokenError(answer, 'invalid_client', 401);
  if (challenge) assert.match(answer.headers['www-authenticate'] ?? '', /^Basic\b/i, say(answer));
  else assert.equal(answer.headers['www-authenticate'], undefined, say(answer));
}

/** A 401 of the resource server for a token that it does not take. */
export function tokenRefused(answer) {
  assert.equal(answer.status, 401, say(answer));
  const challenge = answer.headers['www-authenticate'] ?? '';
  assert.match(challenge, /^Bearer\b/, say(answer));
  assert.match(challenge, /error="invalid_token"/, say(answer));
}

export function ok(answer, status = 200) {
  assert.equal(answer.status, status, say(answer));
  return answer;
}

/** A 503 that asks to come again. */
export function unavailable(answer) {
  assert.equal(answer.status, 503, say(answer));
  assert.ok(Number(answer.headers['retry-after']) > 0, `Retry-After of ${say(answer)}`);
}

/** A line of the log holds all of `texts`. The log comes by another way than the answers, and later. */
export async function logged(system, ...texts) {
  for (let tries = 0; tries < 100; tries += 1) {
    if (system.log.some((line) => texts.every((text) => line.includes(text)))) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  assert.fail(`no line of the log has ${texts.join(' and ')}:\n${system.log.slice(-20).join('\n')}`);
}
