// Pushed authorization requests over HTTP: RFC 9126. Numbers in brackets are rows of docs/threats.md.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { clientRefused, errorPage, errorRedirect, noStore, ok, tokenError } from '../support/expect.mjs';
import {
  authorizationRequest, authorize, authorizePushed, basic, decide, login, push, redeem, signIn, walk,
} from '../support/flow.mjs';
import { consentForm, loginForm } from '../support/html.mjs';
import { CookieJar, encodeForm, postForm, send } from '../support/http.mjs';
import { startSystem } from '../support/system.mjs';

let system;
let endpoint;
let ada;
before(async () => {
  system = await startSystem();
  endpoint = `${system.auth}/oauth/par`;
  ada = await signIn(system, 'ada');
});
after(() => system?.stop());

/** Pushes a good request: what the client keeps of it, and its reference. */
async function pushed(clientId = 'web-ui', changes = {}) {
  const request = authorizationRequest(system, clientId, changes);
  const answer = ok(await push(system, clientId, request.params), 201);
  return { ...request, clientId, answer, uri: answer.json.request_uri };
}

const come = ({ clientId, uri }, jar) => authorizePushed(system, clientId, uri, jar);

describe('the push', () => {
  for (const method of ['GET', 'HEAD', 'PUT', 'DELETE', 'PATCH']) {
    test(`[75] ${method} is 405 with Allow: POST`, async () => {
      const answer = await send(method, endpoint);
      assert.equal(answer.status, 405);
      assert.equal(answer.headers.allow, 'POST');
    });
  }

  // A public client's request is in its reference, and nothing is stored for it.
  const REFERENCES = { 'web-ui': /^urn:ietf:params:oauth:request_uri:q1\.[\w-]{22}\.\d+\.[\w-]{100,}$/, 'web-app': /^urn:ietf:params:oauth:request_uri:p1\.[\w-]{22}\.[\w-]{43}$/ };
  for (const [clientId, form] of Object.entries(REFERENCES)) {
    test(`[75] ${clientId} gets 201 with a reference and how long it is good`, async () => {
      const { answer, uri } = await pushed(clientId);
      assert.match(answer.headers['content-type'], /^application\/json/);
      noStore(answer);
      assert.match(uri, form);
      assert.deepEqual(Object.keys(answer.json).sort(), ['expires_in', 'request_uri']);
      assert.equal(answer.json.expires_in, 60);
    });
  }

  test('[117] a page of any origin may read the answer, without credentials', async () => {
    const { params } = authorizationRequest(system);
    const answer = await postForm(endpoint, params, { headers: { origin: 'https://other.example' } });
    assert.equal(ok(answer, 201).headers['access-control-allow-origin'], '*');
  });

  test('[75] bad authentication is 401', async () => {
    const { params } = authorizationRequest(system, 'web-app');
    clientRefused(await postForm(endpoint, params), { challenge: false });
    clientRefused(await postForm(endpoint, { ...params, client_secret: 'wrong' }), { challenge: false });
    clientRefused(await postForm(endpoint, params, { headers: basic('web-app', 'wrong') }), { challenge: true });
    clientRefused(await postForm(endpoint, { ...params, client_id: 'nobody' }), { challenge: false });
  });

  test('[75] a request_uri inside is invalid_request', async () => {
    const { params, uri } = await pushed();
    tokenError(await push(system, 'web-ui', { ...params, request_uri: uri }), 'invalid_request');
  });

  test('[75] what is too large is 413, and the next request is answered', async () => {
    const { params } = authorizationRequest(system);
    for (const size of [15_000, 20_000, 70_000]) {
      const answer = await push(system, 'web-ui', { ...params, state: 's'.repeat(size) });
      assert.equal(answer.status, 413, `${size}`);
      noStore(answer);
    }
    await pushed('web-ui', { state: 's'.repeat(10_000) });
  });

  const faults = [
    [{ redirect_uri: 'https://evil.example/cb' }, 'invalid_request'],
    [{ response_type: 'token' }, 'unsupported_response_type'],
    [{ scope: 'unknown' }, 'invalid_scope'],
    [{ resource: 'https://other.example' }, 'invalid_target'],
    [{ code_challenge: undefined }, 'invalid_request'],
    [{ code_challenge_method: 'plain' }, 'invalid_request'],
    [{ prompt: 'none login' }, 'invalid_request'],
    [{ request: 'e30.e30.' }, 'request_not_supported'],
  ];
  for (const [changes, error] of faults) {
    test(`${JSON.stringify(changes)} is ${error}`, async () => {
      tokenError(await push(system, 'web-ui', authorizationRequest(system, 'web-ui', changes).params), error);
    });
  }

  test('what is no form, or stands in the URL, is invalid_request', async () => {
    const { params } = authorizationRequest(system);
    tokenError(await postForm(`${endpoint}?${encodeForm(params)}`, {}), 'invalid_request');
    const headers = { 'content-type': 'application/json' };
    tokenError(await send('POST', endpoint, { headers, body: JSON.stringify(params) }), 'invalid_request');
  });
});

describe('the browser', () => {
  for (const clientId of ['web-ui', 'web-app']) {
    test(`goes through login and consent with the reference alone, for ${clientId}`, async () => {
      const request = await pushed(clientId);
      const jar = new CookieJar();
      const page = ok(await come(request, jar));
      const carried = encodeForm({ client_id: clientId, request_uri: request.uri }).replaceAll('+', '%20');
      assert.equal(loginForm(page.text).hidden.request, carried);
      const onward = await login(page, 'alan', jar);
      assert.equal(onward.location, `/oauth/authorize?${carried}`);
      const consent = ok(await authorize(system, carried, jar));
      assert.equal(consentForm(consent.text).hidden.request, carried);
      const answer = await decide(consent, 'allow', jar);
      assert.ok(answer.location.startsWith(request.params.redirect_uri), answer.location);
      assert.deepEqual([answer.redirected.get('state'), answer.redirected.get('iss')], [request.params.state, system.auth]);
      const tokens = ok(await redeem(system, { ...request, code: answer.redirected.get('code') })).json;
      assert.deepEqual(tokens.scope.split(' ').sort(), ['openid', 'profile', 'read']);
    });
  }

  test('[76] comes back before login as often as it likes', async () => {
    const request = await pushed();
    const jar = new CookieJar();
    for (let visit = 0; visit < 3; visit += 1) assert.ok(loginForm(ok(await come(request, jar)).text));
    const answer = await walk(system, come(request, jar), { jar });
    assert.ok(answer.redirected.get('code'));
  });

  test('[76] a used reference is a page, and what it gave lives on', async () => {
    const request = await pushed();
    const answer = await walk(system, come(request, ada.copy()), { jar: ada.copy() });
    errorPage(await come(request, ada.copy()));
    ok(await redeem(system, { ...request, code: answer.redirected.get('code') }));
    errorPage(await come(request, ada.copy()));
  });

  test('[76] another client\'s or a forged reference is a page, and costs nothing', async () => {
    const request = await pushed();
    errorPage(await come({ ...request, clientId: 'web-app' }, ada.copy()));
    errorPage(await come({ ...request, uri: `${request.uri}x` }, ada.copy()));
    errorPage(await come({ ...request, uri: request.uri.replace(/:[pq]1\./, ':c1.') }, ada.copy()));
    assert.ok((await walk(system, come(request, ada.copy()), { jar: ada.copy() })).redirected.get('code'));
  });

  test('[77] parameters beside the reference have no effect', async () => {
    const request = await pushed();
    const beside = { redirect_uri: 'https://evil.example/cb', scope: 'write', state: 'another', prompt: 'none', response_type: 'token' };
    const jar = ada.copy();
    const answer = await walk(system, authorize(system, { client_id: 'web-ui', request_uri: request.uri, ...beside }, jar), { jar });
    assert.ok(answer.location.startsWith(request.params.redirect_uri), answer.location);
    assert.equal(answer.redirected.get('state'), request.params.state);
    const tokens = ok(await redeem(system, { ...request, code: answer.redirected.get('code') })).json;
    assert.equal(tokens.scope.split(' ').includes('write'), false);
  });

  test('prompt=login asks for the password, and is content with it', async () => {
    const request = await pushed('web-ui', { prompt: 'login' });
    const jar = ada.copy();
    const page = ok(await come(request, jar));
    assert.ok(loginForm(page.text));
    const answer = await walk(system, login(page, 'ada', jar), { jar });
    assert.ok(answer.redirected.get('code'));
  });

  test('errors that the client may learn reach its redirect URI', async () => {
    const request = await pushed('web-ui', { prompt: 'none' });
    const { redirect_uri: redirectUri, state } = request.params;
    errorRedirect(await come(request, new CookieJar()), 'login_required', { system, redirectUri, state });
  });

  test('[11] a request_uri that is not ours is still not supported, and never fetched', async () => {
    const { params } = authorizationRequest(system, 'web-ui', { request_uri: `${system.app}/request.jwt` });
    const { redirect_uri: redirectUri, state } = params;
    errorRedirect(await authorize(system, params, ada.copy()), 'request_uri_not_supported', { system, redirectUri, state });
  });
});

test('[78] a client that must push is refused a plain request', async () => {
  await system.halt();
  system.sql('clients', "UPDATE clients SET record = json_set(record, '$.require_pushed_authorization_requests', json('true')) WHERE client_id = 'web-app'");
  system.forgetCaches();
  await system.start();
  const { params } = authorizationRequest(system, 'web-app');
  const { redirect_uri: redirectUri, state } = params;
  errorRedirect(await authorize(system, params, ada.copy()), 'invalid_request', { system, redirectUri, state });
  const answer = await walk(system, come(await pushed('web-app'), ada.copy()), { jar: ada.copy() });
  assert.ok(answer.redirected.get('code'));
});

test('[112] a pushed request survives a restart', async () => {
  const request = await pushed();
  await system.restart();
  const jar = ada.copy();
  assert.ok((await walk(system, come(request, jar), { jar })).redirected.get('code'));
});

test('the metadata says where to push, and what works', async () => {
  const answer = ok(await send('GET', `${system.auth}/.well-known/oauth-authorization-server`)).json;
  assert.equal(answer.pushed_authorization_request_endpoint, endpoint);
  assert.equal(answer.require_pushed_authorization_requests, false);
});
