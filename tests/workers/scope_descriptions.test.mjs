// What resource servers say of their scopes, as people read it when they consent; and that it is never decisive.
import assert from 'node:assert/strict';
import http from 'node:http';
import { after, before, test } from 'node:test';
import { logged, ok } from '../support/expect.mjs';
import { account, authorizationRequest, authorize, decide, fullCodeFlow, signIn } from '../support/flow.mjs';
import { unescapeHtml } from '../support/html.mjs';
import { get } from '../support/http.mjs';
import { eventually } from '../support/operator.mjs';
import { startSystem } from '../support/system.mjs';

const UNDESCRIBED = 'No description available';
const SCOPES = 'books:read books:write';

/** A server of resources, each at a path of its own; `asked` has the paths that were asked for. */
const asked = [];
const resources = {
  '/library': () => ({ scopes_supported: ['books:read', 'openid'], scope_descriptions: { 'books:read': '<b>Read</b> your "books"', openid: 'Nothing' } }),
  '/slow': async () => {
    await new Promise((resolve) => setTimeout(resolve, 6_000).unref());
    return { scope_descriptions: { 'books:read': 'Too late' } };
  },
  '/huge': () => ({ scope_descriptions: { 'books:read': 'Too large' }, padding: 'x'.repeat(65_536) }),
  '/other': () => ({ resource: 'https://other.example', scope_descriptions: { 'books:read': 'Another' } }),
  '/lines': () => ({ scope_descriptions: { 'books:read': 'One\nTwo' } }),
  '/storm': async () => {
    await new Promise((resolve) => setTimeout(resolve, 200));
    return { scope_descriptions: { 'books:read': 'Read in the storm' } };
  },
};
const raw = {
  '/status': [500, '{}'],
  '/text': [200, 'hello'],
  '/moved': [302, '', { location: '/.well-known/oauth-protected-resource/library' }],
};

const server = http.createServer(async (request, response) => {
  const path = request.url.replace('/.well-known/oauth-protected-resource', '');
  asked.push(path);
  if (raw[path]) {
    const [status, body, headers] = raw[path];
    return response.writeHead(status, headers).end(body);
  }
  const said = { resource: `${origin}${path}`, ...(await resources[path]()) };
  return response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(said));
});

let origin;
let system;
let ada;
before(async () => {
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${server.address().port}`;
  const all = [...Object.keys(resources), ...Object.keys(raw)].map((path) => origin + path);
  system = await startSystem({ vars: ({ api }) => ({ auth: { RESOURCES: [api, ...all].join(', ') } }) });
  await system.halt();
  const more = `json_extract(record, '$.scope') || ' ${SCOPES}'`;
  system.sql('clients', `UPDATE clients SET record = json_set(record, '$.scope', ${more}) WHERE client_id = 'web-ui'`);
  system.forgetCaches();
  await system.start();
  ada = await signIn(system, 'ada');
});
after(async () => {
  server.closeAllConnections();
  server.close();
  await system?.stop();
});

/** A consent page for a resource: `{ page, jar }`. */
async function consent(path, scope = `openid ${SCOPES}`) {
  const jar = ada.copy();
  const resource = path.startsWith('/') ? origin + path : path;
  const { params } = authorizationRequest(system, 'web-ui', { prompt: 'consent', scope, resource });
  return { page: ok(await authorize(system, params, jar)), jar };
}

/** The line that stands beside a scope. */
function line({ page }, scope) {
  const found = new RegExp(`<li>([^<]*)<code>${scope}</code>`).exec(page.text);
  assert.ok(found, `${scope} in ${page.text}`);
  return unescapeHtml(found[1]);
}

const times = (path) => asked.filter((one) => one === path).length;
const unknown = (path) => system.log.filter((text) => text.includes('scopes_unknown') && text.includes(`${origin}${path}"`)).length;

test('the API describes its scopes, and we describe ours', async () => {
  const shown = await consent(system.api, 'openid profile read');
  assert.equal(line(shown, 'openid'), 'Know who you are');
  assert.equal(line(shown, 'read'), 'Read your profile');
});

test('a resource describes its own scopes, as text, and none of ours', async () => {
  const shown = await consent('/library');
  assert.equal(line(shown, 'books:read'), '<b>Read</b> your "books"');
  assert.ok(!shown.page.text.includes('<b>'));
  assert.equal(line(shown, 'books:write'), UNDESCRIBED);
  assert.equal(line(shown, 'openid'), 'Know who you are');
  // A scope of another resource means nothing here.
  assert.equal(line(await consent(system.api), 'books:read'), UNDESCRIBED);
  assert.equal((await decide(shown.page, 'allow', shown.jar)).status, 303);
});

test('a storm of consent pages asks the resource once', async () => {
  const pages = await Promise.all(Array.from({ length: 30 }, () => consent('/storm', 'books:read')));
  for (const page of pages) assert.equal(line(page, 'books:read'), 'Read in the storm');
  assert.equal(times('/storm'), 1);
});

for (const path of ['/slow', '/huge', '/other', '/lines', '/status', '/text', '/moved']) {
  test(`a resource that answers nothing of use (${path.slice(1)}) delays no page, and is asked once a minute`, async () => {
    const before = times('/library');
    const began = performance.now();
    const shown = await consent(path);
    assert.ok(performance.now() - began < 4_000);
    assert.equal(line(shown, 'books:read'), UNDESCRIBED);
    assert.equal((await decide(shown.page, 'allow', shown.jar)).status, 303);
    assert.equal(line(await consent(path), 'books:read'), UNDESCRIBED);
    await logged(system, 'scopes_unknown', `${origin}${path}"`);
    assert.deepEqual([times(path), unknown(path)], [1, 1]);
    assert.equal(times('/library'), before, 'no redirect is followed');
  });
}

test('the metadata lists the scopes of all resources, and asks again for none', async () => {
  const before = asked.length;
  for (const path of ['/.well-known/openid-configuration', '/.well-known/oauth-authorization-server']) {
    const { scopes_supported: listed } = ok(await get(`${system.auth}${path}`)).json;
    for (const scope of ['openid', 'admin', 'read', 'books:read']) assert.equal(listed.filter((one) => one === scope).length, 1, scope);
    assert.ok(!listed.includes('books:write'));
  }
  assert.equal(asked.length, before);
});

test('the account page describes what an application may do', async () => {
  await fullCodeFlow(system, { jar: ada, scope: 'openid books:read', resource: `${origin}/library` });
  const page = ok(await account(system, ada));
  assert.equal(line({ page }, 'books:read'), '<b>Read</b> your "books"');
});

test('after a restart a scope that is new is seen at once, and what is known is not asked for', async () => {
  await system.restart();
  const before = times('/library');
  assert.equal(line(await consent('/library', 'books:read'), 'books:read'), '<b>Read</b> your "books"');
  assert.equal(times('/library'), before, 'the copy is young enough');
  const old = resources['/library'];
  resources['/library'] = () => ({ scope_descriptions: { ...old().scope_descriptions, 'books:write': 'Write books' } });
  assert.equal(line(await consent('/library'), 'books:write'), 'Write books');
  assert.equal(times('/library'), before + 1);
});

test('a resource that is gone is described by the copy', async () => {
  await system.halt();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await system.start();
  const shown = await consent('/library', 'books:read books:write');
  assert.equal(line(shown, 'books:write'), 'Write books');
  assert.equal(line(await consent('/storm'), 'books:read'), 'Read in the storm');
  // The line may come after the answer.
  assert.equal(await eventually(() => unknown('/storm')), 1, 'it was asked for the scope that is missing');
});
