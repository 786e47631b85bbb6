// Tokens that are bound to a key, RFC 9449. Numbers in brackets are rows of docs/threats.md.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { ok, tokenError } from '../support/expect.mjs';
import {
  assertion, authorizationRequest, authorizePushed, basic, credentials, introspect, obtainCode, signIn, userinfo, walk,
} from '../support/flow.mjs';
import { get, postForm, send } from '../support/http.mjs';
import { decode, keyPair, now, random, sign } from '../support/jwt.mjs';
import { startSystemWithOpaque } from '../support/system.mjs';

const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
/** In this file client-123 gets opaque tokens and caller gets JWTs. */
const OPAQUE = 'client-123';
let system;
before(async () => {
  system = await startSystemWithOpaque(OPAQUE);
});
after(() => system?.stop());

const key = keyPair();
const tokenUrl = () => `${system.auth}/oauth/token`;
const hashOf = (token) => crypto.createHash('sha256').update(token).digest('base64url');

/** RFC 7638. */
function thumbprint({ crv, kty, x, y }) {
  return crypto.createHash('sha256').update(JSON.stringify({ crv, kty, x, y })).digest('base64url');
}

/** A proof by `by` for a request to the token endpoint, or for what the changes say. */
function proof({ by = key, header = {}, signAs, ...claims } = {}) {
  const head = { typ: 'dpop+jwt', alg: 'ES256', jwk: by.jwk, ...header };
  const good = { jti: random(), htm: 'POST', htu: tokenUrl(), iat: now(), ...claims };
  return sign(head, good, signAs === 'HS256' ? 'secret' : by.privateKey, signAs);
}

/** A token request of client-123 for itself. */
function machine(dpop, fields = {}) {
  const own = credentials(OPAQUE);
  const all = { grant_type: 'client_credentials', scope: 'read:students', ...fields };
  return postForm(tokenUrl(), all, { headers: { ...own.headers, ...(dpop === undefined ? {} : { dpop }) } });
}

/** A token request of caller for itself. */
function caller(dpop) {
  const fields = {
    grant_type: 'client_credentials', scope: 'read:students', client_assertion_type: ASSERTION_TYPE, client_assertion: assertion(system),
  };
  return postForm(tokenUrl(), fields, { headers: { dpop } });
}

const refused = (answer) => tokenError(answer, 'invalid_dpop_proof');

describe('a token of a machine', () => {
  test('[83] is bound to the key of its proof: a JWT says so', async () => {
    const { access_token: token, token_type: type } = ok(await caller(proof())).json;
    assert.equal(type, 'DPoP');
    assert.deepEqual(decode(token).claims.cnf, { jkt: thumbprint(key.jwk) });
    const introspected = ok(await introspect(system, token)).json;
    assert.equal(introspected.active, true);
    assert.equal(introspected.token_type, 'DPoP');
    assert.deepEqual(introspected.cnf, { jkt: thumbprint(key.jwk) });
  });

  test('[83] is bound to the key of its proof: introspection says it of an opaque one', async () => {
    const { access_token: token, token_type: type } = ok(await machine(proof())).json;
    assert.equal(type, 'DPoP');
    assert.match(token, /^a1\./);
    const introspected = ok(await introspect(system, token)).json;
    assert.equal(introspected.token_type, 'DPoP');
    assert.deepEqual(introspected.cnf, { jkt: thumbprint(key.jwk) });
  });

  test('is its bearer\'s without a proof', async () => {
    const { access_token: token, token_type: type } = ok(await machine()).json;
    assert.equal(type, 'Bearer');
    const introspected = ok(await introspect(system, token)).json;
    assert.equal(introspected.token_type, 'Bearer');
    assert.equal(introspected.cnf, undefined);
  });

  test('can be bound to a key of each kind that the metadata names', async () => {
    const { json } = ok(await get(`${system.auth}/.well-known/oauth-authorization-server`));
    assert.deepEqual(json.dpop_signing_alg_values_supported, ['ES256', 'RS256', 'PS256', 'EdDSA']);
    for (const alg of ['RS256', 'PS256']) {
      const by = keyPair(alg);
      assert.equal(ok(await machine(proof({ by, header: { alg } }))).json.token_type, 'DPoP', alg);
    }
    const pair = crypto.generateKeyPairSync('ed25519');
    const header = Buffer.from(JSON.stringify({ typ: 'dpop+jwt', alg: 'EdDSA', jwk: pair.publicKey.export({ format: 'jwk' }) })).toString('base64url');
    const claims = Buffer.from(JSON.stringify({ jti: random(), htm: 'POST', htu: tokenUrl(), iat: now() })).toString('base64url');
    const signature = crypto.sign(null, Buffer.from(`${header}.${claims}`), pair.privateKey).toString('base64url');
    assert.equal(ok(await machine(`${header}.${claims}.${signature}`)).json.token_type, 'DPoP');
  });
});

describe('a proof that is wrong', () => {
  const privateJwk = () => key.privateKey.export({ format: 'jwk' });
  const broken = {
    'of another type': () => proof({ header: { typ: 'JWT' } }),
    'without a type': () => proof({ header: { typ: undefined } }),
    'with alg none': () => proof({ header: { alg: 'none' }, signAs: 'none' }),
    'with alg HS256': () => proof({ header: { alg: 'HS256', jwk: { kty: 'oct', k: 'c2VjcmV0' } }, signAs: 'HS256' }),
    'without a jwk': () => proof({ header: { jwk: undefined } }),
    'with a private jwk': () => proof({ header: { jwk: privateJwk() } }),
    'with a jwk of another algorithm': () => proof({ header: { jwk: keyPair('RS256').jwk } }),
    'with a point that is not on the curve': () => proof({ header: { jwk: { ...key.jwk, x: key.jwk.y } } }),
    'signed by another key': () => proof({ header: { jwk: keyPair().jwk } }),
    'without a jti': () => proof({ jti: undefined }),
    'without an htm': () => proof({ htm: undefined }),
    'without an htu': () => proof({ htu: undefined }),
    'without an iat': () => proof({ iat: undefined }),
    'for another method': () => proof({ htm: 'GET' }),
    'for another URL': () => proof({ htu: `${system.auth}/oauth/par` }),
    'for another host': () => proof({ htu: 'http://localhost:1/oauth/token' }),
    'an hour old': () => proof({ iat: now() - 3_600 }),
    'an hour ahead': () => proof({ iat: now() + 3_600 }),
    'as text': () => proof({ iat: `${now()}` }),
    'that is not there': () => '',
    'that is no JWT': () => 'x.y.z',
    'too long to be one': () => proof({ more: 'x'.repeat(9_000) }),
    'beside another': () => `${proof()}, ${proof()}`,
  };
  for (const [what, make] of Object.entries(broken)) {
    test(`[79] ${what} is invalid_dpop_proof`, async () => refused(await machine(make())));
  }

  test('[79] in a header of its own beside a good one is invalid_dpop_proof', async () => {
    const own = credentials(OPAQUE);
    const headers = { ...own.headers, 'content-type': 'application/x-www-form-urlencoded', dpop: [proof(), proof()] };
    refused(await send('POST', tokenUrl(), { headers, body: 'grant_type=client_credentials' }));
  });
});

describe('a proof that is right', () => {
  const spellings = {
    'with a query and a fragment': () => `${tokenUrl()}?a=b#c`,
    'with the scheme in upper case': () => tokenUrl().replace('http', 'HTTP'),
    'with the host in upper case': () => tokenUrl().replace('localhost', 'LocalHost'),
    'with an escape that is not needed': () => tokenUrl().replace('token', 't%6Fken'),
  };
  for (const [what, url] of Object.entries(spellings)) {
    test(`[80] names the URL ${what}`, async () => ok(await machine(proof({ htu: url() }))));
  }

  test('[80] is a little old, or a little ahead', async () => {
    for (const seconds of [-60, -10, 10, 60]) ok(await machine(proof({ iat: now() + seconds })));
  });

  test('[81] counts once', async () => {
    const once = proof();
    ok(await machine(once));
    refused(await machine(once));
    refused(await caller(once));
  });

  test('[81] counts once when it comes fifty times at once', async () => {
    const once = proof();
    const answers = await Promise.all(Array.from({ length: 50 }, () => machine(once)));
    const good = answers.filter(({ status }) => status === 200);
    assert.equal(good.length, 1);
    for (const answer of answers.filter((one) => one !== good[0])) refused(answer);
  });

  test('is not spent by one who does not authenticate', async () => {
    const once = proof();
    const headers = { ...basic(OPAQUE, 'wrong'), dpop: once };
    tokenError(await postForm(tokenUrl(), { grant_type: 'client_credentials' }, { headers }), 'invalid_client', 401);
    ok(await machine(once));
  });
});

describe('at UserInfo', () => {
  const infoUrl = () => `${system.auth}/oauth/userinfo`;
  const info = (token, dpop) => get(infoUrl(), { headers: { authorization: `DPoP ${token}`, ...(dpop ? { dpop } : {}) } });
  const forInfo = (token, changes = {}) => proof({ htm: 'GET', htu: infoUrl(), ath: hashOf(token), ...changes });

  function challenged(answer, error) {
    assert.equal(answer.status, 401, answer.text);
    assert.match(answer.headers['www-authenticate'], new RegExp(`^DPoP .*error="${error}".*algs="ES256 RS256 PS256 EdDSA"`));
  }

  test('[83] a bound token is no bearer token', async () => {
    for (const ask of [machine, caller]) challenged(await userinfo(system, ok(await ask(proof())).json.access_token), 'invalid_token');
  });

  test('[83] a bearer token is not bound', async () => {
    const { access_token: token } = ok(await machine()).json;
    challenged(await info(token, forInfo(token)), 'invalid_token');
  });

  test('[79] a bound token wants a proof of its own key for itself', async () => {
    const { access_token: token } = ok(await machine(proof())).json;
    challenged(await info(token), 'invalid_dpop_proof');
    challenged(await info(token, forInfo(token, { ath: undefined })), 'invalid_dpop_proof');
    challenged(await info(token, forInfo('another')), 'invalid_dpop_proof');
    challenged(await info(token, forInfo(token, { htm: 'POST' })), 'invalid_dpop_proof');
    challenged(await info(token, forInfo(token, { by: keyPair() })), 'invalid_token');
  });
});

describe('a grant of a person', () => {
  const PUBLIC = 'web-ui';
  const CONFIDENTIAL = 'web-app';
  let ada;
  before(async () => {
    ada = await signIn(system, 'ada');
  });
  const other = keyPair();

  function ask(clientId, by, fields) {
    const own = credentials(clientId);
    const headers = by === undefined ? own.headers : { ...own.headers, dpop: proof({ by }) };
    return postForm(tokenUrl(), { ...own.fields, ...fields }, { headers });
  }
  const code = (clientId, changes = {}) => obtainCode(system, { clientId, jar: ada.copy(), scope: 'openid read offline_access', ...changes });
  const redeem = (clientId, by, { code: presented, verifier, params }) => ask(clientId, by, {
    grant_type: 'authorization_code', code: presented, redirect_uri: params.redirect_uri, code_verifier: verifier,
  });
  const refresh = (clientId, by, presented) => ask(clientId, by, { grant_type: 'refresh_token', refresh_token: presented });
  function bound(answer, by) {
    const { access_token: token, token_type: type } = ok(answer).json;
    assert.equal(type, 'DPoP');
    assert.deepEqual(decode(token).claims.cnf, { jkt: thumbprint(by.jwk) });
    return answer.json;
  }

  test('[58] a public client\'s refresh token goes with its key', async () => {
    const { refresh_token: first } = bound(await redeem(PUBLIC, key, await code(PUBLIC)), key);
    for (const by of [undefined, other]) tokenError(await refresh(PUBLIC, by, first), 'invalid_grant');
    const { refresh_token: second } = bound(await refresh(PUBLIC, key, first), key);
    tokenError(await refresh(PUBLIC, other, first), 'invalid_grant');
    bound(await refresh(PUBLIC, key, second), key);
  });

  test('[81] of twenty refreshes at once each proves anew and gets the same answer, and no proof counts again', async () => {
    const { refresh_token: first } = bound(await redeem(PUBLIC, key, await code(PUBLIC)), key);
    const proofs = Array.from({ length: 20 }, () => proof());
    const refreshWith = (dpop) =>
      postForm(tokenUrl(), { ...credentials(PUBLIC).fields, grant_type: 'refresh_token', refresh_token: first }, { headers: { dpop } });
    const answers = await Promise.all(proofs.map(refreshWith));
    assert.equal(new Set(answers.map((answer) => ok(answer).text)).size, 1);
    for (const answer of await Promise.all(proofs.map(refreshWith))) refused(answer);
    bound(await refresh(PUBLIC, key, answers[0].json.refresh_token), key);
  });

  test('[81] a proof beside a code that is refused is not spent', async () => {
    const obtained = await code(PUBLIC);
    const once = proof();
    const redeemWith = (verifier) => postForm(tokenUrl(), {
      ...credentials(PUBLIC).fields, grant_type: 'authorization_code', code: obtained.code, redirect_uri: obtained.params.redirect_uri, code_verifier: verifier,
    }, { headers: { dpop: once } });
    tokenError(await redeemWith('w'.repeat(43)), 'invalid_grant');
    bound(await redeemWith(obtained.verifier), key);
  });

  test('[58] a confidential client may take a new key', async () => {
    const { refresh_token: first } = bound(await redeem(CONFIDENTIAL, key, await code(CONFIDENTIAL)), key);
    bound(await refresh(CONFIDENTIAL, other, first), other);
  });

  test('[78] a code goes with the key that its request named', async () => {
    const obtained = await code(PUBLIC, { dpop_jkt: thumbprint(key.jwk) });
    for (const by of [undefined, other]) tokenError(await redeem(PUBLIC, by, obtained), 'invalid_grant');
    bound(await redeem(PUBLIC, key, obtained), key);
  });

  test('[78] a pushed request names the key that it proves, and no other', async () => {
    const parUrl = `${system.auth}/oauth/par`;
    const { params, verifier } = authorizationRequest(system, PUBLIC);
    const pushed = (changes, by) => postForm(parUrl, { ...params, ...changes }, { headers: { dpop: proof({ by, htu: parUrl }) } });
    refused(await pushed({ dpop_jkt: thumbprint(key.jwk) }, other));
    const { request_uri: uri } = ok(await pushed({}, key), 201).json;
    const jar = ada.copy();
    const answer = await walk(system, authorizePushed(system, PUBLIC, uri, jar), { jar, user: 'ada' });
    const obtained = { code: answer.redirected.get('code'), verifier, params };
    tokenError(await redeem(PUBLIC, other, obtained), 'invalid_grant');
    bound(await redeem(PUBLIC, key, obtained), key);
  });

  test('a bound token opens UserInfo with a proof, once', async () => {
    const { access_token: token } = bound(await redeem(PUBLIC, key, await code(PUBLIC)), key);
    const infoUrl = `${system.auth}/oauth/userinfo`;
    const dpop = proof({ htm: 'GET', htu: infoUrl, ath: hashOf(token) });
    const info = () => get(infoUrl, { headers: { authorization: `DPoP ${token}`, dpop } });
    assert.equal(ok(await info()).json.sub, 'u_ada');
    assert.match((await info()).headers['www-authenticate'], /^DPoP .*error="invalid_dpop_proof"/);
  });

  test('[83] who administers with a bound token proves to have its key', async () => {
    const obtained = await obtainCode(system, { user: 'grace', scope: 'openid admin', resource: system.auth });
    const { access_token: token } = bound(await redeem(PUBLIC, key, obtained), key);
    const url = `${system.auth}/admin/api/grants`;
    const ask = (authorization, headers = {}) => get(`${url}?user_id=u_ada`, { headers: { authorization, ...headers } });
    assert.match((await ask(`Bearer ${token}`)).headers['www-authenticate'], /^DPoP .*error="invalid_token"/);
    ok(await ask(`DPoP ${token}`, { dpop: proof({ htm: 'GET', htu: url, ath: hashOf(token) }) }));
  });
});

describe('at the API', () => {
  const students = () => `${system.api}/students`;
  const call = (scheme, token, dpop) =>
    get(students(), { headers: { authorization: `${scheme} ${token}`, ...(dpop === undefined ? {} : { dpop }) } });
  const forApi = (token, changes = {}) => proof({ htm: 'GET', htu: students(), ath: hashOf(token), ...changes });
  const bound = async (ask) => ok(await ask(proof())).json.access_token;

  function challenged(answer, error) {
    assert.equal(answer.status, 401, answer.text);
    assert.match(answer.headers['www-authenticate'], new RegExp(`error="${error}"`));
    assert.match(answer.headers['www-authenticate'], /\bDPoP\b.*algs="[^"]*ES256/);
  }

  for (const [what, ask] of [['a JWT', caller], ['an opaque token', machine]]) {
    test(`${what} that is bound opens the students with a proof, once`, async () => {
      const token = await bound(ask);
      const once = forApi(token);
      assert.deepEqual(ok(await call('DPoP', token, once)).json, [{ id: 1, name: 'Ada' }, { id: 2, name: 'Alan' }]);
      challenged(await call('DPoP', token, once), 'invalid_dpop_proof');
    });

    test(`[83] ${what} that is bound is no bearer token`, async () => {
      challenged(await call('Bearer', await bound(ask)), 'invalid_token');
    });
  }

  test('[83] a bearer token is not bound', async () => {
    const { access_token: token } = ok(await machine()).json;
    challenged(await call('DPoP', token, forApi(token)), 'invalid_token');
  });

  test('[79] a proof that is wrong opens nothing', async () => {
    const token = await bound(caller);
    challenged(await call('DPoP', token), 'invalid_dpop_proof');
    const changes = [{ htm: 'POST' }, { htu: tokenUrl() }, { ath: undefined }, { ath: hashOf('another') }, { iat: now() - 3_600 }];
    for (const change of changes) challenged(await call('DPoP', token, forApi(token, change)), 'invalid_dpop_proof');
    assert.equal((await call('DPoP', token, forApi(token, { by: keyPair() }))).status, 401);
  });

  test('[81] a proof counts once when it comes fifty times at once', async () => {
    const token = await bound(caller);
    const once = forApi(token);
    const answers = await Promise.all(Array.from({ length: 50 }, () => call('DPoP', token, once)));
    assert.equal(answers.filter(({ status }) => status === 200).length, 1);
    for (const answer of answers.filter(({ status }) => status !== 200)) challenged(answer, 'invalid_dpop_proof');
  });
});

test('a client that must prove gets no token without a proof', async () => {
  await system.halt();
  const change = "UPDATE clients SET record = json_set(record, '$.dpop_bound_access_tokens', json('true')) WHERE client_id = 'caller'";
  system.sql('clients', change);
  system.forgetCaches();
  await system.start();
  const fields = { grant_type: 'client_credentials', client_assertion_type: ASSERTION_TYPE, client_assertion: assertion(system) };
  refused(await postForm(tokenUrl(), fields));
  ok(await caller(proof()));
});
