// The services of the resource server, route by route: whom each admits, with JWTs and with opaque tokens. Numbers in
// brackets are rows of docs/threats.md.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { ok } from '../support/expect.mjs';
import { fullCodeFlow, signIn, token } from '../support/flow.mjs';
import { get, send } from '../support/http.mjs';
import { startSystem } from '../support/system.mjs';

/** Every route that needs a token: what else it needs, and a body that it takes. */
const ROUTES = [
  { method: 'GET', path: '/api/protected' },
  { method: 'GET', path: '/api/data' },
  { method: 'GET', path: '/protected-data' },
  { method: 'GET', path: '/api/introspection' },
  { method: 'GET', path: '/api/user/profile', scope: 'read', user: true },
  { method: 'POST', path: '/api/user/update', scope: 'write', user: true, body: '{"bio":"notes"}' },
  { method: 'GET', path: '/students', scope: 'read:students' },
  { method: 'GET', path: '/posts', user: true },
  { method: 'GET', path: '/users', scope: 'read:users' },
];
const ALL_SCOPES = 'read write read:students read:users';

const SCOPES = {
  read: 'Read your profile',
  write: 'Change your profile',
  'read:students': 'Read the list of students',
  'read:posts': 'Read your posts',
  'read:users': 'Read the list of users',
};

let system;
let ada;
before(async () => {
  system = await startSystem();
  ada = await signIn(system, 'ada');
});
after(() => system?.stop());

const call = ({ method, path, body }, accessToken) =>
  send(method, `${system.api}${path}`, {
    headers: { ...(accessToken ? { authorization: `Bearer ${accessToken}` } : {}), ...(body ? { 'content-type': 'application/json' } : {}) },
    body,
  });

const users = async (scope) => (await fullCodeFlow(system, { jar: ada.copy(), scope: `openid ${scope}` })).tokens.access_token;
const machines = async (scope) => ok(await token(system, 'client-123', { grant_type: 'client_credentials', scope })).json.access_token;

/** All scopes but one; a client that asks for none would be given its usual ones. */
const without = (scope) => ALL_SCOPES.split(' ').filter((one) => one !== scope).join(' ');

for (const kind of ['JWT', 'opaque']) {
  describe(`with ${kind} tokens`, () => {
    let user;
    let machine;
    before(async () => {
      if (kind === 'opaque') {
        await system.halt();
        for (const client of ['web-ui', 'client-123']) {
          system.sql('clients', `UPDATE clients SET record = json_set(record, '$.access_token_format', 'opaque') WHERE client_id = '${client}'`);
        }
        system.forgetCaches();
        await system.start();
        await system.checkHealth();
      }
      user = await users(ALL_SCOPES);
      machine = await machines(ALL_SCOPES);
    });

    test('they are what is tested', () => {
      for (const one of [user, machine]) assert.equal(one.split('.')[0] === 'a1', kind === 'opaque', one.slice(0, 12));
    });

    for (const route of ROUTES) {
      const name = `${route.method} ${route.path}`;

      test(`${name} is a person's who may`, async () => {
        assert.match(ok(await call(route, user)).headers['content-type'], /^application\/json/);
      });

      test(`${name} is ${route.user ? 'not a machine\'s' : 'a machine\'s too'}`, async () => {
        const answer = await call(route, machine);
        assert.equal(answer.status, route.user ? 403 : 200, answer.text);
        if (route.user) assert.match(answer.headers['www-authenticate'], /error="insufficient_scope"/);
      });

      if (route.scope) {
        test(`[109] ${name} without ${route.scope} is 403 and names the scope`, async () => {
          for (const lacking of [await users(without(route.scope)), await machines(without(route.scope))]) {
            const answer = await call(route, lacking);
            assert.equal(answer.status, 403, answer.text);
            assert.match(answer.headers['www-authenticate'], /error="insufficient_scope"/);
            assert.match(answer.headers['www-authenticate'], new RegExp(`scope="${route.scope}"`));
          }
        });
      }

      test(`[105] ${name} without a token, or with one cut short, is 401`, async () => {
        const bare = await call(route);
        assert.equal(bare.status, 401);
        assert.doesNotMatch(bare.headers['www-authenticate'], /error=/);
        if (route.scope) assert.match(bare.headers['www-authenticate'], new RegExp(`scope="${route.scope}"`));
        const cut = await call(route, user.slice(0, -2));
        assert.equal(cut.status, 401, cut.text);
        assert.match(cut.headers['www-authenticate'], /error="invalid_token"/);
      });
    }

    test('/posts asks for no scope of a person', async () => {
      ok(await call({ method: 'GET', path: '/posts' }, await users('')));
    });
  });
}

test('the metadata lists the scopes of the services and says what each allows', async () => {
  const answer = ok(await get(`${system.api}/.well-known/oauth-protected-resource`));
  assert.equal(answer.headers['access-control-allow-origin'], '*');
  const document = answer.json;
  assert.deepEqual(document.scope_descriptions, SCOPES);
  assert.deepEqual([...document.scopes_supported].sort(), Object.keys(SCOPES).sort());
  assert.ok(document.dpop_signing_alg_values_supported.includes('ES256'));
  assert.equal(document.dpop_bound_access_tokens_required, undefined);
});
