// The resource server: bearer tokens, scopes, stored profiles. Numbers in brackets are rows of docs/threats.md.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { ok, tokenRefused } from '../support/expect.mjs';
import { callApi, fullCodeFlow, machineToken, signIn } from '../support/flow.mjs';
import { get, postJson, send } from '../support/http.mjs';
import { decode, keyPair, now, random, sign } from '../support/jwt.mjs';
import { startSystem } from '../support/system.mjs';

let system;
let ada;
let tokens;
before(async () => {
  system = await startSystem();
  ada = await signIn(system, 'ada');
  ({ tokens } = await fullCodeFlow(system, { jar: ada.copy(), scope: 'openid read write read:posts' }));
});
after(() => system?.stop());

const ANY_TOKEN = ['/api/protected', '/api/data', '/protected-data'];

describe('routes', () => {
  for (const path of ANY_TOKEN) {
    test(`${path} answers any valid token`, async () => {
      const answer = ok(await callApi(system, path, tokens.access_token));
      assert.match(answer.headers['content-type'], /^application\/json/);
      ok(await callApi(system, path, await machineToken(system, 'read:students')));
    });
  }

  test('/api/user/profile is the token\'s user', async () => {
    const profile = ok(await callApi(system, '/api/user/profile', tokens.access_token)).json;
    assert.equal(profile.sub, 'u_ada');
  });

  test('a profile that was updated is stored and survives a restart', async () => {
    const update = { name: 'Ada King', email: 'ada@example.com', bio: 'Notes on the engine — 漢字 😀' };
    const headers = { authorization: `Bearer ${tokens.access_token}` };
    const answer = ok(await postJson(`${system.api}/api/user/update`, update, { headers })).json;
    assert.equal(answer.name, update.name);
    assert.equal(answer.bio, update.bio);
    await system.restart();
    const profile = ok(await callApi(system, '/api/user/profile', tokens.access_token)).json;
    assert.equal(profile.name, update.name);
    assert.equal(profile.bio, update.bio);
    const { tokens: alan } = await fullCodeFlow(system, { user: 'alan', scope: 'openid read' });
    assert.notEqual(ok(await callApi(system, '/api/user/profile', alan.access_token)).json.name, update.name);
  });

  for (const [what, body, type] of [
    ['no JSON', '{', 'application/json'], ['a list', '[]', 'application/json'], ['a number as name', '{"name":1}', 'application/json'],
    ['JSON 100,000 deep', '['.repeat(30_000), 'application/json'], ['a name of 60 KB', JSON.stringify({ name: 'x'.repeat(60_000) }), 'application/json'],
    ['another user\'s sub', '{"sub":"u_alan","name":"x"}', 'application/json'], ['a form', 'name=x', 'application/x-www-form-urlencoded'],
  ]) {
    test(`[113] an update with ${what} is no server error and changes no one else`, async () => {
      const headers = { authorization: `Bearer ${tokens.access_token}`, 'content-type': type };
      const answer = await send('POST', `${system.api}/api/user/update`, { headers, body });
      if (what.includes('sub')) assert.ok(answer.status < 500 && answer.json.sub !== 'u_alan');
      else assert.ok(answer.status >= 400 && answer.status < 500, `${answer.status}`);
    });
  }

  test('/students is Ada and Alan', async () => {
    const answer = ok(await callApi(system, '/students', await machineToken(system, 'read:students')));
    assert.deepEqual(answer.json, [{ id: 1, name: 'Ada' }, { id: 2, name: 'Alan' }]);
  });

  test('/posts welcomes the user and has that user\'s posts; a machine is no user', async () => {
    ok(await callApi(system, '/posts', tokens.access_token));
    assert.equal((await callApi(system, '/posts', await machineToken(system, 'read:students'))).status, 403);
  });

  test('/users needs read:users and never returns passwords', async () => {
    assert.equal((await callApi(system, '/users', tokens.access_token)).status, 403);
    const answer = ok(await callApi(system, '/users', await machineToken(system, 'read:users')));
    assert.ok(answer.json.length >= 3);
    assert.doesNotMatch(answer.text, /password|argon2|\$/i);
  });

  test('[114] what is not listed is 404, and another method is 405 with Allow', async () => {
    for (const path of ['/', '/nothing', '/students/', '/Students', '//students', '/api/protected/x', '/students%2f']) {
      assert.equal((await get(`${system.api}${path}`)).status, 404, path);
    }
    for (const [method, path] of [['DELETE', '/students'], ['PUT', '/api/protected'], ['GET', '/api/user/update'], ['PATCH', '/users']]) {
      const answer = await send(method, `${system.api}${path}`);
      assert.equal(answer.status, 405, `${method} ${path}`);
      assert.ok(answer.headers.allow, `${method} ${path}`);
    }
  });

  test('its metadata of RFC 9728 names itself, the authorization server and the scopes', async () => {
    const document = ok(await get(`${system.api}/.well-known/oauth-protected-resource`)).json;
    assert.equal(document.resource, system.api);
    assert.deepEqual(document.authorization_servers, [system.auth]);
    assert.ok(document.scopes_supported.includes('read:students'));
    assert.deepEqual(document.bearer_methods_supported, ['header']);
  });
});

describe('credentials', () => {
  test('[105] none is a bare Bearer challenge with the metadata\'s address', async () => {
    for (const path of [...ANY_TOKEN, '/students', '/users', '/posts', '/api/user/profile']) {
      const answer = await get(`${system.api}${path}`);
      assert.equal(answer.status, 401, path);
      const challenge = answer.headers['www-authenticate'];
      assert.match(challenge, /^Bearer\b/);
      assert.doesNotMatch(challenge, /error/);
      assert.ok(challenge.includes(`resource_metadata="${system.api}/.well-known/oauth-protected-resource"`), challenge);
    }
  });

  test('[105] malformed credentials are 400 invalid_request', async () => {
    for (const authorization of ['Bearer', 'Bearer ', 'Bearer a b', `Bearer ${tokens.access_token}, Bearer ${tokens.access_token}`]) {
      const answer = await get(`${system.api}/api/protected`, { headers: { authorization } });
      assert.equal(answer.status, 400, authorization.slice(0, 20));
      assert.match(answer.headers['www-authenticate'], /error="invalid_request"/);
    }
  });

  test('another scheme is treated as no credentials', async () => {
    const answer = await get(`${system.api}/api/protected`, { headers: { authorization: 'Basic YTpi' } });
    assert.equal(answer.status, 401);
    assert.doesNotMatch(answer.headers['www-authenticate'], /error="invalid_token"/);
  });

  test('[105] a token in the query is refused', async () => {
    const answer = await get(`${system.api}/api/protected?access_token=${tokens.access_token}`);
    assert.ok([400, 401].includes(answer.status));
  });

  for (const scheme of ['bearer', 'BEARER', 'bEaReR']) {
    test(`[105] the scheme may be written ${scheme}`, async () => {
      ok(await get(`${system.api}/api/protected`, { headers: { authorization: `${scheme} ${tokens.access_token}` } }));
    });
  }
});

describe('forged tokens', () => {
  /** A token signed by a key of our own, otherwise as good as the real one. */
  const forge = (header = {}, claims = {}, key = keyPair().privateKey, signAs = undefined) => {
    const real = decode(tokens.access_token);
    return sign({ ...real.header, ...header }, { ...real.claims, jti: random(), ...claims }, key, signAs);
  };
  const refused = async (jwt) => tokenRefused(await callApi(system, '/api/protected', jwt));

  test('[106] another key is refused', () => refused(forge()));

  for (const alg of ['none', 'None', 'NONE', 'nOnE', '', null]) {
    test(`[106] alg ${JSON.stringify(alg)} is refused`, () => refused(forge({ alg }, {}, undefined, 'none')));
  }

  test('[106] HS256 with the public key as secret is refused', async () => {
    const { keys } = ok(await get(`${system.auth}/oauth/jwks`)).json;
    const real = decode(tokens.access_token);
    const jwk = keys.find(({ kid }) => kid === real.header.kid);
    for (const secret of [JSON.stringify(jwk), jwk.x, Buffer.from(jwk.x, 'base64url')]) {
      await refused(sign({ ...real.header, alg: 'HS256' }, real.claims, secret));
    }
  });

  test('[106] an alg that is not the kid\'s is refused', async () => {
    const { keys } = ok(await get(`${system.auth}/oauth/jwks`)).json;
    const rsa = keyPair('RS256').privateKey;
    await refused(forge({ alg: 'RS256' }, {}, rsa));
    await refused(forge({ alg: 'PS256', kid: keys.find(({ kty }) => kty === 'RSA').kid }, {}, rsa));
    await refused(forge({ alg: 'ES256', kid: keys.find(({ kty }) => kty === 'RSA').kid }));
  });

  for (const kid of ['../../../etc/passwd', "x' OR '1'='1", 'k'.repeat(10_000), '', undefined, 7]) {
    test(`[106] the kid ${JSON.stringify(kid)?.slice(0, 30)} is refused`, () => refused(forge({ kid })));
  }

  test('[106] a key or an address of a key inside the token is not followed', async () => {
    const attacker = keyPair();
    for (const header of [{ jwk: attacker.jwk }, { jku: `${system.app}/config.json` }, { x5u: `${system.app}/x` }, { x5c: ['AAAA'] }]) {
      await refused(forge(header, {}, attacker.privateKey));
      await refused(forge({ ...header, kid: undefined }, {}, attacker.privateKey));
    }
  });

  test('[106] crit and b64=false are refused', async () => {
    await refused(forge({ crit: ['b64'], b64: false }));
    await refused(forge({ crit: ['unknown'], unknown: 1 }));
    await refused(forge({ crit: [] }));
  });

  test('[106] repeated keys are refused', async () => {
    const real = decode(tokens.access_token);
    const { privateKey } = keyPair();
    await refused(sign(real.header, JSON.stringify(real.claims).replace('{', '{"sub":"u_grace",'), privateKey));
  });

  test('[106] the real token spelt otherwise is refused', async () => {
    const [header, claims, signature] = tokens.access_token.split('.');
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    // 64 bytes leave four unused bits in the last character: another one decodes alike, if read loosely.
    const loose = alphabet[(alphabet.indexOf(signature.at(-1)) & 0b110000) | ((alphabet.indexOf(signature.at(-1)) + 1) & 0b001111)];
    for (const jwt of [
      `${header}.${claims}.${signature.slice(0, -1)}${loose}`,
      `${header}.${claims}.${signature}=`,
      `${header}.${claims}.${signature}==`,
      `${header}.${claims}.${signature}.`,
      `${header}.${claims}.${signature}.${signature}`,
      `${header}.${claims}`,
      `${header}.${claims}.`,
      `${header}..${signature}`,
      `.${claims}.${signature}`,
    ]) {
      const answer = await callApi(system, '/api/protected', jwt);
      assert.ok([400, 401].includes(answer.status), `${answer.status}`);
      if (answer.status === 401) tokenRefused(answer);
    }
  });

  test('[106] a signature of zeros, or one cut short, is refused', async () => {
    const [header, claims] = tokens.access_token.split('.');
    for (const length of [0, 1, 63, 64, 65, 128]) {
      const jwt = `${header}.${claims}.${Buffer.alloc(length).toString('base64url')}`;
      const answer = await callApi(system, '/api/protected', jwt);
      assert.ok([400, 401].includes(answer.status), `${length}: ${answer.status}`);
    }
  });

  test('[107] [108] a forged token with odd times, issuer or audience is refused without a fault', async () => {
    for (const claims of [
      { exp: undefined }, { exp: String(now() + 300) }, { exp: -1 }, { exp: 1e300 }, { exp: null }, { exp: now() - 31 }, { nbf: now() + 61 },
      { iss: `${system.auth}/` }, { iss: 'https://elsewhere.example' }, { aud: 'https://elsewhere.example' }, { aud: [] }, { aud: 7 },
      { sub: undefined }, { sub: { a: 1 } }, { scope: ['read'] },
    ]) {
      await refused(forge({}, claims));
    }
  });

  test('[84] an ID token is no access token', () => refused(tokens.id_token));
  test('[113] a token of 20 KB is refused', async () => {
    const answer = await callApi(system, '/api/protected', `${'A'.repeat(20_000)}.e30.AAAA`);
    assert.ok(answer.status >= 400 && answer.status < 500, String(answer.status));
  });

  test('[86] a flood of unknown kids is answered by 401, and the good token still works', async () => {
    const { privateKey } = keyPair();
    await Promise.all(Array.from({ length: 100 }, (_, index) => refused(forge({ kid: `unknown-${index}` }, {}, privateKey))));
    ok(await callApi(system, '/api/protected', tokens.access_token));
  });
});

describe('scopes', () => {
  for (const [path, scope] of [['/students', 'read:students'], ['/users', 'read:users'], ['/api/user/profile', 'read']]) {
    test(`[109] ${path} without ${scope} is 403 insufficient_scope that names it`, async () => {
      const lacking = (await fullCodeFlow(system, { jar: ada.copy(), scope: 'openid' })).tokens.access_token;
      const answer = await callApi(system, path, lacking);
      assert.equal(answer.status, 403);
      assert.match(answer.headers['www-authenticate'], /error="insufficient_scope"/);
      assert.match(answer.headers['www-authenticate'], new RegExp(`scope="${scope}"`));
    });
  }

  test('[109] scopes are compared whole: read:students does not open what needs read', async () => {
    assert.equal((await callApi(system, '/api/user/profile', await machineToken(system, 'read:students'))).status, 403);
  });

  test('[109] updating wants write', async () => {
    const { access_token } = (await fullCodeFlow(system, { jar: ada.copy(), scope: 'openid read' })).tokens;
    const answer = await postJson(`${system.api}/api/user/update`, { name: 'x' }, { headers: { authorization: `Bearer ${access_token}` } });
    assert.equal(answer.status, 403);
    assert.match(answer.headers['www-authenticate'], /scope="write"/);
  });
});

describe('CORS', () => {
  test('the app\'s origin may call with a token and read the challenge; another origin may not', async () => {
    const ask = (origin) =>
      send('OPTIONS', `${system.api}/api/user/update`, {
        headers: { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization,content-type' },
      });
    const allowed = await ask(system.app);
    assert.ok([200, 204].includes(allowed.status));
    assert.equal(allowed.headers['access-control-allow-origin'], system.app);
    assert.match(allowed.headers['access-control-allow-headers'], /authorization/i);
    assert.match(allowed.headers['access-control-allow-headers'], /content-type/i);
    assert.match(allowed.headers['access-control-allow-methods'], /POST/);
    const other = await ask('https://attacker.example');
    assert.ok(![system.app, '*', 'https://attacker.example'].includes(other.headers['access-control-allow-origin']));
    const refused = await get(`${system.api}/api/protected`, { headers: { origin: system.app } });
    assert.equal(refused.headers['access-control-allow-origin'], system.app);
    assert.match(refused.headers['access-control-expose-headers'] ?? '', /www-authenticate/i);
    assert.match(refused.headers.vary ?? '', /origin/i);
    assert.equal(refused.headers['access-control-allow-credentials'], undefined);
  });
});
