// The stored history of the machine-to-machine runs, however often the worker restarts, and the alert that is sent when too
// many of them fail.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { ok } from '../support/expect.mjs';
import { Receiver, STUDENTS, eventually, run, runs, status, statusAfter } from '../support/operator.mjs';
import { startSystem } from '../support/system.mjs';

describe('the history', () => {
  let system;
  before(async () => {
    system = await startSystem();
  });
  after(() => system?.stop());

  test('begins empty', async () => {
    const shown = await status(system);
    assert.deepEqual([shown.runs, shown.hours, shown.counters.runs], [[], [], 0]);
    assert.deepEqual(shown.alert, { runs: 0, failed: 0, threshold_percent: 50, since: null });
  });

  test('has each run, the latest first, and what was counted', async () => {
    const began = Date.now();
    const answers = await runs(system, 3);
    for (const answer of answers) assert.deepEqual(ok(answer).json.students, STUDENTS);
    const shown = await statusAfter(system, 3);
    assert.deepEqual(shown.runs.map((past) => past.at), answers.map((answer) => answer.json.at).reverse());
    assert.deepEqual(shown.runs.map((past) => past.cache), ['hit', 'hit', 'miss']);
    assert.deepEqual(shown.runs.map((past) => past.error), [null, null, null]);
    const { runs: counted, succeeded, failed, token_requests: requests, cache_hits: hits } = shown.counters;
    assert.deepEqual([counted, succeeded, failed, requests, hits], [3, 3, 0, 1, 2]);
    assert.equal(shown.hours.at(-1).at, Math.floor(began / 3_600_000) * 3_600_000);
    const longest = Math.max(...shown.runs.map((past) => past.milliseconds));
    assert.equal(Math.max(...shown.hours.map((hour) => hour.longest_ms)), longest);
  });

  test('is still there when the worker has started again', async () => {
    const before = await status(system);
    await system.restart();
    const shown = await status(system);
    assert.deepEqual([shown.runs, shown.hours, shown.counters], [before.runs, before.hours, before.counters]);
    ok(await run(system));
    assert.equal((await statusAfter(system, 4)).runs.length, 4);
  });

  test('says why a run failed', async () => {
    await system.restart({ vars: { app: { CALLER_ID: 'nobody' } } });
    assert.equal((await run(system)).status, 502);
    const shown = await statusAfter(system, 5);
    assert.equal(shown.runs[0].error, 'invalid_client');
    assert.deepEqual([shown.counters.failed, shown.counters.succeeded], [1, 4]);
  });

  test('keeps the last hundred runs, and counts them all', async () => {
    await system.restart();
    for (let round = 0; round < 5; round += 1) await Promise.all(Array.from({ length: 24 }, () => run(system)));
    const shown = await statusAfter(system, 125);
    assert.equal(shown.runs.length, 100);
    assert.equal(shown.counters.runs, 125);
    assert.equal(shown.hours.reduce((sum, hour) => sum + hour.counters.runs, 0), 125);
  });

  test('a run history that is down costs the history, and nothing else', async () => {
    await system.halt();
    await system.start({ broken: ['app.RUN_HISTORY'] });
    assert.deepEqual(ok(await run(system)).json.students, STUDENTS);
    assert.deepEqual((await status(system)).runs, []);
    const line = await eventually(() => system.log.find((text) => text.includes('m2m_unrecorded')));
    assert.match(JSON.parse(line).cause, /object\.run_history/);
    await system.restart();
    assert.equal((await status(system)).counters.runs, 125);
  });
});

describe('the alert', () => {
  let system;
  let receiver;
  const vars = (more) => ({ app: { ALERT_WEBHOOK: receiver.url, ...more } });
  const failing = () => vars({ CALLER_ID: 'nobody' });
  before(async () => {
    receiver = await new Receiver().start();
    system = await startSystem({ vars: vars() });
  });
  after(async () => {
    await receiver?.stop();
    await system?.stop();
  });

  const lines = (event) => system.log.filter((line) => line.includes(`"event":"${event}"`));
  const messages = (count) => eventually(() => receiver.messages.length >= count && receiver.messages);

  test('is sent once, when half of at least five runs have failed', async () => {
    await system.restart({ vars: failing() });
    await runs(system, 4);
    assert.equal((await statusAfter(system, 4)).alert.since, null);
    assert.deepEqual(receiver.messages, []);
    await runs(system, 3);
    const [message] = await messages(1);
    const { event, failed, runs: seen, threshold_percent: threshold, since, text } = message;
    assert.deepEqual([event, failed, seen, threshold], ['m2m_alert', 5, 5, 50]);
    assert.ok(Math.abs(Date.now() - since) < 60_000);
    assert.match(text, /5 of the last 5/);
    const shown = await statusAfter(system, 7);
    assert.deepEqual(shown.alert, { runs: 7, failed: 7, threshold_percent: 50, since });
    assert.equal(receiver.messages.length, 1);
    assert.deepEqual(receiver.paths, [`POST ${new URL(receiver.url).pathname}`]);
    assert.equal(lines('m2m_alert').length, 1);
    assert.deepEqual(JSON.parse(lines('m2m_alert')[0]), message);
  });

  test('outlives a restart, and its end is sent once', async () => {
    receiver.clear();
    await system.restart();
    assert.notEqual((await status(system)).alert.since, null);
    for (const answer of await runs(system, 25)) ok(answer);
    const [ended] = await messages(1);
    assert.deepEqual([ended.event, ended.failed, ended.runs], ['m2m_alert_ended', 7, 29]);
    assert.equal((await statusAfter(system, 32)).alert.since, null);
    assert.equal(receiver.messages.length, 1);
    assert.equal(lines('m2m_alert_ended').length, 1);
  });

  test('is sent a second time if the receiver fails, but follows it nowhere', async () => {
    receiver.clear();
    receiver.answers = [{ status: 500 }, { status: 302, headers: { location: `${receiver.url}/elsewhere` } }];
    await system.restart({ vars: failing() });
    await runs(system, 40);
    await eventually(() => lines('m2m_alert_unsent').length);
    assert.deepEqual(receiver.messages.map(({ event }) => event), ['m2m_alert', 'm2m_alert']);
    assert.deepEqual(new Set(receiver.paths), new Set([`POST ${new URL(receiver.url).pathname}`]));
    assert.match(lines('m2m_alert_unsent')[0], /the receiver answered 302/);
  });

  test('has its threshold by configuration, and 0 switches it off', async () => {
    receiver.clear();
    const before = (await status(system)).counters.runs;
    await system.restart({ vars: vars({ CALLER_ID: 'nobody', ALERT_THRESHOLD_PERCENT: '0' }) });
    await runs(system, 6);
    const shown = await statusAfter(system, before + 6);
    assert.deepEqual([shown.alert.threshold_percent, shown.alert.since], [0, null]);
    assert.deepEqual(receiver.messages, []);
  });
});
