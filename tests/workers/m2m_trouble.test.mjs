// Trouble on demand, and how the machine-to-machine caller copes with each: what docs/operations.md says of it.
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { logged, ok } from '../support/expect.mjs';
import { fullCodeFlow } from '../support/flow.mjs';
import { postJson, send } from '../support/http.mjs';
import { STUDENTS, eventually, run, status } from '../support/operator.mjs';
import { startSystem } from '../support/system.mjs';

let system;
before(async () => {
  system = await startSystem({ vars: { app: { TROUBLE: 'on' } } });
});
after(() => system?.stop());

const provoke = (trouble, headers = {}) => postJson(`${system.app}/m2m/trouble`, { trouble }, { headers });

const statuses = (answer, name) => answer.json.hops.filter((hop) => hop.name === name).map((hop) => hop.status);
const waits = (answer) => answer.json.hops.map((hop) => hop.waited_ms);

function worked(answer) {
  assert.deepEqual(ok(answer).json.students, STUDENTS, answer.text);
  return answer;
}

function failed(answer, error, code = 502) {
  assert.equal(answer.status, code, answer.text);
  assert.equal(answer.json.outcome.error, error, answer.text);
  assert.deepEqual(answer.json.students, []);
  return answer;
}

/** Runs until one is let through by the breakers and works. */
const recovered = () =>
  eventually(async () => {
    const answer = await run(system);
    return answer.status === 200 && answer;
  }, 30_000);

describe('each trouble', () => {
  beforeEach(async () => {
    ok(await provoke(null));
    worked(await recovered());
  });

  test('slow: the run waits for its token, and the next one has it', async () => {
    const shown = ok(await provoke('slow')).json;
    assert.equal(shown.trouble.trouble, 'slow');
    assert.ok(shown.trouble.seconds_left > 100 && shown.trouble.seconds_left <= 120);
    const first = worked(await run(system));
    const token = first.json.hops.find((hop) => hop.name === 'token');
    assert.ok(token.milliseconds >= 1_900, first.text);
    const next = worked(await run(system));
    assert.equal(next.json.hops[0].cache, 'hit');
    assert.ok(next.json.milliseconds < first.json.milliseconds);
  });

  test('server_error: three tries with pauses between, then the breaker opens and lets nothing through, then it recovers', async () => {
    ok(await provoke('server_error'));
    const first = failed(await run(system), 'token_endpoint_failed');
    assert.deepEqual(statuses(first, 'token'), [500, 500, 500]);
    assert.equal(statuses(first, 'students').length, 0);
    assert.deepEqual(first.json.hops.map((hop) => hop.retries), [0, 1, 2]);
    const held = await eventually(async () => {
      const answer = await run(system);
      return answer.status === 503 && answer;
    });
    failed(held, 'breaker_open', 503);
    const seconds = Number(held.headers['retry-after']);
    assert.ok(seconds >= 1 && seconds <= 10, held.headers['retry-after']);
    const shown = (await status(system)).breakers.find((peer) => peer.hop === 'token');
    assert.equal(shown.state, 'open');
    assert.match(shown.reason, /server_error|500/);
    ok(await provoke(null));
    worked(await recovered());
    const closed = await eventually(async () => (await status(system)).breakers.every((peer) => peer.state === 'closed'));
    assert.ok(closed);
  });

  test('too_many_requests: it tries again after Retry-After, then gives up until then', async () => {
    ok(await provoke('too_many_requests'));
    const answer = failed(await run(system), 'temporarily_unavailable');
    const tried = statuses(answer, 'token');
    assert.ok(tried.length >= 2 && tried.every((code) => code === 429), answer.text);
    assert.ok(waits(answer).slice(1).every((waited) => waited >= 2_000), answer.text);
    assert.equal((await status(system)).breaker, 'closed', 'a peer that answers has not failed');
    ok(await provoke(null));
    worked(await recovered());
  });

  test('rotated_key: the server knows the client no more; that is final', async () => {
    ok(await provoke('rotated_key'));
    const answer = failed(await run(system), 'invalid_client');
    assert.deepEqual(statuses(answer, 'token'), [401]);
    const isIt = (line) => line.includes('"path":"/oauth/token"') && JSON.parse(line).status === 401;
    // The server itself said so.
    await eventually(() => system.log.some(isIt));
    ok(await provoke(null));
    worked(await recovered());
  });

  test('revoked_token: the API refuses it, and the same run gets another', async () => {
    ok(await provoke('revoked_token'));
    const answer = worked(await run(system));
    assert.deepEqual(statuses(answer, 'students'), [401, 200], answer.text);
    assert.equal(statuses(answer, 'token').at(-1), 200);
    worked(await run(system));
    const shown = await eventually(async () => {
      const all = await status(system);
      return all.runs.find((past) => past.id === answer.json.id);
    });
    assert.equal(shown.error, null);
    assert.equal(shown.retries, 1);
  });

  test('dead_api: three tries, then the breaker of the API opens; the token is kept', async () => {
    ok(await provoke('dead_api'));
    const first = failed(await run(system), 'unreachable');
    assert.deepEqual(statuses(first, 'students'), [null, null, null]);
    assert.equal(first.json.hops[0].cache, 'hit');
    const held = await eventually(async () => {
      const answer = await run(system);
      return answer.status === 503 && answer;
    });
    failed(held, 'breaker_open', 503);
    assert.equal((await status(system)).breakers.find((peer) => peer.hop === 'students').state, 'open');
    ok(await provoke(null));
    assert.equal(worked(await recovered()).json.hops[0].cache, 'hit');
  });
});

describe('the route', () => {
  test('answers with the status, and null ends the trouble', async () => {
    const begun = ok(await provoke('dead_api')).json;
    assert.equal(begun.troubles.length, 6);
    assert.equal(begun.trouble.trouble, 'dead_api');
    assert.equal(ok(await provoke(null)).json.trouble, null);
    assert.equal((await status(system)).trouble, null);
  });

  test('takes no trouble that there is not', async () => {
    for (const body of ['{"trouble":"flood"}', '{}{}', '', '{"trouble":null,"more":1}']) {
      const headers = { 'content-type': 'application/json' };
      const answer = await send('POST', `${system.app}/m2m/trouble`, { headers, body });
      assert.equal(answer.status, 400, `${body}: ${answer.text}`);
    }
  });

  test('is not for a page of another site', async () => {
    const answer = await provoke('slow', { origin: 'https://attacker.example', 'sec-fetch-site': 'cross-site' });
    assert.equal(answer.status, 403);
    assert.equal((await status(system)).trouble, null);
  });

  test('is for operators', async () => {
    await system.restart({ vars: { app: { TROUBLE: 'on', OPERATOR_AUTH: 'required' } } });
    assert.equal((await provoke('slow')).status, 401);
    const bearer = async (user, scope) => {
      const { tokens } = await fullCodeFlow(system, { user, scope });
      return { authorization: `Bearer ${tokens.access_token}` };
    };
    assert.equal((await provoke('slow', await bearer('ada', 'openid read'))).status, 403);
    const operator = await bearer('grace', 'openid m2m:run');
    assert.equal(ok(await provoke('slow', operator)).json.trouble.trouble, 'slow');
    ok(await provoke(null, operator));
  });

  test('is not there unless it is switched on, and a trouble from before is over', async () => {
    await system.restart();
    ok(await provoke('dead_api'));
    await system.restart({ vars: { app: { TROUBLE: 'off' } } });
    assert.equal((await provoke('slow')).status, 404);
    const shown = await status(system);
    assert.deepEqual([shown.troubles, shown.trouble], [[], null]);
    worked(await recovered());
  });

  test('a misspelt word opens nothing', async () => {
    await system.restart({ vars: { app: { TROUBLE: 'yes' } } });
    assert.equal((await provoke('slow')).status, 503);
    await logged(system, 'TROUBLE');
  });
});
