// A person's own account: which applications have access, and an end to any of it, effective at the next request.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { errorPage, ok, tokenError, tokenRefused } from '../support/expect.mjs';
import { authorize, authorizationRequest, directLogin, directRefresh, fullCodeFlow, login, obtainCode, offlineFlow, redeem, refresh, signIn, submit, userinfo } from '../support/flow.mjs';
import { consentForm, forms, loginForm, tags } from '../support/html.mjs';
import { CookieJar, get, send } from '../support/http.mjs';
import { startSystem } from '../support/system.mjs';

let system;
before(async () => {
  system = await startSystem();
});
after(() => system?.stop());

const open = async (jar) => ok(await get(`${system.auth}/account`, { jar }));
const accountForm = (page) => forms(page.text).find(({ action }) => action === '/account');
const buttons = (page, name) => accountForm(page).buttons.filter((button) => button.name === name).map(({ value }) => value);

/** Presses a button and goes where it leads. */
async function press(jar, page, name, value, more = {}) {
  const answer = await submit(page, accountForm(page), { [name]: value, ...more }, jar);
  assert.equal(answer.status, 303, answer.text);
  return ok(await get(new URL(answer.location, system.auth).href, { jar }));
}

test('a visitor without a session gets the login page, and comes back', async () => {
  const jar = new CookieJar();
  const answer = await login(await open(jar), 'ada', jar);
  assert.equal(answer.status, 303);
  assert.equal(answer.location, '/account');
  const page = await open(jar);
  assert.match(page.text, /Ada/);
  assert.match(page.headers['content-security-policy'], /default-src 'none'.*frame-ancestors 'none'/);
  assert.equal(tags(page.text, 'script').length, 0);
});

test('one access is ended, and the other of the same application goes on', async () => {
  const jar = await signIn(system, 'ada');
  const [first, second] = [await offlineFlow(system, { jar }), await offlineFlow(system, { jar })];
  const page = await open(jar);
  const before = buttons(page, 'end');
  // Entries of one client are next to each other, named by client and grant.
  const grant = first.tokens.refresh_token.split('.')[1];
  const after = await press(jar, page, 'end', before.find((value) => value.endsWith(grant)));
  assert.match(after.text, /role="status"><p>Access has ended\./);
  assert.equal(buttons(after, 'end').length, before.length - 1);
  tokenError(await refresh(system, 'web-ui', first.tokens.refresh_token), 'invalid_grant');
  tokenRefused(await userinfo(system, first.tokens.access_token));
  ok(await refresh(system, 'web-ui', second.tokens.refresh_token));
});

test('consent that is withdrawn ends all access of that application, and is asked for again', async () => {
  const jar = await signIn(system, 'alan');
  const mine = await offlineFlow(system, { jar, user: 'alan', clientId: 'web-app' });
  const other = await offlineFlow(system, { jar, user: 'alan' });
  const after = await press(jar, await open(jar), 'withdraw', 'web-app');
  assert.match(after.text, /all access of A web application has ended/);
  assert.deepEqual(buttons(after, 'withdraw'), ['web-ui']);
  tokenError(await refresh(system, 'web-app', mine.tokens.refresh_token), 'invalid_grant');
  tokenRefused(await userinfo(system, mine.tokens.access_token));
  const asks = (clientId) => authorize(system, authorizationRequest(system, clientId).params, jar);
  assert.ok(consentForm(ok(await asks('web-app')).text));
  assert.ok((await asks('web-ui')).redirected.get('code'));
  ok(await refresh(system, 'web-ui', other.tokens.refresh_token));
});

test('[100] a consent that outlives its access stands on the page, and can be withdrawn', async () => {
  const jar = await signIn(system, 'alan');
  const { tokens } = await offlineFlow(system, { jar, user: 'alan' });
  await press(jar, await open(jar), 'sign_out', 'everywhere');
  tokenError(await refresh(system, 'web-ui', tokens.refresh_token), 'invalid_grant');
  const again = await signIn(system, 'alan');
  const page = await open(again);
  assert.deepEqual([buttons(page, 'end'), buttons(page, 'withdraw')], [[], ['web-ui']]);
  assert.match(page.text, /Applications you allowed before/);
  assert.match(page.text, /Ostiary&#39;s own pages|Ostiary's own pages/);
  assert.match(page.text, /Read your profile/);
  const asks = () => authorize(system, authorizationRequest(system).params, again);
  const shown = await asks();
  assert.ok(shown.redirected?.get('code'), 'what the page says is so: it is not asked for again');
  // Now the consent stands beside its access, not twice.
  assert.deepEqual(buttons(await open(again), 'withdraw'), ['web-ui']);
  const after = await press(again, await open(again), 'withdraw', 'web-ui');
  assert.deepEqual(buttons(after, 'withdraw'), []);
  assert.ok(consentForm(ok(await asks()).text));
});

test('[100] signing out everywhere withdraws every consent as well, where the user says so', async () => {
  for (const forget of [undefined, 'yes']) {
    const jar = await signIn(system, 'alan');
    await offlineFlow(system, { jar, user: 'alan' });
    const page = await press(jar, await open(jar), 'sign_out', 'everywhere', { forget });
    assert.match(page.text, forget ? /every application must ask you again/ : /signed out everywhere/);
    const again = await signIn(system, 'alan');
    const answer = await authorize(system, authorizationRequest(system).params, again);
    if (forget) assert.ok(consentForm(ok(answer).text), 'asked again');
    else assert.ok(answer.redirected?.get('code'), 'remembered');
    assert.equal(buttons(await open(again), 'withdraw').length, forget ? 0 : 1);
  }
});

test('signing out ends this session alone', async () => {
  const [here, there] = [await signIn(system, 'ada'), await signIn(system, 'ada')];
  const { tokens } = await offlineFlow(system, { jar: here });
  const page = await press(here, await open(here), 'sign_out', 'here');
  assert.match(page.text, /You are signed out/);
  assert.ok(loginForm((await open(here)).text));
  assert.ok(accountForm(await open(there)));
  ok(await refresh(system, 'web-ui', tokens.refresh_token));
});

test('signing out everywhere ends every session, code and token at the next request', async () => {
  const [here, there] = [await signIn(system, 'grace'), await signIn(system, 'grace')];
  const flows = await Promise.all([1, 2, 3].map(() => offlineFlow(system, { jar: here.copy(), user: 'grace' })));
  const obtained = await obtainCode(system, { jar: here.copy(), user: 'grace' });
  const kept = there.copy();
  const page = await press(here, await open(here), 'sign_out', 'everywhere');
  assert.match(page.text, /signed out everywhere/);
  for (const { tokens } of flows) {
    tokenError(await refresh(system, 'web-ui', tokens.refresh_token), 'invalid_grant');
    tokenRefused(await userinfo(system, tokens.access_token));
  }
  tokenError(await redeem(system, obtained), 'invalid_grant');
  assert.ok(loginForm((await open(kept)).text));
  // The password begins anew.
  await fullCodeFlow(system, { user: 'grace', jar: await signIn(system, 'grace') });
});

test('[86] a form without its token, of another browser or from another session changes nothing', async () => {
  const [mine, others] = [await signIn(system, 'ada'), await signIn(system, 'ada')];
  const { tokens } = await offlineFlow(system, { jar: mine });
  const page = await open(mine);
  const form = accountForm(page);
  const theirs = accountForm(await open(others));
  for (const csrf of ['', 'x', theirs.hidden.csrf]) {
    errorPage(await submit(page, form, { csrf, sign_out: 'everywhere' }, mine), 403);
  }
  errorPage(await submit(page, form, { sign_out: 'elsewhere' }, mine));
  errorPage(await submit(page, form, { end: 'nonsense' }, mine));
  errorPage(await send('POST', `${system.auth}/account`, { jar: mine, headers: { 'content-type': 'application/json' }, body: '{}' }));
  ok(await refresh(system, 'web-ui', tokens.refresh_token));
});

test('the page shows nothing that was put into its address', async () => {
  const jar = await signIn(system, 'ada');
  const page = ok(await get(`${system.auth}/account?said=Call+us&proof=x`, { jar }));
  assert.doesNotMatch(page.text, /Call us/);
});

test('a direct login stands among the applications, by its name', async () => {
  const given = ok(await directLogin(system, 'alan')).json;
  const jar = await signIn(system, 'alan');
  const page = await open(jar);
  assert.match(page.text, /Direct login/);
  await press(jar, page, 'withdraw', 'direct-login');
  tokenError(await directRefresh(system, given.refresh_token), 'invalid_grant');
});
