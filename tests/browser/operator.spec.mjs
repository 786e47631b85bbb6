// The operator's page, each part against a system of its own: what is provoked here would disturb the other tests.
import { startSystem } from '../support/system.mjs';
import { button, decide, expect, look, press, seen, signIn, test } from './person.mjs';

/** A system for the tests of one group; answers where its pages are. */
function onSystemWith(vars) {
  let system;
  test.beforeAll(async ({}, info) => {
    info.setTimeout(180_000);
    system = await startSystem({ vars: { app: vars } });
  });
  test.afterAll(() => system?.stop());
  return {
    get page() {
      return `${system.app}/operator`;
    },
    get auth() {
      return system.auth;
    },
  };
}

const outcome = (page) => page.getByRole('status').filter({ visible: true }).first();
const section = (page, name) => page.getByRole('region', { name, exact: true });
const hops = (page) => section(page, 'Hops').getByRole('listitem');

/** Runs once and waits for the outcome. */
async function run(page, expected) {
  await press(page, 'Run');
  await expect(outcome(page)).toHaveText(expected);
}

/** No token, assertion or key is anywhere in the page or in what the tab keeps. */
async function nothingSecret(page) {
  expect(await page.content()).not.toMatch(/eyJ[\w-]{10,}/);
  const kept = await page.evaluate(() => JSON.stringify([{ ...sessionStorage }, { ...localStorage }]));
  expect(kept).not.toMatch(/eyJ[\w-]{10,}/);
}

test.describe('where anyone may run', () => {
  test.describe.configure({ mode: 'serial' });
  const operator = onSystemWith({ OPERATOR_AUTH: 'open', TROUBLE: 'on' });

  test('one run shows its hops and its result, and the next finds the token in the cache', async ({ page }, info) => {
    await page.goto(operator.page);
    await expect(seen(page, 'No run on this page yet.')).toBeVisible();
    await run(page, /^Done, /);
    await expect(page.getByRole('cell', { name: 'Ada', exact: true })).toBeVisible();
    await expect(page.getByRole('cell', { name: 'Alan', exact: true })).toBeVisible();
    await expect(page.getByLabel('As JSON')).toContainText('"result": "succeeded"');
    await expect(hops(page).filter({ hasText: 'POST' }).filter({ hasText: 'cache miss' })).toHaveCount(1);
    await expect(hops(page).filter({ hasText: '/students' })).toContainText('200');
    await run(page, /^Done, /);
    await expect(hops(page).filter({ hasText: 'cache hit' })).toHaveCount(1);
    await expect(section(page, 'The caller now')).toContainText('fresh');
    await look(page, 'operator-run', info);
    await nothingSecret(page);
  });

  test('many runs at once end in a summary, by the keyboard alone', async ({ page }, info) => {
    await page.goto(operator.page);
    await expect(button(page, 'Run')).toBeEnabled();
    await button(page, 'Run').focus();
    await page.keyboard.press('Tab');
    await expect(page.getByLabel('How many')).toBeFocused();
    await page.keyboard.press('ControlOrMeta+a');
    await page.keyboard.type('30');
    await page.keyboard.press('Tab');
    await page.keyboard.press('ControlOrMeta+a');
    await page.keyboard.type('6');
    await page.keyboard.press('Tab');
    await expect(button(page, 'Run many')).toBeFocused();
    await page.keyboard.press('Enter');
    await expect(outcome(page)).toHaveText(/^Done: 30 succeeded, 0 failed, median .*95th percentile/);
    const figure = (name) => page.locator('dt', { hasText: new RegExp(`^${name}$`) }).first().locator('xpath=following-sibling::dd');
    await expect(figure('Succeeded')).toHaveText('30');
    await expect(figure('From the cache')).toHaveText(/^\d+$/);
    await press(page, 'Show the slowest');
    await expect(button(page, 'Back to the latest')).toBeVisible();
    await look(page, 'operator-many', info);
  });

  test('many runs can be cancelled, and a number out of bounds begins none', async ({ page }) => {
    await page.goto(operator.page);
    await expect(button(page, 'Run many')).toBeEnabled();
    await page.getByLabel('How many').fill('201');
    await expect(button(page, 'Run many')).toBeDisabled();
    await page.getByLabel('How many').fill('200');
    await page.getByLabel('At once').fill('1');
    await press(page, 'Run many');
    await expect(page.getByRole('progressbar', { name: 'Runs that ended' })).toBeVisible();
    await press(page, 'Cancel');
    await expect(outcome(page)).toHaveText(/^Done: \d{1,2} succeeded, 0 failed/);
    await expect(button(page, 'Run')).toBeEnabled();
  });

  test('what ran is still shown after a reload', async ({ page }, info) => {
    await page.goto(operator.page);
    await run(page, /^Done, /);
    await page.reload();
    const runs = section(page, 'Last runs');
    await expect(runs.getByRole('img', { name: /^\d+ runs: \d+ succeeded, / })).toBeVisible();
    await runs.getByText('As a table').click();
    await expect(runs.getByRole('row').nth(1)).toContainText('succeeded');
    const hours = section(page, 'Last 48 hours');
    await expect(hours.getByRole('img', { name: /^\d+ runs: \d+ failed, mean / }).first()).toBeVisible();
    await hours.getByText('As a table').click();
    // The runs may have begun in the hour before.
    expect(await hours.getByRole('row').count()).toBeGreaterThan(1);
    await look(page, 'operator-history', info);
  });

  test('a trouble is provoked, seen for what it is, and ended', async ({ page, watched }, info) => {
    watched.expectStatus(502, 503);
    await page.goto(operator.page);
    await press(page, 'Provoke Key rotated');
    await expect(button(page, 'End Key rotated')).toBeVisible();
    await expect(seen(page, /^ends in /)).toBeVisible();
    await run(page, /^Failed, /);
    await expect(seen(page, 'invalid_client')).toBeVisible();
    await look(page, 'operator-trouble', info);
    await press(page, 'End Key rotated');
    await expect(button(page, 'Provoke Key rotated')).toBeVisible();
    await run(page, /^Done, /);

    await press(page, 'Provoke Token revoked');
    await run(page, /^Done, /);
    await expect(hops(page).filter({ hasText: '401' })).toHaveCount(1);
    await press(page, 'End Token revoked');

    await press(page, 'Provoke Too many requests');
    await run(page, /^(Done|Failed), /);
    await expect(hops(page).filter({ hasText: 'Back-off' }).first()).toBeVisible();
    await expect(hops(page).filter({ hasText: 'try 2' }).first()).toContainText('Token');
    await look(page, 'operator-retries', info);
    await press(page, 'End Too many requests');
  });

  test('no run begins before it is known whether a trouble was provoked', async ({ page }) => {
    let answer;
    const asked = new Promise((resolve) => (answer = resolve));
    await page.route('**/m2m/trouble', async (route) => {
      await asked;
      await route.continue();
    });
    await page.goto(operator.page);
    await press(page, 'Provoke Token revoked');
    await expect(button(page, 'Run')).toBeDisabled();
    await expect(button(page, 'Provoke Token revoked')).toBeDisabled();
    answer();
    await expect(outcome(page)).toHaveText('Provoked: Token revoked.');
    await run(page, /^Done, /);
    await press(page, 'End Token revoked');
    await expect(button(page, 'Provoke Token revoked')).toBeEnabled();
  });

  test('a breaker opens for a server that fails, and the page says so and why', async ({ page, watched }, info) => {
    test.setTimeout(90_000);
    watched.expectStatus(502, 503);
    await page.goto(operator.page);
    const caller = section(page, 'The caller now');
    await expect(caller).toContainText('scope read:students');
    await expect(caller).toContainText('authenticates by private_key_jwt');
    await press(page, 'Provoke Server error');
    await run(page, /^Failed, /);
    await expect(hops(page).filter({ hasText: 'try 3' })).toContainText('500');
    await run(page, /^Failed, /);
    const breaker = caller.getByRole('listitem').filter({ hasText: 'server_error' });
    await expect(breaker).toContainText('open');
    await expect(breaker).toContainText('5 failures in a row');
    await look(page, 'operator-breaker', info);
    await press(page, 'End Server error');
    // It is left alone for ten seconds; then one request may try.
    await page.waitForTimeout(10_500);
    await run(page, /^Done, /);
    await expect(caller.getByRole('listitem').filter({ hasText: 'closed' })).toHaveCount(2);
  });

  for (const colorScheme of ['light', 'dark']) {
    test.describe(colorScheme, () => {
      test.use({ colorScheme });

      test('after some runs', async ({ page }, info) => {
        await page.goto(operator.page);
        await page.getByLabel('How many').fill('12');
        await press(page, 'Run many');
        await expect(outcome(page)).toHaveText(/^Done: /);
        await look(page, `${colorScheme}-operator-runs`, info);
      });
    });
  }
});

test.describe('where a sign-in is required', () => {
  test.describe.configure({ mode: 'serial' });
  const operator = onSystemWith({ OPERATOR_AUTH: 'required', TROUBLE: 'off' });

  /** Through the authorization server and back to the operator's page. */
  async function signInAs(page, user) {
    await page.waitForURL(`${operator.auth}/**`);
    await signIn(page, user);
    const allow = page.getByRole('button', { name: /^allow/i });
    const back = page.getByText(/^Signed in as/);
    await expect(allow.or(back)).toBeVisible();
    if (await allow.isVisible()) await decide(page, /^allow/i);
    await page.waitForURL(operator.page);
  }

  test('an operator signs in, runs, and is forgotten by a sign-out and by a reload', async ({ page }, info) => {
    await page.goto(operator.page);
    await expect(seen(page, 'the scope m2m:run')).toBeVisible();
    await expect(button(page, 'Run')).toBeDisabled();
    await look(page, 'operator-sign-in', info);
    await press(page, 'Sign in');
    await signInAs(page, 'grace');
    await expect(seen(page, 'Signed in as u_grace')).toBeVisible();
    expect(new URL(page.url()).search, 'the code is gone from the address').toBe('');
    await run(page, /^Done, /);
    await expect(seen(page, 'Trouble is switched off here.')).toBeVisible();
    await look(page, 'operator-signed-in', info);
    await nothingSecret(page);

    const menu = page.getByRole('navigation', { name: 'Main' });
    await menu.getByRole('link', { name: 'Overview' }).click();
    await menu.getByRole('link', { name: 'Operator' }).click();
    await run(page, /^Done, /);
    await press(page, 'Sign out');
    await expect(button(page, 'Run')).toBeDisabled();
    await expect(button(page, 'Sign in')).toBeVisible();

    await press(page, 'Sign in');
    await expect(seen(page, 'u_grace')).toBeVisible();
    await page.reload();
    await expect(button(page, 'Sign in')).toBeVisible();
  });

  test('a person who is no operator learns so, and may sign in as another', async ({ page }, info) => {
    await page.goto(operator.page);
    await press(page, 'Sign in');
    await signInAs(page, 'ada');
    await expect(seen(page, 'you are not an operator')).toBeVisible();
    await expect(seen(page, 'u_ada')).toBeVisible();
    await expect(button(page, 'Run')).toBeDisabled();
    await look(page, 'operator-refused', info);
    await press(page, 'Sign in as someone else');
    await signInAs(page, 'grace');
    await run(page, /^Done, /);
  });

  test('a token that is refused is forgotten, and a sign-in is asked for', async ({ page, watched }) => {
    watched.expectStatus(401);
    await page.goto(operator.page);
    await press(page, 'Sign in');
    await signInAs(page, 'grace');
    await expect(button(page, 'Run')).toBeEnabled();
    await page.route('**/m2m/run', (route) => route.continue({ headers: { ...route.request().headers(), authorization: 'Bearer ended' } }));
    await press(page, 'Run');
    await expect(seen(page, 'Sign in again to go on.')).toBeVisible();
    await expect(button(page, 'Run')).toBeDisabled();
    // The history still says who asked for the runs; no user is signed in.
    await expect(page.getByText('Signed in as u_grace')).toHaveCount(0);
    await expect(button(page, 'Sign in')).toBeVisible();
  });

  test('a foreign answer is left to the walkthrough, which refuses it', async ({ page }) => {
    await page.goto(operator.page);
    await press(page, 'Sign in');
    await page.waitForURL(`${operator.auth}/**`);
    await page.goto(operator.page.replace('/operator', '/callback?code=stolen&state=another&iss=nobody'));
    await expect(page.getByRole('heading', { level: 1, name: 'Sign in, step by step' })).toBeVisible();
    expect(new URL(page.url()).search).toBe('');
  });
});
