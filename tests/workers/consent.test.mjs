// What a consent covers, when it is asked for again, and what the page says about refresh tokens.
// Numbers in brackets are rows of docs/threats.md.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { errorRedirect, ok, tokenError } from '../support/expect.mjs';
import { authorizationRequest, authorize, CLIENTS, decide, fullCodeFlow, obtainCode, refresh, signIn } from '../support/flow.mjs';
import { consentForm } from '../support/html.mjs';
import { startSystem } from '../support/system.mjs';

const STAYS = /Stay connected while you are away/;
/** Public clients of this test: their grant types, their scopes, and where they are sent back. */
const REGISTERED = {
  'code-only': { grants: ['authorization_code'], scope: 'openid read', redirect: 'https://code-only.example/callback' },
  'asks-offline': { grants: ['authorization_code'], scope: 'openid read offline_access', redirect: 'https://asks.example/callback' },
  refreshes: { grants: ['authorization_code', 'refresh_token'], scope: 'openid read', redirect: 'https://refreshes.example/callback' },
  'own-native': {
    grants: ['authorization_code'], scope: 'openid read', firstParty: true,
    redirect: 'http://127.0.0.1:7001/callback', others: ['com.example.own:/callback'],
  },
};

let system;
before(async () => {
  system = await startSystem();
  await system.halt();
  for (const [id, { grants, scope, redirect, others = [], firstParty }] of Object.entries(REGISTERED)) {
    CLIENTS[id] = { redirect: () => redirect };
    const list = (values) => `json('${JSON.stringify(values)}')`;
    const changes = [
      ['client_id', `'${id}'`], ['token_endpoint_auth_methods', list(['none'])], ['grant_types', list(grants)],
      ['scope', `'${scope}'`], ['redirect_uris', list([redirect, ...others])], ...(firstParty ? [['first_party', "json('true')"]] : []),
    ].map(([name, value]) => `'$.${name}', ${value}`);
    system.sql('clients', `INSERT INTO clients (client_id, record, disabled, created_at) SELECT '${id}', json_set(record, ${changes.join(', ')}), 0, created_at FROM clients WHERE client_id = 'web-app'`);
  }
  await system.start();
});
after(() => system?.stop());

const ask = (clientId, jar, changes = {}) => {
  const { params } = authorizationRequest(system, clientId, { scope: 'openid read', ...changes });
  return authorize(system, params, jar);
};
const asksForConsent = async (...request) => assert.ok(consentForm(ok(await ask(...request)).text), 'the consent page');

describe('an address on the user\'s own machine', () => {
  test('[100] consent for http://localhost is never silent: any program may listen there', async () => {
    const jar = await signIn(system, 'alan');
    await obtainCode(system, { clientId: 'web-app', jar, user: 'alan', scope: 'openid read' });
    await asksForConsent('web-app', jar);
    const { params } = authorizationRequest(system, 'web-app', { scope: 'openid read', prompt: 'none' });
    const { redirect_uri: redirectUri, state } = params;
    errorRedirect(await authorize(system, params, jar), 'consent_required', { system, redirectUri, state });
  });

  test('[100] a first-party client is trusted with the very address that it registered, and with no other', async () => {
    const jar = await signIn(system, 'alan');
    await obtainCode(system, { clientId: 'web-ui', jar, user: 'alan', scope: 'openid read' });
    assert.ok((await ask('web-ui', jar)).redirected?.get('code'), 'http://localhost with its port');
    await obtainCode(system, { clientId: 'own-native', jar, user: 'alan', scope: 'openid read' });
    assert.ok((await ask('own-native', jar)).redirected?.get('code'), 'http://127.0.0.1 with its port');
    await asksForConsent('own-native', jar, { redirect_uri: 'http://127.0.0.1:7002/callback' });
    await asksForConsent('own-native', jar, { redirect_uri: 'com.example.own:/callback' });
  });
});

describe('a refresh token', () => {
  const page = async (clientId, scope) => {
    const jar = await signIn(system, 'ada');
    return { jar, page: ok(await ask(clientId, jar, { scope, prompt: 'consent' })) };
  };

  test('[100] is issued where the registration says so, and the consent page says it', async () => {
    const shown = await page('refreshes', 'openid read');
    assert.match(shown.page.text, STAYS);
    assert.doesNotMatch(shown.page.text, /<code>offline_access/, 'the scope itself was not asked for');
    const { tokens } = await fullCodeFlow(system, { clientId: 'refreshes', jar: shown.jar, scope: 'openid read' });
    assert.equal(tokens.scope, 'openid read');
    ok(await refresh(system, 'refreshes', tokens.refresh_token));
  });

  test('[100] is issued for offline_access, and not without it', async () => {
    const shown = await page('asks-offline', 'openid read offline_access');
    assert.match(shown.page.text, STAYS);
    const { tokens } = await fullCodeFlow(system, { clientId: 'asks-offline', jar: shown.jar, scope: 'openid read offline_access' });
    const { json } = ok(await refresh(system, 'asks-offline', tokens.refresh_token));
    ok(await refresh(system, 'asks-offline', json.refresh_token));
    const without = await page('asks-offline', 'openid read');
    assert.doesNotMatch(without.page.text, STAYS);
    const flow = await fullCodeFlow(system, { clientId: 'asks-offline', jar: without.jar, scope: 'openid read' });
    assert.equal(flow.tokens.refresh_token, undefined);
  });

  test('[100] is not issued to a client with neither', async () => {
    const shown = await page('code-only', 'openid read');
    assert.doesNotMatch(shown.page.text, STAYS);
    const { tokens } = await fullCodeFlow(system, { clientId: 'code-only', jar: shown.jar, scope: 'openid read' });
    assert.equal(tokens.refresh_token, undefined);
    tokenError(await refresh(system, 'code-only', 'r1.x.y'), 'unauthorized_client');
  });

  test('[100] a consent that did not mention it is asked for again once the client may refresh', async () => {
    const jar = await signIn(system, 'alan');
    await decide(ok(await ask('code-only', jar)), 'allow', jar);
    assert.ok((await ask('code-only', jar)).redirected?.get('code'), 'remembered');
    await system.halt();
    system.sql('clients', "UPDATE clients SET record = json_set(record, '$.grant_types', json('[\"authorization_code\",\"refresh_token\"]')) WHERE client_id = 'code-only'");
    system.forgetCaches();
    await system.start();
    const asked = ok(await ask('code-only', jar));
    assert.match(asked.text, STAYS);
    await decide(asked, 'allow', jar);
    assert.ok((await ask('code-only', jar)).redirected?.get('code'), 'remembered with it');
  });
});

test('[100] terms that change while the page is open are shown, and granted only once they were agreed to', async () => {
  const jar = await signIn(system, 'grace');
  const { params } = authorizationRequest(system, 'own-native', { scope: 'openid read' });
  const page = ok(await authorize(system, params, jar));
  assert.doesNotMatch(page.text, STAYS);
  await system.halt();
  system.sql('clients', "UPDATE clients SET record = json_set(record, '$.grant_types', json('[\"authorization_code\",\"refresh_token\"]')) WHERE client_id = 'own-native'");
  system.forgetCaches();
  await system.start();
  const again = ok(await decide(page, 'allow', jar));
  assert.match(again.text, STAYS, 'the page with the new terms');
  const silently = await authorize(system, { ...params, prompt: 'none' }, jar);
  assert.equal(silently.redirected?.get('error'), 'consent_required', 'nothing is remembered of terms that nobody saw');
  const granted = await decide(again, 'allow', jar);
  assert.ok(new URL(granted.location).searchParams.get('code'));
});
