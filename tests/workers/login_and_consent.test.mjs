// The pages people see: login, consent, sessions. Numbers in brackets are rows of docs/threats.md.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { errorPage, ok } from '../support/expect.mjs';
import { authorizationRequest, authorize, decide, login, obtainCode, PASSWORDS, signIn, submit, walk } from '../support/flow.mjs';
import { consentForm, loginForm } from '../support/html.mjs';
import { CookieJar, get, postForm } from '../support/http.mjs';
import { startSystem } from '../support/system.mjs';

let system;
before(async () => {
  system = await startSystem();
});
after(() => system?.stop());

const loginPage = async (jar) => ok(await get(`${system.auth}/login`, { jar }));

/** A consent page with the browser that asked for it. */
async function consentPage(user = 'ada', changes = {}) {
  const jar = await signIn(system, user);
  const { params } = authorizationRequest(system, 'web-ui', { prompt: 'consent', ...changes });
  return { jar, params, page: ok(await authorize(system, params, jar)) };
}

describe('the stable hooks', () => {
  test('the login page has them', async () => {
    const { inputs, buttons, method } = loginForm((await loginPage(new CookieJar())).text);
    assert.equal(method, 'POST');
    assert.equal(inputs.find(({ name }) => name === 'username').autocomplete, 'username');
    assert.equal(inputs.find(({ name }) => name === 'password').autocomplete, 'current-password');
    assert.equal(inputs.find(({ name }) => name === 'password').type, 'password');
    assert.ok(buttons.some(({ type }) => type === 'submit'));
  });

  test('the consent page has them, names the client and describes each scope', async () => {
    const { page } = await consentPage('ada', { scope: 'openid profile read' });
    const { buttons } = consentForm(page.text);
    assert.deepEqual(buttons.filter(({ name }) => name === 'decision').map(({ value }) => value).sort(), ['allow', 'deny']);
    for (const [scope, says] of [['profile', 'See your name and username'], ['read', 'Read your profile']]) {
      assert.match(page.text, new RegExp(`<li>${says}<code>${scope}</code>`));
    }
  });
});

describe('CSRF', () => {
  test('[96] a login POST without its token is 403', async () => {
    const jar = new CookieJar();
    const page = await loginPage(jar);
    const form = loginForm(page.text);
    const fields = { username: 'ada', password: PASSWORDS.ada };
    for (const csrf of [undefined, '', 'A'.repeat(43)]) {
      const answer = await submit(page, form, { ...fields, csrf }, jar);
      assert.equal(answer.status, 403, `csrf=${csrf}: ${answer.status}`);
    }
    assert.equal((await submit(page, form, fields, jar)).status, 303, 'the right one still works');
  });

  test('[96] a login POST without the cookie that the token belongs to is 403', async () => {
    const page = await loginPage(new CookieJar());
    const answer = await submit(page, loginForm(page.text), { username: 'ada', password: PASSWORDS.ada }, new CookieJar());
    assert.equal(answer.status, 403);
  });

  test('[96] a login POST with the token of another browser is 403', async () => {
    const theirs = new CookieJar();
    await loginPage(theirs);
    const page = await loginPage(new CookieJar());
    const answer = await submit(page, loginForm(page.text), { username: 'ada', password: PASSWORDS.ada }, theirs);
    assert.equal(answer.status, 403);
  });

  test('[96] a consent POST without the token, or with another session\'s, is 403', async () => {
    const ada = await consentPage('ada');
    const alan = await consentPage('alan');
    const form = consentForm(ada.page.text);
    const other = consentForm(alan.page.text).hidden.csrf;
    for (const csrf of [undefined, '', 'A'.repeat(43), other]) {
      const answer = await submit(ada.page, form, { decision: 'allow', csrf }, ada.jar);
      assert.equal(answer.status, 403, `csrf=${csrf}: ${answer.status}`);
      assert.equal(answer.location, undefined);
    }
    assert.equal((await decide(ada.page, 'allow', ada.jar)).status, 303);
  });

  test('[96] another session cannot answer another user\'s consent page', async () => {
    const { page } = await consentPage('ada');
    const answer = await decide(page, 'allow', await signIn(system, 'alan'));
    assert.equal(answer.status, 403);
  });

  test('[96] a consent POST without a session gives no code', async () => {
    const { page } = await consentPage('ada');
    const answer = await decide(page, 'allow', new CookieJar());
    assert.ok([303, 403].includes(answer.status));
    assert.doesNotMatch(answer.location ?? '', /code=/);
  });

  test('[96] the token of a login page is not good for consent', async () => {
    const { page, jar } = await consentPage('ada');
    const { csrf } = loginForm((await loginPage(new CookieJar())).text).hidden;
    assert.equal((await submit(page, consentForm(page.text), { decision: 'allow', csrf }, jar)).status, 403);
  });

  test('[96] a form that another site sends, which cannot know the token, is 403', async () => {
    const { page, jar } = await consentPage('ada');
    const headers = { origin: 'https://attacker.example', 'sec-fetch-site': 'cross-site' };
    assert.equal((await submit(page, consentForm(page.text), { decision: 'allow', csrf: undefined }, jar, headers)).status, 403);
  });

  test('a consent POST with no or another decision gives no code', async () => {
    const { page, jar } = await consentPage('ada');
    for (const decision of [undefined, '', 'ALLOW', 'yes']) {
      const answer = await submit(page, consentForm(page.text), { decision }, jar);
      assert.ok(answer.status < 500);
      assert.doesNotMatch(answer.location ?? '', /[?&]code=/, String(decision));
    }
  });
});

describe('headers of the pages', () => {
  test('[97] [98] they cannot be framed, run no script, and may redirect to the client', async () => {
    const { params } = authorizationRequest(system);
    const pages = [await loginPage(new CookieJar()), await authorize(system, params), (await consentPage()).page, await authorize(system, {})];
    for (const page of pages) {
      const policy = page.headers['content-security-policy'] ?? '';
      assert.match(policy, /frame-ancestors 'none'/, page.url);
      assert.match(policy, /default-src 'none'/, page.url);
      assert.doesNotMatch(policy, /unsafe-inline|unsafe-eval|\*/, page.url);
      assert.equal(page.headers['x-frame-options'], 'DENY', page.url);
      assert.equal(page.headers['x-content-type-options'], 'nosniff', page.url);
      assert.match(page.headers['cache-control'], /no-store/, page.url);
    }
    // Chrome applies form-action to every redirect after a form, and a client's callback may redirect on to anywhere.
    for (const page of [pages[1], pages[2]]) assert.doesNotMatch(page.headers['content-security-policy'], /form-action/, page.url);
    for (const page of [pages[0], pages[3]]) assert.match(page.headers['content-security-policy'], /form-action 'self'$/, page.url);
  });

  test('an error page carries an id that is also in the log', async () => {
    const page = await authorize(system, { client_id: 'no-such-client' });
    errorPage(page);
    await new Promise((resolve) => setTimeout(resolve, 200));
    const ids = system.log.flatMap((line) => {
      try {
        return [JSON.parse(line).request_id].filter(Boolean);
      } catch {
        return [];
      }
    });
    assert.ok(ids.some((id) => page.text.includes(id)), 'the request id of a log line stands on the page');
  });

  test('what a person typed does not run on the login page', async () => {
    const jar = new CookieJar();
    const answer = await login(await loginPage(jar), '"><script>alert(1)</script>', jar, 'not-the-password');
    assert.doesNotMatch(answer.text, /<script>alert/);
    assert.ok(answer.status < 500);
  });
});

describe('sessions', () => {
  test('[99] the session id changes at login, and the old one opens nothing', async () => {
    const before = new CookieJar();
    const page = await loginPage(before);
    const planted = before.copy();
    const old = new Set(before.values);
    await login(page, 'ada', before);
    assert.ok(before.values.some((value) => !old.has(value)), 'a new cookie value');
    const { params } = authorizationRequest(system);
    assert.ok(loginForm(ok(await authorize(system, params, planted)).text), 'the cookie from before the login is no session');
  });

  test('[99] logging in again gives yet another id', async () => {
    const first = await signIn(system, 'ada');
    const second = first.copy();
    const { params } = authorizationRequest(system, 'web-ui', { prompt: 'login' });
    await login(ok(await authorize(system, params, second)), 'ada', second);
    assert.notDeepEqual(second.values.sort(), first.values.sort());
  });

  // Safari keeps no Secure cookie on http://localhost (webcompat.com issue 142566), so a local system sets plain ones. Over
  // https they are `__Host-` and Secure: `the cookies of an https issuer`, below.
  test('[104] cookies are HttpOnly, SameSite=Lax, Path=/, have no Domain, and over http on localhost Safari keeps them', async () => {
    const jar = new CookieJar();
    await login(await loginPage(jar), 'ada', jar);
    assert.ok(jar.seen.length > 0);
    for (const line of jar.seen) {
      assert.match(line, /^ostiary-/);
      assert.doesNotMatch(line, /;\s*Secure\b/i);
      assert.match(line, /;\s*HttpOnly\b/i);
      assert.match(line, /;\s*SameSite=Lax\b/i);
      assert.match(line, /;\s*Path=\/(;|$)/i);
      assert.doesNotMatch(line, /;\s*Domain=/i);
    }
  });

  test('[104] a forged or odd session cookie is no session and no fault of ours', async () => {
    const jar = await signIn(system, 'ada');
    const { params } = authorizationRequest(system);
    for (const change of [(value) => `${value}A`, () => 'x', () => 'u_ada', () => 'A'.repeat(3000), (value) => value.split('').reverse().join('')]) {
      const forged = new CookieJar();
      for (const [name, value] of jar.entries()) forged.set(name, change(value));
      const page = ok(await authorize(system, params, forged));
      assert.ok(loginForm(page.text));
    }
  });

  test('[100] consent is remembered for the same scopes and asked for again for more', async () => {
    const jar = await signIn(system, 'grace');
    await obtainCode(system, { clientId: 'web-app', jar, scope: 'openid read' });
    const more = authorizationRequest(system, 'web-app', { scope: 'openid read write' });
    assert.ok(consentForm(ok(await authorize(system, more.params, jar)).text), 'more scope asks again');
    const other = authorizationRequest(system, 'web-ui', { scope: 'openid read' });
    const page = await authorize(system, other.params, jar);
    assert.ok(consentForm(ok(page).text), 'another client asks for itself');
  });
});

test('[100] consent for a loopback address is never silent: any program may listen there', async () => {
  const jar = await signIn(system, 'alan');
  const redirect_uri = 'http://127.0.0.1:51234/callback';
  await obtainCode(system, { clientId: 'web-app', jar, scope: 'openid read', redirect_uri });
  const { params } = authorizationRequest(system, 'web-app', { scope: 'openid read', redirect_uri });
  assert.ok(consentForm(ok(await authorize(system, params, jar)).text), 'asked again');
});

describe('passwords', () => {
  test('[101] an unknown user and a wrong password look the same', async () => {
    const [known, unknown] = [new CookieJar(), new CookieJar()];
    const wrong = await login(await loginPage(known), 'ada', known, 'not-the-password');
    const nobody = await login(await loginPage(unknown), 'eve', unknown, 'not-the-password');
    assert.equal(wrong.status, nobody.status);
    assert.ok([400, 401, 403, 200].includes(wrong.status));
    const plain = (answer, name) => {
      const { csrf, request } = loginForm(answer.text).hidden;
      return [csrf, request, name].filter(Boolean).reduce((text, part) => text.replaceAll(part, '…'), answer.text).replace(/[0-9a-f-]{16,}/g, '…');
    };
    assert.equal(plain(wrong, 'ada'), plain(nobody, 'eve'));
    assert.deepEqual(Object.keys(wrong.headers).sort(), Object.keys(nobody.headers).sort());
  });

  test('[101] both take about as long', async () => {
    const times = { alan: [], 'nobody-at-all': [] };
    for (let round = 0; round < 5; round += 1) {
      for (const user of Object.keys(times)) {
        const jar = new CookieJar();
        times[user].push((await login(await loginPage(jar), `${user}`, jar, 'not-the-password')).milliseconds);
      }
    }
    const median = (list) => list.toSorted((a, b) => a - b)[2];
    const [known, unknown] = [median(times.alan), median(times['nobody-at-all'])];
    assert.ok(unknown > known / 3 && known > unknown / 3, `${known} ms and ${unknown} ms`);
  });

  test('a wrong password shows the page again and the right one then works', async () => {
    const jar = new CookieJar();
    const { params } = authorizationRequest(system);
    const page = ok(await authorize(system, params, jar));
    const again = await login(page, 'alan', jar, 'not-the-password');
    assert.ok(loginForm(again.text), 'the login page again');
    assert.equal(loginForm(again.text).inputs.find(({ name }) => name === 'username').value, 'alan');
    const answer = await walk(system, login(again, 'alan', jar), { jar, user: 'alan' });
    assert.ok(answer.redirected.get('code'));
    assert.equal(answer.redirected.get('state'), params.state);
  });

  test('[104] a password is not cut: more characters behind the right one are wrong', async () => {
    const jar = new CookieJar();
    const page = await loginPage(jar);
    for (const password of [`${PASSWORDS.ada}x`, `${PASSWORDS.ada}\0`, `${PASSWORDS.ada}${'x'.repeat(100)}`, PASSWORDS.ada.toUpperCase()]) {
      const answer = await submit(page, loginForm(page.text), { username: 'ada', password }, jar);
      assert.notEqual(answer.status, 303);
      assert.ok(answer.status < 500);
    }
  });

  test('[104] passwords and names beyond all bounds are refused, not computed', async () => {
    const jar = new CookieJar();
    const page = await loginPage(jar);
    for (const fields of [{ username: 'ada', password: 'x'.repeat(30_000) }, { username: 'x'.repeat(30_000), password: 'not-the-password' }]) {
      const answer = await submit(page, loginForm(page.text), fields, jar);
      assert.ok(answer.status < 500 && answer.status !== 303, String(answer.status));
    }
  });

  test('successes are not counted: a class signs in at once, and again', async () => {
    for (let round = 0; round < 3; round += 1) {
      const people = Object.keys(PASSWORDS).flatMap((user) => [user, user, user, user]);
      assert.equal((await Promise.all(people.map((user) => signIn(system, user)))).length, 12);
    }
  });

  // Last, since the account and the address of the tests stay throttled for a while.
  test('[102] [103] fifty guesses at once use up the tries; then even the right password waits', async () => {
    await system.restart();
    const attempts = Array.from({ length: 50 }, async (_, index) => {
      const jar = new CookieJar();
      return login(await loginPage(jar), 'grace', jar, `guess-number-${index}`);
    });
    const answers = await Promise.all(attempts);
    // Those beyond the passwords that an isolate checks at a time are 503, and cost no attempt.
    const tried = answers.filter(({ status }) => status === 200);
    const untried = answers.filter(({ status }) => status !== 200);
    assert.ok(tried.length <= 10, `${tried.length} guesses were tried`);
    for (const answer of untried) assert.ok([429, 503].includes(answer.status), `${answer.status}`);
    for (const answer of untried) assert.ok(Number(answer.headers['retry-after']) > 0);
    for (const answer of tried) assert.ok(loginForm(answer.text) && answer.status < 500);
    const jar = new CookieJar();
    assert.equal((await login(await loginPage(jar), 'grace', jar)).status, 429);
  });

  test('[102] the throttle outlives a restart', async () => {
    await system.restart();
    const jar = new CookieJar();
    assert.equal((await login(await loginPage(jar), 'grace', jar)).status, 429);
  });
});

// Each was a dead end for the users of another server (authup 3204, sentry 107214, v2-hub 1961).
describe('a request goes on', () => {
  const asked = (answer) => {
    assert.equal(answer.status, 303, answer.text);
    assert.match(answer.location, /^\/oauth\/authorize\?/);
    return answer.redirected.get('state');
  };

  test('[96] in both of two tabs that were opened at once', async () => {
    const jar = new CookieJar();
    const tabs = [authorizationRequest(system), authorizationRequest(system)];
    // Both answers set a cookie: neither request had one.
    const pages = await Promise.all(tabs.map(({ params }) => authorize(system, params)));
    for (const page of pages) jar.take(page);
    for (const [index, page] of pages.entries()) assert.equal(asked(await login(page, 'ada', jar)), tabs[index].params.state);
    ok(await authorize(system, authorizationRequest(system, 'web-ui', { prompt: 'consent' }).params, jar));
  });

  test('[96] from the consent page of the login before, and of a session that ended', async () => {
    const { page, jar } = await consentPage('ada');
    const again = ok(await authorize(system, authorizationRequest(system, 'web-ui', { prompt: 'login' }).params, jar));
    assert.equal((await login(again, 'ada', jar)).status, 303);
    asked(await decide(page, 'allow', jar));
    for (const [name] of jar.entries()) if (/session/.test(name)) jar.set(name, '');
    asked(await decide(page, 'allow', jar));
    assert.equal((await decide(page, 'deny', jar)).redirected.get('error'), 'access_denied');
  });

  test('[96] and where cookies are blocked, the page says so', async () => {
    const page = ok(await authorize(system, authorizationRequest(system).params));
    const answer = await login(page, 'ada');
    assert.equal(answer.status, 403);
    assert.match(answer.text, /Your browser blocks cookies/);
    assert.ok(loginForm(answer.text));
  });
});

test('signing in without an authorization request ends on a page of ours', async () => {
  const jar = new CookieJar();
  const page = await loginPage(jar);
  const answer = await postForm(`${system.auth}/login`, { ...loginForm(page.text).hidden, username: 'ada', password: 'not-the-password' }, { jar });
  assert.ok(answer.status < 500);
  if (answer.location) assert.equal(new URL(answer.location, system.auth).origin, system.auth);
});

// Last, because the system has another address afterwards.
test('[104] over https the cookies are __Host- and Secure', async () => {
  await system.restart({ vars: { auth: { ISSUER: 'https://auth.example' } } });
  const jar = new CookieJar();
  await login(await loginPage(jar), 'ada', jar);
  assert.ok(jar.seen.length > 1);
  for (const line of jar.seen) assert.match(line, /^__Host-[^;]*; Path=\/; Secure; HttpOnly; SameSite=Lax(;|$)/);
});
