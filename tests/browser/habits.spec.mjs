// What browsers and clients do that a server must cope with.
import { once } from 'node:events';
import http from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { auth, decide, expect, seen, signIn, test } from './person.mjs';

const query = (changes) =>
  new URLSearchParams({
    response_type: 'code', client_id: 'web-app', redirect_uri: 'http://localhost:9999/callback', scope: 'openid read', prompt: 'consent',
    code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM', code_challenge_method: 'S256', ...changes,
  });

/** Serves `answer` on a port, once no other test does. */
async function serve(port, answer) {
  for (let tries = 0; ; tries += 1) {
    const server = http.createServer(answer);
    try {
      server.listen(port);
      await once(server, 'listening');
      return server;
    } catch (error) {
      if (error.code !== 'EADDRINUSE' || tries > 100) throw error;
      await sleep(100);
    }
  }
}

// Claude's callback redirects on to claude:// (fastmcp 3369): Chrome holds every hop after a form against form-action.
test('[98] after Allow the client\'s callback may redirect on to another origin', async ({ page }) => {
  const home = await serve(0, (_request, response) => response.setHeader('content-type', 'text/html').end('<!doctype html><link rel=icon href="data:,"><h1>Arrived</h1>'));
  const client = await serve(9999, (_request, response) => response.writeHead(302, { location: `http://127.0.0.1:${home.address().port}/home` }).end());
  try {
    await page.goto(`${auth}/oauth/authorize?${query()}`);
    await signIn(page, 'grace');
    await decide(page, /^allow/i);
    await expect(seen(page, 'Arrived')).toBeVisible();
  } finally {
    for (const server of [client, home]) {
      server.closeAllConnections();
      server.close();
    }
  }
});

// sentry 107214, FusionAuth 3113: the form of the other tab failed.
test('[96] two tabs that were opened at once both get to the consent page', async ({ context, page }) => {
  const other = await context.newPage();
  await Promise.all([page, other].map((tab, index) => tab.goto(`${auth}/oauth/authorize?${query({ state: `tab-${index}` })}`)));
  for (const tab of [page, other]) {
    await signIn(tab, 'grace');
    await expect(tab.getByRole('button', { name: /^allow/i })).toBeVisible();
  }
  // The session of the first tab was replaced by the second login: its form still leads on.
  await decide(page, /^allow/i);
  await expect(page.getByRole('button', { name: /^allow/i })).toBeVisible();
});
