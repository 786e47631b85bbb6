// PKCE, RFC 7636. Numbers in brackets are rows of docs/threats.md.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { errorRedirect, ok, tokenError } from '../support/expect.mjs';
import { authorizationRequest, authorize, obtainCode, redeem, signIn } from '../support/flow.mjs';
import { witnessed } from '../support/http.mjs';
import { pkce, random } from '../support/jwt.mjs';
import { startSystem } from '../support/system.mjs';

let system;
let ada;
before(async () => {
  system = await startSystem();
  ada = await signIn(system, 'ada');
});
after(() => system?.stop());

async function refused(changes, clientId) {
  const { params } = authorizationRequest(system, clientId, changes);
  const answer = await authorize(system, params, ada.copy());
  errorRedirect(answer, 'invalid_request', { system, redirectUri: params.redirect_uri, state: params.state });
}

const code = (options = {}) => obtainCode(system, { jar: ada.copy(), ...options });

test('[18] a public client without a challenge is refused', () =>
  refused({ code_challenge: undefined, code_challenge_method: undefined }));

test('[18] a public client with a method but no challenge is refused', () => refused({ code_challenge: undefined }));

for (const method of ['plain', undefined, 's256', 'S512', 'S256 ']) {
  test(`[19] code_challenge_method ${method ?? 'left out'} is refused`, () => refused({ code_challenge_method: method }));
}

const { challenge } = pkce();
const malformed = {
  'of 42 characters': challenge.slice(1),
  'of 44 characters': `${challenge}A`,
  'padded with =': `${challenge}=`,
  'in the alphabet of plain base64': `${challenge.slice(0, 41)}+/`,
  'with a blank': `${challenge.slice(0, 42)} `,
  'with a letter of another script': `${challenge.slice(0, 42)}é`,
};
for (const [what, code_challenge] of Object.entries(malformed)) {
  test(`[20] a code_challenge ${what} is refused`, () => refused({ code_challenge }));
}

test('[21] an absent verifier is invalid_grant', async () => {
  tokenError(await redeem(system, await code(), { code_verifier: undefined }), 'invalid_grant');
});

test('[21] a wrong verifier is invalid_grant and does not burn the code', async () => {
  const obtained = await code();
  tokenError(await redeem(system, obtained, { code_verifier: random(32) }), 'invalid_grant');
  ok(await redeem(system, obtained));
});

test('[21] after five wrong verifiers from a client that authenticates the code is dead', async () => {
  const obtained = await code({ clientId: 'web-app' });
  for (let attempt = 0; attempt < 5; attempt += 1) {
    tokenError(await redeem(system, obtained, { code_verifier: random(32) }), 'invalid_grant');
  }
  tokenError(await redeem(system, obtained), 'invalid_grant');
});

test('[21] fifty wrong verifiers at once from a client that authenticates do not give fifty tries', async () => {
  const obtained = await code({ clientId: 'web-app' });
  const wrong = Array.from({ length: 50 }, () => redeem(system, obtained, { code_verifier: random(32) }));
  for (const answer of await Promise.all(wrong)) tokenError(answer, 'invalid_grant');
  tokenError(await redeem(system, obtained), 'invalid_grant');
});

for (const [what, wrong] of [
  ['wrong verifiers', () => ({ code_verifier: random(32) })],
  ['requests without a verifier', () => ({ code_verifier: undefined })],
  ['wrong redirect URIs', () => ({ redirect_uri: `${system.app}/elsewhere` })],
]) {
  test(`[21] fifty ${what} from a stranger use up no code of a public client`, async () => {
    const obtained = await code();
    const tries = Array.from({ length: 50 }, () => redeem(system, obtained, wrong()));
    for (const answer of await Promise.all(tries)) tokenError(answer, 'invalid_grant');
    ok(await redeem(system, obtained));
  });
}

test('[21] the challenge itself is no verifier', async () => {
  const obtained = await code();
  tokenError(await redeem(system, obtained, { code_verifier: obtained.params.code_challenge }), 'invalid_grant');
  // The challenge is no secret, and is stored.
  witnessed.delete(obtained.params.code_challenge);
});

const illegal = {
  'of 42 characters': 'v'.repeat(42),
  'of 129 characters': 'v'.repeat(129),
  'with a +': `${'v'.repeat(42)}+`,
  'with a blank': `${'v'.repeat(42)} `,
  'with é': `${'v'.repeat(43)}é`,
};
for (const [what, verifier] of Object.entries(illegal)) {
  test(`[23] a verifier ${what} is invalid_grant even where its hash fits`, async () => {
    const obtained = await code({ code_challenge: pkce(verifier).challenge });
    tokenError(await redeem(system, obtained, { code_verifier: verifier }), 'invalid_grant');
  });
}

for (const length of [43, 128]) {
  test(`[23] a verifier of ${length} characters is good`, async () => {
    const verifier = '-._~aZ09'.repeat(16).slice(0, length);
    const obtained = await code({ code_challenge: pkce(verifier).challenge });
    ok(await redeem(system, obtained, { code_verifier: verifier }));
  });
}

test('[24] a confidential client without PKCE is refused where its registration does not say so', () =>
  refused({ code_challenge: undefined, code_challenge_method: undefined }, 'web-app'));

test('[24] a challenge that a confidential client sent is enforced', async () => {
  const obtained = await code({ clientId: 'web-app' });
  tokenError(await redeem(system, obtained, { code_verifier: undefined }), 'invalid_grant');
  tokenError(await redeem(system, obtained, { code_verifier: random(32) }), 'invalid_grant');
  ok(await redeem(system, obtained));
});
