// oidc-client-ts, as a site at an origin of its own uses it: all of it runs in the browser.
import { once } from 'node:events';
import fs from 'node:fs';
import http from 'node:http';
import { createRequire } from 'node:module';
import { auth, expect, signIn, test } from './person.mjs';

const LIBRARY = createRequire(import.meta.url).resolve('oidc-client-ts').replace(/dist\/.*/, 'dist/browser/oidc-client-ts.min.js');

/** The site: one page for every address, which finishes what the library has begun there. */
const PAGE = `<!doctype html><html lang=en><title>Another site</title><link rel=icon href="data:,"><h1>Another site</h1>
<script src=/library.js></script><script src=/site.js></script>`;
const site = () => `
  const settings = {
    authority: '${auth}', client_id: 'another-site', redirect_uri: location.origin + '/callback',
    scope: 'openid profile email read', loadUserInfo: true, automaticSilentRenew: false,
    userStore: new oidc.WebStorageStateStore({ store: localStorage }),
  };
  // It asks UserInfo with a bearer token in any case (UserInfoService.getClaims).
  const bound = { loadUserInfo: false, dpop: { bind_authorization_code: true, store: new oidc.IndexedDbDPoPStore() } };
  if (location.search === '?bound') sessionStorage.bound = 'yes';
  window.manager = new oidc.UserManager(sessionStorage.bound ? { ...settings, ...bound } : settings);
  if (location.pathname === '/callback') manager.signinCallback().then(
    (user) => { document.querySelector('h1').textContent = user ? 'Welcome' : 'Done'; },
    (error) => { document.querySelector('h1').textContent = String(error); },
  );`;

let server;
let port;

test.describe.configure({ mode: 'serial' });

test.beforeAll(async ({}, info) => {
  port = info.project.name === 'phone' ? 9997 : 9998;
  const files = { '/library.js': ['text/javascript', fs.readFileSync(LIBRARY)], '/site.js': ['text/javascript', site()] };
  server = http.createServer((request, response) => {
    const [type, body] = files[new URL(request.url, 'http://site').pathname] ?? ['text/html', PAGE];
    response.writeHead(200, { 'content-type': type }).end(body);
  });
  await once(server.listen(port), 'listening');
});

test.afterAll(() => {
  server?.closeAllConnections();
  server?.close();
});

const open = (page, host = 'localhost', query = '') => page.goto(`http://${host}:${port}/${query}`);

/** Signs in and allows, as far as asked, until the site has the user. */
async function person(page, done) {
  await signIn(page, 'alan');
  const allow = page.getByRole('button', { name: /^allow/i });
  await Promise.race([done, allow.click().catch(() => {})]);
  await done;
}

/** Signs in by redirects: the user that the site then has. */
async function redirected(page) {
  await page.evaluate(() => void manager.signinRedirect());
  await page.waitForURL(`${auth}/**`);
  await person(page, page.getByRole('heading', { name: 'Welcome' }).waitFor());
  return page.evaluate(() => manager.getUser());
}

/** Whether the authorization server knows an access token: what UserInfo answers to it. */
const userInfo = (page, token) =>
  page.evaluate(async ([url, bearer]) => (await fetch(url, { headers: { authorization: `Bearer ${bearer}` } })).status, [`${auth}/oauth/userinfo`, token]);

test('oidc-client-ts: by redirects, UserInfo, refresh, revocation, sign-out', async ({ page, watched }) => {
  watched.expectStatus(400, 401);
  await open(page);
  const user = await redirected(page);
  expect(user.profile).toMatchObject({ sub: 'u_alan', preferred_username: 'alan' });
  expect(user.profile.email).toBeTruthy();

  const next = await page.evaluate(() => manager.signinSilent());
  expect(next.access_token).not.toBe(user.access_token);
  expect(next.refresh_token).not.toBe(user.refresh_token);
  expect(next.profile.email).toBeTruthy();
  expect(await userInfo(page, next.access_token)).toBe(200);

  await page.evaluate(() => manager.revokeTokens(['access_token', 'refresh_token']));
  expect(await userInfo(page, next.access_token)).toBe(401);
  // The library forgets revoked tokens: the site that kept one finds it dead.
  const dead = await page.evaluate(async (kept) => {
    await manager.storeUser(new oidc.User(kept));
    return manager.signinSilent().catch((error) => error.error);
  }, next);
  expect(dead).toBe('invalid_grant');

  // There is no end_session_endpoint yet: the library says so, and the site forgets the user.
  expect(await page.evaluate(() => manager.signoutRedirect().catch((error) => error.message))).toMatch(/end session endpoint/i);
  await page.evaluate(() => manager.removeUser());
  expect(await page.evaluate(() => manager.getUser())).toBeNull();
});

test('oidc-client-ts: in a popup', async ({ page, context }) => {
  await open(page);
  const opened = context.waitForEvent('page');
  const user = page.evaluate(() => manager.signinPopup());
  const popup = await opened;
  await person(popup, popup.waitForEvent('close'));
  expect((await user).profile).toMatchObject({ sub: 'u_alan', preferred_username: 'alan' });
});

test('oidc-client-ts: silently in a frame, at a site that may have the cookies', async ({ page, context }) => {
  await open(page);
  await redirected(page);
  const user = await page.evaluate(() => manager.signinSilent({ forceIframeAuth: true }));
  expect(user.profile.sub).toBe('u_alan');
  // Elsewhere the browser sends no cookies from a frame (SameSite=Lax): the library is told that there is no session.
  const other = await context.newPage();
  await open(other, '127.0.0.1');
  const refused = await other.evaluate(() => manager.signinSilent({ forceIframeAuth: true }).catch((error) => error.error));
  expect(refused).toBe('login_required');
});

test('oidc-client-ts: two tabs, which sign in and refresh at once', async ({ page, context }) => {
  const other = await context.newPage();
  const tabs = [page, other];
  for (const tab of tabs) {
    await open(tab);
    await tab.evaluate(() => void manager.signinRedirect());
    await tab.waitForURL(`${auth}/**`);
  }
  for (const tab of tabs) await person(tab, tab.getByRole('heading', { name: 'Welcome' }).waitFor());
  // Both hold the refresh token of the store that they share.
  const users = await Promise.all(tabs.map((tab) => tab.evaluate(() => manager.signinSilent())));
  expect(users[0].refresh_token).toBe(users[1].refresh_token);
  const again = await Promise.all(tabs.map((tab) => tab.evaluate(() => manager.signinSilent())));
  expect(again[0].refresh_token).toBe(again[1].refresh_token);
});

test('oidc-client-ts: tokens that are bound to a key in the browser', async ({ page, watched }) => {
  watched.expectStatus(401);
  await open(page, 'localhost', '?bound');
  expect((await redirected(page)).token_type).toMatch(/^dpop$/i);
  const next = await page.evaluate(() => manager.signinSilent());
  expect(next.token_type).toMatch(/^dpop$/i);
  expect(await userInfo(page, next.access_token)).toBe(401);
  const proven = await page.evaluate(async (url) => {
    const user = await manager.getUser();
    const dpop = await manager.dpopProof(url, user, 'GET');
    return (await fetch(url, { headers: { authorization: `DPoP ${user.access_token}`, dpop } })).status;
  }, `${auth}/oauth/userinfo`);
  expect(proven).toBe(200);
});
