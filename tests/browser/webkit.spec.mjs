// Safari's engine: a person signs in and goes through the walkthrough. It keeps no `Secure` cookie of an http origin, localhost or not,
// and that would end every sign-in here.
import { test as base, expect } from '@playwright/test';
import { WebKit } from '../support/webdriver.mjs';

const app = process.env.OSTIARY_APP_ORIGIN;
const auth = process.env.OSTIARY_AUTH_ORIGIN;

const test = base.extend({
  webkit: async ({}, use, info) => {
    const browser = await WebKit.open();
    info.annotations.push({ type: 'WebKit', description: browser.version });
    await use(browser);
    await browser.close();
  },
});

async function signIn(browser, user, password) {
  await browser.type('username', user);
  await browser.type('password', password);
  await browser.press('Sign in', 'Log in');
}

/** Allows, if it is asked. */
async function comeBack(browser) {
  await browser.see(/Allow|Check the answer/);
  if ((await browser.url()).origin === auth) await browser.press('Allow');
  await browser.arrive(app);
}

test('[104] in WebKit a person signs in at the account page, and the session is kept', async ({ webkit }) => {
  base.slow();
  await webkit.goto(`${auth}/account`);
  await signIn(webkit, 'ada', 'not-the-password');
  await webkit.see(/not right|wrong|do not match|incorrect/i);
  await signIn(webkit, 'ada', 'lovelace-1843');
  await webkit.see(/Your account/);
  await webkit.reload();
  await webkit.see(/Your account/);
  const cookies = await webkit.cookies();
  expect(cookies.length).toBeGreaterThan(0);
  for (const cookie of cookies) expect([cookie.httpOnly, cookie.secure], cookie.name).toEqual([true, false]);
});

test('[98] in WebKit the walkthrough goes from the first step to the API, and on to refresh and revocation', async ({ webkit }) => {
  base.slow();
  await webkit.goto(`${app}/flow`);
  for (const name of ['Prepare', 'Build the request', 'Sign in at the authorization server']) await webkit.press(name);
  await webkit.arrive(auth);
  await signIn(webkit, 'ada', 'lovelace-1843');
  await comeBack(webkit);
  await webkit.see(/Check the answer/);
  expect((await webkit.url()).search, 'the code is gone from the address').toBe('');
  for (const name of ['Check the answer', 'Exchange the code', 'Open the tokens', 'Call the API']) await webkit.press(name);
  await webkit.see(/\b200\b/);
  await webkit.press('Refresh the tokens');
  await webkit.see(/received new tokens\./);
  await webkit.press('Revoke the grant');
  await webkit.see(/401 invalid_token · refused, as expected/);
});
