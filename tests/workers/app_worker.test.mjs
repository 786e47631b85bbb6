// The client application's worker: the SPA's files, its configuration, and the machine-to-machine run.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { ok } from '../support/expect.mjs';
import { fullCodeFlow, machineToken, revoke } from '../support/flow.mjs';
import { tags } from '../support/html.mjs';
import { get, postJson, send } from '../support/http.mjs';
import { STUDENTS, eventually } from '../support/operator.mjs';
import { startSystem } from '../support/system.mjs';

let system;
before(async () => {
  system = await startSystem({ vars: { app: { OPERATOR_AUTH: 'open' } } });
});
after(() => system?.stop());

const run = (headers = {}) => postJson(`${system.app}/m2m/run`, {}, { headers });

/** No JWT, no key, no secret in what the app says. */
function nothingSecret(answer) {
  assert.doesNotMatch(answer.text, /eyJ[\w-]{8,}/, 'no token');
  assert.doesNotMatch(answer.text, /"d"\s*:|client_assertion"\s*:\s*"ey|super-secret/);
}

describe('the SPA', () => {
  test('/config.json names the other parties', async () => {
    const answer = ok(await get(`${system.app}/config.json`));
    assert.match(answer.headers['content-type'], /^application\/json/);
    const text = answer.text;
    for (const value of [system.auth, system.api, 'web-ui', 'openid']) assert.ok(text.includes(value), `${value} in ${text}`);
    nothingSecret(answer);
  });

  const reserved = { '/device': 404, '/attacks': 404, '/inspect': 404, '/admin': 404 };
  for (const [path, status] of Object.entries({ '/': 200, '/flow': 200, '/callback?code=x&state=y': 200, '/operator': 200, '/no/such/page': 404, ...reserved })) {
    test(`${path} is the SPA's page with its headers`, async () => {
      const answer = ok(await get(`${system.app}${path}`), status);
      assert.match(answer.headers['content-type'], /^text\/html/);
      const policy = answer.headers['content-security-policy'] ?? '';
      assert.match(policy, /script-src 'self' 'wasm-unsafe-eval'/);
      assert.match(policy, /frame-ancestors 'none'/);
      assert.doesNotMatch(policy, /'unsafe-inline'|'unsafe-eval'/);
      assert.ok(policy.includes(system.auth) && policy.includes(system.api), policy);
      assert.equal(answer.headers['x-content-type-options'], 'nosniff');
      assert.equal(answer.headers['referrer-policy'], 'no-referrer');
      assert.equal(tags(answer.text, 'script').filter(({ src }) => !src).length, 0, 'no inline script');
    });
  }

  test('hashed files are kept for long, the page is asked for again each time', async () => {
    const page = ok(await get(`${system.app}/`));
    assert.match(page.headers['cache-control'] ?? '', /no-cache|no-store|max-age=0/);
    const files = [...tags(page.text, 'script').map(({ src }) => src), ...tags(page.text, 'link').map(({ href }) => href)];
    const hashed = files.filter((file) => /[.-][0-9a-f]{8,}\./.test(file ?? ''));
    assert.ok(hashed.length >= 2, files.join());
    for (const file of hashed) {
      const answer = ok(await get(new URL(file, `${system.app}/`).href));
      assert.match(answer.headers['cache-control'], /max-age=31536000/, file);
      assert.match(answer.headers['cache-control'], /immutable/, file);
      assert.equal(answer.headers['x-content-type-options'], 'nosniff', file);
    }
  });

  test('a missing asset is not answered by the page', async () => {
    const answer = await get(`${system.app}/favicon.ico`);
    assert.ok(answer.status < 500);
  });
});

describe('the machine-to-machine run', () => {
  test('gives Ada and Alan with a trace of each hop, and nothing secret', async () => {
    const answer = ok(await run());
    assert.deepEqual(answer.json.students, STUDENTS);
    nothingSecret(answer);
    const text = answer.text;
    for (const hop of ['/oauth/token', '/students']) assert.ok(text.includes(hop), `${hop} in the trace`);
    assert.match(text, /"status":200/);
    assert.match(answer.headers['cache-control'] ?? '', /no-store/);
  });

  test('the second run takes the token from the cache', async () => {
    ok(await run());
    const again = ok(await run());
    assert.deepEqual(again.json.students, STUDENTS);
    assert.match(again.text, /hit/i);
  });

  test('twenty runs at once all succeed', async () => {
    for (const answer of await Promise.all(Array.from({ length: 20 }, () => run()))) assert.deepEqual(ok(answer).json.students, STUDENTS);
  });

  test('/fetch-data is the same as one GET', async () => {
    const answer = ok(await get(`${system.app}/fetch-data`));
    assert.match(answer.headers['content-type'], /^application\/json/);
    assert.match(answer.text, /Ada/);
    assert.match(answer.text, /Alan/);
    nothingSecret(answer);
  });

  test('/m2m/status shows cache and breaker, and nothing secret', async () => {
    ok(await run());
    const answer = ok(await get(`${system.app}/m2m/status`));
    assert.match(answer.text, /closed/i);
    nothingSecret(answer);
  });

  test('[114] another method is 405', async () => {
    for (const [method, path] of [['GET', '/m2m/run'], ['POST', '/m2m/status'], ['POST', '/fetch-data'], ['POST', '/config.json']]) {
      assert.equal((await send(method, `${system.app}${path}`)).status, 405, `${method} ${path}`);
    }
  });

  test('[96] another site cannot make a browser start it', async () => {
    const headers = { origin: 'https://attacker.example', 'sec-fetch-site': 'cross-site' };
    const answer = await send('POST', `${system.app}/m2m/run`, { headers: { ...headers, 'content-type': 'text/plain' }, body: '' });
    assert.equal(answer.status, 403);
    assert.equal(answer.headers['access-control-allow-origin'], undefined);
    const linked = await get(`${system.app}/fetch-data`, { headers: { 'sec-fetch-site': 'cross-site' } });
    assert.equal(linked.status, 403);
  });
});

describe('where OPERATOR_AUTH is required', () => {
  before(() => system.restart({ vars: { app: { OPERATOR_AUTH: 'required' } } }));

  const calls = (authorization) => {
    const headers = authorization ? { authorization } : {};
    return Promise.all([run(headers), get(`${system.app}/m2m/status`, { headers }), get(`${system.app}/fetch-data`, { headers })]);
  };

  test('without a token it is 401', async () => {
    for (const answer of await calls()) {
      assert.equal(answer.status, 401, answer.url);
      assert.match(answer.headers['www-authenticate'], /^Bearer/);
    }
  });

  test('with nonsense it is 401', async () => {
    for (const answer of await calls('Bearer nonsense')) assert.equal(answer.status, 401, answer.url);
  });

  test('with a token of the wrong scope it is 403', async () => {
    const { tokens } = await fullCodeFlow(system, { user: 'ada', scope: 'openid read m2m:run' });
    for (const answer of await calls(`Bearer ${tokens.access_token}`)) assert.equal(answer.status, 403, answer.url);
    for (const answer of await calls(`Bearer ${await machineToken(system, 'read:students')}`)) assert.equal(answer.status, 403, answer.url);
  });

  test('with an operator\'s token it works, and the log says whose it is', async () => {
    const begun = system.log.length;
    const { tokens } = await fullCodeFlow(system, { user: 'grace', scope: 'openid m2m:run' });
    const [ran, status, data] = await calls(`Bearer ${tokens.access_token}`);
    assert.deepEqual(ok(ran).json.students, STUDENTS);
    ok(status);
    ok(data);
    const ids = [ran, status, data].map(({ headers }) => headers['x-request-id']);
    const lines = () => system.log.slice(begun).filter((line) => /"path":/.test(line) && ids.includes(JSON.parse(line).request_id));
    const logged = await eventually(() => lines().length === 3 && lines());
    for (const line of logged) assert.equal(JSON.parse(line).subject, 'u_grace');
    const ofGrace = async () => (await calls(`Bearer ${tokens.access_token}`))[1].json.runs.filter(({ by }) => by === 'u_grace');
    assert.ok(await eventually(async () => (await ofGrace()).some(({ id }) => id === ran.json.id)), 'the history says whose it is');
  });

  test('a revoked operator\'s token starts runs until it expires, as docs/revocation.md says', async () => {
    const { tokens } = await fullCodeFlow(system, { user: 'grace', scope: 'openid m2m:run' });
    ok(await revoke(system, 'web-ui', tokens.access_token));
    const [ran] = await calls(`Bearer ${tokens.access_token}`);
    ok(ran);
  });
});

test('where OPERATOR_AUTH is misspelt nothing runs', async () => {
  await system.restart({ vars: { app: { OPERATOR_AUTH: 'opne' } } });
  const answer = await run();
  assert.ok([401, 503].includes(answer.status), String(answer.status));
  assert.doesNotMatch(answer.text, /Ada/);
});
