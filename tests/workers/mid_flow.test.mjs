// An object that leaves the memory in the middle of a flow, and a system that stops there, change nothing.
// (What survives a restart between flows: restart.test.mjs.) Numbers in brackets are rows of docs/threats.md.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { clientRefused, errorPage, ok, tokenError, tokenRefused } from '../support/expect.mjs';
import {
  assertion, authorizationRequest, authorize, authorizePushed, decide, introspect, obtainCode, offlineFlow, push, redeem, refresh, revoke, signIn,
  tokenByAssertion, userinfo, walk,
} from '../support/flow.mjs';
import { consentForm } from '../support/html.mjs';
import { startSystem } from '../support/system.mjs';

/** For how many seconds a used refresh token gets its answer again. */
const GRACE = 15;

let system;
let ada;
before(async () => {
  system = await startSystem({ faulty: true, vars: { auth: { REFRESH_GRACE_LIFETIME: String(GRACE) } } });
  ada = await signIn(system, 'ada');
});
after(() => system?.stop());

const CLIENT = 'web-app';
const SCOPE = 'openid profile read write offline_access';
const flow = () => offlineFlow(system, { clientId: CLIENT, jar: ada.copy() });
const evictGrant = (credential) => system.evict('Grant', credential.split('.')[1]);
const evictAda = () => system.evict('Person', 'u_ada');

describe('[111] a grant that leaves the memory', () => {
  test('is made anew by the next call', async () => {
    const { tokens } = await flow();
    const before = await system.made('GRANT');
    ok(await userinfo(system, tokens.access_token));
    assert.equal(await system.made('GRANT'), before);
    await evictGrant(tokens.refresh_token);
    ok(await userinfo(system, tokens.access_token));
    assert.equal(await system.made('GRANT'), before + 1);
  });

  test('after its code was shown gives tokens all the same, once', async () => {
    const obtained = await obtainCode(system, { clientId: CLIENT, jar: ada.copy(), scope: SCOPE });
    await evictGrant(obtained.code);
    const { refresh_token } = ok(await redeem(system, obtained)).json;
    await evictGrant(obtained.code);
    tokenError(await redeem(system, obtained), 'invalid_grant');
    await evictGrant(obtained.code);
    tokenError(await refresh(system, CLIENT, refresh_token), 'invalid_grant');
  });

  test('between a refresh and its repetition gives the very same answer again', async () => {
    const { tokens } = await flow();
    const first = ok(await refresh(system, CLIENT, tokens.refresh_token));
    await evictGrant(tokens.refresh_token);
    const again = ok(await refresh(system, CLIENT, tokens.refresh_token));
    assert.equal(again.text, first.text);
    await evictGrant(tokens.refresh_token);
    ok(await refresh(system, CLIENT, first.json.refresh_token));
  });

  test('after a reuse was found stays ended', async () => {
    const { tokens } = await flow();
    const second = ok(await refresh(system, CLIENT, tokens.refresh_token)).json;
    const third = ok(await refresh(system, CLIENT, second.refresh_token)).json;
    await sleep(GRACE * 1_000 + 1_100);
    await evictGrant(tokens.refresh_token);
    tokenError(await refresh(system, CLIENT, tokens.refresh_token), 'invalid_grant');
    await evictGrant(tokens.refresh_token);
    tokenError(await refresh(system, CLIENT, third.refresh_token), 'invalid_grant');
    for (const { access_token } of [tokens, second, third]) tokenRefused(await userinfo(system, access_token));
  });

  test('between its push, its opening and its code is one request all the time, and is used once', async () => {
    const { params, verifier } = authorizationRequest(system, CLIENT, { scope: SCOPE, prompt: 'consent' });
    const { request_uri } = ok(await push(system, CLIENT, params), 201).json;
    const id = request_uri.slice(request_uri.lastIndexOf(':') + 1);
    const jar = ada.copy();
    await evictGrant(id);
    const page = await authorizePushed(system, CLIENT, request_uri, jar);
    await evictGrant(id);
    const code = (await decide(page, 'allow', jar)).redirected.get('code');
    await evictGrant(id);
    errorPage(await authorizePushed(system, CLIENT, request_uri, jar));
    ok(await redeem(system, { code, verifier, params, clientId: CLIENT }));
  });

  test('again and again while a hundred refresh gives no client another answer, and loses nothing', async () => {
    const { tokens } = await flow();
    let isOver = false;
    const evicting = (async () => {
      while (!isOver) await evictGrant(tokens.refresh_token);
    })();
    const answers = [];
    for (let round = 0; round < 5; round += 1) {
      answers.push(...(await Promise.all(Array.from({ length: 20 }, () => refresh(system, CLIENT, tokens.refresh_token)))));
    }
    isOver = true;
    await evicting;
    for (const answer of answers) assert.ok([200, 503].includes(answer.status), `${answer.status} ${answer.text}`);
    const given = new Set(answers.filter(({ status }) => status === 200).map(({ text }) => text));
    assert.equal(given.size, 1);
    ok(await refresh(system, CLIENT, JSON.parse([...given][0]).refresh_token));
  });
});

describe('[111] a person\'s object that leaves the memory', () => {
  test('between the login and the authorization request asks for no second login', async () => {
    const jar = await signIn(system, 'ada');
    await evictAda();
    const page = await authorize(system, authorizationRequest(system, 'web-ui', { prompt: 'consent' }).params, jar);
    assert.ok(consentForm(page.text), page.text);
    await evictAda();
    const answer = await decide(page, 'allow', jar);
    assert.ok(answer.redirected.get('code'), answer.location);
  });
});

describe('[112] a system that stops', () => {
  test('goes on where it was: a code, a pushed request, a repeated refresh, an ended grant, a revoked one, a used jti', async () => {
    const ended = await flow();
    const { refresh_token: second } = ok(await refresh(system, CLIENT, ended.tokens.refresh_token)).json;
    const { refresh_token: third } = ok(await refresh(system, CLIENT, second)).json;
    await sleep(GRACE * 1_000 + 1_100);
    tokenError(await refresh(system, CLIENT, ended.tokens.refresh_token), 'invalid_grant');
    const pushed = authorizationRequest(system, CLIENT, { scope: SCOPE });
    const { request_uri } = ok(await push(system, CLIENT, pushed.params), 201).json;
    const revoked = await flow();
    ok(await revoke(system, CLIENT, revoked.tokens.refresh_token));
    const obtained = await obtainCode(system, { clientId: CLIENT, jar: ada.copy(), scope: SCOPE });
    const renewed = await flow();
    const first = ok(await refresh(system, CLIENT, renewed.tokens.refresh_token));
    const jwt = assertion(system);
    ok(await tokenByAssertion(system, jwt));

    await system.restart();

    assert.equal(ok(await refresh(system, CLIENT, renewed.tokens.refresh_token)).text, first.text, 'the very same answer');
    ok(await redeem(system, obtained));
    const { redirected } = await walk(system, authorizePushed(system, CLIENT, request_uri, ada), { jar: ada });
    ok(await redeem(system, { ...pushed, code: redirected.get('code'), clientId: CLIENT }));
    for (const ended of [third, revoked.tokens.refresh_token]) tokenError(await refresh(system, CLIENT, ended), 'invalid_grant');
    assert.deepEqual(ok(await introspect(system, revoked.tokens.access_token)).json, { active: false });
    clientRefused(await tokenByAssertion(system, jwt), { challenge: false });
  });

  test('between the login page and the password, and between the password and the consent', async () => {
    const { params } = authorizationRequest(system);
    const jar = ada.copy();
    const page = await authorize(system, { ...params, prompt: 'consent' }, jar);
    await system.restart();
    const answer = await walk(system, decide(page, 'allow', jar), { jar });
    assert.ok(answer.redirected.get('code'), answer.location);
  });
});
