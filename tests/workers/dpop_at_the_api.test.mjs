// Tokens that are bound to a client's key, at the resource server (RFC 9449 section 7). Numbers in brackets are rows of
// docs/threats.md.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import { after, before, test } from 'node:test';
import { ok } from '../support/expect.mjs';
import { basic, CLIENTS, machineToken } from '../support/flow.mjs';
import { get, postForm } from '../support/http.mjs';
import { keyPair, now, random, sign } from '../support/jwt.mjs';
import { startSystem } from '../support/system.mjs';

let system;
let bound;
const key = keyPair();
const stranger = keyPair();
before(async () => {
  system = await startSystem();
  const url = `${system.auth}/oauth/token`;
  const headers = { ...basic('client-123', CLIENTS['client-123'].secret), dpop: proof('POST', url) };
  const answer = ok(await postForm(url, { grant_type: 'client_credentials', scope: 'read:students' }, { headers }));
  assert.equal(answer.json.token_type, 'DPoP');
  bound = answer.json.access_token;
});
after(() => system?.stop());

const hash = (text) => crypto.createHash('sha256').update(text).digest('base64url');

/** A proof of possession; `changes` to its claims. */
function proof(htm, htu, accessToken, { by = key, ...changes } = {}) {
  const claims = { jti: random(), htm, htu, iat: now(), ...(accessToken ? { ath: hash(accessToken) } : {}), ...changes };
  return sign({ typ: 'dpop+jwt', alg: 'ES256', jwk: by.jwk }, claims, by.privateKey);
}

const students = () => `${system.api}/students`;
const call = (authorization, dpop) => get(students(), { headers: { authorization, ...(dpop ? { dpop } : {}) } });
const withProof = (changes) => call(`DPoP ${bound}`, proof('GET', students(), bound, changes));

function refused(answer, error = 'invalid_dpop_proof') {
  assert.equal(answer.status, 401, answer.text);
  assert.match(answer.headers['www-authenticate'], new RegExp(`DPoP [^"]*.*error="${error}".*algs="[^"]*ES256`));
}

test('[83] a bound token with its proof is admitted, as a bearer token it is not', async () => {
  ok(await withProof());
  assert.equal((await call(`Bearer ${bound}`)).status, 401);
  assert.equal((await call(`Bearer ${bound}`, proof('GET', students(), bound))).status, 401);
});

test('[83] an unbound token is not admitted under DPoP', async () => {
  const plain = await machineToken(system, 'read:students');
  assert.equal((await call(`DPoP ${plain}`, proof('GET', students(), plain))).status, 401);
  ok(await call(`Bearer ${plain}`));
});

test('[79] no proof, another key, method, URL, time or token is refused', async () => {
  refused(await call(`DPoP ${bound}`));
  for (const changes of [
    { by: stranger }, { htm: 'POST' }, { htu: `${system.api}/users` }, { iat: now() - 3600 }, { iat: now() + 3600 }, { ath: hash('another') }, { ath: undefined }, { jti: undefined },
  ]) refused(await withProof(changes));
  ok(await withProof());
});

test('[80] query, fragment and case of the URL do not matter', async () => {
  const url = new URL(students());
  for (const htu of [`${students()}?a=1#b`, `HTTP://LOCALHOST:${url.port}/students`]) ok(await withProof({ htu }));
});

test('[81] of fifty requests at once with one proof, one is admitted', async () => {
  const dpop = proof('GET', students(), bound);
  const answers = await Promise.all(Array.from({ length: 50 }, () => call(`DPoP ${bound}`, dpop)));
  assert.equal(answers.filter(({ status }) => status === 200).length, 1);
  for (const answer of answers.filter(({ status }) => status !== 200)) refused(answer);
});

test('[112] a proof that was used is refused after a restart too', async () => {
  const dpop = proof('GET', students(), bound);
  ok(await call(`DPoP ${bound}`, dpop));
  await system.restart();
  refused(await call(`DPoP ${bound}`, dpop));
  ok(await withProof());
});
