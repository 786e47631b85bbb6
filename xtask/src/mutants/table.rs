//! The table of mutants: a file, a change, and who must catch it. What the simulator must catch are the invariants of
//! `docs/architecture.md`; the rest is caught by native tests.
//!
//! An `original` is in its file exactly once: an expression, whole statements, or an arm
//! of a `match` up to its comma, whose expression is what `mutated` takes the place of.

/// One change of the production code.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mutant {
    /// The fault that it is.
    pub(super) what: &'static str,
    /// The file, from the root.
    pub(super) file: &'static str,
    /// What is there.
    pub(super) original: &'static str,
    /// What takes its place.
    pub(super) mutated: &'static str,
    /// The tests that must fail.
    pub(super) caught_by: CaughtBy,
}

/// The tests that must catch a mutant.
#[derive(Clone, Copy, Debug)]
pub(super) enum CaughtBy {
    /// The simulator, by schedules from seeds.
    Simulator,
    /// The native tests of a package whose names contain the text.
    Tests(&'static str, &'static str),
}

use CaughtBy::{Simulator, Tests};

const CORE: &str = "oauth-core";
const SERVER: &str = "oauth-server";
const GUARD: &str = "oauth-guard";
const CLIENT: &str = "oauth-client";

/// All of them.
pub(super) const MUTANTS: &[Mutant] = &[
    Mutant {
        what: "reuse of a token is refused and ends nothing",
        file: "crates/oauth-core/src/lifecycle/grant/refresh_family.rs",
        original: "Verdict::End(EndReason::RefreshReused, Refusal::RefreshTokenReused)",
        mutated: "Verdict::Refuse(Refusal::RefreshTokenReused)",
        caught_by: Simulator,
    },
    Mutant {
        what: "the same, under another name",
        file: "crates/oauth-core/src/lifecycle/grant/refresh_family.rs",
        original: "Verdict::End(EndReason::RefreshReused, Refusal::RefreshTokenReused)",
        mutated: "Verdict::Refuse(Refusal::RefreshTokenUnknown)",
        caught_by: Simulator,
    },
    Mutant {
        what: "a replayed code ends its grant only before the first refresh",
        file: "crates/oauth-core/src/lifecycle/grant/authorization_code.rs",
        original: "may_end(active, request)",
        mutated: "(may_end(active, request) && active.family.as_ref().is_none_or(|family| family.current == 0))",
        caught_by: Simulator,
    },
    Mutant {
        what: "a used code of a public client ends its grant for anyone",
        file: "crates/oauth-core/src/lifecycle/grant/authorization_code.rs",
        original: "may_end(active, request)",
        mutated: "{ let _ = may_end(active, request); true }",
        caught_by: Simulator,
    },
    Mutant {
        what: "after one sign-out everywhere the person can never sign in or connect again",
        file: "crates/oauth-core/src/lifecycle/person/counter.rs",
        original: "mark < self.all || mark > self.ends",
        mutated: "self.all != Self::default().all || mark > self.ends",
        caught_by: Simulator,
    },
    Mutant {
        what: "codes never expire",
        file: "crates/oauth-core/src/lifecycle/grant/authorization_code.rs",
        original: "now >= code.expires_at",
        mutated: "false",
        caught_by: Simulator,
    },
    Mutant {
        what: "the idle lifetime of refresh tokens is ignored",
        file: "crates/oauth-core/src/lifecycle/grant/refresh_family.rs",
        original: "now >= family.idle_until",
        mutated: "false",
        caught_by: Simulator,
    },
    Mutant {
        what: "disabled people go on",
        file: "crates/oauth-server/src/grant/mint.rs",
        original: "return Ok(Open::PersonGone);",
        mutated: "return Ok(Open::Within(issue.scope.clone()));",
        caught_by: Simulator,
    },
    Mutant {
        what: "the key of a refresh token is not compared",
        file: "crates/oauth-core/src/lifecycle/grant/refresh_family.rs",
        original: "family.is_for_another_key(request)",
        mutated: "false",
        caught_by: Simulator,
    },
    Mutant {
        what: "the end of a machine's token is kept for no time",
        file: "crates/oauth-server/src/revoke.rs",
        original: "claims.exp.0.plus(skew + 1)",
        mutated: "context.now",
        caught_by: Simulator,
    },
    Mutant {
        what: "the scope may be widened at refresh",
        file: "crates/oauth-core/src/lifecycle/grant/refresh_family.rs",
        original: "!asked.is_subset_of(&details.scope)",
        mutated: "!asked.is_subset_of(asked)",
        caught_by: Simulator,
    },
    Mutant {
        what: "sign-out everywhere ends one page and says all",
        file: "crates/oauth-server/src/ending/marked.rs",
        original: "grants.ask(list).await?",
        mutated: "{ let page = grants.ask(list).await?; if progress.ended > 0 { None } else { page } }",
        caught_by: Simulator,
    },
    Mutant {
        what: "any verifier will do",
        file: "crates/oauth-core/src/lifecycle/grant/authorization_code.rs",
        original: "pkce::satisfy(\n        code.code_challenge.as_ref(),\n        request.code_verifier.as_deref(),\n    )",
        mutated: "pkce::satisfy(None, None)",
        caught_by: Simulator,
    },
    Mutant {
        what: "another client may redeem a code",
        file: "crates/oauth-core/src/lifecycle/grant/authorization_code.rs",
        original: "*grant.client_id() != request.client_id",
        mutated: "false",
        caught_by: Simulator,
    },
    Mutant {
        what: "another client may use a refresh token",
        file: "crates/oauth-core/src/lifecycle/grant/refresh_family.rs",
        original: "*grant.client_id() != request.client_id",
        mutated: "false",
        caught_by: Simulator,
    },
    Mutant {
        what: "another client may revoke",
        file: "crates/oauth-core/src/lifecycle/grant/revocation.rs",
        original: "grant.client_id() != client_id",
        mutated: "client_id.as_str().is_empty()",
        caught_by: Simulator,
    },
    Mutant {
        what: "a retry is answered long after the grace",
        file: "crates/oauth-core/src/lifecycle/grant/refresh_family.rs",
        original: "now < answer.until",
        mutated: "now < answer.until.plus(600)",
        caught_by: Simulator,
    },
    Mutant {
        what: "the grace is over at once",
        file: "crates/oauth-core/src/lifecycle/grant/refresh_family.rs",
        original: "now < answer.until",
        mutated: "now.plus(1_000) < answer.until",
        caught_by: Simulator,
    },
    Mutant {
        what: "the successor has the same generation",
        file: "crates/oauth-core/src/lifecycle/grant/refresh_family.rs",
        original: "self.current.saturating_add(1)",
        mutated: "self.current.saturating_add(0)",
        caught_by: Simulator,
    },
    Mutant {
        what: "a client's older grants live on when it is enabled again",
        file: "crates/oauth-core/src/lifecycle/grant/refresh_family.rs",
        original: "details.is_outlived(request.not_before)",
        mutated: "false",
        caught_by: Simulator,
    },
    Mutant {
        what: "ends are not counted when a grant is indexed",
        file: "crates/oauth-core/src/lifecycle/person/entry.rs",
        original: "ended || !came_from",
        mutated: "{ let _ = ended; !came_from }",
        caught_by: Simulator,
    },
    Mutant {
        what: "sessions never expire",
        file: "crates/oauth-core/src/lifecycle/person/session.rs",
        original: "session.filter(|session| session.expires_at > now)",
        mutated: "session.filter(|session| session.expires_at.0 > 0 && now.0 > 0)",
        caught_by: Simulator,
    },
    Mutant {
        what: "every call is repeated when its answer is lost",
        file: "crates/oauth-core/src/lifecycle/object/remote.rs",
        original: "K::is_idempotent(command)",
        mutated: "true",
        caught_by: Simulator,
    },
    Mutant {
        what: "the alarm deletes a grant that lives",
        file: "crates/oauth-server/src/grant_host/alarm.rs",
        original: "ends_at > now",
        mutated: "now.0 == 0",
        caught_by: Simulator,
    },
    Mutant {
        what: "wrong verifiers may be tried for ever",
        file: "crates/oauth-core/src/lifecycle/grant/authorization_code.rs",
        original: "code.tries_left.saturating_sub(1)",
        mutated: "code.tries_left.saturating_sub(0)",
        caught_by: Simulator,
    },
    Mutant {
        what: "a wrong verifier burns a public client's code",
        file: "crates/oauth-core/src/lifecycle/grant/authorization_code.rs",
        original: "ClientType::Public => grant,",
        mutated: "grant.end(EndReason::TooManyTries)",
        caught_by: Simulator,
    },
    Mutant {
        what: "an end of nothing leaves nothing",
        file: "crates/oauth-core/src/lifecycle/grant/revocation.rs",
        original: "return revoke_absent(revocation);",
        mutated: "{ let _ = revoke_absent(revocation); return (None, Reply::Absent); }",
        caught_by: Simulator,
    },
    Mutant {
        what: "a grant that has ended is active",
        file: "crates/oauth-core/src/lifecycle/grant/access_token.rs",
        original: "counts(active, check, now)",
        mutated: "{ let _ = counts(active, check, now); true }",
        caught_by: Simulator,
    },
    Mutant {
        what: "a refresh with a narrowed scope is answered with all",
        file: "crates/oauth-core/src/lifecycle/grant/refresh_family.rs",
        original: "Verdict::Use(asked.clone())",
        mutated: "{ let _ = asked; Verdict::Use(details.scope.clone()) }",
        caught_by: Simulator,
    },
    Mutant {
        what: "a verifier of any text meets the challenge",
        file: "crates/oauth-core/src/pkce.rs",
        original: "secrets_equal(computed.0.as_bytes(), challenge.0.as_bytes())",
        mutated: "secrets_equal(computed.0.as_bytes(), computed.0.as_bytes())",
        caught_by: Tests(CORE, "pkce"),
    },
    Mutant {
        what: "a missing verifier passes",
        file: "crates/oauth-core/src/pkce.rs",
        original: "Err(Refusal::VerifierMissing)",
        mutated: "Ok(PkceSatisfied(()))",
        caught_by: Tests(CORE, "pkce"),
    },
    Mutant {
        what: "secrets are equal when they begin alike",
        file: "crates/oauth-core/src/secret.rs",
        original: "left.ct_eq(right).into()",
        mutated: "left.starts_with(right) || right.starts_with(left)",
        caught_by: Tests(CORE, "secret"),
    },
    Mutant {
        what: "any path is accepted on a loopback address",
        file: "crates/oauth-core/src/redirect_uri/mod.rs",
        original: "ours == after_loopback_authority(presented)",
        mutated: "after_loopback_authority(presented).is_some()",
        caught_by: Tests(CORE, "redirect_uri"),
    },
    Mutant {
        what: "redirect URIs may have a user name",
        file: "crates/oauth-core/src/redirect_uri/mod.rs",
        original: "authority.contains('@') || authority.to_ascii_lowercase().contains(\"%40\")",
        mutated: "false",
        caught_by: Tests(CORE, "redirect_uri"),
    },
    Mutant {
        what: "a method other than S256 is taken for it",
        file: "crates/oauth-core/src/authorize/mod.rs",
        original: "method != Some(\"S256\")",
        mutated: "method == Some(\"plain\")",
        caught_by: Tests(CORE, "authorize"),
    },
    Mutant {
        what: "a public client may leave the challenge out",
        file: "crates/oauth-core/src/authorize/mod.rs",
        original: "client.must_use_pkce() || method.is_some()",
        mutated: "method.is_some()",
        caught_by: Tests(CORE, "authorize"),
    },
    Mutant {
        what: "a scope is granted that the client may not have",
        file: "crates/oauth-core/src/authorize/mod.rs",
        original: "!scope.is_subset_of(&client.scope)",
        mutated: "scope.is_empty()",
        caught_by: Tests(CORE, "authorize"),
    },
    Mutant {
        what: "the first of two parameters wins",
        file: "crates/oauth-core/src/form.rs",
        original: "(values.next(), values.next())",
        mutated: "(values.next(), None::<&str>)",
        caught_by: Tests(CORE, "form"),
    },
    Mutant {
        what: "scopes compare by their beginning",
        file: "crates/oauth-core/src/scope.rs",
        original: "known.as_str() == token",
        mutated: "known.as_str().starts_with(token)",
        caught_by: Tests(CORE, "scope"),
    },
    Mutant {
        what: "Basic credentials may name another client than the body",
        file: "crates/oauth-core/src/client_authentication.rs",
        original: "named != client_id.as_str()",
        mutated: "named.is_empty()",
        caught_by: Tests(CORE, "client_authentication"),
    },
    Mutant {
        what: "an assertion may be for another server",
        file: "crates/oauth-core/src/client_assertion.rs",
        original: "!is_for_us(claims, client, settings)",
        mutated: "claims.aud.is_none()",
        caught_by: Tests(SERVER, ""),
    },
    Mutant {
        what: "an assertion may live for ever",
        file: "crates/oauth-core/src/client_assertion.rs",
        original: "life > client.assertion_policy.longest_life + OF_JWT_ISSUERS.ahead",
        mutated: "false",
        caught_by: Tests(SERVER, ""),
    },
    Mutant {
        what: "a JWT is taken although a critical extension is unknown",
        file: "crates/oauth-core/src/jose/jwt/mod.rs",
        original: "header.crit.0 || header.b64.0",
        mutated: "header.b64.0",
        caught_by: Tests(CORE, "jwt"),
    },
    Mutant {
        what: "a key checks signatures of an algorithm that it is not for",
        file: "crates/oauth-core/src/jose/jwt/mod.rs",
        original: "!key.allows(self.algorithm)",
        mutated: "false",
        caught_by: Tests(CORE, "jwt"),
    },
    Mutant {
        what: "a JWT never expires",
        file: "crates/oauth-core/src/jose/claims.rs",
        original: "now.since(expires.0) > leeway.expired",
        mutated: "expires.0.0 == 0",
        caught_by: Tests(CORE, "claims"),
    },
    Mutant {
        what: "a DPoP proof is good for another URL",
        file: "crates/oauth-core/src/dpop/mod.rs",
        original: "normal(&self.htu) != normal(expected.url)",
        mutated: "self.htu.is_empty()",
        caught_by: Tests(CORE, "dpop"),
    },
    Mutant {
        what: "a DPoP proof is good for another access token",
        file: "crates/oauth-core/src/dpop/mod.rs",
        original: "!self.is_for_token(token)",
        mutated: "{ let _ = token; self.ath.is_none() }",
        caught_by: Tests(CORE, "dpop"),
    },
    Mutant {
        what: "a DPoP proof of long ago is good",
        file: "crates/oauth-core/src/dpop/mod.rs",
        original: "!(-WINDOW..=WINDOW).contains(&distance)",
        mutated: "distance < -WINDOW",
        caught_by: Tests(CORE, "dpop"),
    },
    Mutant {
        what: "a bound token is good as a bearer token",
        file: "crates/oauth-core/src/token_binding.rs",
        original: "scheme == Scheme::Bearer",
        mutated: "false",
        caught_by: Tests(CORE, "token_binding"),
    },
    Mutant {
        what: "a form of another browser is accepted",
        file: "crates/oauth-server/src/csrf.rs",
        original: "keyring.is_mac(Purpose::Csrf, &browser.parts(form), presented)",
        mutated: "!presented.is_empty()",
        caught_by: Tests(SERVER, ""),
    },
    Mutant {
        what: "any client may introspect any token",
        file: "crates/oauth-server/src/introspect.rs",
        original: "!may_know(caller, &claims)",
        mutated: "false",
        caught_by: Tests(SERVER, ""),
    },
    Mutant {
        what: "public clients may introspect",
        file: "crates/oauth-server/src/client_auth.rs",
        original: "return Err(challenge(Refusal::IntrospectionNotAllowed, used_header).into());",
        mutated: "let _ = used_header;",
        caught_by: Tests(SERVER, ""),
    },
    Mutant {
        what: "a client may use a method of authentication that it did not register",
        file: "crates/oauth-server/src/client_auth.rs",
        original: "client.authenticates_with(method)",
        mutated: "client.authenticates_with(method) || true",
        caught_by: Tests(SERVER, ""),
    },
    Mutant {
        what: "a consent counts for terms that the page did not show",
        file: "crates/oauth-server/src/consent.rs",
        original: "context.keyring.is_mac(Purpose::Csrf, &terms, shown)",
        mutated: "context.keyring.is_mac(Purpose::Csrf, &terms, shown) || true",
        caught_by: Tests(SERVER, ""),
    },
    Mutant {
        what: "what disabling a user has ended is forgotten when it could not be told",
        file: "crates/oauth-server/src/ending/registered.rs",
        original: "Err(fault) => outcome = Err(fault),",
        mutated: "Err(fault) => { context.ports.announced(&ending).await?; outcome = Err(fault); }",
        caught_by: Tests(SERVER, ""),
    },
    Mutant {
        what: "the guard accepts an ID token",
        file: "crates/oauth-guard/src/jwt.rs",
        original: "!is_access_token_type(jwt.token_type())",
        mutated: "jwt.token_type() == Some(\"none\")",
        caught_by: Tests(GUARD, ""),
    },
    Mutant {
        what: "the guard accepts a token for another resource",
        file: "crates/oauth-guard/src/jwt.rs",
        original: "Some(&config.resource)",
        mutated: "None",
        caught_by: Tests(GUARD, ""),
    },
    Mutant {
        what: "the guard forgets the scope",
        file: "crates/oauth-guard/src/access.rs",
        original: "self.scope().is_some_and(|held| held.contains(scope))",
        mutated: "self.scope().is_some()",
        caught_by: Tests(GUARD, ""),
    },
    Mutant {
        what: "the client takes a callback with another state",
        file: "crates/oauth-client/src/code_flow/callback.rs",
        original: "same && !self.state.is_empty()",
        mutated: "received.is_some()",
        caught_by: Tests(CLIENT, ""),
    },
    Mutant {
        what: "the client takes a callback of another issuer",
        file: "crates/oauth-client/src/code_flow/callback.rs",
        original: "*issuer == self.issuer",
        mutated: "{ let _ = issuer; true }",
        caught_by: Tests(CLIENT, ""),
    },
    Mutant {
        what: "the client takes an ID token of another issuer",
        file: "crates/oauth-client/src/code_flow/id_token.rs",
        original: "claims.iss == *issuer",
        mutated: "!claims.iss.is_empty()",
        caught_by: Tests(CLIENT, ""),
    },
];
