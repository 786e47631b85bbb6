// Clients that are known by the document at their client_id, and a hostile server of documents.
// Numbers in brackets are rows of docs/threats.md.
import assert from 'node:assert/strict';
import http from 'node:http';
import { after, before, describe, test } from 'node:test';
import { clientRefused, ok, tokenError } from '../support/expect.mjs';
import { ASSERTION_TYPE, CLIENTS, adminToken, administer, authorizationRequest, authorizeUrl, fullCodeFlow, obtainCode, redeem, refresh, signIn } from '../support/flow.mjs';
import { get, postForm } from '../support/http.mjs';
import { keyPair, now, random, sign } from '../support/jwt.mjs';
import { eventually } from '../support/operator.mjs';
import { startSystem } from '../support/system.mjs';

/** What was asked for: paths of documents, and names that were resolved. */
const asked = [];
const resolved = [];
const times = (path) => asked.filter((one) => one === path).length;

const REDIRECT = 'http://localhost:3118/callback';
const json = { 'content-type': 'application/json' };
const url = (path) => `${origin}${path}`;

/** A good document at `path`, with changes. */
const document = (path, changes = {}) => ({
  client_id: url(path), client_name: 'A document', redirect_uris: ['http://localhost/callback'],
  grant_types: ['authorization_code', 'refresh_token'], token_endpoint_auth_method: 'none', ...changes,
});

const keys = { current: keyPair(), kid: 'one' };
const published = () => ({ keys: [{ ...keys.current.jwk, kid: keys.kid, alg: 'ES256', use: 'sig' }] });

/** What a client may find: a document by its changes, or a function that answers. */
const good = {
  '/good': {},
  '/storm': {},
  '/disabled': {},
  '/ended': {},
  '/beside-a-flood': {},
  '/signing': () => ({ token_endpoint_auth_method: 'private_key_jwt', jwks_uri: url('/jwks') }),
  '/signing-later': () => ({ token_endpoint_auth_method: 'private_key_jwt', jwks_uri: url('/jwks-later') }),
  '/dead-keys': () => ({ token_endpoint_auth_method: 'private_key_jwt', jwks_uri: url('/missing-keys') }),
  '/type': {},
};
const bad = {
  '/another-id': { client_id: 'http://localhost/another' },
  '/nameless': { client_name: undefined },
  '/no-redirects': { redirect_uris: undefined },
  '/empty-redirects': { redirect_uris: [] },
  '/foreign': { redirect_uris: ['https://evil.example.org/callback'] },
  '/secret': { client_secret: 'x' },
  '/expiring': { client_secret_expires_at: 0 },
  '/symmetric': { token_endpoint_auth_method: 'client_secret_post' },
};
const hostile = {
  '/moved': (response) => response.writeHead(302, { location: '/target' }).end(),
  '/moved-for-good': (response) => response.writeHead(301, { location: url('/target') }).end(),
  '/missing': (response) => response.writeHead(404, json).end('{}'),
  '/broken': (response) => response.writeHead(500, json).end('{}'),
  '/created': (response, path) => response.writeHead(201, json).end(JSON.stringify(document(path))),
  '/html': (response, path) => response.writeHead(200, { 'content-type': 'text/html' }).end(JSON.stringify(document(path))),
  '/untyped': (response, path) => response.writeHead(200).end(JSON.stringify(document(path))),
  '/huge': (response, path) => response.writeHead(200, json).end(JSON.stringify(document(path, { padding: 'x'.repeat(17_000) }))),
  '/twice': (response, path) => response.writeHead(200, json).end(JSON.stringify(document(path)).replace('{', '{"client_name":"Twice",')),
  '/list': (response) => response.writeHead(200, json).end('[]'),
  '/deep': (response) => response.writeHead(200, json).end(`{"a":${'['.repeat(8_000)}`),
  '/cut-off': (response) => { response.writeHead(200, { ...json, 'content-length': '500' }).write('{'); setTimeout(() => response.destroy(), 50); },
  '/silent': () => {},
  '/slow': (response) => { response.writeHead(200, json); response.write('{'); },
  '/endless': (response) => {
    response.writeHead(200, json).write('{"a":"');
    const drip = setInterval(() => response.write('x'), 100);
    response.on('close', () => clearInterval(drip));
  },
  '/flood': (response) => {
    response.writeHead(200, json).write('{"a":"');
    const pour = () => { while (response.write('x'.repeat(65_536))); };
    response.on('drain', pour).on('error', () => {});
    pour();
  },
};

const addresses = {
  'private.hostile.org': ['10.0.0.5'],
  'loopback.hostile.org': ['127.0.0.1'],
  'metadata.hostile.org': ['169.254.169.254'],
  'mixed.hostile.org': ['1.1.1.1', '192.168.1.1'],
  'six.hostile.org': ['::ffff:127.0.0.1'],
  'public.hostile.org': ['192.0.2.1'],
  'nothing.hostile.org': [],
};

/** A resolver whose answers for `rebinding.hostile.org` change from one question to the next. */
function resolve(query) {
  const [name, type] = [query.get('name'), query.get('type')];
  resolved.push(name);
  let found = addresses[name];
  if (name === 'rebinding.hostile.org') found = resolved.filter((one) => one === name).length <= 2 ? ['1.1.1.1'] : ['127.0.0.1'];
  if (!found) return { Status: 3 };
  const kind = type === 'A' ? 1 : 28;
  const ofType = found.filter((address) => address.includes(':') === (kind === 28));
  return { Status: 0, Answer: ofType.map((data) => ({ name, type: kind, TTL: 1, data })) };
}

const server = http.createServer(async (request, response) => {
  const { pathname, searchParams } = new URL(request.url, origin);
  if (pathname === '/dns') return response.writeHead(200, { 'content-type': 'application/dns-json' }).end(JSON.stringify(resolve(searchParams)));
  asked.push(pathname);
  if (hostile[pathname]) return hostile[pathname](response, pathname);
  if (pathname.startsWith('/jwks')) return response.writeHead(200, json).end(JSON.stringify(published()));
  if (pathname === '/storm') await new Promise((resolve) => setTimeout(resolve, 300));
  const changes = good[pathname] ?? bad[pathname] ?? (pathname.startsWith('/many') ? {} : undefined);
  if (changes === undefined) return response.writeHead(404).end();
  const type = pathname === '/type' ? { 'content-type': 'application/vnd.client+json; charset=utf-8' } : json;
  const own = typeof changes === 'function' ? changes() : changes;
  return response.writeHead(200, type).end(JSON.stringify(document(pathname, own)));
});

let origin;
let system;
let ada;
before(async () => {
  await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
  origin = `http://localhost:${server.address().port}`;
  for (const path of Object.keys(good)) CLIENTS[url(path)] = { redirect: () => REDIRECT };
  system = await startSystem({ edge: true, vars: { auth: { CLIENT_METADATA_INSECURE: 'on', DNS_RESOLVER: url('/dns') } } });
  ada = await signIn(system, 'ada');
});
after(async () => {
  server.closeAllConnections();
  server.close();
  await system?.stop();
});

/** The headers of the platform's edge for a browser with this address. */
const from = (address) => ({ 'mf-cf-blob': '{}', 'cf-connecting-ip': address });
let networks = 0;
const anotherNetwork = () => `100.64.${(networks += 1) >> 8}.${networks & 255}`;

/** An authorization request of the client at a URL, in ada's browser; each from a network of its own. */
function ask(clientId, changes = {}, address = anotherNetwork()) {
  CLIENTS[clientId] ??= { redirect: () => REDIRECT };
  const url = authorizeUrl(system, authorizationRequest(system, clientId, changes).params);
  return get(url, { jar: ada.copy(), headers: from(address) });
}

/** A page without what differs from one request to the next. */
const withoutId = (text) => text.replace(/[0-9a-f]{16}/g, 'ID');

function refusedPage(answer, error = 'invalid_request') {
  assert.equal(answer.status, 400, answer.text.slice(0, 300));
  assert.equal(answer.location, undefined);
  assert.ok(answer.text.includes(error));
  return withoutId(answer.text);
}

describe('the URL and its host', () => {
  test('[118] a URL that hides something, an address and a name that is not public are refused, and nothing is asked', async () => {
    const before = [asked.length, resolved.length];
    const pages = new Set();
    for (const clientId of [
      'http://a.hostile.org/c', 'https://a.hostile.org', 'https://u@a.hostile.org/c', 'https://a.hostile.org/c#f', 'https://a.hostile.org/../c',
      'https://a.hostile.org/%2e%2e/c', 'https://a.hostile.org:0/c', 'https://127.0.0.1/c', 'https://2130706433/c', 'https://0x7f.1/c',
      'https://[::1]/c', 'https://[::ffff:7f00:1]/c', 'https://localhost/c', 'https://intranet/c', 'https://printer.local/c',
      'https://metadata.google.internal/c', 'https://A.hostile.org/c', 'https://a.hostile.org./c', 'http://127.0.0.2/c', 'http://127.1/c',
    ]) pages.add(refusedPage(await ask(clientId)));
    assert.equal(pages.size, 1, 'each page says the same');
    assert.deepEqual([asked.length, resolved.length], before);
  });

  test('[118] a host with an address that is not public is not asked, also at the second look-up, and no page tells which host exists', async () => {
    const pages = new Set();
    const causes = () => system.log.filter((line) => line.includes('an address of the host is not public')).length;
    for (const name of ['private', 'loopback', 'metadata', 'mixed', 'six', 'public']) {
      const before = causes();
      pages.add(refusedPage(await ask(`https://${name}.hostile.org/client.json`)));
      assert.equal(await eventually(() => causes() - before), 1, name);
    }
    const before = causes();
    pages.add(refusedPage(await ask('https://rebinding.hostile.org/client.json')));
    assert.equal(causes(), before, 'the first look-up was harmless');
    pages.add(refusedPage(await ask('https://rebinding.hostile.org/client.json')));
    assert.equal(await eventually(() => causes() - before), 1);
    for (const name of ['nothing', 'unknown']) pages.add(refusedPage(await ask(`https://${name}.hostile.org/client.json`)));
    assert.equal(pages.size, 1);
  });
});

describe('the answer', () => {
  for (const path of Object.keys(hostile)) {
    test(`[118] what ${path.slice(1)} answers is refused within seconds`, async () => {
      const began = performance.now();
      refusedPage(await ask(url(path)));
      assert.ok(performance.now() - began < 7_000);
      assert.deepEqual([times(path), times('/target')], [1, 0]);
      ok(await get(`${system.auth}/.well-known/oauth-authorization-server`));
    });
  }

  for (const path of Object.keys(bad)) {
    test(`[119] a document that breaks a rule (${path.slice(1)}) is refused`, async () => {
      const page = refusedPage(await ask(url(path)));
      assert.match(page, /must name that URL as its client_id/);
    });
  }

  test('a JSON type of another name will do', async () => {
    ok(await ask(url('/type')));
  });
});

describe('a client with a document', () => {
  test('[123] is shown by its site and by where the user returns to, with a warning where that is this device', async () => {
    const { text } = ok(await ask(url('/good')));
    assert.ok(text.includes('A document'));
    assert.match(text, new RegExp(`<dd class="wire">${new URL(origin).host}</dd>`));
    assert.match(text, /<dd class="wire">localhost:3118<\/dd>/);
    assert.match(text, /any program on it can receive/);
  });

  test('goes through its whole flow with one fetch', async () => {
    const flow = await fullCodeFlow(system, { clientId: url('/good'), jar: ada, scope: 'openid read offline_access' });
    const next = ok(await refresh(system, url('/good'), flow.tokens.refresh_token)).json;
    ok(await refresh(system, url('/good'), next.refresh_token));
    ok(await get(`${system.api}/api/user/profile`, { headers: { authorization: `Bearer ${next.access_token}` } }));
    assert.equal(times('/good'), 1);
    const account = ok(await get(`${system.auth}/account`, { jar: ada }));
    assert.ok(account.text.includes('A document'));
  });

  test('is still known after a restart, without a fetch', async () => {
    const { tokens } = await fullCodeFlow(system, { clientId: url('/good'), jar: ada, scope: 'openid read offline_access' });
    await system.restart();
    ok(await refresh(system, url('/good'), tokens.refresh_token));
    assert.equal(times('/good'), 1);
  });

  test('is fetched once for all who ask at a time', async () => {
    const pages = await Promise.all(Array.from({ length: 20 }, () => ask(url('/storm'))));
    for (const page of pages) ok(page);
    assert.equal(times('/storm'), 1);
  });

  test('may not come with another redirect, or with a secret, or for itself', async () => {
    refusedPage(await ask(url('/good'), { redirect_uri: 'https://evil.example.org/callback' }));
    const fields = { grant_type: 'client_credentials', client_id: url('/good') };
    tokenError(await postForm(`${system.auth}/oauth/token`, fields), 'unauthorized_client');
    clientRefused(await postForm(`${system.auth}/oauth/token`, { ...fields, client_secret: 'x' }), { challenge: false });
  });

  test('[120] that was never seen is a fault at the token endpoint, and never a refusal', async () => {
    const fields = { grant_type: 'refresh_token', refresh_token: 'x', client_id: url('/never') };
    const answer = await postForm(`${system.auth}/oauth/token`, fields);
    assert.deepEqual([answer.status, answer.json.error, answer.headers['retry-after']], [503, 'temporarily_unavailable', '2']);
    assert.equal(times('/never'), 0, 'only a browser makes this server fetch');
  });

  test('stays disabled when an administrator has disabled it', async () => {
    const jar = ada;
    const { tokens } = await fullCodeFlow(system, { clientId: url('/disabled'), jar, scope: 'openid read offline_access' });
    const admin = await adminToken(system);
    assert.equal((await administer(system, admin, '/clients/disable', { client_id: url('/disabled') })).status, 204);
    refusedPage(await ask(url('/disabled')));
    assert.equal((await refresh(system, url('/disabled'), tokens.refresh_token)).status, 401);
    await system.halt();
    const events = system.sql('audit', `SELECT event, actor FROM audit WHERE client_id = '${url('/disabled')}' AND event LIKE 'client_%'`);
    assert.deepEqual(events.map(({ event, actor }) => [event, actor]), [['client_disabled', 'u_grace']], 'nobody has registered it');
    await system.restart();
    refusedPage(await ask(url('/disabled')));
    assert.equal((await refresh(system, url('/disabled'), tokens.refresh_token)).status, 401);
    assert.equal(times('/disabled'), 1);
  });

  test('[121] that was disabled and enabled has lost its grants, also when its document is fetched again', async () => {
    const { tokens } = await fullCodeFlow(system, { clientId: url('/ended'), jar: ada, scope: 'openid read offline_access' });
    const admin = await adminToken(system);
    for (const act of ['disable', 'enable']) assert.equal((await administer(system, admin, `/clients/${act}`, { client_id: url('/ended') })).status, 204);
    await system.halt();
    system.forgetCaches();
    await system.start();
    ok(await ask(url('/ended')));
    assert.equal(times('/ended'), 2);
    tokenError(await refresh(system, url('/ended'), tokens.refresh_token), 'invalid_grant');
  });

  test('is what the metadata say is supported', async () => {
    const metadata = ok(await get(`${system.auth}/.well-known/oauth-authorization-server`)).json;
    assert.equal(metadata.client_id_metadata_document_supported, true);
  });
});

const assertion = (clientId, kid = keys.kid, key = keys.current.privateKey) =>
  sign({ alg: 'ES256', kid, typ: 'JWT' }, { iss: clientId, sub: clientId, aud: system.auth, jti: random(), iat: now(), exp: now() + 60 }, key);
const signed = (obtained, jwt) => {
  const fields = { grant_type: 'authorization_code', code: obtained.code, redirect_uri: REDIRECT, code_verifier: obtained.verifier };
  return postForm(`${system.auth}/oauth/token`, { ...fields, client_assertion_type: ASSERTION_TYPE, client_assertion: jwt });
};

describe('keys at a URL', () => {
  test('a client that signs is authenticated by them, and no code waits for a fetch', async () => {
    const clientId = url('/signing');
    const obtained = await obtainCode(system, { clientId, jar: ada, scope: 'openid read' });
    clientRefused(await redeem(system, obtained), { challenge: false });
    assert.equal(times('/jwks'), 1, 'they were fetched with the document');
    ok(await signed(obtained, assertion(clientId)));
    assert.equal(times('/jwks'), 1);
  });

  test('a new key is fetched at once, and made-up keys at most once a minute', async () => {
    const clientId = url('/signing');
    Object.assign(keys, { current: keyPair(), kid: 'two' });
    ok(await signed(await obtainCode(system, { clientId, jar: ada, scope: 'openid read' }), assertion(clientId)));
    assert.equal(times('/jwks'), 2);
    const obtained = await obtainCode(system, { clientId, jar: ada, scope: 'openid read' });
    for (let made = 0; made < 5; made += 1) clientRefused(await signed(obtained, assertion(clientId, `made-up-${made}`, keyPair().privateKey)), { challenge: false });
    assert.equal(times('/jwks'), 2);
    ok(await signed(obtained, assertion(clientId)));
  });

  test('keys that cannot be fetched are a fault, and never a refusal', async () => {
    const clientId = url('/dead-keys');
    const obtained = await obtainCode(system, { clientId, jar: ada, scope: 'openid read' });
    assert.equal((await signed(obtained, assertion(clientId))).status, 503);
  });
});

test('[122] one network leaves room for the documents of others', async () => {
  const flood = Array.from({ length: 40 }, (_, index) => ask(`${url('/silent')}?${index}`, {}, '203.0.113.9'));
  await eventually(() => times('/silent') >= 4);
  ok(await ask(url('/beside-a-flood'), {}, '198.51.100.7'));
  const answers = await Promise.all(flood);
  const refused = answers.filter(({ status }) => status === 429);
  assert.ok(refused.length >= 36, `${refused.length} were too many`);
  assert.equal(refused[0].headers['retry-after'], '10');
});

test('[128] keys last no longer than the document, until a user has let the client in', async () => {
  const clientId = url('/signing-later');
  const until = async () => {
    await system.halt();
    const [copy] = system.copies(`client_keys:${url('/jwks-later')}`);
    await system.start();
    return copy[1];
  };
  ok(await ask(clientId));
  await eventually(() => times('/jwks-later'));
  assert.ok((await until()) <= now() + 3_600);
  ok(await signed(await obtainCode(system, { clientId, jar: ada, scope: 'openid read' }), assertion(clientId)));
  assert.equal(times('/jwks-later'), 1);
  assert.ok((await until()) > now() + 6 * 86_400);
});

test('[122] a network that has used up its share keeps no keys from others', async () => {
  const clientId = url('/signing');
  // What is known of them goes, and a minute has just begun.
  await system.halt();
  system.forgetCaches();
  await system.start();
  while (now() % 60 > 30) await new Promise((resolve) => setTimeout(resolve, 500));
  for (let count = 0; count < 29; count += 1) ok(await ask(url(`/many/share-${count}`), {}, '203.0.113.77'));
  const before = times('/jwks');
  ok(await ask(clientId, {}, '203.0.113.77'));
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  assert.equal(times('/jwks'), before, 'the share was used up');
  const obtained = await obtainCode(system, { clientId, jar: ada, scope: 'openid read' });
  ok(await signed(obtained, assertion(clientId)));
});

test('[122] a thousand documents in a minute are too many', async () => {
  ok(await ask(url('/good')));
  const answers = [];
  for (let from = 0; from < 1_000; from += 50) {
    answers.push(...(await Promise.all(Array.from({ length: 50 }, (_, index) => ask(url(`/many/${from + index}`))))));
  }
  const of = (status) => answers.filter((answer) => answer.status === status);
  // Of 500 unknown ids in ten seconds an isolate asks the database, and no more: what comes after those is 503. How many
  // that are depends on how long the thousand take.
  assert.equal(of(200).length + of(429).length + of(503).length, answers.length);
  assert.ok(of(200).length <= 240, `${of(200).length} were fetched`);
  assert.equal(of(429)[0].headers['retry-after'], '10');
  // What is known is served all the same.
  ok(await ask(url('/good')));
});

test('with CLIENT_METADATA off there are none, and the metadata say so', async () => {
  await system.restart({ vars: { auth: { CLIENT_METADATA: 'off', CLIENT_METADATA_INSECURE: 'on', DNS_RESOLVER: url('/dns') } } });
  refusedPage(await ask(url('/good')));
  const metadata = ok(await get(`${system.auth}/.well-known/oauth-authorization-server`)).json;
  assert.equal(metadata.client_id_metadata_document_supported, false);
});
