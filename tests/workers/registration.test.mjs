// Clients that register themselves: RFC 7591, and their management: RFC 7592. Numbers in brackets are rows of docs/threats.md.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { clientRefused, errorPage, logged, noStore, ok, tokenError } from '../support/expect.mjs';
import {
  account, administer, adminToken, authorizationRequest, authorize, CLIENTS, decide, fullCodeFlow, login, obtainCode, redeem, refresh, secretAssertion, signIn, token, tokenByAssertion,
} from '../support/flow.mjs';
import { consentForm, unescapeHtml } from '../support/html.mjs';
import { CookieJar, get, postForm, postJson, send } from '../support/http.mjs';
import { eventually } from '../support/operator.mjs';
import { startSystem } from '../support/system.mjs';

const CALLBACK = 'https://app.example/callback';
const INITIAL = 'initial-token-0123456789abcdef0123456789';
/** What an MCP client sends. */
const PUBLIC = {
  client_name: 'Notes', redirect_uris: [CALLBACK], token_endpoint_auth_method: 'none',
  grant_types: ['authorization_code', 'refresh_token'], response_types: ['code'],
};

let system;
let endpoint;
before(async () => {
  system = await startSystem({ edge: true });
  endpoint = `${system.auth}/oauth/register`;
});
after(() => system?.stop());

const register = (metadata, options) => postJson(endpoint, metadata, options);

/** Registers a client that the steps of flow.mjs then know. */
async function registered(changes = {}) {
  const answer = ok(await register({ ...PUBLIC, ...changes }), 201);
  const { client_id: id, client_secret: secret, redirect_uris: [first] } = answer.json;
  CLIENTS[id] = { redirect: () => first, secret };
  return answer.json;
}

const bearer = (value) => ({ authorization: `Bearer ${value}` });

/** A request to the management of a registration: GET, PUT with a body, or DELETE. */
function manage(method, { registration_client_uri: uri, registration_access_token: own }, body, given = own) {
  const headers = given === undefined ? {} : bearer(given);
  if (body === undefined) return send(method, uri, { headers });
  return send(method, uri, { headers: { ...headers, 'content-type': 'application/json' }, body: JSON.stringify(body) });
}

const at = (seconds) => Math.floor(Date.now() / 1000) + seconds;

/** Runs statements while the system stands still. */
async function halted(act) {
  await system.halt();
  const found = act((table, statement) => system.sql(table, statement));
  system.forgetCaches();
  await system.start();
  return found;
}

describe('registering', () => {
  test('[88] a client gets what it needs, and unknown members are dropped', async () => {
    const answer = await register({ ...PUBLIC, contacts: ['a@app.example'], nonsense: { deep: [1] }, logo_uri: 'http://127.0.0.1:9/x' });
    ok(answer, 201);
    noStore(answer);
    assert.match(answer.headers['content-type'], /^application\/json/);
    const { json } = answer;
    assert.match(json.client_id, /^c_[\w-]{22}$/);
    assert.match(json.registration_access_token, /^[\w-]{43}$/);
    assert.equal(json.registration_client_uri, `${endpoint}/${json.client_id}`);
    assert.deepEqual(json.redirect_uris, [CALLBACK]);
    assert.equal(json.token_endpoint_auth_method, 'none');
    assert.deepEqual(json.response_types, ['code']);
    assert.equal(json.scope, 'openid');
    for (const absent of ['client_secret', 'nonsense', 'logo_uri']) assert.ok(!(absent in json), absent);
  });

  test('[88] one bad redirect URI falls out, and none left is an error', async () => {
    const several = ['cursor://anysphere.cursor-mcp/oauth/callback', 'javascript:alert(1)', 'http://localhost:8787/callback', 'http://evil.example/'];
    const { json } = ok(await register({ ...PUBLIC, redirect_uris: several }), 201);
    assert.deepEqual(json.redirect_uris, [several[0], several[2]]);
    for (const uris of [[], ['http://evil.example/'], ['https://a.example/#x', 'https://*.example/'], undefined]) {
      tokenError(await register({ ...PUBLIC, redirect_uris: uris }), 'invalid_redirect_uri');
    }
  });

  test('[88] bad metadata is the error of the standard', async () => {
    for (const bad of ['', '[]', '{', '{"redirect_uris":"x"}', '{"client_name":"a","client_name":"b"}']) tokenError(await register(bad), 'invalid_client_metadata');
    const cases = [
      [{ token_endpoint_auth_method: 'tls_client_auth' }, 'invalid_client_metadata'],
      [{ token_endpoint_auth_method: 'private_key_jwt' }, 'invalid_client_metadata'],
      [{ grant_types: ['implicit'] }, 'invalid_client_metadata'],
      [{ response_types: ['token'] }, 'invalid_client_metadata'],
      [{ jwks: { keys: [{ kty: 'oct', k: 'c2VjcmV0' }] } }, 'invalid_client_metadata'],
      [{ software_statement: 'e30.e30.' }, 'unapproved_software_statement'],
      [{ software_statement: 'nonsense' }, 'invalid_software_statement'],
    ];
    for (const [changes, error] of cases) tokenError(await register({ ...PUBLIC, ...changes }), error);
    tokenError(await postForm(endpoint, { client_name: 'Notes' }), 'invalid_request');
    assert.equal((await register(`{"client_name":"${'x'.repeat(20_000)}"}`)).status, 413);
  });

  test('[88] a wrong initial token is refused, even where none is needed', async () => {
    const answer = await register(PUBLIC, { headers: bearer('wrong') });
    tokenError(answer, 'invalid_token', 401);
    assert.match(answer.headers['www-authenticate'], /^Bearer .*invalid_token/);
  });

  test('[90] no privilege is had for the asking', async () => {
    const json = await registered({
      scope: 'openid read admin m2m:run nonsense', grant_types: ['authorization_code', 'client_credentials'], first_party: true, registered_by: 'operator',
      token_endpoint_auth_method: 'client_secret_basic', pkce: 'optional', resource_server_for: [system.api],
    });
    assert.equal(json.scope, 'openid read');
    assert.deepEqual(json.grant_types, ['authorization_code']);
    tokenError(await token(system, json.client_id, { grant_type: 'client_credentials' }), 'unauthorized_client');
    const flow = await fullCodeFlow(system, { clientId: json.client_id, user: 'grace', scope: 'openid read admin m2m:run', resource: system.auth });
    assert.equal(flow.tokens.scope, 'openid read');
    const { params } = authorizationRequest(system, json.client_id, { code_challenge: undefined, code_challenge_method: undefined });
    errorPage(await authorize(system, params, await signIn(system, 'ada')));
  });

  test('a script of any origin may register', async () => {
    const preflight = await send('OPTIONS', endpoint, { headers: { origin: 'https://other.example', 'access-control-request-method': 'POST' } });
    ok(preflight, 204);
    const answer = ok(await register(PUBLIC, { headers: { origin: 'https://other.example' } }), 201);
    assert.equal(answer.headers['access-control-allow-origin'], '*');
  });

  for (const method of ['GET', 'HEAD', 'PUT', 'DELETE', 'PATCH']) {
    test(`[114] ${method} is 405 with Allow: POST`, async () => {
      const answer = await send(method, endpoint);
      assert.equal(answer.status, 405);
      assert.equal(answer.headers.allow, 'POST');
    });
  }
});

describe('a client that registered itself', () => {
  test('[89] signs a user in, who reads that it is unverified and which host it returns to', async () => {
    const { client_id: clientId } = await registered({ client_name: '<script>alert(1)</script> Your\u202e bank', scope: 'openid read' });
    const jar = new CookieJar();
    const { params, verifier } = authorizationRequest(system, clientId, { scope: 'openid read write' });
    await login(await authorize(system, params, jar), 'ada', jar);
    const page = ok(await authorize(system, params, jar));
    assert.ok(consentForm(page.text), page.text);
    assert.match(page.text, /Unverified/);
    assert.match(page.text, /app\.example/);
    assert.doesNotMatch(page.text, /<script>alert|\u202e/);
    const answer = await decide(page, 'allow', jar);
    const code = answer.redirected.get('code');
    const tokens = ok(await redeem(system, { code, verifier, params, clientId })).json;
    assert.equal(tokens.scope, 'openid read write', 'a wider scope than it registered: its user has decided');
    ok(await refresh(system, clientId, tokens.refresh_token));
    const listed = ok(await account(system, jar)).text;
    assert.match(listed, /Unverified/);
    assert.match(listed, /Last used/);
  });

  test('[31] whose request is not valid sends nobody anywhere: the user follows a link, or not', async () => {
    const { client_id: clientId } = await registered();
    const { params } = authorizationRequest(system, clientId, { response_type: 'token', state: 'a"b&c' });
    const page = await authorize(system, params, new CookieJar());
    errorPage(page);
    const [, link] = /href="(https:[^"]*)"/.exec(page.text);
    const back = new URL(unescapeHtml(link));
    assert.equal(back.origin + back.pathname, CALLBACK);
    assert.deepEqual(['error', 'state', 'iss'].map((name) => back.searchParams.get(name)), ['unsupported_response_type', 'a"b&c', system.auth]);
    assert.match(page.text, /Return to app\.example/);
  });

  test('may listen on any port of localhost, if all its redirect URIs are on the user\'s machine', async () => {
    const { client_id: clientId, application_type: kind } = await registered({ redirect_uris: ['http://localhost:3118/callback'] });
    assert.equal(kind, 'native');
    const { redirected } = await obtainCode(system, { clientId, redirect_uri: 'http://localhost:54321/callback' });
    assert.ok(redirected.get('code'));
    const { params } = authorizationRequest(system, clientId, { redirect_uri: 'http://localhost:54321/other' });
    errorPage(await authorize(system, params, new CookieJar()));
  });

  test('with a secret authenticates by the header or the body, if it named no method', async () => {
    const json = await registered({ token_endpoint_auth_method: undefined });
    assert.equal(json.token_endpoint_auth_method, 'client_secret_basic');
    assert.equal(json.client_secret_expires_at, 0);
    const obtained = await obtainCode(system, { clientId: json.client_id });
    ok(await redeem(system, obtained));
    const { code, verifier, params } = await obtainCode(system, { clientId: json.client_id });
    const fields = { grant_type: 'authorization_code', code, redirect_uri: params.redirect_uri, code_verifier: verifier };
    const body = { ...fields, client_id: json.client_id, client_secret: json.client_secret };
    clientRefused(await postForm(`${system.auth}/oauth/token`, { ...body, client_secret: 'wrong' }), { challenge: false });
    ok(await postForm(`${system.auth}/oauth/token`, body));
  });
});

test('a client that signs with its secret, and one that changes to another method', async () => {
  const json = await registered({ token_endpoint_auth_method: 'client_secret_jwt' });
  const { client_id: clientId, client_secret: key } = json;
  const { code, verifier, params } = await obtainCode(system, { clientId });
  const fields = { grant_type: 'authorization_code', code, redirect_uri: params.redirect_uri, code_verifier: verifier, scope: undefined };
  ok(await tokenByAssertion(system, secretAssertion(system, { claims: { iss: clientId, sub: clientId }, key }), fields));
  const kept = ok(await manage('PUT', json, { ...PUBLIC, token_endpoint_auth_method: 'client_secret_jwt' })).json;
  assert.ok(!('client_secret' in kept), 'its secret stays');
  const changed = ok(await manage('PUT', json, { ...PUBLIC, token_endpoint_auth_method: 'client_secret_basic' })).json;
  assert.notEqual(changed.client_secret, key);
  CLIENTS[clientId].secret = changed.client_secret;
  ok(await redeem(system, await obtainCode(system, { clientId })));
});

describe('managing a registration', () => {
  test('[91] GET shows it, PUT replaces it, DELETE ends it with all access', async () => {
    const json = await registered({ scope: 'openid read' });
    const shown = ok(await manage('GET', json));
    noStore(shown);
    assert.deepEqual(shown.json, json);
    const changed = ok(await manage('PUT', json, { ...PUBLIC, client_id: json.client_id, client_name: 'Notes 2', redirect_uris: ['https://app.example/new'] }));
    assert.deepEqual([changed.json.client_name, changed.json.redirect_uris], ['Notes 2', ['https://app.example/new']]);
    assert.equal(changed.json.registration_access_token, json.registration_access_token);
    const { params } = authorizationRequest(system, json.client_id);
    errorPage(await authorize(system, params, new CookieJar()), 400);
    CLIENTS[json.client_id] = { redirect: () => 'https://app.example/new' };
    const { tokens } = await fullCodeFlow(system, { clientId: json.client_id });
    ok(await manage('DELETE', json), 204);
    tokenError(await refresh(system, json.client_id, tokens.refresh_token), 'invalid_client', 401);
    tokenError(await manage('GET', json), 'invalid_token', 401);
    tokenError(await manage('DELETE', json), 'invalid_token', 401);
  });

  test('[91] the token works for its own client alone, and only in the header', async () => {
    const [one, other] = [await registered(), await registered()];
    for (const method of ['GET', 'DELETE']) {
      tokenError(await manage(method, one, undefined, other.registration_access_token), 'invalid_token', 401);
      tokenError(await manage(method, one, undefined, 'wrong'), 'invalid_token', 401);
    }
    const bare = await send('GET', one.registration_client_uri);
    tokenError(bare, 'invalid_token', 401);
    assert.match(bare.headers['www-authenticate'], /^Bearer/);
    tokenError(await manage('PUT', one, PUBLIC, other.registration_access_token), 'invalid_token', 401);
    const nobody = { ...one, registration_client_uri: `${endpoint}/web-ui` };
    tokenError(await manage('GET', nobody), 'invalid_token', 401);
    ok(await manage('GET', one));
  });

  test('[91] PUT changes neither the id nor a privilege, and issues a secret only where there was none', async () => {
    const json = await registered();
    tokenError(await manage('PUT', json, { ...PUBLIC, client_id: 'web-ui' }), 'invalid_client_metadata');
    tokenError(await manage('PUT', json, { ...PUBLIC, client_secret: 'invented' }), 'invalid_client_metadata');
    await logged(system, '"refusal":"registration_identity"');
    tokenError(await manage('PUT', json, { ...PUBLIC, redirect_uris: [] }), 'invalid_redirect_uri');
    const wider = ok(await manage('PUT', json, { ...PUBLIC, scope: 'admin read', token_endpoint_auth_method: 'client_secret_post' })).json;
    assert.equal(wider.scope, 'read');
    assert.match(wider.client_secret, /^[\w-]{43}$/);
    const same = ok(await manage('PUT', json, { ...PUBLIC, client_secret: wider.client_secret, token_endpoint_auth_method: 'client_secret_post' })).json;
    assert.equal(same.client_secret, wider.client_secret);
    assert.ok(!('client_secret' in ok(await manage('GET', json)).json));
    const open = ok(await manage('PUT', json, PUBLIC)).json;
    assert.ok(!('client_secret' in open));
  });

  test('[91] PUT of another name or another redirect asks again those who had consented', async () => {
    const json = await registered({ scope: 'openid read' });
    const jar = await signIn(system, 'ada');
    await fullCodeFlow(system, { clientId: json.client_id, jar });
    const asked = async (redirect_uri) => !(await authorize(system, authorizationRequest(system, json.client_id, { redirect_uri }).params, jar)).location;
    assert.equal(await asked(CALLBACK), false);
    ok(await manage('PUT', json, { ...PUBLIC, scope: 'openid' }));
    assert.equal(await asked(CALLBACK), false);
    const other = 'https://evil.example/callback';
    ok(await manage('PUT', json, { ...PUBLIC, redirect_uris: [CALLBACK, other] }));
    assert.equal(await asked(other), true);
    await fullCodeFlow(system, { clientId: json.client_id, jar });
    assert.equal(await asked(CALLBACK), false);
    ok(await manage('PUT', json, { ...PUBLIC, client_name: 'Your bank', redirect_uris: [CALLBACK, other] }));
    assert.equal(await asked(CALLBACK), true);
  });

  test('[91] a disabled client stays disabled', async () => {
    const json = await registered();
    const admin = await adminToken(system);
    ok(await administer(system, admin, '/clients/disable', { client_id: json.client_id }), 204);
    for (const [method, body] of [['GET'], ['PUT', PUBLIC], ['DELETE']]) tokenError(await manage(method, json, body), 'access_denied', 403);
    await logged(system, '"refusal":"registration_disabled"');
    const { params } = authorizationRequest(system, json.client_id);
    errorPage(await authorize(system, params, new CookieJar()));
    ok(await administer(system, admin, '/clients/enable', { client_id: json.client_id }), 204);
    ok(await manage('PUT', json, PUBLIC));
    const kept = await halted((sql) => sql('clients', `SELECT record ->> '$.not_before' AS before FROM clients WHERE client_id = '${json.client_id}'`));
    assert.ok(kept[0].before > 0, 'what has ended stays ended');
  });

  test('[114] other methods are 405, and paths beside it 404', async () => {
    const json = await registered();
    for (const method of ['POST', 'PATCH', 'HEAD']) {
      const answer = await send(method, json.registration_client_uri);
      assert.equal(answer.status, 405);
      assert.equal(answer.headers.allow, 'GET, PUT, DELETE');
    }
    for (const path of ['/', '/a/b', `/${json.client_id}/`]) assert.equal((await get(endpoint + path)).status, 404, path);
  });
});

test('[128] strangers fill nothing that does not empty itself: what is never used goes after a day, what is used stays', async () => {
  await system.halt();
  await system.start();
  const used = await registered();
  await fullCodeFlow(system, { clientId: used.client_id });
  const many = await Promise.all(Array.from({ length: 1_000 }, () => register(PUBLIC)));
  assert.ok(many.every(({ status }) => status === 201));
  const expiries = await halted((sql) => {
    const [{ until }] = sql('registrations', `SELECT expires_at AS until FROM registrations WHERE client_id = '${used.client_id}'`);
    const [{ most }] = sql('registrations', 'SELECT max(expires_at) AS most FROM registrations WHERE last_used_at IS NULL');
    const [{ rows }] = sql('audit', "SELECT count(*) AS rows FROM audit WHERE event = 'client_registered'");
    sql('registrations', 'UPDATE registrations SET expires_at = expires_at - 86400');
    return { until, most, rows };
  });
  assert.ok(expiries.most <= at(86_400) && expiries.until > at(119 * 86_400), JSON.stringify(expiries));
  assert.ok(expiries.rows < 400, `${expiries.rows} rows of the audit`);
  await system.schedule();
  const left = await halted((sql) => ({
    registrations: sql('registrations', 'SELECT client_id FROM registrations WHERE last_used_at IS NULL').length,
    clients: sql('clients', "SELECT client_id FROM clients WHERE client_id LIKE 'c\\_%' ESCAPE '\\'").length,
    endings: sql('endings', 'SELECT subject FROM endings').length,
    used: sql('clients', `SELECT client_id FROM clients WHERE client_id = '${used.client_id}'`).length,
  }));
  assert.equal(left.registrations, 0);
  assert.equal(left.used, 1);
  assert.ok(left.clients < 20, JSON.stringify(left));
  assert.equal(left.endings, 0);
  const { params } = authorizationRequest(system, many[0].json.client_id === used.client_id ? '' : used.client_id);
  ok(await authorize(system, { ...params }, new CookieJar()));
  errorPage(await authorize(system, { ...params, client_id: many[0].json.client_id }, new CookieJar()));
});

test('[128] a client that is used no more goes with the consents to it, and its access ends', async () => {
  const json = await registered();
  const { tokens } = await fullCodeFlow(system, { clientId: json.client_id });
  await eventually(async () => ok(await manage('GET', json)));
  await halted((sql) => sql('registrations', `UPDATE registrations SET expires_at = 1 WHERE client_id = '${json.client_id}'`));
  await system.schedule();
  tokenError(await refresh(system, json.client_id, tokens.refresh_token), 'invalid_client', 401);
  const rows = await halted((sql) => ({
    consents: sql('consents', `SELECT 1 FROM consents WHERE client_id = '${json.client_id}'`).length,
    deleted: sql('audit', `SELECT actor FROM audit WHERE event = 'client_deleted' AND client_id = '${json.client_id}'`),
  }));
  assert.equal(rows.consents, 0);
  assert.deepEqual(rows.deleted.map(({ actor }) => actor), ['server']);
});

describe('who may register', () => {
  after(() => system.restart());

  test('[128] a flood of registrations gets 429, from one network and from everywhere', async () => {
    const from = (address) => ({ headers: { 'mf-cf-blob': '{}', 'cf-connecting-ip': address } });
    const flood = async (address) => {
      for (let count = 0; count < 200; count += 1) {
        const answer = await register(PUBLIC, from(address(count)));
        if (answer.status === 429) return answer;
      }
      throw new Error('200 were registered');
    };
    await system.restart({ rates: { RATE_MAKING: 10 } });
    const answer = await flood(() => '203.0.113.7');
    assert.equal(answer.headers['retry-after'], '10');
    assert.equal(answer.json.error, 'temporarily_unavailable');
    ok(await register(PUBLIC, from('198.51.100.9')), 201);
    const { json } = await register(PUBLIC, from('198.51.100.9'));
    const change = () => send('PUT', json.registration_client_uri, {
      headers: { ...bearer(json.registration_access_token), 'content-type': 'application/json', ...from('198.51.100.10').headers }, body: JSON.stringify(PUBLIC),
    });
    let changes = 0;
    while ((await change()).status !== 429) assert.ok((changes += 1) < 100, 'a registration is changed without a limit');
    await system.restart({ rates: { RATE_EVERYONE: 40 } });
    await flood((count) => `198.51.100.${count + 10}`);
  });

  test('[88] REGISTRATION=token wants the initial token, with which a machine may register too', async () => {
    await system.halt();
    await system.start({ vars: { auth: { REGISTRATION: 'token', REGISTRATION_TOKEN: INITIAL } } });
    const bare = await register(PUBLIC);
    tokenError(bare, 'invalid_token', 401);
    assert.match(bare.headers['www-authenticate'], /^Bearer/);
    tokenError(await register(PUBLIC, { headers: bearer(`${INITIAL}x`) }), 'invalid_token', 401);
    ok(await register(PUBLIC, { headers: bearer(INITIAL) }), 201);
    const machine = { grant_types: ['client_credentials'], scope: 'read:students admin' };
    const { json } = ok(await register(machine, { headers: bearer(INITIAL) }), 201);
    assert.equal(json.scope, 'read:students');
    CLIENTS[json.client_id] = { secret: json.client_secret };
    const issued = ok(await token(system, json.client_id, { grant_type: 'client_credentials' })).json;
    assert.equal(issued.scope, 'read:students');
    const used = `SELECT last_used_at AS used FROM registrations WHERE client_id = '${json.client_id}'`;
    const [{ used: at }] = await halted((sql) => sql('registrations', used));
    assert.ok(at > 0, 'a machine lives on by its tokens');
  });

  test('[88] REGISTRATION=off registers nobody, and the metadata does not name the endpoint', async () => {
    const metadata = async () => ok(await get(`${system.auth}/.well-known/oauth-authorization-server`)).json;
    assert.equal((await metadata()).registration_endpoint, endpoint);
    await system.halt();
    await system.start({ vars: { auth: { REGISTRATION: 'off' } } });
    assert.ok(!('registration_endpoint' in (await metadata())));
    tokenError(await register(PUBLIC), 'access_denied');
    tokenError(await register(PUBLIC, { headers: bearer(INITIAL) }), 'access_denied');
    tokenError(await send('GET', `${endpoint}/c_1`, { headers: bearer('x') }), 'access_denied');
    await logged(system, '"refusal":"registration_off"');
  });
});
