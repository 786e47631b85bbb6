// What the API passes on of its own introspection, to the bearer of the very token: RFC 7662 for public clients.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ok, tokenRefused } from '../support/expect.mjs';
import { callApi, machineToken, offlineFlow, revoke } from '../support/flow.mjs';
import { get } from '../support/http.mjs';
import { decode } from '../support/jwt.mjs';
import { startSystem } from '../support/system.mjs';

const PATH = '/api/introspection';

let system;
before(async () => {
  system = await startSystem();
});
after(() => system?.stop());

test('the answer is the authorization server\'s, about the token that came', async () => {
  const { tokens } = await offlineFlow(system);
  const answer = ok(await callApi(system, PATH, tokens.access_token));
  assert.match(answer.headers['content-type'], /^application\/json/);
  assert.match(answer.headers['cache-control'], /\bno-store\b/);
  const { claims } = decode(tokens.access_token);
  const { active, sub, client_id: client, jti, exp, token_type: type } = answer.json;
  assert.deepEqual({ active, sub, client, jti, exp, type }, { active: true, sub: 'u_ada', client: 'web-ui', jti: claims.jti, exp: claims.exp, type: 'Bearer' });
});

test('a machine sees the description of its own token', async () => {
  const { json } = ok(await callApi(system, PATH, await machineToken(system, 'read:students')));
  assert.deepEqual([json.active, json.sub], [true, json.client_id]);
});

test('a revoked, a changed or no token learns nothing', async () => {
  const { tokens } = await offlineFlow(system);
  ok(await callApi(system, PATH, tokens.access_token));
  assert.equal((await revoke(system, 'web-ui', tokens.refresh_token)).status, 200);
  for (const token of [tokens.access_token, `${tokens.access_token}x`, 'a1.none']) {
    const answer = await callApi(system, PATH, token);
    tokenRefused(answer);
    assert.equal(answer.json.active, undefined);
  }
  assert.equal((await get(`${system.api}${PATH}`)).status, 401);
});
