// The pure parts of the benchmarks: statistics, tables, and the reading of answers.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { form, parse, request } from '../../bench/load/connection.mjs';
import { median, quantile, ratio, summary } from '../../bench/load/statistics.mjs';
import { complaints, processorTable } from '../../bench/report/comparison.mjs';
import { between } from '../../bench/report/document.mjs';
import { exactlyOnceTable } from '../../bench/report/sections.mjs';
import { aligned, markdown, short, times } from '../../bench/report/table.mjs';
import { chain, once } from '../../bench/systems/rows.mjs';

test('a quantile lies between its neighbours', () => {
  assert.equal(median([3, 1, 2]), 2);
  assert.equal(median([4, 1, 2, 3]), 2.5);
  assert.equal(quantile([10, 20, 30, 40, 50], 0.25), 20);
  assert.equal(quantile([7], 0.99), 7);
  assert.ok(Number.isNaN(median([])));
});

test('a summary is the median of the slices and not of their sum', () => {
  const slices = [
    { processor: 10, wall: 100, latencies: [1, 1, 1, 1, 1, 1, 1, 1, 1, 1], wrong: 0 },
    { processor: 40, wall: 100, latencies: [2, 2, 2, 2, 2, 2, 2, 2, 2, 2], wrong: 1 },
    { processor: 20, wall: 200, latencies: [3, 3, 3, 3, 3, 3, 3, 3, 3, 3], wrong: 0 },
  ];
  assert.deepEqual(summary(slices), { processor: 2, perSecond: 100, p50: 2, p99: 3, requests: 30, wrong: 1 });
});

test('a slice in which nothing was answered says nothing of the time', () => {
  const slices = [{ processor: 5, wall: 100, latencies: [], wrong: 3 }, { processor: 10, wall: 100, latencies: [1], wrong: 0 }];
  assert.deepEqual(summary(slices), { processor: 10, perSecond: 10, p50: 1, p99: 1, requests: 1, wrong: 3 });
});

test('a ratio is how many times ours the other needs', () => {
  assert.equal(ratio(3, 2), 1.5);
  assert.ok(Number.isNaN(ratio(3, 0)));
  assert.ok(Number.isNaN(ratio(Number.NaN, 2)));
});

test('numbers have as many digits as say something', () => {
  assert.deepEqual([0.1234, 1.234, 12.34, 123.4, Number.NaN].map(short), ['0.123', '1.23', '12.3', '123', '–']);
  assert.deepEqual([0.5, 12.4, Number.NaN].map(times), ['0.50 ×', '12 ×', '–']);
});

test('columns stand under each other', () => {
  assert.equal(aligned(['work', 'a'], [['long work', '1'], ['x', '10.5']]), 'work          a\nlong work     1\nx          10.5');
  assert.equal(markdown(['a', 'b'], [['x|y']]), '| a | b |\n| --- | --: |\n| x\\|y |  |');
});

const result = (kind, system, processor, wrong = 0) => ({ kind, system, lanes: 20, processor, perSecond: 1, p50: 1, p99: 1, requests: 100, wrong, faults: wrong ? ['500 no'] : [] });

test('a peer without a row has an empty cell, and a wrong measurement is not shown as one', () => {
  const results = [result('code', 'ours', 2), result('code', 'node_oidc_provider', 3), result('keys', 'ours', 0.2), result('refresh', 'ours', 1, 50), result('refresh', 'node_oidc_provider', 4)];
  const { head, rows } = processorTable(results, 20);
  assert.deepEqual(head, ['work', 'Ostiary', 'node-oidc-provider']);
  const cells = Object.fromEntries(rows.map(([name, ...rest]) => [name, rest]));
  assert.deepEqual(cells['code with PKCE, no ID token'], ['2.00', '3.00 (1.50 ×)']);
  assert.deepEqual(cells.keys, ['0.200', '']);
  assert.deepEqual(cells['refresh, rotating'], ['wrong', '4.00']);
  assert.deepEqual(complaints(results), ['refresh at ours, 20 at once: 50 of 100 wrong: 500 no']);
});

test('the range of winners is shown', () => {
  const tries = [{ winners: 1, different: 1 }, { winners: 50, different: 3 }];
  const { rows } = exactlyOnceTable([{ system: 'ours', of: 'code', count: 50, tries }]);
  assert.deepEqual(rows, [['Ostiary', 'a code', '50', '1 to 50', '1 to 3']]);
});

test('a table takes the place of the one before, and only that', () => {
  const begin = '<!-- `cargo xtask bench` writes what follows. -->';
  const end = '<!-- `cargo xtask bench` has written this. -->';
  const document = `before\n${begin}\n\nold\n\n${end}\nafter`;
  assert.equal(between(document, 'new'), `before\n${begin}\n\nnew\n\n${end}\nafter`);
  assert.throws(() => between('no marks', 'new'));
});

test('an answer is read when it is whole, and not before', () => {
  const whole = Buffer.from('HTTP/1.1 200 OK\r\ncontent-length: 5\r\nX-A: b\r\n\r\nhello');
  assert.equal(parse(whole.subarray(0, 30)), undefined);
  assert.equal(parse(whole.subarray(0, whole.length - 1)), undefined);
  const answer = parse(whole);
  assert.deepEqual([answer.status, answer.text, answer.header('x-a')], [200, 'hello', 'b']);
});

test('an answer in chunks is read', () => {
  const whole = Buffer.from('HTTP/1.1 302 Found\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n');
  assert.equal(parse(whole.subarray(0, whole.length - 8)), undefined);
  assert.deepEqual([parse(whole).status, parse(whole).text], [302, 'abcde']);
});

test('an answer without a body is whole with its head', () => {
  assert.deepEqual([parse(Buffer.from('HTTP/1.1 204 No Content\r\n\r\n')).status], [204]);
});

test('a request says how long its body is', () => {
  assert.equal(request('GET', 'http://localhost:1/a?b=c', { x: 'y' }).toString(), 'GET /a?b=c HTTP/1.1\r\nhost: localhost:1\r\nx: y\r\n\r\n');
  assert.match(form('http://localhost:1/', { a: 'ü' }).toString(), /content-length: 8\r\n\r\na=%C3%BC$/);
});

test('what is used up is used once', async () => {
  const row = once(1, (count) => Array.from({ length: count }, (_, place) => place));
  await row.refill(2);
  assert.deepEqual([row.next(), row.next(), row.next()], [1, 0, undefined]);
});

test('a refresh token follows from the answer before, and another grant comes after four of them', async () => {
  let made = 0;
  const begin = async (count) => Array.from({ length: count }, () => `g${(made += 1)}`);
  const row = chain(1, { begin, ask: (state) => state, follow: (answer) => answer.next });
  await row.refill(4, 1);
  assert.equal(made, 2);
  const asked = [];
  for (let step = 1; step <= 5; step += 1) {
    asked.push(row.next(0));
    assert.ok(row.take(0, { status: 200, next: `t${step}` }));
  }
  assert.deepEqual(asked, ['g2', 't1', 't2', 't3', 'g1']);
  assert.equal(row.take(0, { status: 400 }), false);
  assert.equal(row.next(0), undefined);
});
