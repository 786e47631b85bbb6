// Passwords under a stranger's guessing. Numbers in brackets are rows of docs/threats.md.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { directLogin, login, PASSWORDS, signIn, submit } from '../support/flow.mjs';
import { loginForm } from '../support/html.mjs';
import { CookieJar, get, postJson } from '../support/http.mjs';
import { startSystem } from '../support/system.mjs';

let system;
before(async () => {
  system = await startSystem({ edge: true });
});
after(() => system?.stop());

/** What a request carries that Cloudflare's edge took in from this address: the local platform reads the first as the edge's properties. */
const from = (address) => ({ 'mf-cf-blob': '{}', 'cf-connecting-ip': address });

/** Signs in on the page from an address, or tries to. */
async function tryFrom(address, user, password = PASSWORDS[user], jar = new CookieJar()) {
  const page = await get(`${system.auth}/login`, { jar });
  return submit(page, loginForm(page.text), { username: user, password }, jar, from(address));
}

const directFrom = (address, username, password = PASSWORDS[username]) =>
  postJson(`${system.auth}/login`, { username, password }, { headers: from(address) });

/** All of them, thirty at a time: an isolate checks at most 32 passwords of new browsers at once. */
async function inTurn(items, act) {
  const answers = [];
  for (let at = 0; at < items.length; at += 30) answers.push(...(await Promise.all(items.slice(at, at + 30).map((item, index) => act(item, at + index)))));
  return answers;
}

const waitOf = (answer) => {
  assert.equal(answer.status, 429, answer.text);
  return Number(answer.headers['retry-after']);
};

test('[102] [135] ten networks guess: the known browser gets in at once, a new one after a short delay', async () => {
  const known = new CookieJar();
  known.set('ostiary-known', (await signIn(system, 'ada')).get('ostiary-known'));
  let tried = 0;
  for (let round = 0; round < 10; round += 1) {
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, network) => directFrom(`192.0.2.${network}`, 'ada', `guess-${round}-${network}`)),
    );
    tried += answers.filter(({ status }) => status === 401).length;
    for (const answer of answers) assert.ok([401, 429].includes(answer.status), answer.text);
  }
  assert.ok(tried >= 50 && tried < 70, `${tried} of 100 guesses were tried`);

  assert.equal((await tryFrom('192.0.2.1', 'ada', PASSWORDS.ada, known)).status, 303, 'the known browser, from a network that guessed');
  const owner = await tryFrom('198.51.100.7', 'ada');
  const wait = waitOf(owner);
  assert.ok(wait >= 1 && wait <= 60, `${wait} s`);
  assert.match(owner.text, new RegExp(`Wait ${wait} seconds, then try again`));
  assert.equal(waitOf(await directFrom('198.51.100.8', 'ada')) <= 60, true, 'direct login likewise');
  assert.ok(waitOf(await tryFrom('198.51.100.7', 'ada')) <= wait, 'the delay holds for the right password, and asking does not prolong it');
  await setTimeout(wait * 1000 + 500);
  assert.equal((await tryFrom('198.51.100.7', 'ada')).status, 303, 'a new browser after the delay');
});

test('[102] ten failures from one network are free; the next waits half a minute, and another network does not', async () => {
  for (let round = 0; round < 10; round += 1) assert.equal((await directFrom('203.0.113.1', 'alan', `guess-${round}`)).status, 401);
  const wait = waitOf(await directFrom('203.0.113.1', 'alan'));
  assert.ok(wait > 25 && wait <= 30, `${wait} s`);
  assert.equal((await directFrom('203.0.113.2', 'alan')).status, 200);
});

test('[102] a network has fifty failures, whatever accounts it tries: IPv4 by address, IPv6 by /56 and /48', async () => {
  const fail = (address, index) => directFrom(address, `no-one-${address}-${index}`, 'x');
  const statuses = async (addresses) => (await inTurn(addresses, fail)).map(({ status }) => status);
  const count = (all, status) => all.filter((one) => one === status).length;

  const one = await statuses(Array(55).fill('203.0.113.55'));
  assert.deepEqual([count(one, 401), count(one, 429)], [50, 5], 'one IPv4 address');

  const subscriber = await statuses(Array.from({ length: 55 }, (_, index) => `2001:db8:1:ff${index.toString(16).padStart(2, '0')}::${index}`));
  assert.deepEqual([count(subscriber, 401), count(subscriber, 429)], [50, 5], 'one /56');

  // 160 more from 40 other subscribers of that site, none of which has many: together with the fifty 200 at most.
  const neighbours = await statuses(Array.from({ length: 160 }, (_, index) => `2001:db8:1:${(index % 40).toString(16)}00::1`));
  assert.deepEqual([count(neighbours, 401), count(neighbours, 429)], [150, 10], 'one /48');
});

test('[102] no address, or one that the caller invented, is no way round', async () => {
  // Without the edge's properties the header is the caller's own. All of these share one network.
  const invented = Array.from({ length: 60 }, (_, index) => (index % 2 ? { 'cf-connecting-ip': `198.18.0.${index}` } : {}));
  const unreadable = ['x'.repeat(65), 'fe80::1%lo', '1.2.3.4, 5.6.7.8'].map(from);
  const answers = await inTurn([...invented, ...unreadable], (headers, index) =>
    postJson(`${system.auth}/login`, { username: `nobody-${index}`, password: 'x' }, { headers }),
  );
  assert.equal(answers.filter(({ status }) => status === 401).length, 50);
  assert.equal(answers.filter(({ status }) => status === 429).length, 13);
});

test('a class of thirty behind one address signs in at once, each after a mistake', async () => {
  const pupils = Array.from({ length: 30 }, (_, index) => ['ada', 'alan', 'grace'][index % 3]);
  const mistakes = await Promise.all(pupils.map((user, index) => tryFrom('203.0.113.99', index === 1 || index === 2 ? user : `pupil-${index}`, 'a-mistake')));
  for (const { status } of mistakes) assert.equal(status, 200);
  // Ada's account was under attack a moment ago: a network that is new to it waits.
  // A try that is under way counts until it has succeeded, and the thirty have three names between them.
  for (const half of [0, 1]) {
    const some = pupils.filter((user, index) => user !== 'ada' && index % 2 === half);
    const again = await Promise.all(some.map((user) => tryFrom('203.0.113.99', user)));
    for (const answer of again) assert.equal(answer.status, 303, answer.text);
  }
});

test('a request id is the platform\'s or our own, never the caller\'s', async () => {
  const chosen = 'chosen-by-the-caller';
  const local = await get(`${system.auth}/health`, { headers: { 'cf-ray': chosen } });
  assert.notEqual(local.headers['x-request-id'], chosen);
  const edge = await get(`${system.auth}/health`, { headers: { 'cf-ray': chosen, 'mf-cf-blob': '{}' } });
  assert.equal(edge.headers['x-request-id'], chosen);
});
