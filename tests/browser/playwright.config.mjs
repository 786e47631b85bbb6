// A real browser against the running system: `npx playwright test -c tests/browser/playwright.config.mjs`.
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig } from '@playwright/test';
import { findWebKit } from '../support/webdriver.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const results = path.join(here, '../../test-results');

/** The machine's Chromium where there is one; else the browser that Playwright brought. */
const executablePath = [process.env.OSTIARY_CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(
  (file) => file && fs.existsSync(file),
);

/** WebKit has a driver of its own, and windows of its own: once is enough. Where there is none, `cargo xtask test` says so. */
const WEBKIT = 'webkit.spec.mjs';

export default defineConfig({
  testDir: here,
  testMatch: '*.spec.mjs',
  outputDir: path.join(results, 'browser'),
  globalSetup: path.join(here, 'setup.mjs'),
  reporter: process.env.CI ? [['list']] : [['list'], ['html', { open: 'never', outputFolder: path.join(here, '../../playwright-report') }]],
  workers: 2,
  fullyParallel: true,
  timeout: 40_000,
  expect: { timeout: 10_000 },
  forbidOnly: true,
  use: {
    trace: 'retain-on-failure',
    screenshot: 'only-on-failure',
    launchOptions: {
      executablePath,
      args: [
        '--no-sandbox', '--disable-background-networking', '--disable-component-update', '--disable-default-apps', '--disable-sync',
        '--no-first-run', '--disable-features=OptimizationHints,MediaRouter,Translate,PasswordLeakDetection',
      ],
    },
  },
  projects: [
    { name: 'desktop', testIgnore: findWebKit() ? [] : WEBKIT, use: { viewport: { width: 1280, height: 800 } } },
    { name: 'phone', testIgnore: WEBKIT, use: { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2 } },
  ],
});
