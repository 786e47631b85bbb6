// The authorization endpoint. Numbers in brackets are rows of docs/threats.md.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { errorPage, errorRedirect, noStore, ok } from '../support/expect.mjs';
import {
  authorizationRequest, authorize, authorizeUrl, decide, fullCodeFlow, login, obtainCode, redeem, signIn, submit, walk,
} from '../support/flow.mjs';
import { consentForm, loginForm, tags } from '../support/html.mjs';
import { CookieJar, encodeForm, get, postForm, send } from '../support/http.mjs';
import { decode, random } from '../support/jwt.mjs';
import { startSystem } from '../support/system.mjs';

let system;
let ada;
before(async () => {
  system = await startSystem();
  ada = await signIn(system, 'ada');
});
after(() => system?.stop());

/** Sends a request with changes and expects E(error). */
async function refused(error, changes, { jar, clientId } = {}) {
  const { params } = authorizationRequest(system, clientId, changes);
  const answer = await authorize(system, params, jar);
  errorRedirect(answer, error, { system, redirectUri: params.redirect_uri, state: params.state });
}

describe('requests that cannot be trusted with a redirect', () => {
  for (const [what, client_id] of [['an unknown', 'nobody'], ['an absent', undefined], ['an empty', '']]) {
    test(`[1] ${what} client_id gets a page, never a redirect`, async () => {
      const { params } = authorizationRequest(system, 'web-ui', { client_id });
      errorPage(await authorize(system, params));
      errorPage(await authorize(system, params, ada.copy()));
    });
  }

  test('[2] an unregistered redirect_uri is found before any other fault', async () => {
    const { params } = authorizationRequest(system, 'web-ui', {
      redirect_uri: 'https://attacker.example/', response_type: 'token', scope: '"', code_challenge: 'short',
    });
    errorPage(await authorize(system, params));
    errorPage(await authorize(system, { ...params, prompt: 'none' }, ada.copy()));
  });

  test('[2] a redirect_uri that was swapped at the consent POST gets a page and no code', async () => {
    const jar = ada.copy();
    const { params, query } = authorizationRequest(system, 'web-ui', { prompt: 'consent' });
    const page = ok(await authorize(system, params, jar));
    const form = consentForm(page.text);
    assert.ok(form, 'a consent page');
    const swapped = new URLSearchParams(form.hidden.request || query);
    swapped.set('redirect_uri', 'https://attacker.example/');
    const answer = await submit(page, form, { request: swapped.toString(), decision: 'allow' }, jar);
    assert.ok([400, 403].includes(answer.status), `${answer.status} ${answer.location}`);
    assert.equal(answer.location, undefined);
  });

  test('[2] a redirect_uri that was swapped at the login POST never gets a code', async () => {
    const jar = new CookieJar();
    const { params } = authorizationRequest(system);
    const page = ok(await authorize(system, params, jar));
    const form = loginForm(page.text);
    const swapped = new URLSearchParams(form.hidden.request);
    swapped.set('redirect_uri', 'https://attacker.example/');
    const posted = await submit(page, form, { request: swapped.toString(), username: 'ada', password: 'lovelace-1843' }, jar);
    const last = await walk(system, posted, { jar });
    assert.ok([400, 403].includes(last.status), `${last.status} ${last.location}`);
    assert.equal(last.location, undefined);
  });

  test('[3] an absent redirect_uri gets a page where several are registered or openid is asked for', async () => {
    const several = authorizationRequest(system, 'web-app', { redirect_uri: undefined, scope: 'read' });
    errorPage(await authorize(system, several.params));
    const openid = authorizationRequest(system, 'web-ui', { redirect_uri: undefined, scope: 'openid' });
    errorPage(await authorize(system, openid.params));
  });

  for (const name of ['client_id', 'redirect_uri']) {
    test(`[5] a repeated ${name} gets a page`, async () => {
      const { params, query } = authorizationRequest(system);
      errorPage(await authorize(system, `${query}&${encodeForm({ [name]: params[name] })}`));
      errorPage(await authorize(system, `${encodeForm({ [name]: 'other' })}&${query}`));
    });
  }
});

describe('requests that are refused by a redirect', () => {
  test('[4] an absent response_type is invalid_request', () => refused('invalid_request', { response_type: undefined }));

  for (const type of ['token', 'id_token', 'id_token token', 'code token', 'code id_token', 'code id_token token', 'none', 'Code']) {
    test(`[4] response_type ${type} is unsupported and gives no token`, () =>
      refused('unsupported_response_type', { response_type: type }, { jar: ada.copy() }));
  }

  for (const name of ['scope', 'state', 'nonce', 'response_type', 'code_challenge', 'code_challenge_method', 'prompt', 'response_mode']) {
    test(`[5] a repeated ${name} is invalid_request`, async () => {
      const values = { prompt: 'login', response_mode: 'query' };
      const { params } = authorizationRequest(system, 'web-ui', name in values ? { [name]: values[name] } : {});
      const answer = await authorize(system, `${encodeForm(params)}&${encodeForm({ [name]: params[name] })}`);
      const state = name === 'state' ? undefined : params.state;
      if (name === 'state') {
        assert.equal(answer.redirected.get('error'), 'invalid_request');
        assert.ok(answer.redirected.getAll('state').length <= 1);
      } else errorRedirect(answer, 'invalid_request', { system, redirectUri: params.redirect_uri, state });
    });
  }

  test('[5] a parameter in query and body is refused', async () => {
    const { params } = authorizationRequest(system);
    const answer = await postForm(authorizeUrl(system, { scope: params.scope }), params);
    assert.ok(answer.status === 400 || answer.redirected.get('error') === 'invalid_request', `${answer.status} ${answer.text}`);
  });

  // Clients ask for all that a resource offers (Claude Code, VS Code, the MCP SDKs), whatever they may have.
  test('[8] a scope that the client may not have is left out, and the token says so', async () => {
    const { params, verifier } = authorizationRequest(system, 'web-ui', { scope: 'openid read mcp:tools' });
    const answer = await walk(system, authorize(system, params, ada.copy()), { jar: ada.copy() });
    const tokens = ok(await redeem(system, { code: answer.redirected.get('code'), verifier, params, clientId: 'web-ui' })).json;
    assert.equal(tokens.scope, 'openid read');
    await refused('invalid_scope', { scope: 'mcp:tools' });
  });

  for (const scope of ['read "quoted"', 'read\\write', 'läsen', 'read\u0000', '漢']) {
    test(`[8] the scope ${JSON.stringify(scope)} is invalid_scope`, async () => {
      const { params } = authorizationRequest(system, 'web-ui', { scope });
      const answer = await authorize(system, params);
      if (scope.includes('\0') && answer.status === 400) return errorPage(answer);
      const error = scope.includes('\0') ? answer.redirected.get('error') : 'invalid_scope';
      assert.ok(['invalid_scope', 'invalid_request'].includes(error));
      errorRedirect(answer, error, { system, redirectUri: params.redirect_uri, state: params.state });
    });
  }

  test('[9] prompt=none without a session is login_required', () => refused('login_required', { prompt: 'none' }, { jar: new CookieJar() }));

  test('[9] prompt=none without consent is consent_required', async () => {
    const jar = await signIn(system, 'alan');
    await refused('consent_required', { prompt: 'none', scope: 'openid email write' }, { jar, clientId: 'web-app' });
  });

  for (const prompt of ['none login', 'none consent', 'login none']) {
    test(`[9] prompt=${prompt} is invalid_request`, () => refused('invalid_request', { prompt }, { jar: ada.copy() }));
  }

  for (const max_age of ['-1', 'abc', '1.5', '99999999999999999999', '0x10']) {
    test(`[10] max_age=${max_age} is invalid_request`, () => refused('invalid_request', { max_age }, { jar: ada.copy() }));
  }

  test('[10] an id_token_hint of another user with prompt=none is login_required', async () => {
    const alan = await fullCodeFlow(system, { user: 'alan' });
    await refused('login_required', { prompt: 'none', id_token_hint: alan.tokens.id_token }, { jar: ada.copy() });
  });

  test('[84] an access token as id_token_hint is refused', async () => {
    const { tokens } = await fullCodeFlow(system, { jar: ada.copy() });
    const { params } = authorizationRequest(system, 'web-ui', { prompt: 'none', id_token_hint: tokens.access_token });
    const answer = await authorize(system, params, ada.copy());
    assert.ok(answer.redirected.get('error'), answer.location);
    assert.equal(answer.redirected.get('code'), null);
  });

  test('[11] a request object is request_not_supported', () => refused('request_not_supported', { request: 'eyJhbGciOiJub25lIn0.e30.' }));
  test('[11] a request_uri is request_uri_not_supported', () =>
    refused('request_uri_not_supported', { request_uri: `${system.app}/config.json` }));

  for (const mode of ['fragment', 'web_message', 'QUERY', 'jwt']) {
    test(`[12] response_mode ${mode} is invalid_request`, () => refused('invalid_request', { response_mode: mode }));
  }

  test('denying consent is access_denied', async () => {
    const jar = ada.copy();
    const { params } = authorizationRequest(system, 'web-ui', { prompt: 'consent' });
    const answer = await walk(system, authorize(system, params, jar), { jar, decision: 'deny' });
    assert.equal(answer.status, 303);
    errorRedirect(answer, 'access_denied', { system, redirectUri: params.redirect_uri, state: params.state });
  });
});

describe('what comes back', () => {
  const odd = `${'+ % & = # \' " < > é 漢 😀 %20 %2B \\ ; ? / '.repeat(60)}`.slice(0, 2000);

  test('[6] a state of 2,000 odd characters comes back unchanged after one decoding', async () => {
    const { redirected } = await obtainCode(system, { jar: ada.copy(), state: odd });
    assert.deepEqual(redirected.getAll('state'), [odd]);
  });

  test('[6] the odd state survives login and consent, and errors too', async () => {
    const jar = new CookieJar();
    const { redirected } = await obtainCode(system, { jar, state: odd, prompt: 'consent' });
    assert.deepEqual(redirected.getAll('state'), [odd]);
    await refused('invalid_request', { state: odd, max_age: 'abc' });
  });

  test('[6] without state no state key comes back', async () => {
    const { redirected } = await obtainCode(system, { jar: ada.copy(), state: undefined });
    assert.equal(redirected.has('state'), false);
    await refused('login_required', { state: undefined, prompt: 'none' }, { jar: new CookieJar() });
  });

  for (const length of [64, 384]) {
    test(`[7] a nonce of ${length} characters comes back whole or is refused, never cut`, async () => {
      const nonce = 'n'.repeat(length - 3) + '-é'.slice(0, 1) + 'xy';
      const { params, verifier } = authorizationRequest(system, 'web-ui', { nonce });
      const jar = ada.copy();
      const answer = await walk(system, authorize(system, params, jar), { jar });
      if (answer.redirected.has('error')) return assert.equal(answer.redirected.get('error'), 'invalid_request');
      const redeemed = await redeem(system, { code: answer.redirected.get('code'), verifier, params, clientId: 'web-ui' });
      assert.equal(decode(ok(redeemed).json.id_token).claims.nonce, nonce);
    });
  }

  test('[8] the order of scopes does not matter, and no client gets more than it may have', async () => {
    const { tokens } = await fullCodeFlow(system, { jar: ada.copy(), scope: 'read profile openid' });
    const granted = new Set((tokens.scope ?? 'read profile openid').split(' '));
    assert.deepEqual(granted, new Set(['openid', 'profile', 'read']));
    const beyond = authorizationRequest(system, 'web-ui', { scope: 'openid no-such-scope' });
    const jar = ada.copy();
    const answer = await walk(system, authorize(system, beyond.params, jar), { jar });
    if (answer.redirected.has('error')) assert.equal(answer.redirected.get('error'), 'invalid_scope');
    else {
      const redeemed = ok(await redeem(system, { ...beyond, clientId: 'web-ui', code: answer.redirected.get('code') }));
      assert.doesNotMatch(redeemed.json.scope, /no-such-scope/);
    }
  });

  test('[8] scopes of a role are left out for a user without it, not an error', async () => {
    const { tokens } = await fullCodeFlow(system, { jar: ada.copy(), scope: 'openid read m2m:run' });
    assert.doesNotMatch(tokens.scope, /m2m:run/);
    assert.match(tokens.scope, /\bread\b/);
  });

  for (const max_age of ['0', '1']) {
    test(`[10] max_age=${max_age} asks for the password again and gives auth_time`, async () => {
      const jar = await signIn(system, 'ada');
      if (max_age === '1') await new Promise((resolve) => setTimeout(resolve, 2100));
      const { params, verifier } = authorizationRequest(system, 'web-ui', { max_age });
      const page = ok(await authorize(system, params, jar));
      assert.ok(loginForm(page.text), 'a login page although a session exists');
      const started = Math.floor(Date.now() / 1000);
      const answer = await walk(system, page, { jar });
      const redeemed = ok(await redeem(system, { code: answer.redirected.get('code'), verifier, params, clientId: 'web-ui' }));
      const { auth_time } = decode(redeemed.json.id_token).claims;
      assert.ok(Number.isInteger(auth_time) && auth_time >= started - 2, `auth_time ${auth_time}, login at ${started}`);
    });
  }

  test('[9] prompt=login asks for the password although a session exists', async () => {
    const jar = await signIn(system, 'ada');
    const { params } = authorizationRequest(system, 'web-ui', { prompt: 'login' });
    const page = ok(await authorize(system, params, jar));
    assert.ok(loginForm(page.text));
    const answer = await walk(system, page, { jar });
    assert.ok(answer.redirected.get('code'));
  });

  test('[9] prompt=consent asks although consent was given', async () => {
    await obtainCode(system, { jar: ada.copy() });
    const { params } = authorizationRequest(system, 'web-ui', { prompt: 'consent' });
    assert.ok(consentForm(ok(await authorize(system, params, ada.copy())).text));
  });

  test('[12] response_mode=query is what happens anyway', async () => {
    const { redirected } = await obtainCode(system, { jar: ada.copy(), response_mode: 'query' });
    assert.ok(redirected.get('code'));
  });

  test('[14] iss is the issuer of the metadata, byte for byte, on success and on error', async () => {
    const { issuer } = (await get(`${system.auth}/.well-known/openid-configuration`)).json;
    const { redirected } = await obtainCode(system, { jar: ada.copy() });
    assert.deepEqual(redirected.getAll('iss'), [issuer]);
    assert.equal(issuer, system.auth);
  });

  for (const [name, raw] of [['CR LF', 'a%0d%0aSet-Cookie:%20x=1'], ['NUL', 'a%00b']]) {
    test(`[15] ${name} in state splits no header and is no fault of ours`, async () => {
      const { params } = authorizationRequest(system, 'web-ui', { state: undefined, prompt: 'none' });
      const answer = await authorize(system, `${encodeForm(params)}&state=${raw}`, new CookieJar());
      assert.ok(answer.status < 500, String(answer.status));
      const cookies = (answer.headers['set-cookie'] ?? []).join();
      assert.doesNotMatch(cookies, /x=1/);
      if (answer.location) assert.doesNotMatch(answer.location, /[\r\n\0]/);
    });
  }

  test('[16] after login and consent the browser is sent on by 303', async () => {
    const jar = new CookieJar();
    const { params } = authorizationRequest(system, 'web-ui', { prompt: 'consent' });
    const afterLogin = await login(ok(await authorize(system, params, jar)), 'ada', jar);
    assert.equal(afterLogin.status, 303);
    assert.match(new URL(afterLogin.location, system.auth).pathname, /^\/oauth\/authorize$/);
    const page = ok(await get(new URL(afterLogin.location, system.auth).href, { jar }));
    const afterConsent = await decide(page, 'allow', jar);
    assert.equal(afterConsent.status, 303);
    assert.ok(afterConsent.location.startsWith(params.redirect_uri));
    noStore(afterConsent);
  });

  test('[17] pages send no referrer and load nothing from elsewhere', async () => {
    const { params } = authorizationRequest(system, 'web-ui', { prompt: 'consent' });
    const pages = [await authorize(system, params), await authorize(system, params, ada.copy()), await authorize(system, { client_id: 'x' })];
    for (const page of pages) {
      assert.equal(page.headers['referrer-policy'], 'no-referrer', page.url);
      for (const tag of ['script', 'img', 'link', 'iframe']) {
        for (const { src, href } of tags(page.text, tag)) {
          assert.equal(new URL(src ?? href ?? '/', system.auth).origin, system.auth, `${tag} ${src ?? href}`);
        }
      }
      assert.equal(tags(page.text, 'script').length, 0, 'no script');
    }
  });
});

describe('methods', () => {
  test('[13] POST is as good as GET and needs no CSRF token of its own', async () => {
    const { params } = authorizationRequest(system);
    const jar = new CookieJar();
    const answer = await walk(system, postForm(`${system.auth}/oauth/authorize`, params, { jar }), { jar });
    assert.ok(answer.redirected.get('code'));
    assert.equal(answer.redirected.get('state'), params.state);
  });

  test('[13] HEAD and OPTIONS have no effect, and no answer is readable by other origins', async () => {
    const jar = ada.copy();
    const { params } = authorizationRequest(system, 'web-ui', { state: random() });
    for (const method of ['HEAD', 'OPTIONS', 'GET']) {
      const answer = await send(method, authorizeUrl(system, params), { jar, headers: { origin: 'https://elsewhere.example' } });
      assert.equal(answer.headers['access-control-allow-origin'], undefined, method);
      assert.ok(answer.status < 500, method);
      if (method !== 'GET' && answer.location) assert.equal(answer.redirected.get('code'), null, method);
    }
  });

  for (const method of ['PUT', 'DELETE', 'PATCH']) {
    test(`[114] ${method} is 405 with Allow`, async () => {
      const answer = await send(method, `${system.auth}/oauth/authorize`);
      assert.equal(answer.status, 405);
      assert.match(answer.headers.allow, /GET/);
      assert.match(answer.headers.allow, /POST/);
    });
  }

  test('a JSON body is invalid', async () => {
    const { params } = authorizationRequest(system);
    const headers = { 'content-type': 'application/json' };
    const answer = await send('POST', `${system.auth}/oauth/authorize`, { headers, body: JSON.stringify(params) });
    assert.equal(answer.status, 400);
  });
});
