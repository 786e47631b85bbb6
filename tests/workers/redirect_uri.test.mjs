// Redirect URIs are compared as received. Numbers in brackets are rows of docs/threats.md.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { errorPage, ok, tokenError } from '../support/expect.mjs';
import { authorizationRequest, authorize, obtainCode, redeem, signIn, walk } from '../support/flow.mjs';
import { startSystem } from '../support/system.mjs';

let system;
let ada;
before(async () => {
  system = await startSystem();
  ada = await signIn(system, 'ada');
});
after(() => system?.stop());

/** P400 both without and with a session. */
async function stays(clientId, redirect_uri) {
  const { params } = authorizationRequest(system, clientId, { redirect_uri });
  errorPage(await authorize(system, params));
  errorPage(await authorize(system, { ...params, prompt: 'none' }, ada.copy()));
}

const nearMisses = {
  'that differs in case': 'http://localhost:9999/Callback',
  'whose scheme is in capitals': 'HTTP://localhost:9999/callback',
  'whose host is in capitals': 'http://LOCALHOST:9999/callback',
  'with a trailing slash': 'http://localhost:9999/callback/',
  'with a query added': 'http://localhost:9999/callback?x=1',
  'with an empty query': 'http://localhost:9999/callback?',
  'with a fragment': 'http://localhost:9999/callback#x',
  'with an empty fragment': 'http://localhost:9999/callback#',
  'with an encoded letter': 'http://localhost:9999/c%61llback',
  'with an encoded dot segment': 'http://localhost:9999/%2e/callback',
  'with a dot segment': 'http://localhost:9999/x/../callback',
  'with a ..;/ segment': 'http://localhost:9999/x/..;/callback',
  'with a doubled slash': 'http://localhost:9999//callback',
  'with a backslash': 'http://localhost:9999\\callback',
  'of another scheme': 'https://localhost:9999/callback',
  'of a host with a trailing dot': 'http://localhost.:9999/callback',
  'of a host that only begins the same': 'http://localhost.attacker.example:9999/callback',
  'of a host that only ends the same': 'http://attackerlocalhost:9999/callback',
  'of a subdomain': 'http://a.localhost:9999/callback',
  'with a longer path': 'http://localhost:9999/callback/more',
  'with an encoded slash': 'http://localhost:9999/callback%2F',
  'with an encoded slash in lower case': 'http://localhost:9999/callback%2f',
  'with a blank behind': 'http://localhost:9999/callback ',
  'with a blank before': ' http://localhost:9999/callback',
  'with a tab inside': 'http://localhost:9999/call\tback',
  'with NUL behind': 'http://localhost:9999/callback\u0000',
  'with a combining accent': 'http://localhost:9999/callba\u0301ck',
  'of an international host': 'http://löcalhost:9999/callback',
  'of its punycode': 'http://xn--lcalhost-n4a:9999/callback',
  'with a wildcard': 'http://*:9999/callback',
  'of localhost at another port': 'http://localhost:9998/callback',
  'of localhost without a port': 'http://localhost/callback',
  'without a scheme': '//localhost:9999/callback',
  'that is only a path': '/callback',
};
for (const [what, uri] of Object.entries(nearMisses)) {
  test(`[25] a redirect_uri ${what} gets a page, never a redirect`, () => stays('web-app', uri));
}

for (const uri of [
  'http://localhost:9999@attacker.example/callback',
  'http://localhost:9999%40attacker.example/callback',
  'http://user@localhost:9999/callback',
  'http://a@b@attacker.example/callback',
  'http://localhost:9999\\@attacker.example/callback',
  'http://attacker.example#@localhost:9999/callback',
  'http://attacker.example?@localhost:9999/callback',
]) {
  test(`[26] userinfo in disguise gets a page: ${uri}`, () => stays('web-app', uri));
}

test('[27] a registered loopback literal accepts any port', async () => {
  for (const redirect_uri of ['http://127.0.0.1:51234/callback', 'http://127.0.0.1:9999/callback', 'http://127.0.0.1:80/callback']) {
    const obtained = await obtainCode(system, { clientId: 'web-app', jar: ada.copy(), redirect_uri });
    assert.ok(obtained.answer.location.startsWith(`${redirect_uri}?`), obtained.answer.location);
    ok(await redeem(system, obtained));
  }
});

for (const uri of [
  'http://127.0.0.2:9999/callback', 'http://127.1:9999/callback', 'http://0.0.0.0:9999/callback', 'http://2130706433:9999/callback',
  'http://0x7f.0.0.1:9999/callback', 'https://127.0.0.1:9999/callback', 'http://127.0.0.1:9999/other', 'http://127.0.0.1:9999/callback?x=1',
  'http://[::1]:9999/callback', 'http://[::ffff:127.0.0.1]:9999/callback', 'http://127.0.0.1:99999/callback',
  'http://127.0.0.1:/callback/', 'http://127.0.0.1:9x/callback', 'http://127.0.0.1:1@attacker.example/callback',
]) {
  test(`[27] what only looks like the registered loopback literal gets a page: ${uri}`, () => stays('web-app', uri));
}

test('[28] the token request repeats the requested URI, port included', async () => {
  const redirect_uri = 'http://127.0.0.1:51234/callback';
  const obtained = await obtainCode(system, { clientId: 'web-app', jar: ada.copy(), redirect_uri });
  tokenError(await redeem(system, obtained, { redirect_uri: 'http://127.0.0.1:9999/callback' }), 'invalid_grant');
  ok(await redeem(system, obtained));
});

test('[28] another registered URI, or none, at the token request is invalid_grant', async () => {
  const obtained = await obtainCode(system, { clientId: 'web-app', jar: ada.copy() });
  tokenError(await redeem(system, obtained, { redirect_uri: 'http://127.0.0.1:9999/callback' }), 'invalid_grant');
  tokenError(await redeem(system, obtained, { redirect_uri: undefined }), 'invalid_grant');
  ok(await redeem(system, obtained));
});

for (const uri of [
  'javascript:alert(1)', 'JavaScript:alert(1)', ' javascript:alert(1)', '\tjavascript:alert(1)', '\u0001javascript:alert(1)',
  'java\nscript:alert(1)', 'data:text/html,x', 'vbscript:x', 'file:///etc/passwd', 'blob:http://localhost/x',
]) {
  test(`[29] ${JSON.stringify(uri)} gets a page`, () => stays('web-ui', uri));
}

test('[2] what a page says about a bad redirect_uri does not run', async () => {
  const { params } = authorizationRequest(system, 'web-ui', { redirect_uri: 'https://x.example/"><script>alert(1)</script>' });
  const page = await authorize(system, params);
  errorPage(page);
  assert.doesNotMatch(page.text, /<script>alert/);
});

test('a code goes to the very URI that was asked for', async () => {
  const { params } = authorizationRequest(system, 'web-app');
  const answer = await walk(system, authorize(system, params, ada.copy()), { jar: ada.copy() });
  assert.ok(answer.location.startsWith('http://localhost:9999/callback?'), answer.location);
});
