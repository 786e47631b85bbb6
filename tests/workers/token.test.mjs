// The token endpoint and the authorization_code grant. Numbers in brackets are rows of docs/threats.md.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { noStore, ok, tokenError, tokenRefused } from '../support/expect.mjs';
import {
  basic, CLIENTS, callApi, fullCodeFlow, machineToken, obtainCode, offlineFlow, redeem, refresh, signIn, token,
} from '../support/flow.mjs';
import { encodeForm, get, postForm, send, witnessed } from '../support/http.mjs';
import { decode, now, random, verifies } from '../support/jwt.mjs';
import { startSystem } from '../support/system.mjs';

let system;
let endpoint;
let ada;
// Made first and redeemed last, so that its minute passes while the other tests run.
let aged;
let agedFrom;
before(async () => {
  system = await startSystem();
  endpoint = `${system.auth}/oauth/token`;
  ada = await signIn(system, 'ada');
  aged = await code();
  agedFrom = Date.now();
});
after(() => system?.stop());

const code = (options = {}) => obtainCode(system, { jar: ada.copy(), ...options });
const machine = { grant_type: 'client_credentials', scope: 'read:students' };
const raw = (body, contentType) =>
  send('POST', endpoint, {
    headers: { ...basic('client-123', CLIENTS['client-123'].secret), ...(contentType ? { 'content-type': contentType } : {}) },
    body,
  });

describe('the request', () => {
  for (const method of ['GET', 'PUT', 'DELETE', 'PATCH', 'HEAD']) {
    test(`[43] ${method} is 405 with Allow: POST`, async () => {
      const answer = await send(method, endpoint);
      assert.equal(answer.status, 405);
      assert.match(answer.headers.allow, /\bPOST\b/);
    });
  }

  const types = {
    JSON: ['application/json', JSON.stringify(machine)],
    multipart: ['multipart/form-data; boundary=x', '--x\r\ncontent-disposition: form-data; name="grant_type"\r\n\r\nclient_credentials\r\n--x--'],
    'text/plain': ['text/plain', encodeForm(machine)],
    'no content type': [undefined, encodeForm(machine)],
    'latin-1 bytes': ['application/x-www-form-urlencoded; charset=iso-8859-1', Buffer.from(`${encodeForm(machine)}&x=\xe9`, 'latin1')],
    'a malformed content type': [';;;', encodeForm(machine)],
  };
  for (const [what, [type, body]] of Object.entries(types)) {
    test(`[44] ${what} is invalid_request`, async () => tokenError(await raw(body, type), 'invalid_request'));
  }

  for (const type of [
    'application/x-www-form-urlencoded; charset=utf-8', 'application/x-www-form-urlencoded;charset=UTF-8',
    'Application/X-WWW-Form-URLencoded', 'application/x-www-form-urlencoded; charset="utf-8"',
    // Some Java clients add this by default; the form is ASCII.
    'application/x-www-form-urlencoded; charset=ISO-8859-1',
  ]) {
    test(`[44] ${type} is accepted`, async () => ok(await raw(encodeForm(machine), type)));
  }

  test('[45] a repeated key is invalid_request', async () => {
    for (const extra of ['grant_type=client_credentials', 'scope=read', 'scope=read%3Astudents']) {
      tokenError(await raw(`${encodeForm(machine)}&${extra}`, 'application/x-www-form-urlencoded'), 'invalid_request');
    }
  });

  // MSAL for JavaScript always adds such a parameter, and it cannot be switched off (its issue 7666); for a machine's token it
  // is in the body too.
  test('[45] a parameter in the URL that means nothing here is ignored', async () => {
    const headers = basic('client-123', CLIENTS['client-123'].secret);
    const parameter = { 'client-request-id': random() };
    const url = `${endpoint}?${encodeForm(parameter)}`;
    ok(await postForm(url, machine, { headers }));
    ok(await postForm(url, { ...machine, ...parameter }, { headers }));
  });

  test('[45] a key in body and query is invalid_request', async () => {
    const headers = basic('client-123', CLIENTS['client-123'].secret);
    tokenError(await postForm(`${endpoint}?grant_type=client_credentials`, machine, { headers }), 'invalid_request');
  });

  for (const [what, bytes] of [['NUL', '%00'], ['%ff', '%ff'], ['a raw byte that is no UTF-8', Buffer.from([0xff])], ['half a percent', '%4']]) {
    test(`[45] ${what} is invalid_request`, async () => {
      const body = Buffer.concat([Buffer.from(`${encodeForm(machine)}&x=`), Buffer.from(bytes)]);
      tokenError(await raw(body, 'application/x-www-form-urlencoded'), 'invalid_request');
    });
  }

  test('[46] an absent or empty grant_type is invalid_request', async () => {
    tokenError(await token(system, 'client-123', { scope: 'read:students' }), 'invalid_request');
    tokenError(await token(system, 'client-123', { grant_type: '' }), 'invalid_request');
    tokenError(await token(system, 'client-123', {}), 'invalid_request');
  });

  for (const grant_type of ['password', 'implicit', 'Authorization_Code', 'nonsense', 'client_credentials ']) {
    test(`[46] grant_type ${JSON.stringify(grant_type)} is unsupported_grant_type`, async () => {
      const fields = { grant_type, username: 'ada', password: 'no-password-of-hers' };
      tokenError(await token(system, 'client-123', fields), 'unsupported_grant_type');
    });
  }

  test('[46] a grant that is not this client\'s is unauthorized_client', async () => {
    const fields = { grant_type: 'authorization_code', code: 'x', redirect_uri: 'http://localhost:9999/callback' };
    tokenError(await token(system, 'client-123', fields), 'unauthorized_client');
    tokenError(await token(system, 'client-123', { grant_type: 'refresh_token', refresh_token: 'x' }), 'unauthorized_client');
  });

  test('a missing code is invalid_request', async () => {
    tokenError(await token(system, 'web-ui', { grant_type: 'authorization_code' }), 'invalid_request');
    tokenError(await token(system, 'web-ui', { grant_type: 'refresh_token' }), 'invalid_request');
  });

  test('[117] the SPA may read the answer from its own origin, without credentials', async () => {
    const headers = { origin: system.app, 'access-control-request-method': 'POST', 'access-control-request-headers': 'content-type' };
    const preflight = await send('OPTIONS', endpoint, { headers });
    assert.ok([200, 204].includes(preflight.status), String(preflight.status));
    assert.equal(preflight.headers['access-control-allow-origin'], '*');
    const answer = await postForm(endpoint, { grant_type: 'x', client_id: 'web-ui' }, { headers: { origin: system.app } });
    assert.equal(answer.headers['access-control-allow-origin'], '*');
    assert.equal(answer.headers['access-control-allow-credentials'], undefined);
  });
});

describe('a good answer', () => {
  test('[47] is JSON, not stored, with integer expires_in, token_type and scope', async () => {
    const { redeemed, tokens } = await offlineFlow(system, { jar: ada.copy() });
    assert.match(redeemed.headers['content-type'], /^application\/json/);
    noStore(redeemed);
    assert.equal(tokens.token_type, 'Bearer');
    assert.equal(tokens.expires_in, 300);
    assert.ok(tokens.access_token && tokens.id_token && tokens.refresh_token);
    assert.match(tokens.refresh_token, /^r2\./);
    for (const scope of ['openid', 'profile', 'read', 'write', 'offline_access']) assert.ok(tokens.scope.split(' ').includes(scope), scope);
  });

  test('[84] the access token is at+jwt of RFC 9068 with all its claims', async () => {
    const { tokens } = await fullCodeFlow(system, { jar: ada.copy() });
    const { header, claims } = decode(tokens.access_token);
    assert.equal(header.typ, 'at+jwt');
    assert.equal(header.alg, 'ES256');
    assert.equal(claims.iss, system.auth);
    assert.equal(claims.sub, 'u_ada');
    assert.equal(claims.client_id, 'web-ui');
    assert.deepEqual([claims.aud].flat(), [system.api]);
    assert.equal(claims.exp - claims.iat, 300);
    assert.ok(Math.abs(claims.iat - now()) < 10);
    assert.ok(claims.jti.length >= 16);
  });

  test('the ID token is for the client, with nonce, auth_time and a signature of the published key', async () => {
    const { tokens, params } = await fullCodeFlow(system, { jar: ada.copy() });
    const { header, claims } = decode(tokens.id_token);
    assert.equal(header.alg, 'RS256');
    assert.equal(claims.iss, system.auth);
    assert.deepEqual([claims.aud].flat(), ['web-ui']);
    assert.equal(claims.sub, 'u_ada');
    assert.equal(claims.nonce, params.nonce);
    assert.equal(claims.exp - claims.iat, 600);
    assert.ok(Number.isInteger(claims.auth_time));
    const { keys } = (await get(`${system.auth}/oauth/jwks`)).json;
    assert.ok(verifies(tokens.id_token, keys.find(({ kid }) => kid === header.kid)));
  });

  test('without openid there is no ID token, without offline_access no surprise', async () => {
    const { tokens } = await fullCodeFlow(system, { jar: ada.copy(), scope: 'read' });
    assert.equal(tokens.id_token, undefined);
    ok(await callApi(system, '/api/protected', tokens.access_token));
  });

  test('two flows give different jti', async () => {
    const [first, second] = [await fullCodeFlow(system, { jar: ada.copy() }), await fullCodeFlow(system, { jar: ada.copy() })];
    assert.notEqual(decode(first.tokens.access_token).claims.jti, decode(second.tokens.access_token).claims.jti);
  });

  test('a resource with a trailing slash names the same resource', async () => {
    const obtained = await code({ resource: `${system.api}/` });
    const { access_token } = ok(await redeem(system, obtained, { resource: `${system.api}/` })).json;
    assert.deepEqual([decode(access_token).claims.aud].flat(), [system.api]);
    ok(await callApi(system, '/api/protected', access_token));
  });
});

describe('codes', () => {
  test('[48] a second use is invalid_grant and ends what the first one gave', async () => {
    const flow = await offlineFlow(system, { jar: ada.copy() });
    tokenError(await redeem(system, flow), 'invalid_grant');
    tokenError(await refresh(system, 'web-ui', flow.tokens.refresh_token), 'invalid_grant');
    const info = await get(`${system.auth}/oauth/userinfo`, { headers: { authorization: `Bearer ${flow.tokens.access_token}` } });
    tokenRefused(info);
  });

  test('[48] a public client\'s used code in a stranger\'s hands ends nothing', async () => {
    const flow = await offlineFlow(system, { jar: ada.copy() });
    for (const code_verifier of [undefined, random(32), flow.params.code_challenge]) {
      tokenError(await redeem(system, flow, { code_verifier }), 'invalid_grant');
      tokenError(await redeem(system, flow, { code_verifier, redirect_uri: undefined }), 'invalid_grant');
    }
    // The challenge is no secret, and is stored.
    witnessed.delete(flow.params.code_challenge);
    ok(await get(`${system.auth}/oauth/userinfo`, { headers: { authorization: `Bearer ${flow.tokens.access_token}` } }));
    ok(await refresh(system, 'web-ui', flow.tokens.refresh_token));
  });

  test('[48] a used code of a client that authenticates ends its grant whatever the verifier', async () => {
    const flow = await offlineFlow(system, { clientId: 'web-app', jar: ada.copy() });
    tokenError(await redeem(system, flow, { code_verifier: random(32) }), 'invalid_grant');
    tokenError(await refresh(system, 'web-app', flow.tokens.refresh_token), 'invalid_grant');
  });

  test('[49] another client\'s use is invalid_grant, revokes nothing, and the owner can still redeem', async () => {
    const obtained = await code();
    const stolen = { grant_type: 'authorization_code', code: obtained.code, redirect_uri: obtained.params.redirect_uri, code_verifier: obtained.verifier };
    tokenError(await token(system, 'web-app', stolen), 'invalid_grant');
    ok(await redeem(system, obtained));
  });

  test('[49] another client that replays a used code revokes nothing', async () => {
    const flow = await offlineFlow(system, { jar: ada.copy() });
    const stolen = { grant_type: 'authorization_code', code: flow.code, redirect_uri: flow.params.redirect_uri, code_verifier: flow.verifier };
    tokenError(await token(system, 'web-app', stolen), 'invalid_grant');
    ok(await refresh(system, 'web-ui', flow.tokens.refresh_token));
  });

  test('[51] a code is no refresh token, a refresh token no code, and neither changes state', async () => {
    const obtained = await code({ scope: 'openid read offline_access' });
    tokenError(await refresh(system, 'web-ui', obtained.code), 'invalid_grant');
    const { refresh_token } = ok(await redeem(system, obtained)).json;
    tokenError(await redeem(system, { ...obtained, code: refresh_token }), 'invalid_grant');
    ok(await refresh(system, 'web-ui', refresh_token));
  });

  const forgeries = {
    'an empty secret': (given) => given.replace(/\.[^.]*$/, '.'),
    'another secret': (given) => given.replace(/\.[^.]*$/, `.${'A'.repeat(43)}`),
    'one character more': (given) => `${given}A`,
    'one character less': (given) => given.slice(0, -1),
    'the prefix of a refresh token': (given) => given.replace(/^c2/, 'r2'),
    'the form without a part': (given) => given.replace(/^c2(\.[^.]+)\.[^.]+/, 'c1$1'),
    'a grant that never was': () => `c1.${'A'.repeat(22)}.${'A'.repeat(43)}`,
    'no form at all': () => 'nonsense',
    'thousands of dots': () => '.'.repeat(5_000),
    'letters of other scripts': () => 'c1.漢.é',
  };
  for (const [what, forge] of Object.entries(forgeries)) {
    test(`[51] a forged code with ${what} is invalid_grant and changes nothing`, async () => {
      const obtained = await code();
      for (let attempt = 0; attempt < 6; attempt += 1) {
        tokenError(await redeem(system, { ...obtained, code: forge(obtained.code) }), 'invalid_grant');
      }
      ok(await redeem(system, obtained));
    });
  }

  test('[51] an access token or an ID token is no code and no refresh token', async () => {
    const { tokens } = await fullCodeFlow(system, { jar: ada.copy() });
    const given = await machineToken(system, 'read:students');
    for (const value of [tokens.access_token, tokens.id_token, given]) {
      tokenError(await refresh(system, 'web-ui', value), 'invalid_grant');
      tokenError(await token(system, 'web-ui', { grant_type: 'authorization_code', code: value, redirect_uri: `${system.app}/callback` }), 'invalid_grant');
    }
  });

  test('[52] one code redeemed 100 times at once gives exactly one success', async () => {
    const obtained = await code();
    const answers = await Promise.all(Array.from({ length: 100 }, () => redeem(system, obtained)));
    assert.equal(answers.filter(({ status }) => status === 200).length, 1, answers.map(({ status }) => status).join());
    for (const answer of answers) if (answer.status !== 200) tokenError(answer, 'invalid_grant');
  });

  test('[52] the same for a confidential client', async () => {
    const obtained = await code({ clientId: 'web-app' });
    const answers = await Promise.all(Array.from({ length: 100 }, () => redeem(system, obtained)));
    assert.equal(answers.filter(({ status }) => status === 200).length, 1);
    assert.equal(answers.filter(({ status }) => status >= 500).length, 0);
  });
});

test('[50] after a minute a code is invalid_grant', async () => {
  await new Promise((resolve) => setTimeout(resolve, agedFrom + 61_500 - Date.now()));
  tokenError(await redeem(system, aged), 'invalid_grant');
});
