// What a client or a person can ask the authorization server for, where a store is behind the answer. Each act has
//   needs    the bindings without which it cannot be answered, and `writes` those in which it changes something
//   prepare  brings about what must be there before, and answers what `ask` takes
//   ask      sends the one request
//   done     whether an answer is the good one
//   holds    looks, after it, whether what was asked for is so
//   lost     looks at what the same request gets after one whose answer was lost: what it changed stays changed
import assert from 'node:assert/strict';
import { clientRefused, ok, tokenError } from './expect.mjs';
import {
  account, assertion, authorizationRequest, authorize, authorizePushed, basic, decide, directLogin, directLogout, directRefresh, fullCodeFlow, introspect, login,
  obtainCode, offlineFlow, OPAQUE, push, redeem, refresh, revoke, signIn, submit, token, tokenByAssertion, userinfo,
} from './flow.mjs';
import { consentForm } from './html.mjs';
import { CookieJar, get, postForm, postJson } from './http.mjs';

const CLIENT = 'web-app';
/** A client that gets a code without a page: the others are sent back to localhost, which always asks. */
const REMEMBERED = 'web-ui';
const SCOPE = 'openid profile read write offline_access';
const isIssued = (answer) => answer.status === 200 && typeof answer.json.access_token === 'string';
const isActive = (answer) => answer.status === 200 && answer.json.active === true;
const isCode = (answer) => [302, 303].includes(answer.status) && Boolean(answer.redirected.get('code'));

/** A browser in which ada is signed in and has let `web-app` and `web-ui` have everything that the acts ask for. */
export async function actors(system) {
  const ada = await signIn(system, 'ada');
  await obtainCode(system, { clientId: REMEMBERED, jar: ada, scope: SCOPE });
  await offlineFlow(system, { clientId: CLIENT, jar: ada });
  return { system, ada };
}

const mine = ({ ada }) => ({ clientId: CLIENT, jar: ada.copy() });

export const ACTS = {
  'the login form': {
    needs: ['DB', 'THROTTLE', 'PERSON'],
    writes: ['THROTTLE', 'PERSON'],
    async prepare({ system }) {
      const jar = new CookieJar();
      return { jar, page: ok(await get(`${system.auth}/login`, { jar })) };
    },
    ask: (_, { jar, page }) => login(page, 'ada', jar.copy()),
    done: (answer) => answer.status === 303 && /ostiary-session/.test(String(answer.headers['set-cookie'])),
  },
  'an authorization request': {
    needs: ['DB', 'PERSON', 'GRANT'],
    writes: ['GRANT'],
    prepare: ({ system }) => authorizationRequest(system, REMEMBERED, { scope: SCOPE }),
    ask: ({ system, ada }, { params }) => authorize(system, params, ada.copy()),
    done: isCode,
  },
  'the consent form': {
    needs: ['DB', 'PERSON', 'GRANT'],
    writes: ['GRANT'],
    async prepare({ system, ada }) {
      const jar = ada.copy();
      const { params } = authorizationRequest(system, CLIENT, { scope: SCOPE, prompt: 'consent' });
      return { jar, page: ok(await authorize(system, params, jar)) };
    },
    ask: (_, { jar, page }) => submit(page, consentForm(page.text), { decision: 'allow' }, jar.copy()),
    done: isCode,
  },
  'a code': {
    needs: ['DB', 'GRANT'],
    writes: ['GRANT'],
    prepare: (all) => obtainCode(all.system, { ...mine(all), scope: SCOPE }),
    ask: ({ system }, obtained) => redeem(system, obtained),
    done: isIssued,
    // The documented limit: a client that redeems a code twice gets nothing, whichever had the first answer.
    lost: (again) => tokenError(again, 'invalid_grant'),
  },
  'a refresh token': {
    needs: ['DB', 'GRANT'],
    writes: ['GRANT'],
    prepare: (all) => offlineFlow(all.system, mine(all)),
    ask: ({ system }, { tokens }) => refresh(system, CLIENT, tokens.refresh_token),
    done: isIssued,
    async lost(again, { system }, { tokens }) {
      const third = ok(await refresh(system, CLIENT, tokens.refresh_token));
      assert.equal(third.text, ok(again).text, 'the very same answer');
      ok(await refresh(system, CLIENT, third.json.refresh_token));
    },
  },
  'client_credentials with a secret': {
    needs: ['DB'],
    writes: [],
    prepare: () => undefined,
    ask: ({ system }) => token(system, 'client-123', { grant_type: 'client_credentials', scope: 'read:students' }),
    done: isIssued,
  },
  'client_credentials with an assertion': {
    needs: ['DB', 'REPLAY'],
    writes: ['REPLAY'],
    prepare: ({ system }) => assertion(system),
    ask: ({ system }, jwt) => tokenByAssertion(system, jwt),
    done: isIssued,
    async lost(again, { system }) {
      clientRefused(again, { challenge: false });
      ok(await tokenByAssertion(system, assertion(system)));
    },
  },
  userinfo: {
    needs: ['DB', 'GRANT'],
    writes: [],
    prepare: (all) => fullCodeFlow(all.system, mine(all)),
    ask: ({ system }, { tokens }) => userinfo(system, tokens.access_token),
    done: (answer) => answer.status === 200 && answer.json.sub === 'u_ada',
  },
  'userinfo with an opaque token': {
    needs: ['DB', 'GRANT'],
    writes: [],
    prepare: (all) => fullCodeFlow(all.system, { ...mine(all), resource: OPAQUE }),
    ask: ({ system }, { tokens }) => userinfo(system, tokens.access_token),
    done: (answer) => answer.status === 200 && answer.json.sub === 'u_ada',
  },
  introspection: {
    needs: ['DB', 'GRANT'],
    writes: [],
    prepare: (all) => offlineFlow(all.system, mine(all)),
    ask: ({ system }, { tokens }) => introspect(system, tokens.access_token),
    done: isActive,
  },
  'introspection of an opaque token': {
    needs: ['DB', 'GRANT'],
    writes: [],
    prepare: (all) => offlineFlow(all.system, { ...mine(all), resource: OPAQUE }),
    ask: ({ system }, { tokens }) => introspect(system, tokens.access_token, { clientId: CLIENT }),
    done: isActive,
  },
  'a revocation': {
    needs: ['DB', 'GRANT'],
    writes: ['GRANT'],
    prepare: (all) => offlineFlow(all.system, mine(all)),
    ask: ({ system }, { tokens }) => revoke(system, CLIENT, tokens.refresh_token),
    done: (answer) => answer.status === 200,
    async holds({ system }, { tokens }) {
      tokenError(await refresh(system, CLIENT, tokens.refresh_token), 'invalid_grant');
      assert.deepEqual(ok(await introspect(system, tokens.access_token)).json, { active: false });
    },
  },
  'the account page': {
    needs: ['DB', 'PERSON'],
    writes: [],
    prepare: () => undefined,
    ask: ({ system, ada }) => account(system, ada.copy()),
    done: (answer) => answer.status === 200 && /name="sign_out"/.test(answer.text),
  },
  'a pushed request': {
    needs: ['DB', 'GRANT'],
    writes: ['GRANT'],
    prepare: ({ system }) => authorizationRequest(system, CLIENT, { scope: SCOPE }),
    ask: ({ system }, { params }) => push(system, CLIENT, params),
    done: (answer) => answer.status === 201 && Boolean(answer.json.request_uri),
  },
  'an authorization request that was pushed': {
    needs: ['DB', 'PERSON', 'GRANT'],
    writes: ['GRANT'],
    async prepare({ system }) {
      const { params } = authorizationRequest(system, CLIENT, { scope: SCOPE });
      return ok(await push(system, CLIENT, params), 201).json.request_uri;
    },
    ask: ({ system, ada }, requestUri) => authorizePushed(system, CLIENT, requestUri, ada.copy()),
    done: (answer) => answer.status === 200 && Boolean(consentForm(answer.text)),
  },
  'a registration': {
    needs: ['DB'],
    writes: [],
    prepare: () => ({ client_name: 'Notes', redirect_uris: ['https://app.example/callback'] }),
    ask: ({ system }, metadata) => postJson(`${system.auth}/oauth/register`, metadata),
    done: (answer) => answer.status === 201 && Boolean(answer.json.client_id),
  },
  'a registration that its client reads': {
    needs: ['DB'],
    writes: [],
    async prepare({ system }) {
      const metadata = { client_name: 'Notes', redirect_uris: ['https://app.example/callback'] };
      return ok(await postJson(`${system.auth}/oauth/register`, metadata), 201).json;
    },
    ask: (_, registered) => get(registered.registration_client_uri, { headers: { authorization: `Bearer ${registered.registration_access_token}` } }),
    done: (answer) => answer.status === 200 && answer.json.client_name === 'Notes',
  },
  'direct login': {
    needs: ['DB', 'THROTTLE', 'PERSON', 'GRANT'],
    writes: ['THROTTLE', 'PERSON', 'GRANT'],
    prepare: () => undefined,
    ask: ({ system }) => directLogin(system, 'ada'),
    done: isIssued,
  },
  'a refresh of a direct login': {
    needs: ['DB', 'GRANT'],
    writes: ['GRANT'],
    prepare: async ({ system }) => ok(await directLogin(system, 'ada')).json,
    ask: ({ system }, { refresh_token }) => directRefresh(system, refresh_token),
    done: isIssued,
    async lost(again, { system }, { refresh_token }) {
      assert.equal(ok(await directRefresh(system, refresh_token)).text, ok(again).text, 'the very same answer');
    },
  },
  'the end of a direct login': {
    needs: ['GRANT'],
    writes: ['GRANT'],
    prepare: async ({ system }) => ok(await directLogin(system, 'ada')).json,
    ask: ({ system }, { refresh_token }) => directLogout(system, refresh_token),
    done: (answer) => answer.status === 204,
    async holds({ system }, { refresh_token }) {
      tokenError(await directRefresh(system, refresh_token), 'invalid_grant');
    },
  },
};

/** A flow whose grant its client has ended. */
async function revoked(all, changes = {}) {
  const flow = await offlineFlow(all.system, { ...mine(all), ...changes });
  ok(await revoke(all.system, CLIENT, flow.tokens.refresh_token));
  return flow;
}

/** Requests that get a refusal, whatever is in the caches. */
export const REFUSALS = {
  'a wrong secret': {
    prepare: () => undefined,
    ask: ({ system }) => postForm(`${system.auth}/oauth/token`, { grant_type: 'client_credentials' }, { headers: basic('client-123', 'not-the-secret') }),
    refused: (answer) => clientRefused(answer, { challenge: true }),
  },
  'a code used before': {
    prepare: (all) => offlineFlow(all.system, mine(all)),
    ask: ({ system }, flow) => redeem(system, flow),
    refused: (answer) => tokenError(answer, 'invalid_grant'),
  },
  'a refresh token of a grant that was ended by a replay of its code': {
    async prepare(all) {
      const flow = await offlineFlow(all.system, mine(all));
      tokenError(await redeem(all.system, flow), 'invalid_grant');
      return flow.tokens.refresh_token;
    },
    ask: ({ system }, refreshToken) => refresh(system, CLIENT, refreshToken),
    refused: (answer) => tokenError(answer, 'invalid_grant'),
  },
  'an access token of a grant that was ended': {
    async prepare(all) {
      const flow = await offlineFlow(all.system, mine(all));
      tokenError(await redeem(all.system, flow), 'invalid_grant');
      return flow.tokens.access_token;
    },
    ask: ({ system }, accessToken) => userinfo(system, accessToken),
    refused: (answer) => assert.equal(answer.status, 401, answer.text),
  },
  'introspection of a token that was revoked': {
    prepare: revoked,
    ask: ({ system }, { tokens }) => introspect(system, tokens.access_token),
    refused: (answer) => assert.deepEqual(ok(answer).json, { active: false }),
  },
  'introspection of an opaque token that was revoked': {
    prepare: (all) => revoked(all, { resource: OPAQUE }),
    ask: ({ system }, { tokens }) => introspect(system, tokens.access_token, { clientId: CLIENT }),
    refused: (answer) => assert.deepEqual(ok(answer).json, { active: false }),
  },
  'userinfo with an opaque token that was revoked': {
    prepare: (all) => revoked(all, { resource: OPAQUE }),
    ask: ({ system }, { tokens }) => userinfo(system, tokens.access_token),
    refused: (answer) => assert.equal(answer.status, 401, answer.text),
  },
  'a pushed request that was used': {
    async prepare({ system, ada }) {
      const { params } = authorizationRequest(system, CLIENT, { scope: SCOPE });
      const { request_uri } = ok(await push(system, CLIENT, params), 201).json;
      const jar = ada.copy();
      assert.ok(isCode(await decide(ok(await authorizePushed(system, CLIENT, request_uri, jar)), 'allow', jar)));
      return request_uri;
    },
    ask: ({ system, ada }, requestUri) => authorizePushed(system, CLIENT, requestUri, ada.copy()),
    refused: (answer) => assert.equal(answer.status, 400, answer.text),
  },
  'a client that is not registered': {
    prepare: () => undefined,
    ask: ({ system }) => authorize(system, { ...authorizationRequest(system).params, client_id: 'nobody' }),
    refused: (answer) => assert.equal(answer.status, 400, answer.text),
  },
};
