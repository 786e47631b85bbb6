// Client authentication at the token endpoint. Numbers in brackets are rows of docs/threats.md.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { clientRefused, ok, tokenError } from '../support/expect.mjs';
import { CLIENTS, assertion, assertionClaims, basic, callerJwk, obtainCode, offlineFlow, secretAssertion, signIn, tokenByAssertion } from '../support/flow.mjs';
import { postForm, send } from '../support/http.mjs';
import { importPrivate, keyPair, now, random, sign } from '../support/jwt.mjs';
import { startSystem } from '../support/system.mjs';

let system;
let endpoint;
before(async () => {
  system = await startSystem();
  endpoint = `${system.auth}/oauth/token`;
});
after(() => system?.stop());

const grant = { grant_type: 'client_credentials', scope: 'read:students' };
const secret = CLIENTS['client-123'].secret;
const byBasic = (id, password, fields = grant) => postForm(endpoint, fields, { headers: basic(id, password) });
const byBody = (client_id, client_secret, fields = grant) => postForm(endpoint, { ...fields, client_id, client_secret });
const byHeader = (authorization) => postForm(endpoint, grant, { headers: { authorization } });
const encoded = (text) => Buffer.from(text, 'latin1').toString('base64');

describe('secrets', () => {
  test('Basic and body both work for a client registered for both', async () => {
    ok(await byBasic('client-123', secret));
    ok(await byBody('client-123', secret));
  });

  test('[32] Basic with a wrong secret is 401 with the challenge', async () => {
    clientRefused(await byBasic('client-123', 'wrong-secret'), { challenge: true });
    clientRefused(await byBasic('client-123', ''), { challenge: true });
    clientRefused(await byBasic('client-123', `${secret}x`), { challenge: true });
  });

  test('[33] a wrong secret in the body is 401 without a challenge', async () => {
    clientRefused(await byBody('client-123', 'wrong-secret'), { challenge: false });
  });

  test('[34] an unknown client and a wrong secret look the same', async () => {
    for (const send of [byBasic, byBody]) {
      const [unknown, wrong] = [await send('no-such-client', 'wrong-secret'), await send('client-123', 'wrong-secret')];
      assert.equal(unknown.status, wrong.status);
      assert.equal(unknown.text, wrong.text);
      assert.equal(unknown.headers['www-authenticate'], wrong.headers['www-authenticate']);
    }
  });

  test('[35] id and secret are form-urlencoded inside Basic', async () => {
    ok(await byHeader(`Basic ${encoded('client%2D123:super%2Dsecret%2dkey')}`));
    ok(await byHeader(`Basic ${encoded(`client-123:${secret}`)}`));
  });

  for (const scheme of ['basic', 'BASIC', 'bAsIc']) {
    test(`[35] the scheme may be written ${scheme}`, async () => {
      ok(await byHeader(`${scheme} ${encoded(`client-123:${secret}`)}`));
    });
  }

  const malformed = {
    'a malformed percent': `Basic ${encoded(`client-123:${secret}%`)}`,
    'a malformed percent pair': `Basic ${encoded(`client-123:${secret}%zz`)}`,
    'no colon': `Basic ${encoded('client-123')}`,
    'bad base64': 'Basic !!!not-base64!!!',
    'nothing at all': 'Basic ',
    'only the scheme': 'Basic',
    'bad UTF-8': `Basic ${encoded('client-123:\xff\xfe')}`,
    'encoded bad UTF-8': `Basic ${encoded('client-123:%ff')}`,
    'an empty id': `Basic ${encoded(`:${secret}`)}`,
    'NUL': `Basic ${encoded('client-123\0:x')}`,
  };
  for (const [what, authorization] of Object.entries(malformed)) {
    test(`[35] ${what} in Basic is 401, never a fault of ours`, async () => {
      clientRefused(await byHeader(authorization), { challenge: true });
    });
  }

  test('[36] two methods at once are invalid_request', async () => {
    const fields = { ...grant, client_id: 'client-123', client_secret: secret };
    tokenError(await postForm(endpoint, fields, { headers: basic('client-123', secret) }), 'invalid_request');
    tokenError(await tokenByAssertion(system, assertion(system), { client_id: 'caller', client_secret: 'x' }), 'invalid_request');
  });

  test('[36] two Authorization headers are invalid_request', async () => {
    const { authorization } = basic('client-123', secret);
    const headers = { authorization: [authorization, authorization] };
    const body = new URLSearchParams(grant).toString();
    const joined = await postForm(endpoint, body, { headers: { authorization: `${authorization}, ${authorization}` } });
    tokenError(joined, 'invalid_request');
    const twice = await send('POST', endpoint, { headers: { ...headers, 'content-type': 'application/x-www-form-urlencoded' }, body });
    tokenError(twice, 'invalid_request');
  });

  test('[37] a client_id in the body that is not the one of Basic is invalid_request', async () => {
    const fields = { ...grant, client_id: 'web-app' };
    tokenError(await postForm(endpoint, fields, { headers: basic('client-123', secret) }), 'invalid_request');
    ok(await postForm(endpoint, { ...grant, client_id: 'client-123' }, { headers: basic('client-123', secret) }));
  });

  test('[37] credentials in the query are invalid_request', async () => {
    const query = new URLSearchParams({ client_id: 'client-123', client_secret: secret });
    tokenError(await postForm(`${endpoint}?${query}`, grant), 'invalid_request');
  });

  test('no credentials at all are refused', async () => {
    const answer = await postForm(endpoint, grant);
    assert.ok(['invalid_client', 'invalid_request'].includes(answer.json.error), answer.text);
    assert.ok([400, 401].includes(answer.status));
  });
});

describe('the registered method', () => {
  test('[38] a client of private_key_jwt with a secret is refused', async () => {
    clientRefused(await byBody('caller', 'some-secret-or-other'), { challenge: false });
    clientRefused(await byBasic('caller', 'some-secret-or-other'), { challenge: true });
  });

  test('[38] a public client with a secret is refused', async () => {
    clientRefused(await byBody('web-ui', 'some-secret-or-other'), { challenge: false });
  });

  test('[38] a confidential client without its secret is refused on every grant', async () => {
    const jar = await signIn(system, 'ada');
    const obtained = await obtainCode(system, { clientId: 'web-app', jar });
    const code = { grant_type: 'authorization_code', code: obtained.code, redirect_uri: obtained.params.redirect_uri };
    clientRefused(await postForm(endpoint, { ...code, code_verifier: obtained.verifier, client_id: 'web-app' }), { challenge: false });
    clientRefused(await postForm(endpoint, { ...grant, client_id: 'client-123' }), { challenge: false });
    const { tokens } = await offlineFlow(system, { clientId: 'web-app', jar });
    const refresh = { grant_type: 'refresh_token', refresh_token: tokens.refresh_token, client_id: 'web-app' };
    clientRefused(await postForm(endpoint, refresh), { challenge: false });
  });
});

describe('client assertions', () => {
  const refusedWith = (options) => async () => {
    const given = typeof options === 'function' ? options() : options;
    const answer = await tokenByAssertion(system, assertion(system, given));
    clientRefused(answer, { challenge: false });
  };

  test('a good assertion works, with and without client_id beside it', async () => {
    ok(await tokenByAssertion(system, assertion(system)));
    ok(await tokenByAssertion(system, assertion(system), { client_id: 'caller' }));
  });

  test('[37] an assertion of another client than client_id is refused', async () => {
    const answer = await tokenByAssertion(system, assertion(system), { client_id: 'client-123' });
    assert.ok(['invalid_client', 'invalid_request'].includes(answer.json.error), answer.text);
  });

  for (const type of ['urn:ietf:params:oauth:client-assertion-type:saml2-bearer', 'jwt-bearer', undefined]) {
    test(`[39] client_assertion_type ${type ?? 'left out'} is refused`, async () => {
      const answer = await tokenByAssertion(system, assertion(system), { client_assertion_type: type });
      assert.ok(['invalid_client', 'invalid_request'].includes(answer.json.error), answer.text);
      assert.ok([400, 401].includes(answer.status));
    });
  }

  test('[39] iss other than sub is refused', refusedWith({ claims: { iss: 'web-app' } }));
  test('[39] an absent sub is refused', refusedWith({ claims: { sub: undefined } }));
  test('[39] an absent iss is refused', refusedWith({ claims: { iss: undefined } }));
  test('[39] an absent exp is refused', refusedWith({ claims: { exp: undefined } }));
  test('[39] an exp five minutes past is refused', refusedWith(() => ({ claims: { iat: now() - 400, exp: now() - 300 } })));
  test('[39] an exp further ahead than an hour is refused', refusedWith(() => ({ claims: { exp: now() + 3800 } })));
  test('[39] an exp that is a string is refused', refusedWith(() => ({ claims: { exp: String(now() + 60) } })));
  test('[39] an absent jti is refused', refusedWith({ claims: { jti: undefined } }));
  test('[39] nbf 61 s ahead is refused', refusedWith(() => ({ claims: { nbf: now() + 61 + 5 } })));
  test('[39] iat 61 s ahead is refused', refusedWith(() => ({ claims: { iat: now() + 61 + 5, exp: now() + 120 } })));
  test('[39] nbf and iat 8 s ahead are accepted', async () => {
    ok(await tokenByAssertion(system, assertion(system, { claims: { nbf: now() + 8, iat: now() + 8 } })));
  });

  test('[39] a jti works once', async () => {
    const jwt = assertion(system);
    ok(await tokenByAssertion(system, jwt));
    clientRefused(await tokenByAssertion(system, jwt), { challenge: false });
  });

  test('[39] a jti works once under another signature too', async () => {
    const claims = { jti: random() };
    ok(await tokenByAssertion(system, assertion(system, { claims })));
    clientRefused(await tokenByAssertion(system, assertion(system, { claims })), { challenge: false });
  });

  test('[39] a jti sent fifty times at once works once', async () => {
    const jwt = assertion(system);
    const answers = await Promise.all(Array.from({ length: 50 }, () => tokenByAssertion(system, jwt)));
    assert.equal(answers.filter(({ status }) => status === 200).length, 1);
    for (const answer of answers) if (answer.status !== 200) clientRefused(answer, { challenge: false });
  });

  test('[40] the issuer is an audience, alone or in a list', async () => {
    ok(await tokenByAssertion(system, assertion(system, { claims: { aud: [system.auth] } })));
  });

  test('[40] the issuer beside another audience, and the token endpoint, are refused unless the registration says so', async () => {
    for (const aud of [[system.auth, 'https://elsewhere.example'], [system.auth, endpoint], endpoint, [endpoint]]) {
      clientRefused(await tokenByAssertion(system, assertion(system, { claims: { aud } })), { challenge: false });
    }
  });

  for (const aud of [undefined, '', 'https://elsewhere.example', 'http://localhost', ['https://elsewhere.example'], [], 42]) {
    test(`[40] the audience ${JSON.stringify(aud)} is refused`, refusedWith({ claims: { aud } }));
  }
  test('[40] the issuer with a slash more is refused', refusedWith(() => ({ claims: { aud: `${system.auth}/` } })));

  test('[41] alg none is refused', async () => {
    for (const alg of ['none', 'None', 'NONE', 'nOnE']) {
      clientRefused(await tokenByAssertion(system, assertion(system, { header: { alg }, signAs: 'none' })), { challenge: false });
    }
  });

  test('[41] HS256 with the public key as secret is refused', async () => {
    const { d: _, ...publicJwk } = callerJwk(system);
    for (const key of [JSON.stringify(publicJwk), publicJwk.x]) {
      const jwt = assertion(system, { header: { alg: 'HS256' }, key });
      clientRefused(await tokenByAssertion(system, jwt), { challenge: false });
    }
  });

  test('[41] another key is refused', refusedWith(() => ({ key: keyPair().privateKey })));
  test('[41] RS256 of a key of its own is refused', refusedWith(() => ({ header: { alg: 'RS256' }, key: keyPair('RS256').privateKey })));
  for (const kid of ['no-such-key', '../../etc/passwd', "' OR 1=1 --", 'k'.repeat(10_000), '', 7]) {
    test(`[41] the kid ${JSON.stringify(kid).slice(0, 30)} is refused`, refusedWith({ header: { kid } }));
  }

  test('[41] a key or an address of a key inside the token is not followed', async () => {
    const attacker = keyPair();
    for (const header of [
      { jwk: attacker.jwk }, { jku: `${system.app}/config.json` }, { x5u: `${system.app}/config.json` }, { x5c: ['AAAA'] },
    ]) {
      clientRefused(await tokenByAssertion(system, assertion(system, { header, key: attacker.privateKey })), { challenge: false });
    }
  });

  test('[41] an unknown crit is refused', refusedWith({ header: { crit: ['x'], x: 1 } }));

  for (const jwt of ['', 'x', 'a.b', 'a.b.c', '...', 'a.b.c.d', 'é.é.é', `${'A'.repeat(20_000)}.e30.e30`]) {
    test(`[41] ${JSON.stringify(jwt).slice(0, 30)} as an assertion is refused`, async () => {
      const answer = await tokenByAssertion(system, jwt);
      assert.ok(['invalid_client', 'invalid_request'].includes(answer.json.error), answer.text);
      assert.ok([400, 401].includes(answer.status));
    });
  }

  test('[41] a repeated claim is refused', async () => {
    const jwk = callerJwk(system);
    const claims = JSON.stringify(assertionClaims(system)).replace('{', '{"sub":"web-app",');
    const jwt = sign({ alg: 'ES256', kid: jwk.kid, typ: 'JWT' }, claims, importPrivate(jwk));
    clientRefused(await tokenByAssertion(system, jwt), { challenge: false });
  });
});

describe('assertions by the secret (client_secret_jwt)', () => {
  const refused = async (changes) => clientRefused(await tokenByAssertion(system, secretAssertion(system, changes)), { challenge: false });

  test('one is accepted once', async () => {
    const jwt = secretAssertion(system);
    ok(await tokenByAssertion(system, jwt));
    clientRefused(await tokenByAssertion(system, jwt), { challenge: false });
    ok(await tokenByAssertion(system, secretAssertion(system, { claims: { aud: [system.auth] } })));
  });

  test('[39] wrong claims are refused', async () => {
    for (const claims of [{ iss: 'caller' }, { sub: 'client-123' }, { exp: undefined }, { exp: now() - 300 }, { exp: now() + 4000 }, { jti: undefined }]) await refused({ claims });
  });

  test('[40] so is every audience but the issuer', async () => {
    for (const aud of [undefined, endpoint, [system.auth, endpoint], 'https://elsewhere.example']) await refused({ claims: { aud } });
  });

  test('[41] another secret, another algorithm and a key in the header are refused', async () => {
    await refused({ key: 'web-app-secret-0123456789abcdef0124' });
    await refused({ key: '' });
    await refused({ header: { jku: `${system.app}/config.json` } });
    await refused({ header: { crit: ['x'], x: 1 } });
  });

  test('[38] a client that is not registered for it is refused, whatever it signs with', async () => {
    const claims = { iss: 'client-123', sub: 'client-123' };
    await refused({ claims, key: secret });
    await refused({ claims: { iss: 'caller', sub: 'caller' }, key: JSON.stringify(callerJwk(system)) });
    await refused({ claims: { iss: 'nobody', sub: 'nobody' } });
  });
});
