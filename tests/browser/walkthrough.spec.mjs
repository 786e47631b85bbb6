// The walkthrough as a person goes through it.
import { app, auth, button, comeBack, decide, expect, leaveForLogin, look, press, seen, signIn, step, test } from './person.mjs';

test('from the front page step by step to the API', async ({ page, watched }, info) => {
  test.slow();
  watched.expectStatus(401, 403);
  await page.goto(app);
  await page.getByRole('link', { name: 'Start the walkthrough' }).first().click();
  await expect(page).toHaveURL(`${app}/flow`);
  await expect(step(page, 1)).toBeVisible();
  await look(page, 'flow-0-start', info);

  await press(page, 'Prepare');
  await expect(seen(page, 'code_challenge')).toBeVisible();
  await look(page, 'flow-1-prepared', info);

  await press(page, 'Build the request');
  await expect(step(page, 2)).toBeVisible();
  await expect(seen(page, 'response_type')).toBeVisible();
  await look(page, 'flow-2-request', info);

  await press(page, 'Sign in at the authorization server');
  await page.waitForURL(`${auth}/**`);
  await look(page, 'login', info);
  await signIn(page, 'ada');
  const allow = page.getByRole('button', { name: /^allow/i });
  await expect(allow.or(button(page, 'Check the answer'))).toBeVisible();
  if (await allow.isVisible()) {
    await look(page, 'consent', info);
    await allow.click();
  }

  await expect(button(page, 'Check the answer')).toBeVisible();
  expect(new URL(page.url()).search, 'the code is gone from the address').toBe('');
  await look(page, 'flow-4-back', info);
  await press(page, 'Check the answer');
  await expect(step(page, 4)).toBeVisible();

  await press(page, 'Exchange the code');
  await expect(step(page, 5)).toBeVisible();
  await expect(button(page, 'Open the tokens')).toBeEnabled();
  await look(page, 'flow-5-tokens', info);

  await press(page, 'Open the tokens');
  await expect(seen(page, 'at+jwt')).toBeVisible();
  await expect(seen(page, 'u_ada')).toBeVisible();
  await look(page, 'flow-6-opened', info);

  await press(page, 'Call the API');
  await expect(step(page, 7)).toBeVisible();
  await expect(seen(page, '/api/user/profile')).toBeVisible();
  await expect(seen(page, /\b200\b/)).toBeVisible();
  await look(page, 'flow-7-api', info);
});

test('a reload between the steps loses nothing', async ({ page, watched }) => {
  watched.expectStatus(401, 403);
  await page.goto(`${app}/flow`);
  await press(page, 'Prepare');
  await expect(button(page, 'Build the request')).toBeEnabled();
  await page.reload();
  await press(page, 'Build the request');
  await expect(button(page, 'Sign in at the authorization server')).toBeEnabled();
  await page.reload();
  await press(page, 'Sign in at the authorization server');
  await page.waitForURL(`${auth}/**`);
  await page.reload();
  await comeBack(page, 'ada');
  await expect(button(page, 'Check the answer')).toBeVisible();
  await page.reload();
  await press(page, 'Check the answer');
  await expect(button(page, 'Exchange the code')).toBeEnabled();
  await page.reload();
  await press(page, 'Exchange the code');
  await press(page, 'Open the tokens');
  await press(page, 'Call the API');
  await expect(seen(page, /\b200\b/)).toBeVisible();
});

test('going back from the login page and forward again works', async ({ page }) => {
  await leaveForLogin(page);
  await page.goBack();
  await expect(button(page, 'Sign in at the authorization server')).toBeEnabled();
  await press(page, 'Sign in at the authorization server');
  await page.waitForURL(`${auth}/**`);
  await comeBack(page, 'ada');
  await press(page, 'Check the answer');
  await expect(button(page, 'Exchange the code')).toBeEnabled();
});

test('denying consent comes back with the outcome in words', async ({ page }, info) => {
  await leaveForLogin(page);
  // No other test allows this client as Alan: what is remembered is not asked again.
  await signIn(page, 'alan');
  await decide(page, /^deny/i);
  await page.waitForURL(`${app}/**`);
  const check = button(page, 'Check the answer');
  const outcome = seen(page, /access_denied/);
  await expect(check.or(outcome).first()).toBeVisible();
  if (await check.isVisible()) await check.click();
  await expect(outcome).toBeVisible();
  await look(page, 'flow-denied', info);
  await press(page, 'Start again');
  await expect(button(page, 'Prepare')).toBeEnabled();
});

test('a wrong password says so, and the right one then goes on', async ({ page, watched }, info) => {
  watched.expectStatus(400, 401, 403);
  await leaveForLogin(page);
  await signIn(page, 'ada', 'not-the-password');
  await expect(page.getByRole('alert')).toBeVisible();
  await expect(page.getByLabel(/^user ?name/i)).toHaveValue('ada');
  await look(page, 'login-wrong-password', info);
  await comeBack(page, 'ada');
  await press(page, 'Check the answer');
  await expect(button(page, 'Exchange the code')).toBeEnabled();
});

test('"Run all" goes through in one click where a login session exists', async ({ page, watched }) => {
  watched.expectStatus(400, 401, 403);
  await leaveForLogin(page);
  await comeBack(page, 'ada');
  await expect(button(page, 'Check the answer')).toBeVisible();
  await press(page, 'Start again');
  await press(page, 'Run all');
  const allow = page.getByRole('button', { name: /^allow/i });
  await expect(allow.or(seen(page, '/api/user/profile')).first()).toBeVisible();
  if (await allow.isVisible()) await allow.click();
  await expect(seen(page, '/api/user/profile')).toBeVisible();
  await expect(seen(page, /\b200\b/)).toBeVisible();
  await expect(seen(page, 'revoked. The tokens were refused right after.')).toBeVisible();
});

test('with the keyboard alone one gets from the front page to the login page and in', async ({ page }) => {
  await page.goto(`${app}/flow`);
  for (const name of ['Prepare', 'Build the request', 'Sign in at the authorization server']) {
    await expect(button(page, name)).toBeEnabled();
    await button(page, name).focus();
    await page.keyboard.press('Enter');
  }
  await page.waitForURL(`${auth}/**`);
  await page.getByLabel(/^user ?name/i).focus();
  await page.keyboard.type('ada');
  await page.keyboard.press('Tab');
  await page.keyboard.type('lovelace-1843');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('button', { name: /^allow/i }).or(button(page, 'Check the answer'))).toBeVisible();
});

test('tokens stand in no storage of the browser', async ({ page, watched }) => {
  watched.expectStatus(401, 403);
  await leaveForLogin(page);
  await comeBack(page, 'ada');
  await press(page, 'Check the answer');
  await press(page, 'Exchange the code');
  await expect(button(page, 'Open the tokens')).toBeEnabled();
  const stored = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie]));
  expect(stored).not.toMatch(/eyJ[\w-]+\.[\w-]+\.[\w-]+/);
  expect(stored).not.toMatch(/r[12]\.[\w-]+\./);
});

test('tokens that went with a reload are named as lost, with the way on', async ({ page }) => {
  await leaveForLogin(page);
  await comeBack(page, 'ada');
  await press(page, 'Check the answer');
  await press(page, 'Exchange the code');
  await expect(button(page, 'Open the tokens')).toBeEnabled();
  await page.reload();
  await expect(seen(page, /went with the reload/)).toBeVisible();
});

/** Signed in, with the tokens used at the API: the eighth step is next. */
async function toTheLastStep(page, watched) {
  watched.expectStatus(400, 401, 403);
  await leaveForLogin(page);
  await comeBack(page, 'ada');
  for (const name of ['Check the answer', 'Exchange the code', 'Open the tokens', 'Call the API']) await press(page, name);
  await expect(button(page, 'Refresh the tokens')).toBeFocused();
}

/** A part of the eighth step. */
const part = (page, name) => page.getByRole('region', { name, exact: true });

for (const colorScheme of ['light', 'dark']) {
  test.describe(colorScheme, () => {
    test.use({ colorScheme });

    test('tokens are refreshed, introspected and revoked, and refused right after', async ({ page, watched }, info) => {
      test.slow();
      await toTheLastStep(page, watched);
      await press(page, 'Refresh the tokens');
      const refresh = part(page, 'Refresh');
      await expect(refresh.getByText('received new tokens.')).toBeVisible();
      await expect(button(page, 'Have the token introspected')).toBeFocused();
      await expect(refresh.getByText(/^\[hidden, \d+ characters\]$/)).toHaveCount(4);
      await press(page, 'Reveal the tokens');
      const tokens = await refresh.getByText(/^r2\./).allTextContents();
      expect(new Set(tokens).size, 'the refresh token rotated').toBe(2);
      await press(page, 'Cover the tokens');
      expect(await page.content()).not.toContain(tokens[1]);
      await look(page, `${colorScheme}-flow-8-refreshed`, info);

      await press(page, 'Have the token introspected');
      const introspection = part(page, 'Introspection');
      await expect(introspection.getByText('active', { exact: true })).toBeVisible();
      await expect(introspection.getByText('true', { exact: true })).toBeVisible();
      await expect(introspection.getByText('u_ada')).toBeVisible();
      await look(page, `${colorScheme}-flow-8-introspected`, info);

      await press(page, 'Revoke the grant');
      const revocation = part(page, 'Revocation');
      await expect(revocation.getByText('401 invalid_token · refused, as expected')).toBeVisible();
      await expect(revocation.getByText('400 invalid_grant · refused, as expected')).toBeVisible();
      await expect(button(page, 'Revoke the grant')).toBeDisabled();
      await expect(button(page, 'Refresh the tokens')).toBeDisabled();
      await expect(page.getByRole('link', { name: /^Your account/ })).toHaveAttribute('href', `${auth}/account`);
      await look(page, `${colorScheme}-flow-8-revoked`, info);
      await page.getByRole('button', { name: 'POST /oauth/revoke' }).click();
      await expect(seen(page, /^token=\[hidden, \d+ characters\]/)).toBeVisible();

      await press(page, 'Have the token introspected');
      await expect(introspection.getByText(/the API itself refused the token/)).toBeVisible();
      await expect(introspection.getByText('u_ada')).toHaveCount(0);
    });
  });
}

test('a refresh whose answer was lost is answered again, byte for byte', async ({ page, watched }) => {
  await toTheLastStep(page, watched);
  await page.getByLabel('Lose the answer').check();
  await press(page, 'Refresh the tokens');
  await expect(seen(page, /^The same answer again, byte for byte/)).toBeVisible();
  await press(page, 'Use the old refresh token again');
  await expect(page.getByRole('button', { name: 'POST /oauth/token' }).last()).toContainText('200');
  await expect(seen(page, /^The same answer again, byte for byte/)).toBeVisible();
});

test('an old refresh token that comes late ends everything', async ({ page, watched }, info) => {
  test.slow();
  await toTheLastStep(page, watched);
  await press(page, 'Refresh the tokens');
  await expect(button(page, 'Use the old refresh token again')).toBeEnabled();
  // The grace is 10 s here (setup.mjs).
  await page.waitForTimeout(11_000);
  await press(page, 'Use the old refresh token again');
  await expect(seen(page, /^Reuse detected: the whole grant has ended/)).toBeVisible();
  await expect(seen(page, '401 invalid_token · refused, as expected')).toBeVisible();
  await expect(seen(page, '400 invalid_grant · refused, as expected')).toBeVisible();
  await expect(button(page, 'Refresh the tokens')).toBeDisabled();
  await look(page, 'flow-8-reuse', info);
  await press(page, 'Reveal the tokens');
  await page.setViewportSize({ width: 360, height: 740 });
  await look(page, 'flow-8-reuse-360', info);
});

test('a code that is used twice costs the access token as well', async ({ page, watched }) => {
  watched.expectStatus(400, 401);
  await leaveForLogin(page);
  await comeBack(page, 'ada');
  await press(page, 'Check the answer');
  await page.getByLabel('Use the code twice').check();
  await press(page, 'Exchange the code');
  await expect(seen(page, /^The second use was refused/)).toBeVisible();
  await press(page, 'Open the tokens');
  await press(page, 'Call the API');
  await expect(seen(page, /using the code twice ended the grant/)).toBeVisible();
});

test('a server without revocation is said to have none, and nothing fails', async ({ page, watched }, info) => {
  await page.route('**/.well-known/openid-configuration', async (route) => {
    const response = await route.fetch();
    const { revocation_endpoint: _, ...metadata } = await response.json();
    await route.fulfill({ response, json: metadata });
  });
  await toTheLastStep(page, watched);
  await press(page, 'Revoke the grant');
  await expect(seen(page, /names no revocation_endpoint/)).toBeVisible();
  await expect(seen(page, /the grant goes on/)).toBeVisible();
  await look(page, 'flow-8-no-revocation', info);
});

test('without a refresh token the rest of the step can still be taken', async ({ page, watched }) => {
  watched.expectStatus(401, 403);
  await page.route('**/oauth/token', async (route) => {
    const response = await route.fetch();
    const { refresh_token: _, ...tokens } = await response.json();
    await route.fulfill({ response, json: tokens });
  });
  await leaveForLogin(page);
  await comeBack(page, 'ada');
  for (const name of ['Check the answer', 'Exchange the code', 'Open the tokens', 'Call the API']) await press(page, name);
  await expect(seen(page, /No refresh token was granted/)).toBeVisible();
  await expect(button(page, 'Refresh the tokens')).toBeDisabled();
  await press(page, 'Revoke the grant');
  await expect(seen(page, '401 invalid_token · refused, as expected')).toBeVisible();
});
