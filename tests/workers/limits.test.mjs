// What patient strangers cost: rates, objects and rows, and bodies that never end. Numbers in brackets are rows of docs/threats.md.
import assert from 'node:assert/strict';
import http from 'node:http';
import net from 'node:net';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { logged, ok, tokenError } from '../support/expect.mjs';
import { CLIENTS, PASSWORDS, authorizationRequest, authorizePushed, basic, introspect, machineToken, push, signIn, submit, token } from '../support/flow.mjs';
import { loginForm } from '../support/html.mjs';
import { CookieJar, get, postForm, postJson } from '../support/http.mjs';
import { startSystem } from '../support/system.mjs';

/** The headers of the platform's edge for a caller with this address. */
const from = (address) => ({ 'mf-cf-blob': '{}', 'cf-connecting-ip': address });
const STRANGER = '203.0.113.7';
const OTHER = '198.51.100.9';

/** Asks until the answer is 429. A minute may end meanwhile, and the count with it. */
async function flood(ask, most) {
  for (let count = 0; count < most; count += 1) {
    const answer = await ask();
    if (answer.status === 429) return { answer, count };
  }
  throw new Error(`${most} requests were answered`);
}

test('[128] on a machine of one\'s own a network is the socket\'s, whatever the caller says of itself', async () => {
  const system = await startSystem();
  try {
    await system.halt();
    await system.start({ rates: { RATE_PAGES: 20 } });
    const page = (localAddress, said) =>
      new Promise((resolve, reject) => {
        const request = { host: '127.0.0.1', port: system.ports.auth, path: '/login', localAddress, headers: from(said) };
        http.get(request, (response) => resolve({ status: response.resume().statusCode })).on('error', reject);
      });
    let asked = 0;
    await flood(() => page('127.0.0.2', `203.0.113.${(asked += 1)}`), 120);
    assert.equal((await page('127.0.0.3', STRANGER)).status, 200);
  } finally {
    await system.stop();
  }
});

describe('[128] rates', () => {
  let system;
  before(async () => {
    system = await startSystem({ edge: true });
    await system.halt();
    await system.start({ rates: { RATE_PAGES: 20, RATE_STRANGERS: 20, RATE_MAKING: 10, RATE_CLIENTS: 3, RATE_EVERYONE: 40 } });
  });
  after(() => system?.stop());

  const wrong = (address) => postForm(`${system.auth}/oauth/token`, { grant_type: 'client_credentials' }, { headers: { ...basic('client-123', 'wrong'), ...from(address) } });
  const pushed = (address) => postForm(`${system.auth}/oauth/par`, authorizationRequest(system).params, { headers: from(address) });
  const page = (address) => get(`${system.auth}/login`, { headers: from(address) });

  test('a flood of pages gets a page with 429 and Retry-After, and others go on', async () => {
    const { answer } = await flood(() => page(STRANGER), 120);
    assert.equal(answer.headers['retry-after'], '10');
    assert.match(answer.headers['content-type'], /^text\/html/);
    assert.match(answer.text, /Too many requests/);
    assert.equal(answer.headers['cache-control'], 'no-store');
    ok(await page(OTHER));
    ok(await get(`${system.auth}/oauth/jwks`, { headers: from(STRANGER) }));
  });

  test('[102] a known browser in the network of a flood signs in', async () => {
    const jar = new CookieJar();
    jar.set('ostiary-known', (await signIn(system, 'ada')).get('ostiary-known'));
    await flood(() => page(STRANGER), 120);
    const shown = await get(`${system.auth}/login`, { jar, headers: from(STRANGER) });
    const answer = await submit(shown, loginForm(shown.text), { username: 'ada', password: PASSWORDS.ada }, jar, from(STRANGER));
    assert.equal(answer.status, 303, answer.text);
    ok(await get(`${system.auth}/account`, { jar, headers: from(STRANGER) }));
    assert.equal((await page(STRANGER)).status, 429, 'the flood is still refused');
  });

  test('a flood of guesses gets 429 as RFC 6585 has it, and the client itself goes on from the same address', async () => {
    const { answer } = await flood(() => wrong(STRANGER), 120);
    assert.equal(answer.json.error, 'temporarily_unavailable');
    assert.equal(answer.headers['retry-after'], '10');
    assert.equal((await wrong(OTHER)).status, 401);
    const own = postForm(`${system.auth}/oauth/token`, { grant_type: 'client_credentials' }, { headers: { ...basic('client-123', 'super-secret-key'), ...from(STRANGER) } });
    ok(await own);
  });

  test('a flood of client ids whose documents were never fetched gets 429, wherever they are', async () => {
    let last = 0;
    const named = () => ({ grant_type: 'refresh_token', refresh_token: 'x', client_id: `https://n${(last += 1)}.example.org/client.json` });
    await flood(() => postForm(`${system.auth}/oauth/token`, named(), { headers: from('198.51.100.77') }), 120);
  });

  test('an IPv6 stranger has one count for a whole network', async () => {
    let last = 0;
    await flood(() => wrong(`2001:db8:1:2::${(last += 1).toString(16)}`), 120);
  });

  test('a flood of pushed requests by a public client gets 429', async () => {
    const { answer, count } = await flood(() => pushed(STRANGER), 60);
    assert.ok(count >= 10, `${count}`);
    assert.equal(answer.json.error, 'temporarily_unavailable');
    ok(await pushed(OTHER), 201);
  });

  test('a flood of pushed requests from everywhere gets 429, and an authenticated client pushes on', async () => {
    let last = 0;
    const { answer, count } = await flood(() => pushed(`198.51.100.${(last += 1)}`), 200);
    assert.ok(count >= 15, `${count}`);
    assert.equal(answer.headers['retry-after'], '10');
    const { params } = authorizationRequest(system, 'web-app');
    const own = { ...basic('web-app', 'web-app-secret-0123456789abcdef0123'), ...from('198.51.100.251') };
    ok(await postForm(`${system.auth}/oauth/par`, params, { headers: own }), 201);
  });

  test('an authenticated client has a count of its own, wherever it asks from', async () => {
    let last = 0;
    const ask = () => introspect(system, 'x', { headers: from(`192.0.2.${(last += 1)}`) });
    const { answer } = await flood(ask, 120);
    assert.equal(answer.json.error, 'temporarily_unavailable');
    ok(await machineToken(system, 'read:students').then(() => get(`${system.auth}/oauth/jwks`)));
  });

  test('the log names no address, and a refused request as what it is', async () => {
    await logged(system, '"refusal":"too_many_requests"');
    assert.ok(!system.log.some((line) => line.includes(STRANGER)));
  });
});

test('[128] for a network that asks too often no client is looked up, and one that is known goes on', async () => {
  const system = await startSystem({ edge: true, faulty: true });
  try {
    await system.halt();
    await system.start({ rates: { RATE_STRANGERS: 20 } });
    let left = 0;
    const ask = (id, secret) => postForm(`${system.auth}/oauth/token`, { grant_type: 'client_credentials' }, { headers: { ...basic(id, secret), ...from(STRANGER) } });
    const invented = () => ask(`nobody-${(left += 1)}`, 'wrong');
    ok(await ask('client-123', 'super-secret-key'));
    await flood(invented, 120);
    await system.faults({ binding: 'KV', kind: 'counts', method: 'get', key: 'client:' }, { binding: 'DB', kind: 'counts', key: 'SELECT CASE disabled WHEN 0 THEN record' });
    for (let count = 0; count < 10; count += 1) assert.equal((await invented()).status, 429);
    ok(await ask('client-123', 'super-secret-key'));
    assert.deepEqual(await system.faults(), [0, 0]);
  } finally {
    await system.stop();
  }
});

test('[128] without its limits a worker answers, and says so once', async () => {
  const system = await startSystem({ edge: true });
  try {
    await system.halt();
    await system.start({ broken: ['auth.RATE_PAGES', 'auth.RATE_STRANGERS', 'auth.RATE_CLIENTS', 'auth.RATE_MAKING', 'auth.RATE_EVERYONE'] });
    for (let count = 0; count < 30; count += 1) ok(await get(`${system.auth}/login`, { headers: from(STRANGER) }));
    await machineToken(system, 'read:students');
    await logged(system, 'rate_limit_down');
    assert.equal(system.log.filter((line) => line.includes('rate_limit_down')).length, 1);
  } finally {
    await system.stop();
  }
});

describe('what strangers store', () => {
  let system;
  before(async () => {
    system = await startSystem({ edge: true, faulty: true });
  });
  after(() => system?.stop());

  test('[128] 400 requests pushed by a public client make no object and spend no proof', async () => {
    const before = [await system.made('GRANT'), await system.made('REPLAY')];
    const { params } = authorizationRequest(system);
    let left = 400;
    const one = async () => {
      while ((left -= 1) >= 0) ok(await push(system, 'web-ui', params), 201);
    };
    await Promise.all(Array.from({ length: 16 }, one));
    assert.deepEqual([await system.made('GRANT'), await system.made('REPLAY')], before);
    // The first browser that comes begins the grant.
    const { request_uri: uri } = ok(await push(system, 'web-ui', params), 201).json;
    ok(await authorizePushed(system, 'web-ui', uri));
    assert.equal(await system.made('GRANT'), before[0] + 1);
  });

  test('[128] a client that registered itself stores no pushed request, whatever it proves', async () => {
    const metadata = { client_name: 'Notes', redirect_uris: ['https://app.example/callback'], token_endpoint_auth_method: 'client_secret_basic' };
    const { client_id: clientId, client_secret: secret } = ok(await postJson(`${system.auth}/oauth/register`, metadata), 201).json;
    CLIENTS[clientId] = { redirect: () => metadata.redirect_uris[0], secret };
    const before = await system.made('GRANT');
    const pushes = Array.from({ length: 5 }, () => push(system, clientId, authorizationRequest(system, clientId).params));
    const [{ json }] = (await Promise.all(pushes)).map((answer) => ok(answer, 201));
    assert.equal(await system.made('GRANT'), before);
    ok(await authorizePushed(system, clientId, json.request_uri));
    assert.equal(await system.made('GRANT'), before + 1);
  });

  test('[34] [115] an unknown client and a wrong secret cost the same reads and no write, and nothing when they come again', async () => {
    const cost = async (clientId) => {
      const store = { binding: 'KV', kind: 'counts', key: 'client:' };
      await system.faults({ ...store, method: 'get' }, { ...store, method: 'put' }, { binding: 'DB', kind: 'counts', key: 'SELECT CASE disabled WHEN 0 THEN record' });
      const answers = [];
      for (let count = 0; count < 20; count += 1) {
        answers.push(await postForm(`${system.auth}/oauth/token`, { grant_type: 'client_credentials' }, { headers: basic(clientId, 'wrong') }));
      }
      for (const answer of answers) tokenError(answer, 'invalid_client', 401);
      return system.faults();
    };
    // The isolate has a copy of the known one.
    await machineToken(system, 'read:students');
    await new Promise((resolve) => setTimeout(resolve, 6_000));
    await machineToken(system, 'read:students');
    const known = await cost('client-123');
    assert.deepEqual(known, await cost('nobody-1'));
    assert.deepEqual(known, [1, 0, 1]);
  });

  test('[34] a flood of invented client ids reads the database a bounded number of times', async () => {
    await system.faults({ binding: 'DB', kind: 'counts', key: 'SELECT CASE disabled WHEN 0 THEN record' });
    let left = 1500;
    const statuses = new Map();
    const one = async () => {
      while ((left -= 1) >= 0) {
        const { status } = await token(system, 'web-ui', { client_id: `nobody-${left}`, grant_type: 'authorization_code' });
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
      }
    };
    const started = Date.now();
    await Promise.all(Array.from({ length: 16 }, one));
    const windows = 2 + Math.floor((Date.now() - started) / 10_000);
    const [reads] = await system.faults();
    assert.ok(reads <= 500 * windows, `${reads} reads in ${Date.now() - started} ms`);
    assert.deepEqual([...statuses.keys()].filter((status) => ![401, 503].includes(status)), []);
    await machineToken(system, 'read:students');
  });
});

test('[128] [102] a flood of sign-ins meets a bound of its own, and everything else goes on beside it', async () => {
  const system = await startSystem({ edge: true });
  try {
    const guess = (last) => postJson(`${system.auth}/login`, { username: `nobody-${last}`, password: 'x' }, { headers: from(`10.1.${last >> 8}.${last & 255}`) });
    /** The login page in a browser, and how its form is sent. */
    const opened = async (user, address, jar = new CookieJar()) => {
      const shown = ok(await get(`${system.auth}/login`, { jar, headers: from(address) }));
      return () => submit(shown, loginForm(shown.text), { username: user, password: PASSWORDS[user] }, jar, from(address));
    };
    const known = async (user) => {
      const jar = new CookieJar();
      jar.set('ostiary-known', (await signIn(system, user)).get('ostiary-known'));
      return opened(user, STRANGER, jar);
    };
    const browsers = [await known('ada'), await known('alan'), await known('grace')];

    // Each of sixty strangers guesses again as soon as it has been answered, always from another address at another account.
    const answers = [];
    let tried = 0;
    let isOver = false;
    const stranger = async () => {
      while (!isOver) {
        const answer = await guess((tried += 1));
        answers.push(answer);
        if (answer.status === 503) await sleep(100);
      }
    };
    const strangers = Array.from({ length: 60 }, stranger);
    const seen = (status) => answers.filter((answer) => answer.status === status).length;
    while (seen(503) < 20) await sleep(20);

    const beside = [get(`${system.auth}/health`), get(`${system.auth}/oauth/jwks`), machineToken(system, 'read:students')];
    const signIns = browsers.map((send) => send());
    const [health, keys] = await Promise.all(beside);
    ok(health);
    ok(keys);
    isOver = true;
    for (const answer of await Promise.all(signIns)) assert.equal(answer.status, 303, `a known browser: ${answer.text}`);
    await Promise.all(strangers);

    assert.ok(seen(401) >= 32, `${seen(401)} passwords were looked at`);
    for (const answer of answers) {
      assert.ok([401, 503].includes(answer.status), answer.text);
      if (answer.status !== 503) continue;
      assert.ok(Number(answer.headers['retry-after']) > 0);
      assert.equal(answer.json.error, 'temporarily_unavailable');
    }
    const signInAnew = await opened('alan', OTHER);
    assert.equal((await signInAnew()).status, 303, 'a new browser after the flood');
  } finally {
    await system.stop();
  }
});

describe('[113] bodies', () => {
  let system;
  before(async () => {
    system = await startSystem({ edge: true });
  });
  after(() => system?.stop());

  /** Sends `head` and nothing more; the first line of the answer. */
  function silent(port, head) {
    return new Promise((resolve, reject) => {
      const socket = net.connect(port, '127.0.0.1', () => socket.write(head));
      socket.setTimeout(25_000, () => socket.destroy(new Error('no answer within 25 s')));
      socket.once('data', (data) => {
        resolve(data.toString('latin1').split('\r\n')[0]);
        socket.destroy();
      });
      socket.once('error', reject);
    });
  }

  for (const part of ['auth', 'api', 'app']) {
    test(`[113] a body that stops coming is 408 at the ${part} worker, and others are answered meanwhile`, async () => {
      const path = { auth: '/oauth/token', api: '/api/user/update', app: '/m2m/run' }[part];
      const lengths = ['content-length: 1000', 'transfer-encoding: chunked'];
      const started = Date.now();
      const waiting = lengths.map((length) => silent(system.ports[part], [
        `POST ${path} HTTP/1.1`, `host: localhost:${system.ports[part]}`, 'content-type: application/x-www-form-urlencoded', length, '',
        length.startsWith('transfer') ? 'a\r\n0123456789\r\n' : '0123456789',
      ].join('\r\n')));
      ok(await get(`${system.auth}/oauth/jwks`));
      for (const answer of await Promise.all(waiting)) assert.match(answer, /^HTTP\/1\.1 408 /);
      const took = Date.now() - started;
      assert.ok(took > 8_000 && took < 15_000, `${took} ms`);
      await machineToken(system, 'read:students');
    });
  }
});
