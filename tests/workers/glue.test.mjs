// The JavaScript of the way in and out, by itself: crates/edge/src/glue.js.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bytes, forget, head, keep, repeated, respond } from '../../crates/edge/src/glue.js';

const URL_ = 'https://h.test/a/b?c=d';
const request = (headers = {}, init = {}) => new Request(URL_, { headers, ...init });
/** As Cloudflare's edge hands it over. */
const fromTheEdge = (headers) => Object.assign(request(headers), { cf: { country: 'DE' } });
const streamed = (...chunks) => request({}, { method: 'POST', duplex: 'half', body: ReadableStream.from(chunks.map((size) => new Uint8Array(size).fill(7))) });
const encode = (text) => new TextEncoder().encode(text);

test('a request is a text of a line each, in which an empty header is not an absent one', () => {
  const [method, url, id, address, length, authorization, contentType, cookie] = head(request({ 'content-type': '', cookie: 'a=b' })).split('\n');
  assert.deepEqual([method, url, address, length, authorization, contentType, cookie], ['GET', URL_, '', '', '', ':', ':a=b']);
  assert.match(id, /^:[0-9a-f]{16}$/);
});

test('a body is announced by its length, or without', () => {
  const lengthOf = (one) => head(one).split('\n')[4];
  assert.equal(lengthOf(request({ 'content-length': '3' }, { method: 'POST', body: 'abc' })), ':3');
  assert.equal(lengthOf(streamed(3)), ':');
  assert.equal(lengthOf(request({}, { method: 'POST' })), '');
});

test('only the edge names a request and its address', () => {
  const headers = { 'cf-ray': '8f0c1d2e3a4b5c6d-FRA', 'cf-connecting-ip': '192.0.2.1' };
  const line = (one, index) => head(one).split('\n')[index];
  assert.equal(line(fromTheEdge(headers), 2), ':8f0c1d2e3a4b5c6d-FRA');
  assert.equal(line(fromTheEdge(headers), 3), ':192.0.2.1');
  assert.match(line(request(headers), 2), /^:[0-9a-f]{16}$/);
  assert.equal(line(request(headers), 3), '');
  for (const [clientIp, address] of [['198.51.100.7:4711', ':198.51.100.7'], ['[2001:db8::1]:4711', ':2001:db8::1']]) {
    const local = Object.assign(request(headers), { cf: { clientIp } });
    assert.match(line(local, 2), /^:[0-9a-f]{16}$/);
    assert.equal(line(local, 3), address);
  }
});

test('an id cannot carry markup, and is neither short nor long', () => {
  for (const ray of ['short', '<script>alert(1)</script>', 'a"b"c"d"e"f', 'a'.repeat(65)]) {
    assert.match(head(fromTheEdge({ 'cf-ray': ray })).split('\n')[2], /^:[0-9a-f]{16}$/, ray);
  }
});

test('a body is read to its limit and not beyond', async () => {
  const post = (text) => request({}, { method: 'POST', body: text });
  assert.deepEqual(await bytes(post('abc'), true, 3, 0), encode('abc'));
  assert.equal(await bytes(post('abcd'), true, 3, 0), 413);
  assert.deepEqual(await bytes(streamed(2, 3), false, 5, 0), new Uint8Array(5).fill(7));
  assert.equal(await bytes(streamed(2, 4), false, 5, 100), 413);
  assert.deepEqual(await bytes(new Response(null), false, 5, 0), new Uint8Array(0));
});

test('what is beyond the limit is taken for a while and no longer', async () => {
  let taken = 0;
  const endless = ReadableStream.from((async function* () {
    for (;;) yield new Uint8Array((taken += 1) && 1000);
  })());
  assert.equal(await bytes(request({}, { method: 'POST', duplex: 'half', body: endless }), false, 1000, 5000), 413);
  assert.ok(taken >= 7 && taken <= 10, `${taken} chunks`);
});

test('a body that breaks off is unreadable', async () => {
  const broken = ReadableStream.from((async function* () {
    yield new Uint8Array(1);
    throw new Error('broken off');
  })());
  assert.equal(await bytes(request({}, { method: 'POST', duplex: 'half', body: broken }), false, 100, 0), 400);
});

test('an answer has its status, its headers and a copy of its bytes', async () => {
  const memory = encode('{"a":1}');
  const answer = respond('201\ncontent-type\napplication/json\nset-cookie\na=1\nset-cookie\nb=2', memory, false);
  memory.fill(0);
  assert.equal(answer.status, 201);
  assert.equal(answer.headers.get('content-type'), 'application/json');
  assert.deepEqual(answer.headers.getSetCookie(), ['a=1', 'b=2']);
  assert.equal(await answer.text(), '{"a":1}');
  assert.equal(respond('304', memory, true).body, null);
});

test('an answer for everyone is repeated for its time, with an id and a line of its own', async (context) => {
  const { mock } = context.mock.method(console, 'log', () => {});
  context.mock.timers.enable({ apis: ['Date'], now: 1_000 });
  const memory = encode('{}');
  keep(request(), 500, '200\ncontent-type\napplication/json\nx-request-id\nfirst', memory);
  memory.fill(0);
  context.mock.timers.tick(499);
  const answers = [repeated(request()), repeated(request())];
  assert.deepEqual(await Promise.all(answers.map((answer) => answer.text())), ['{}', '{}']);
  const ids = answers.map((answer) => answer.headers.get('x-request-id'));
  assert.equal(new Set([...ids, 'first']).size, 3);
  assert.equal(answers[0].headers.get('content-type'), 'application/json');
  const logged = mock.calls.map(({ arguments: [text] }) => JSON.parse(text));
  assert.deepEqual(logged, ids.map((id) => ({ ts: 1499, request_id: id, method: 'GET', path: '/a/b', status: 200, ms: 0 })));
  assert.equal(repeated(request({}, { method: 'HEAD' })), undefined);
  assert.equal(repeated(new Request('https://h.test/a/b')), undefined);
  context.mock.timers.tick(1);
  assert.equal(repeated(request()), undefined);
});

test('what may have changed is forgotten, and strangers cannot fill the memory', (context) => {
  context.mock.method(console, 'log', () => {});
  keep(request(), 60_000, '200', encode('old'));
  forget();
  assert.equal(repeated(request()), undefined);
  for (let host = 0; host < 1_000; host += 1) keep(new Request(`https://h${host}.test/`), 60_000, '200', encode('x'));
  const still = Array.from({ length: 1_000 }, (_, host) => repeated(new Request(`https://h${host}.test/`))).filter(Boolean);
  assert.ok(still.length <= 32, `${still.length} are kept`);
});
