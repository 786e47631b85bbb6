// A store that fails, hangs, forgets or answers late: 503 with Retry-After and nothing lost, or no difference at all.
// Never another answer. Numbers in brackets are rows of docs/threats.md.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { ACTS, REFUSALS, actors } from '../support/acts.mjs';
import { noStore, ok, unavailable } from '../support/expect.mjs';
import { callApi, introspect, offlineFlow, submit, withOpaque } from '../support/flow.mjs';
import { consentForm } from '../support/html.mjs';
import { postJson } from '../support/http.mjs';
import { keyPair, random, sign } from '../support/jwt.mjs';
import { eventually } from '../support/operator.mjs';
import { startSystem } from '../support/system.mjs';

let system;
let all;
before(async () => {
  system = await startSystem({ faulty: true, vars: withOpaque });
  all = await actors(system);
});
after(() => system?.stop());

/** What an object can suffer; one that cannot write runs, and what it puts on its disk fails. */
const SUFFERINGS = {
  'cannot be reached': (binding) => ({ binding, kind: 'throws' }),
  'cannot write': (binding) => ({ binding, method: 'storage', kind: 'throws' }),
  'commits and its answer is lost': (binding) => ({ binding, kind: 'lost' }),
  'is killed before it steps': (binding) => ({ binding, method: 'life', kind: 'throws' }),
  'is killed as it writes': (binding) => ({ binding, method: 'life', kind: 'torn' }),
  'is killed after it committed': (binding) => ({ binding, method: 'life', kind: 'lost' }),
  hangs: (binding) => ({ binding, kind: 'hangs' }),
};
const OBJECTS = ['GRANT', 'PERSON', 'REPLAY', 'THROTTLE'];
const ALONE = OBJECTS.map((one) => [one]);
/** Each object suffers by itself; only those that hang, and cost seconds, do so together. */
const CASES = Object.keys(SUFFERINGS).flatMap((what) => {
  const sets = what === 'hangs' ? [['GRANT', 'REPLAY', 'THROTTLE'], ['PERSON']] : ALONE;
  return sets.map((bindings) => [bindings, what]);
});

const prepared = (acts) => Promise.all(Object.entries(acts).map(async ([name, act]) => [name, act, await act.prepare(all)]));
const asked = (ready) => Promise.all(ready.map(async ([name, act, state]) => [name, act, state, await act.ask(all, state)]));
const only = (acts, wanted) => Object.fromEntries(Object.entries(acts).filter(([, act]) => wanted(act)));
const shown = (answer) => `${answer.status} ${answer.location ?? ''} ${answer.text.slice(0, 300)}`;

function refusedForNow(answer) {
  unavailable(answer);
  noStore(answer);
  assert.doesNotMatch(answer.text, /invalid_grant|invalid_client|"active"/);
}

/** Isolates that remember nothing, and no copy in KV. */
async function cold(options) {
  await system.halt();
  system.forgetCaches();
  await system.start(options);
}

/** Whether the change was stored though its answer was lost; of one that was killed as it wrote, it is unknown. */
const isLost = (kind, act, again) => kind === 'lost' || (kind === 'torn' && !act.done(again));

for (const [bindings, what] of CASES) {
  test(`[60] [111] ${bindings.join(', ')} ${what}`, async (t) => {
    const { kind } = SUFFERINGS[what]();
    const decides = ({ needs, writes }) => bindings.some((one) => (what === 'cannot write' ? writes : needs).includes(one));
    // That the other acts go on as ever is seen once for each object.
    const ready = await prepared(only(ACTS, (act) => decides(act) || what === 'cannot be reached'));
    await system.faults(...bindings.map(SUFFERINGS[what]));
    const answers = await asked(ready);
    await system.faults();
    assert.ok(answers.some(([, act]) => decides(act)), 'something was tried');
    for (const [name, act, state, answer] of answers) {
      if (!decides(act)) {
        await t.test(`${name} does not need it`, () => assert.ok(act.done(answer), shown(answer)));
        continue;
      }
      await t.test(`${name}: 503, and later the same again`, async () => {
        refusedForNow(answer);
        const again = await act.ask(all, state);
        const isChanging = act.lost && bindings.some((one) => act.writes.includes(one));
        if (isChanging && isLost(kind, act, again)) await act.lost(again, all, state);
        else assert.ok(act.done(again), shown(again));
        await act.holds?.(all, state);
      });
    }
  });
}

describe('D1', () => {
  for (const kind of ['throws', 'hangs']) {
    test(`[60] without anything remembered, all that asks it is 503 when it ${kind}`, async (t) => {
      const ready = await prepared(ACTS);
      await cold();
      await system.faults({ binding: 'DB', kind });
      const answers = await asked(ready);
      await system.faults();
      for (const [name, act, state, answer] of answers) {
        if (!act.needs.includes('DB')) {
          await t.test(`${name} does not need it`, () => assert.ok(act.done(answer), shown(answer)));
          continue;
        }
        await t.test(`${name}: 503, and later the same again`, async () => {
          refusedForNow(answer);
          const again = await act.ask(all, state);
          assert.ok(act.done(again), shown(again));
          await act.holds?.(all, state);
        });
      }
    });
  }

  test('[60] with copies at hand each act is done or 503', async (t) => {
    const ready = await prepared(ACTS);
    await system.faults({ binding: 'DB', kind: 'throws' });
    const answers = await asked(ready);
    await system.faults();
    for (const [name, act, , answer] of answers) {
      await t.test(name, () => (act.done(answer) ? undefined : refusedForNow(answer)));
    }
  });

  test('[60] a consent whose writing gets no answer is 503, and pressing again goes on', async () => {
    const { jar, page } = await ACTS['the consent form'].prepare(all);
    const press = () => submit(page, consentForm(page.text), { decision: 'allow' }, jar.copy());
    await system.faults({ binding: 'DB', about: 'INSERT INTO consents', kind: 'lost' });
    refusedForNow(await press());
    assert.deepEqual(await system.faults(), [1]);
    assert.ok(ACTS['the consent form'].done(await press()));
  });
});

test('one call that fails is made again where that changes nothing', async (t) => {
  const reading = only(ACTS, ({ needs, writes }) => needs.includes('GRANT') && writes.length === 0);
  for (const [name, act, state] of await prepared(reading)) {
    await t.test(name, async () => {
      await system.faults({ binding: 'GRANT', kind: 'throws', times: 1 });
      const answer = await act.ask(all, state);
      assert.deepEqual(await system.faults(), [1]);
      assert.ok(act.done(answer), shown(answer));
    });
  }
});

/** What KV can do to us; it must not matter. Which client's copy suffers what is all the same. */
const WHIMS = {
  'knows nothing that it was given': [{ method: 'get', kind: 'absent' }],
  'fails to read, or answers what stood there before': [
    { method: 'get', key: 'client:caller', kind: 'stale' },
    { method: 'get', kind: 'throws' },
  ],
  'never answers a read': [{ method: 'get', kind: 'hangs' }],
  'loses what it said to have written, takes no more, fails, or never answers a write': [
    { method: 'put', key: 'client:client-123', kind: 'busy' },
    { method: 'put', key: 'client:caller', kind: 'hangs' },
    { method: 'put', key: 'client:web-app', kind: 'lost' },
    { method: 'put', kind: 'throws' },
  ],
};

describe('[110] KV changes no decision when it', () => {
  for (const [what, whims] of Object.entries(WHIMS)) {
    test(what, async (t) => {
      const [ready, refusals] = [await prepared(ACTS), await prepared(REFUSALS)];
      await cold();
      await system.faults(...whims.map((whim) => ({ binding: 'KV', ...whim })));
      const [answers, refused] = await Promise.all([asked(ready), asked(refusals)]);
      for (const [name, act, state, answer] of answers) {
        await t.test(name, async () => {
          assert.ok(act.done(answer), shown(answer));
          await act.holds?.(all, state);
        });
      }
      for (const [name, act, , answer] of refused) await t.test(name, () => act.refused(answer));
      const hits = await system.faults();
      assert.ok(hits.every((count) => count > 0), `each came about: ${hits}`);
    });
  }
});

test('[74] the API answers 503, never 401, while the authorization server cannot say what a token is', async () => {
  const vars = { auth: { RESOURCES: `${system.api};token=opaque` } };
  await system.restart({ vars });
  const { tokens } = await offlineFlow(system, { clientId: 'web-app', jar: all.ada.copy() });
  for (const fault of [{ binding: 'GRANT', kind: 'throws' }, { binding: 'DB', kind: 'throws' }]) {
    await cold({ vars });
    await system.faults(fault);
    const answer = await callApi(system, '/api/protected', tokens.access_token);
    await system.faults();
    refusedForNow(answer);
    ok(await callApi(system, '/api/protected', tokens.access_token));
  }
});

test('[74] while the keys cannot be read, a token under a key that is not known yet is 503, not inactive', async () => {
  const { privateKey } = keyPair();
  const token = sign({ alg: 'ES256', typ: 'at+jwt', kid: random() }, { iss: system.auth, sub: 'u_ada' }, privateKey);
  assert.equal(ok(await introspect(system, 'not a token')).text, '{"active":false}');
  await system.faults({ binding: 'DB', kind: 'throws' });
  const answers = [await introspect(system, token), await introspect(system, token)];
  await system.faults();
  answers.forEach(refusedForNow);
  await eventually(async () => (await introspect(system, token)).text === '{"active":false}', 20_000);
});

test('the faults are the test\'s own: the worker that is deployed knows no such request', async () => {
  assert.equal((await postJson(`${system.auth}/__faults`, [])).status, 200);
  system.options.faulty = false;
  await system.restart();
  assert.equal((await postJson(`${system.auth}/__faults`, [])).status, 404);
});
