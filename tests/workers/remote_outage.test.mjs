// What this server has fetched from others, while their hosts are down: clients' documents, and the keys of clients that registered
// themselves. Numbers in brackets are rows of docs/threats.md.
import assert from 'node:assert/strict';
import http from 'node:http';
import { after, before, describe, test } from 'node:test';
import { clientRefused, logged, ok } from '../support/expect.mjs';
import { ASSERTION_TYPE, CLIENTS, authorizationRequest, authorize, fullCodeFlow, obtainCode, refresh, signIn } from '../support/flow.mjs';
import { get, postForm, postJson } from '../support/http.mjs';
import { keyPair, now, random, sign } from '../support/jwt.mjs';
import { startSystem } from '../support/system.mjs';

const DAY = 86_400;
const REDIRECT = 'http://localhost:3118/callback';

/** Each path that was asked for. */
const asked = [];
const times = (path) => asked.filter((one) => one === path).length;
/** The paths that answer 503 now. */
const down = new Set();
const url = (path) => `${origin}${path}`;
const keys = { current: keyPair(), kid: 'one' };

const server = http.createServer((request, response) => {
  const { pathname: path } = new URL(request.url, origin);
  asked.push(path);
  const answer = (status, body) => response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'max-age=300' }).end(JSON.stringify(body));
  if (down.has(path)) return answer(503, {});
  if (path === '/jwks') return answer(200, { keys: [{ ...keys.current.jwk, kid: keys.kid, alg: 'ES256', use: 'sig' }] });
  if (path === '/dns') return answer(200, { Status: 0, Answer: [{ name: 'private.hostile.org', type: 1, TTL: 1, data: '10.0.0.5' }] });
  return answer(200, {
    client_id: url(path), client_name: 'A document', redirect_uris: ['http://localhost/callback'],
    grant_types: ['authorization_code', 'refresh_token'], token_endpoint_auth_method: 'none',
  });
});

let origin;
let system;
let ada;
before(async () => {
  await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
  origin = `http://localhost:${server.address().port}`;
  system = await startSystem({ edge: true, vars: { auth: { CLIENT_METADATA_INSECURE: 'on', DNS_RESOLVER: url('/dns') } } });
  ada = await signIn(system, 'ada');
});
after(async () => {
  server.closeAllConnections();
  server.close();
  await system?.stop();
});

/** An authorization request of the client at a URL, in ada's browser. */
function ask(clientId) {
  CLIENTS[clientId] ??= { redirect: () => REDIRECT };
  return authorize(system, authorizationRequest(system, clientId).params, ada.copy());
}

/** A worker that knows nothing but its stores, in which what mentions `about` is older. */
async function later(about, seconds) {
  await system.halt();
  assert.ok(system.ageCopies(about, seconds) > 0, 'there is a copy');
  await system.start();
}

function unavailablePage(answer) {
  assert.equal(answer.status, 400, answer.text.slice(0, 300));
  assert.equal(answer.location, undefined);
  assert.match(answer.text, /document/);
}

describe('[120] a document whose host is down', () => {
  const path = '/outage';
  let tokens;

  test('counts as it was fetched last, and is asked for once a minute', async () => {
    CLIENTS[url(path)] = { redirect: () => REDIRECT };
    ({ tokens } = await fullCodeFlow(system, { clientId: url(path), jar: ada, scope: 'openid read offline_access' }));
    down.add(path);
    await later(`"client_id":"${url(path)}"`, DAY);
    ok(await ask(url(path)));
    await logged(system, 'client_document: ');
    assert.equal(times(path), 2);
    ok(await ask(url(path)));
    tokens = ok(await refresh(system, url(path), tokens.refresh_token)).json;
    assert.equal(times(path), 2);
  });

  test('counts no more after a week, and then nobody signs in, but who is signed in stays so', async () => {
    await later(`"client_id":"${url(path)}"`, 7 * DAY);
    unavailablePage(await ask(url(path)));
    assert.equal(times(path), 3);
    tokens = ok(await refresh(system, url(path), tokens.refresh_token)).json;
    assert.equal(times(path), 3);
  });

  test('is there again when its host is', async () => {
    down.delete(path);
    ok(await ask(url(path)));
    ok(await refresh(system, url(path), tokens.refresh_token));
    assert.equal(times(path), 4);
  });
});

describe('the keys of a client that registered itself, at its jwks_uri', () => {
  /** Registers a client that signs with the keys at a URL. */
  async function registered(keysAt) {
    const metadata = { client_name: 'Signing', redirect_uris: ['https://app.example/callback'], token_endpoint_auth_method: 'private_key_jwt', jwks_uri: keysAt };
    const { json } = ok(await postJson(`${system.auth}/oauth/register`, metadata), 201);
    CLIENTS[json.client_id] = { redirect: () => 'https://app.example/callback' };
    assert.equal(json.jwks_uri, keysAt);
    return json.client_id;
  }

  const signed = (clientId, { kid = keys.kid, key = keys.current.privateKey } = {}) =>
    sign({ alg: 'ES256', kid, typ: 'JWT' }, { iss: clientId, sub: clientId, aud: system.auth, jti: random(), iat: now(), exp: now() + 60 }, key);

  /** A code of the client, redeemed with an assertion. */
  async function flow(clientId, how) {
    const { code, verifier, params } = await obtainCode(system, { clientId, jar: ada, scope: 'openid read' });
    const fields = { grant_type: 'authorization_code', code, redirect_uri: params.redirect_uri, code_verifier: verifier };
    return postForm(`${system.auth}/oauth/token`, { ...fields, client_assertion_type: ASSERTION_TYPE, client_assertion: signed(clientId, how) });
  }

  function unavailable(answer) {
    assert.deepEqual([answer.status, answer.json?.error, answer.headers['retry-after']], [503, 'temporarily_unavailable', '2'], answer.text);
  }

  let clientId;

  test('[42] are fetched once, and are known to the next worker too', async () => {
    clientId = await registered(url('/jwks'));
    for (let flows = 0; flows < 3; flows += 1) ok(await flow(clientId));
    assert.equal(times('/jwks'), 1);
    await system.restart();
    ok(await flow(clientId));
    assert.equal(times('/jwks'), 1);
  });

  test('[42] a new one is fetched at once, and made-up ones cost one fetch a minute', async () => {
    Object.assign(keys, { current: keyPair(), kid: 'two' });
    ok(await flow(clientId));
    assert.equal(times('/jwks'), 2);
    const made = { kid: 'made-up', key: keyPair().privateKey };
    for (let tries = 0; tries < 3; tries += 1) clientRefused(await flow(clientId, made), { challenge: false });
    clientRefused(await flow(clientId, { key: keyPair().privateKey }), { challenge: false });
    assert.equal(times('/jwks'), 2);
    ok(await flow(clientId));
  });

  test('[60] whose host is down: the known ones count, and a new one is a fault, never a refusal', async () => {
    down.add('/jwks');
    await later('"keys":[', 3_600);
    ok(await flow(clientId));
    assert.equal(times('/jwks'), 3, 'they were old');
    ok(await flow(clientId));
    const former = { kid: keys.kid, key: keys.current.privateKey };
    Object.assign(keys, { current: keyPair(), kid: 'three' });
    for (let tries = 0; tries < 3; tries += 1) unavailable(await flow(clientId));
    assert.equal(times('/jwks'), 3, 'a fetch that failed is not repeated for a minute');
    ok(await flow(clientId, former));
    down.delete('/jwks');
    await system.restart();
    ok(await flow(clientId));
  });

  test('[60] that cannot be fetched at all are a fault', async () => {
    down.add('/dead');
    const dead = await registered(url('/dead'));
    for (let tries = 0; tries < 2; tries += 1) unavailable(await flow(dead));
    assert.equal(times('/dead'), 1);
  });

  test('[42] at a host that is not public are not fetched', async () => {
    const hidden = await registered('https://private.hostile.org/jwks');
    unavailable(await flow(hidden));
    await logged(system, 'an address of the host is not public');
    assert.equal(times('/jwks'), 4);
  });
});

describe('[128] documents by strangers', () => {
  after(() => system.restart());

  /** Fetches documents for browsers in these networks, one after another: the paths that were asked for, and the statuses. */
  async function flood(name, addresses) {
    const statuses = [];
    for (const [count, address] of addresses.entries()) {
      const clientId = url(`/${name}/${count}`);
      CLIENTS[clientId] = { redirect: () => REDIRECT };
      const { params } = authorizationRequest(system, clientId);
      const headers = { 'mf-cf-blob': '{}', 'cf-connecting-ip': address };
      statuses.push((await get(`${system.auth}/oauth/authorize?${new URLSearchParams(params)}`, { jar: ada.copy(), headers })).status);
    }
    return { statuses, fetched: asked.filter((one) => one.startsWith(`/${name}/`)).length };
  }

  // The platform counts by the minute, and is not waited for: a new minute may begin, and one more than the limit is let in.
  test('have a limit for each network and one for all, and what is known has none', async () => {
    await system.restart({ rates: { RATE_MAKING: 5 } });
    const one = await flood('network', Array(15).fill('203.0.113.7'));
    assert.ok(one.fetched >= 5 && one.fetched <= 12, JSON.stringify(one));
    assert.ok(one.statuses.includes(429), JSON.stringify(one));
    ok(await ask(url('/outage')));
    await system.restart({ rates: { RATE_EVERYONE: 20 } });
    const all = await flood('everyone', Array.from({ length: 50 }, (_, count) => `198.51.100.${count}`));
    assert.ok(all.fetched <= 42 && all.statuses.includes(429), JSON.stringify(all));
    ok(await ask(url('/outage')));
  });

  test('leave nothing that lasts longer than an hour, until a user has let their client in', async () => {
    await system.halt();
    const copies = system.copies('document:');
    await system.start();
    const lasting = copies.filter(([, until]) => until > now() + 3_600).map(([key]) => key);
    assert.deepEqual(lasting, [`document:${url('/outage')}`]);
    assert.ok(copies.length > 5 && copies.every(([, until]) => until > now()), JSON.stringify(copies));
  });
});
