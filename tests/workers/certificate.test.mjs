// Tokens that are bound to a client's certificate (RFC 8705 section 3), at a worker behind the guard whose issuer is this
// test: the authorization server issues none.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import http from 'node:http';
import { after, before, test } from 'node:test';
import { exampleOrigin, examplePort, startExample } from '../support/example.mjs';
import { ok, tokenRefused } from '../support/expect.mjs';
import { closeConnections, get } from '../support/http.mjs';
import { keyPair, now, random, sign } from '../support/jwt.mjs';
import { System } from '../support/system.mjs';

const key = keyPair();
const jwk = { ...key.jwk, kid: 'one', alg: 'ES256', use: 'sig' };
const fingerprint = crypto.createHash('sha256').update('a certificate');
const thumbprint = fingerprint.copy().digest('base64url');
const hexadecimal = fingerprint.digest('hex');

let places;
let issuer;
let server;
let example;
before(async () => {
  // Only its ports: the three workers are not started.
  places = new System({});
  issuer = `http://localhost:${examplePort(places) + 1}`;
  server = http.createServer((_, response) => response.setHeader('content-type', 'application/json').end(JSON.stringify({ keys: [jwk] })));
  await new Promise((resolve) => server.listen(examplePort(places) + 1, '127.0.0.1', resolve));
  example = await startExample(places, { ISSUER: issuer });
});
after(async () => {
  await example?.stop();
  closeConnections();
  server?.close();
  server?.closeAllConnections();
  places?.forget();
});

function call(cnf, certificate) {
  const claims = {
    iss: issuer, aud: exampleOrigin(places), sub: 'u_ada', client_id: 'bank', scope: 'read:notes', jti: random(), iat: now(), exp: now() + 300, ...(cnf ? { cnf } : {}),
  };
  const token = sign({ typ: 'at+jwt', alg: 'ES256', kid: 'one' }, claims, key.privateKey);
  const headers = { authorization: `Bearer ${token}`, ...(certificate ? { 'x-test-certificate': certificate } : {}) };
  return get(`${exampleOrigin(places)}/notes`, { headers });
}

const bound = { 'x5t#S256': thumbprint };

test('a bound token is good on a connection with its certificate, in whichever case the platform writes it', async () => {
  ok(await call(bound, `SUCCESS ${hexadecimal}`));
  ok(await call(bound, `SUCCESS ${hexadecimal.toUpperCase()}`));
});

test('without a certificate, with another, or with one that was not verified it is refused', async () => {
  for (const certificate of [undefined, `SUCCESS ${'0'.repeat(64)}`, 'SUCCESS', 'SUCCESS nonsense', `FAILED:expired ${hexadecimal}`, `NONE ${hexadecimal}`]) {
    tokenRefused(await call(bound, certificate));
  }
});

test('a token that is bound to nothing needs no certificate, and one bound in an unknown way is refused', async () => {
  ok(await call());
  ok(await call(undefined, `SUCCESS ${hexadecimal}`));
  const answer = await call({ 'x5t#S512': thumbprint }, `SUCCESS ${hexadecimal}`);
  assert.equal(answer.status, 401, answer.text);
});
