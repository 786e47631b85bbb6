// What a person does in the browser, by label and role; and what every test watches: the console, and accessibility.
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { AxeBuilder } from '@axe-core/playwright';
import { test as base, expect } from '@playwright/test';

export { expect };
export const app = process.env.OSTIARY_APP_ORIGIN;
export const auth = process.env.OSTIARY_AUTH_ORIGIN;
const PASSWORDS = { ada: 'lovelace-1843', alan: 'turing-1936', grace: 'hopper-1952' };
const shots = path.join(path.dirname(fileURLToPath(import.meta.url)), '../../test-results/screenshots');

/** Every test fails on an error in the console or on the page, but for refusals that it announced with `expectStatus`. */
export const test = base.extend({
  watched: [
    async ({ page }, use) => {
      const errors = [];
      const expected = new Set();
      page.on('console', (message) => {
        if (message.type() !== 'error') return;
        const status = /the server responded with a status of (\d+)/.exec(message.text())?.[1];
        if (!expected.has(Number(status))) errors.push(`${message.text()} (${message.location().url})`);
      });
      page.on('pageerror', (error) => errors.push(String(error.stack ?? error)));
      await use({ expectStatus: (...statuses) => statuses.forEach((status) => expected.add(status)) });
      expect(errors, 'no error in the console').toEqual([]);
    },
    { auto: true },
  ],
});

/** Takes a screenshot for people to look at, and lets axe look for what people might miss. */
export async function look(page, name, info) {
  // A sticky header would be wherever the page was scrolled to.
  await page.evaluate(() => window.scrollTo(0, 0));
  await page.screenshot({ path: path.join(shots, info.project.name, `${name}.png`), fullPage: true });
  const { violations } = await new AxeBuilder({ page }).analyze();
  const report = violations.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ html, failureSummary }) => `${html} ${failureSummary}`).join('; ')}`);
  expect(report, `axe on ${name}`).toEqual([]);
  const wider = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  expect(wider, `${name} does not scroll sideways`).toBeLessThanOrEqual(0);
}

export const button = (page, name) => page.getByRole('button', { name, exact: true });
export const press = (page, name) => button(page, name).click();
/** The first visible place of a text. */
export const seen = (page, text) => page.getByText(text).filter({ visible: true }).first();
export const step = (page, number) => page.getByRole('heading', { name: new RegExp(`^Step ${number}:`) });

/** Fills in the login page. */
export async function signIn(page, user, password = PASSWORDS[user]) {
  await page.getByLabel(/^user ?name/i).fill(user);
  await page.getByLabel(/^password/i).fill(password);
  await page.getByRole('button', { name: /sign in|log in/i }).click();
}

/** Answers the consent page. */
export const decide = (page, name) => page.getByRole('button', { name }).click();

/** From a fresh page to the authorization server's login page. */
export async function leaveForLogin(page) {
  await page.goto(`${app}/flow`);
  await press(page, 'Prepare');
  await press(page, 'Build the request');
  await press(page, 'Sign in at the authorization server');
  await page.waitForURL(`${auth}/**`);
}

/** Signs in and allows, as far as asked, until the browser is back at the app. */
export async function comeBack(page, user, answer = /^allow/i) {
  await signIn(page, user);
  const allow = page.getByRole('button', { name: answer });
  await expect(allow.or(button(page, 'Check the answer'))).toBeVisible();
  if (await allow.isVisible()) await allow.click();
  await page.waitForURL(`${app}/**`);
}
