// `cargo xtask rotate-secret --remote`, with a program in wrangler's place (tests/support/wrangler.mjs) whose secrets and database
// the built workers are then started with. Numbers in brackets are rows of docs/threats.md.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { clientRefused, ok, tokenError, tokenRefused } from '../support/expect.mjs';
import { authorizationRequest, authorize, basic, callApi, CLIENTS, obtainCode, offlineFlow, redeem, refresh, signIn, userinfo } from '../support/flow.mjs';
import { loginForm } from '../support/html.mjs';
import { get, postForm, witnessed } from '../support/http.mjs';
import { random } from '../support/jwt.mjs';
import { repository, System } from '../support/system.mjs';
import { COMMANDS } from '../support/wrangler.mjs';

const SECRET = 'OSTIARY_SECRET';
const PREVIOUS = 'OSTIARY_SECRET_PREVIOUS';

let system;
let folder;
let old;
beforeEach(() => {
  system = new System({});
  old = system.secrets('auth')[SECRET];
  witnessed.set(old, 'OSTIARY_SECRET');
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'ostiary-wrangler-'));
  const databases = path.join(system.state, 'v3', 'd1', 'miniflare-D1DatabaseObject');
  const files = fs.readdirSync(databases).filter((name) => name.endsWith('.sqlite') && name !== 'metadata.sqlite');
  const { DatabaseSync } = process.getBuiltinModule('node:sqlite');
  const isOurs = (file) => {
    const database = new DatabaseSync(file);
    try {
      return database.prepare("SELECT 1 FROM sqlite_master WHERE name = 'signing_keys'").get();
    } finally {
      database.close();
    }
  };
  fs.writeFileSync(at('database'), files.map((name) => path.join(databases, name)).find(isOurs));
  deploy({ [SECRET]: old });
});
afterEach(async () => {
  await system.stop();
  fs.rmSync(folder, { recursive: true, force: true });
});

const at = (name) => path.join(folder, name);
const lines = (name) => (fs.existsSync(at(name)) ? fs.readFileSync(at(name), 'utf8').trim().split('\n').map((line) => JSON.parse(line)) : []);
const secrets = () => JSON.parse(fs.readFileSync(at('secrets.json'), 'utf8'));
const reasons = () => system.sql('audit', "SELECT reason FROM audit WHERE event = 'secret_rotated' ORDER BY seq").map(({ reason }) => reason);
const calls = () => lines('calls.jsonl').map(({ command }) => command);

/** What is deployed before the command begins. */
function deploy(values) {
  fs.writeFileSync(at('secrets.json'), JSON.stringify(values));
  for (const name of ['calls.jsonl', 'deployments.jsonl']) fs.rmSync(at(name), { force: true });
}

function environment(extra) {
  fs.rmSync(at('changes'), { force: true });
  const wrangler = path.join(repository, 'tests/support/wrangler.mjs');
  const own = { OSTIARY_WRANGLER: wrangler, OSTIARY_SPREADING: '0', FAKE_WRANGLER: folder };
  const { OSTIARY_SECRET: _, OSTIARY_SECRET_NEXT: __, ...rest } = process.env;
  return { ...rest, ...own, ...extra };
}

const command = (options) => {
  const [program, ...first] = process.env.OSTIARY_XTASK ? [process.env.OSTIARY_XTASK] : ['cargo', 'xtask'];
  return [program, [...first, 'rotate-secret', '--remote', ...options]];
};

const shownSecret = (said) => /^OSTIARY_SECRET, shown this once; .*: (\S+)$/m.exec(said)?.[1];
const shownClients = (said) => Object.fromEntries([...said.matchAll(/^client_secret of (\S+), shown this once: (\S+)$/gm)].map(([, id, secret]) => [id, secret]));

/** Shows that a secret was said in its own line alone, and on no command line. */
function judged(done) {
  const shown = shownSecret(done.stderr);
  const clients = Object.values(shownClients(done.stderr));
  if (shown) witnessed.set(shown, 'OSTIARY_SECRET');
  for (const secret of clients) witnessed.set(secret, 'client_secret');
  assert.equal(done.stdout, '');
  const said = done.stderr.split('\n').filter((line) => !line.includes('shown this once'));
  const argv = JSON.stringify(lines('calls.jsonl').map((call) => call.argv));
  const stored = lines('deployments.jsonl').flatMap((one) => Object.values(one.secrets));
  for (const secret of new Set([old, shown, ...clients, ...stored].filter(Boolean))) {
    assert.ok(!said.join('\n').includes(secret), 'a secret is shown in its own line only');
    assert.ok(!argv.includes(secret), 'no secret is on a command line');
    assert.ok(done.stderr.split(secret).length <= 2, 'and once');
  }
  return { ...done, shown, clients: shownClients(done.stderr) };
}

/** Runs the command to its end. */
function rotate(options, extra = {}) {
  const [program, words] = command(options);
  const { status, stdout, stderr } = spawnSync(program, words, { cwd: repository, encoding: 'utf8', env: environment(extra) });
  return judged({ status, stdout, stderr });
}

/** The same, with something that happens while it waits. */
async function rotateMeanwhile(options, extra, meanwhile) {
  const [program, words] = command(options);
  const child = spawn(program, words, { cwd: repository, env: environment(extra), stdio: ['ignore', 'pipe', 'pipe'] });
  const done = { stdout: '', stderr: '' };
  let happened;
  child.stdout.on('data', (part) => (done.stdout += part));
  child.stderr.on('data', (part) => {
    done.stderr += part;
    if (!happened && done.stderr.includes('waiting ')) happened = meanwhile();
  });
  const ended = new Promise((resolve) => child.once('close', (status) => resolve({ status, at: Date.now() })));
  await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 120_000).unref())]);
  assert.ok(happened, done.stderr);
  const went = await happened;
  const { status, at: end } = await ended;
  return { ...judged({ ...done, status }), went, end };
}

const succeeded = (done) => (assert.equal(done.status, 0, done.stderr), done);
const failed = (done) => (assert.notEqual(done.status, 0, done.stderr), done);
/** Starts the workers under a deployment. A code waits for longer than a busy machine takes to do so. */
const start = (deployed) => system.restart({ vars: { auth: { [PREVIOUS]: undefined, AUTHORIZATION_CODE_LIFETIME: '600', ...deployed } } });
const isSignedIn = async (jar) => !loginForm((await authorize(system, authorizationRequest(system).params, jar)).text);
const kids = async () => ok(await get(`${system.auth}/oauth/jwks`)).json.keys.map(({ kid }) => kid);

/** Isolates of two deployments answer side by side for a while: each accepts what the other makes. */
function nobodyIsSignedOut(deployed) {
  for (const [place, next] of deployed.entries()) {
    if (place === 0) continue;
    const accepted = (one) => [one[SECRET], one[PREVIOUS]];
    assert.ok(accepted(next).includes(deployed[place - 1][SECRET]) && accepted(deployed[place - 1]).includes(next[SECRET]), `deployment ${place}`);
  }
}

test('wrangler knows every command and option that is used', () => {
  for (const [name, words] of Object.entries(COMMANDS)) {
    const wrangler = path.join(repository, 'node_modules/.bin/wrangler');
    const help = spawnSync(wrangler, [...name.split(' '), '--help'], { cwd: repository, encoding: 'utf8' });
    assert.equal(help.status, 0, help.stderr);
    assert.ok(help.stdout.includes(`wrangler ${name}`));
    for (const option of words.filter((word) => word.startsWith('--'))) assert.match(help.stdout, new RegExp(`${option}\\s`), name);
  }
  const other = { encoding: 'utf8', cwd: repository, env: environment({}) };
  for (const words of [['secret', 'list'], ['secret', 'bulk', '--name', 'x'], ['deploy']]) {
    const refused = spawnSync(path.join(repository, 'tests/support/wrangler.mjs'), words, other);
    assert.equal(refused.status, 1, words.join(' '));
  }
});

test('[130] a calm rotation of what is deployed signs nobody out at any moment', async () => {
  const done = succeeded(rotate([], { OSTIARY_SECRET: old, OSTIARY_SPREADING: '2' }));
  assert.match(done.stderr, /waiting 2 s, until every isolate knows the new secret/);
  assert.match(done.stderr, /from \d{4}-\d\d-\d\d on nothing needs the old one/);
  assert.deepEqual(calls(), ['secret list', 'secret bulk', 'secret bulk', 'd1 execute']);
  const [first, second] = lines('deployments.jsonl');
  assert.deepEqual(first.secrets, { [SECRET]: old, [PREVIOUS]: done.shown });
  assert.deepEqual(second.secrets, { [SECRET]: done.shown, [PREVIOUS]: old });
  assert.ok(second.at - first.at >= 2_000, 'the second waits for the first');
  assert.deepEqual(reasons(), ['calm']);
  assert.match(failed(rotate([], { OSTIARY_SECRET: done.shown })).stderr, /--finish/);
  assert.equal(lines('deployments.jsonl').length, 2);

  // A browser, a client's refresh token and a code that waits go to an isolate of the neighbouring deployment each time.
  const [before, begun, both, finished] = [{ [SECRET]: old }, first.secrets, second.secrets, { [SECRET]: done.shown }];
  nobodyIsSignedOut([before, begun, both, finished]);
  await start(before);
  const oldest = await signIn(system, 'ada');
  let jar = oldest;
  let refreshToken = (await offlineFlow(system, { clientId: 'web-app', jar })).tokens.refresh_token;
  let waiting = await obtainCode(system, { jar });
  const published = await kids();
  const step = async (deployed) => {
    await start(deployed);
    assert.ok(await isSignedIn(jar));
    refreshToken = ok(await refresh(system, 'web-app', refreshToken)).json.refresh_token;
    ok(await redeem(system, waiting));
    jar = await signIn(system, 'ada');
    waiting = await obtainCode(system, { jar });
  };
  for (const deployed of [begun, before, begun, both, begun, both]) await step(deployed);
  await system.schedule();
  assert.ok(await isSignedIn(oldest));
  await system.halt();

  succeeded(rotate(['--finish']));
  assert.deepEqual(calls().slice(5), ['secret list', 'secret list', 'secret bulk', 'd1 execute']);
  assert.deepEqual(secrets(), finished);
  assert.deepEqual(reasons(), ['calm', 'finished']);
  for (const deployed of [secrets(), both, secrets()]) await step(deployed);
  assert.deepEqual(await kids(), published);
  assert.equal(await isSignedIn(oldest), false, 'a cookie of the secret before counts no more');
  await system.halt();
  assert.match(succeeded(rotate(['--finish'])).stderr, /nothing to end/);
  assert.deepEqual(reasons(), ['calm', 'finished']);
});

test('[130] a calm rotation that fails anywhere is gone on with, and signs nobody out', () => {
  // Setting the new secret beside the old one, setting both, the audit; each refused, or done though its answer is lost.
  for (const place of ['1:before', '1:after', '2:before', '2:after', '3:before', '3:after']) {
    deploy({ [SECRET]: old });
    const recorded = reasons().length;
    const first = failed(rotate([], { OSTIARY_SECRET: old, FAKE_WRANGLER_FAILS: place }));
    assert.match(first.stderr, /OSTIARY_SECRET_NEXT/, place);
    const { [PREVIOUS]: previous } = secrets();
    if (previous) {
      const deployed = lines('deployments.jsonl').length;
      assert.match(failed(rotate([], { OSTIARY_SECRET: old })).stderr, /OSTIARY_SECRET_NEXT/, place);
      assert.equal(lines('deployments.jsonl').length, deployed, 'another secret would end what was made under the one before');
    }
    const second = succeeded(rotate([], { OSTIARY_SECRET: old, OSTIARY_SECRET_NEXT: first.shown }));
    assert.equal(second.shown, undefined, 'a secret is shown once');
    assert.match(second.stderr, /waiting/);
    assert.deepEqual(secrets(), { [SECRET]: first.shown, [PREVIOUS]: old }, place);
    nobodyIsSignedOut([{ [SECRET]: old }, ...lines('deployments.jsonl').map((one) => one.secrets)]);
    // An answer that was lost says nothing of what it answered: then the audit has it twice.
    assert.deepEqual(reasons().slice(recorded), place === '3:after' ? ['calm', 'calm'] : ['calm'], place);
  }
  // A rotation that was begun can also be given up.
  deploy({ [SECRET]: old });
  failed(rotate([], { OSTIARY_SECRET: old, FAKE_WRANGLER_FAILS: '2:before' }));
  succeeded(rotate(['--finish']));
  assert.deepEqual(secrets(), { [SECRET]: old });
});

test('[130] an end that fails anywhere is ended and recorded by the next run', () => {
  for (const place of ['1:before', '1:after', '2:before']) {
    deploy({ [SECRET]: old });
    const { shown } = succeeded(rotate([], { OSTIARY_SECRET: old }));
    const recorded = reasons().length;
    failed(rotate(['--finish'], { FAKE_WRANGLER_FAILS: place }));
    succeeded(rotate(['--finish']));
    assert.deepEqual(secrets(), { [SECRET]: shown }, place);
    assert.deepEqual(reasons().slice(recorded), ['finished'], place);
    assert.match(succeeded(rotate(['--finish'])).stderr, /nothing to end/);
    assert.equal(reasons().length, recorded + 1);
  }
});

test('what is asked wrongly changes nothing', () => {
  const bad = [
    [[], {}, /set OSTIARY_SECRET in the environment/],
    [[], { OSTIARY_SECRET: old, OSTIARY_SECRET_NEXT: 'too-short' }, /OSTIARY_SECRET_NEXT is shorter/],
    [[], { OSTIARY_SECRET: old, OSTIARY_SECRET_NEXT: old }, /are the same/],
    [['--leaked'], { OSTIARY_SPREADING: 'soon' }, /OSTIARY_SPREADING is a number of seconds/],
    [['--leaked', '--finish'], {}, /exclude each other/],
    [[], { OSTIARY_SECRET: old, OSTIARY_WRANGLER: 'no-such-program' }, /cannot start no-such-program/],
  ];
  for (const [options, extra, says] of bad) {
    assert.match(failed(rotate(options, extra)).stderr, says);
    assert.deepEqual(lines('deployments.jsonl'), []);
    assert.deepEqual(reasons(), []);
  }
});

test('[130] after a leak one command ends what is deployed under the secret, and what isolates with it make meanwhile', async () => {
  // A rotation that is under way ends too.
  const previous = random(32);
  const leaked = { [SECRET]: old, [PREVIOUS]: previous };
  deploy(leaked);
  await start(leaked);
  const jar = await signIn(system, 'ada');
  const flow = await offlineFlow(system, { clientId: 'web-app', jar });
  const waiting = await obtainCode(system, { jar });
  const published = await kids();
  await system.halt();

  // An isolate that still has the old secret makes keys, once the first ones are gone.
  const done = succeeded(await rotateMeanwhile(['--leaked'], { OSTIARY_SPREADING: '20' }, async () => {
    await start(leaked);
    const { tokens } = await offlineFlow(system, { jar: await signIn(system, 'grace') });
    const made = await kids();
    await system.halt();
    return { made, tokens, at: Date.now() };
  }));
  assert.ok(done.went.at < done.end, 'the isolate with the old secret has ended before the command');
  assert.ok(done.went.made.length > 0 && !done.went.made.some((kid) => published.includes(kid)));
  assert.deepEqual(calls(), ['d1 execute', 'secret list', 'secret bulk', 'd1 execute', 'd1 execute']);
  const [only] = lines('deployments.jsonl');
  assert.deepEqual(only.secrets, { [SECRET]: done.shown }, 'the new secret alone');
  assert.equal(lines('deployments.jsonl').length, 1);
  const [, , , first, last] = lines('calls.jsonl');
  assert.ok(last.at - first.at >= 20_000, 'the keys of meanwhile go when no isolate can make more');
  assert.deepEqual(Object.keys(done.clients).sort(), ['api', 'client-123', 'web-app']);
  assert.deepEqual(reasons(), ['leaked']);

  system.forgetCaches();
  await start(secrets());
  for (const kid of await kids()) assert.ok(!published.includes(kid) && !done.went.made.includes(kid));
  tokenRefused(await callApi(system, '/api/protected', flow.tokens.access_token));
  tokenRefused(await userinfo(system, done.went.tokens.access_token));
  assert.equal(await isSignedIn(jar), false);
  tokenError(await redeem(system, waiting), 'invalid_grant');
  tokenError(await refresh(system, 'web-ui', done.went.tokens.refresh_token), 'invalid_grant');
  clientRefused(await refresh(system, 'web-app', flow.tokens.refresh_token), { challenge: true });
  await worksFor(done.clients);
});

/** The clients get tokens with the secrets that were shown for them, and not with those of before. */
async function worksFor(clients) {
  const fields = { grant_type: 'client_credentials', scope: 'read:students' };
  const as = (secret) => postForm(`${system.auth}/oauth/token`, fields, { headers: basic('client-123', secret) });
  ok(await as(clients['client-123']));
  clientRefused(await as(CLIENTS['client-123'].secret), { challenge: true });
  await signIn(system, 'ada');
}

test('[130] after a failure the procedure for a leak is run again, and ends all the same', async () => {
  // The secret, what follows from it, the keys of meanwhile.
  let last;
  for (const place of ['1:before', '1:after', '2:before', '2:after', '3:before', '3:after']) {
    deploy({ [SECRET]: old });
    const first = failed(rotate(['--leaked'], { FAKE_WRANGLER_FAILS: place }));
    // The secret comes first: whatever fails after it, the one that has leaked counts no more.
    if (place !== '1:before') assert.deepEqual(secrets(), { [SECRET]: first.shown }, place);
    last = succeeded(rotate(['--leaked']));
    assert.deepEqual(secrets(), { [SECRET]: last.shown }, place);
    assert.deepEqual(system.sql('signing_keys', 'SELECT * FROM signing_keys'), [], place);
    assert.deepEqual(Object.keys(last.clients).sort(), ['api', 'client-123', 'web-app']);
    assert.equal(reasons().at(-1), 'leaked');
  }
  system.forgetCaches();
  await start(secrets());
  await worksFor(last.clients);
});
