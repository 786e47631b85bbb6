// Every page, light and dark: seen by axe, kept as a screenshot, without an error in the console.
import { app, auth, button, expect, look, press, seen, signIn, test } from './person.mjs';

test('the operator presses Run and sees Ada and Alan', async ({ page }, info) => {
  await page.goto(`${app}/operator`);
  await press(page, 'Run');
  await expect(seen(page, 'Ada')).toBeVisible();
  await expect(seen(page, 'Alan')).toBeVisible();
  await expect(seen(page, '/students')).toBeVisible();
  await look(page, 'operator-after-run', info);
  await press(page, 'Run');
  await expect(seen(page, /\bhit\b/i)).toBeVisible();
  expect(await page.content()).not.toMatch(/eyJ[\w-]{10,}/);
});

test('the front page shows that all three parties are well', async ({ page }) => {
  await page.goto(app);
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  await expect(page.getByRole('link', { name: 'Start the walkthrough' }).first()).toBeVisible();
  await expect(page).toHaveTitle(/ostiary/i);
});

test('the theme can be switched and is remembered', async ({ page }) => {
  await page.emulateMedia({ colorScheme: 'light' });
  await page.goto(app);
  const scheme = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const before = await scheme();
  await page.getByRole('button', { name: 'Dark', exact: true }).click();
  const dark = await scheme();
  expect(dark).not.toBe(before);
  await page.reload();
  await expect(page.getByRole('button', { name: 'Dark', exact: true })).toHaveAttribute('aria-pressed', 'true');
  expect(await scheme()).toBe(dark);
  await page.getByRole('button', { name: 'Light', exact: true }).click();
  expect(await scheme()).toBe(before);
});

for (const colorScheme of ['light', 'dark']) {
  test.describe(`${colorScheme}`, () => {
    test.use({ colorScheme });

    for (const [name, path, ready] of [
      ['home', '/', (page) => page.getByRole('link', { name: 'Start the walkthrough' }).first()],
      ['flow', '/flow', (page) => button(page, 'Prepare')],
      ['operator', '/operator', (page) => button(page, 'Run')],
      ['not-found', '/no/such/page', (page) => page.getByRole('heading', { level: 1 })],
    ]) {
      test(`${name}`, async ({ page, watched }, info) => {
        if (name === 'not-found') watched.expectStatus(404);
        await page.goto(`${app}${path}`);
        await expect(ready(page)).toBeVisible();
        await look(page, `${colorScheme}-${name}`, info);
      });
    }

    test('login and consent', async ({ page }, info) => {
      const query = new URLSearchParams({
        response_type: 'code', client_id: 'web-ui', redirect_uri: `${app}/callback`, scope: 'openid profile email read write offline_access',
        code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM', code_challenge_method: 'S256', prompt: 'consent',
      });
      await page.goto(`${auth}/oauth/authorize?${query}`);
      await look(page, `${colorScheme}-login`, info);
      await signIn(page, 'grace');
      await expect(page.getByRole('button', { name: /^allow/i })).toBeVisible();
      await look(page, `${colorScheme}-consent`, info);
    });

    test('the error page', async ({ page, watched }, info) => {
      watched.expectStatus(400);
      await page.goto(`${auth}/oauth/authorize?client_id=nobody`);
      await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
      await look(page, `${colorScheme}-error`, info);
    });

    test('signed in, without a request', async ({ page }, info) => {
      await page.goto(`${auth}/login`);
      await signIn(page, 'grace');
      await expect(seen(page, /grace/i)).toBeVisible();
      await look(page, `${colorScheme}-signed-in`, info);
    });
  });
}

test('leaving a page while its answers are on their way is no error', async ({ page }) => {
  // Answers come late, so that the person is gone before them.
  const late = async (route) => {
    await new Promise((resolve) => setTimeout(resolve, 400));
    await route.continue().catch(() => {});
  };
  await page.route(/\/(health|config\.json|m2m\/\w+|\.well-known\/.*)$/, late);
  const menu = page.getByRole('navigation', { name: 'Main' });
  await page.goto(app);
  for (const name of ['Operator', 'Walkthrough', 'Overview', 'Walkthrough', 'Operator']) {
    await menu.getByRole('link', { name }).click();
    await expect(menu.getByRole('link', { name })).toHaveAttribute('aria-current', 'page');
  }
  await expect(button(page, 'Run')).toBeEnabled();
  await press(page, 'Run');
  await menu.getByRole('link', { name: 'Walkthrough' }).click();
  await press(page, 'Prepare');
  await menu.getByRole('link', { name: 'Overview' }).click();
  await page.waitForTimeout(1500);
  await menu.getByRole('link', { name: 'Operator' }).click();
  await press(page, 'Run');
  await expect(seen(page, 'Alan')).toBeVisible();
});
