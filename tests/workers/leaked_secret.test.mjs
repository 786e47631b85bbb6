// OSTIARY_SECRET has leaked, and an attacker reads the jti of an access token in a log: nothing that the published algorithms make of
// both is accepted, and nothing ends by it. Numbers in brackets are rows of docs/threats.md.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import { after, before, test } from 'node:test';
import { ok, tokenError, tokenRefused } from '../support/expect.mjs';
import { introspect, obtainCode, offlineFlow, redeem, refresh, revoke, signIn, userinfo } from '../support/flow.mjs';
import { decode, random } from '../support/jwt.mjs';
import { startSystem } from '../support/system.mjs';

let system;
before(async () => {
  system = await startSystem();
});
after(() => system?.stop());

/** The authentication code that the server of before put on everything: HMAC over the length and the text. */
function sealed(secret, body) {
  const hmac = (key, ...parts) => parts.reduce((mac, part) => mac.update(part), crypto.createHmac('sha256', key)).digest();
  const key = hmac(Buffer.from(secret, 'base64url'), 'ostiary/v1/credential');
  const length = Buffer.alloc(8);
  length.writeBigUInt64BE(BigInt(Buffer.byteLength(body)));
  return `${body}.${hmac(key, length, body).toString('base64url')}`;
}

function forged(secret, grant) {
  const part = random(16);
  const soon = Math.floor(Date.now() / 1000) + 300;
  const bodies = [`c1.${grant}`, `c2.${grant}.${part}`, `a1.${grant}.${soon}.${random(12)}`, `a1.${grant}.${soon}.${random(12)}${part}`];
  for (let generation = 0; generation < 3; generation += 1) bodies.push(`r1.${grant}.${generation}`, `r2.${grant}.${generation}.${part}`);
  return bodies.map((body) => sealed(secret, body));
}

async function attack(secret) {
  const jar = await signIn(system, 'ada');
  const flow = await offlineFlow(system, { jar });
  const { access_token, refresh_token } = ok(await refresh(system, 'web-ui', flow.tokens.refresh_token)).json;
  const waiting = await obtainCode(system, { jar });
  const known = decode(access_token).claims.jti.split('.')[0];
  // The algorithm is the real one: it makes what the server made, but for the part that only the grant knows.
  const real = refresh_token.slice(0, refresh_token.lastIndexOf('.'));
  for (const grant of [known, waiting.code.split('.')[1]]) {
    for (const token of forged(secret, grant)) {
      tokenError(await redeem(system, { ...waiting, code: token }), 'invalid_grant');
      tokenError(await refresh(system, 'web-ui', token), 'invalid_grant');
      await revoke(system, 'web-ui', token);
      assert.equal(ok(await introspect(system, token)).json.active, false);
      tokenRefused(await userinfo(system, token));
    }
  }
  ok(await userinfo(system, access_token));
  ok(await refresh(system, 'web-ui', refresh_token));
  ok(await redeem(system, waiting));
  return { real, refresh_token };
}

test('[130] with the current secret and the jti of a token nothing can be made that counts, or that ends anything', async () => {
  const secret = system.secrets('auth').OSTIARY_SECRET;
  const { real, refresh_token } = await attack(secret);
  assert.equal(sealed(secret, real), refresh_token, 'the test forges as the server does');
});

test('[130] nor with the previous one', async () => {
  const leaked = system.secrets('auth').OSTIARY_SECRET;
  await system.restart({ vars: { auth: { OSTIARY_SECRET: random(32), OSTIARY_SECRET_PREVIOUS: leaked } } });
  await attack(leaked);
});
