//! Introspection (RFC 7662, RFC 9701): rows 69 to 71 and 74 of the table of threats.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed"
)]

use oauth_core::{
    base64url,
    client::AuthMethod,
    http::{Answer, Headers},
    jose::{
        self, AccessTokenClaims, Algorithm, Audience, JwtRefused, UntrustedJwt,
        access_token::TOKEN_TYPE,
    },
    keyring::Keyring,
};
use oauth_server::{introspect::introspect, ports::Keys as _};
use serde_json::Value;
use testkit::{
    answer,
    crypto::run,
    fixture::{Fixture, ISSUER, SECRET, basic, client, member, parameter, request, text},
    memory::Part,
};

const API: &str = "https://api.example";
const MCP: &str = "https://mcp.example";

/// The fixture, with `api` and `mcp`, each the resource server of that name.
fn fixture() -> Fixture {
    let fixture = Fixture::new();
    for (name, resource) in [
        ("api", API),
        ("mcp", MCP),
        ("stranger", "https://x.example"),
    ] {
        let mut server = client(name, vec![AuthMethod::ClientSecretBasic]);
        server.secret_hashes = vec![
            fixture
                .world
                .keyring
                .client_secret_hash(&server.client_id, SECRET),
        ];
        server.grant_types = vec![];
        server.resource_server_for = vec![resource.to_owned()];
        fixture.register(server);
    }
    fixture
}

fn ask(fixture: &Fixture, caller: &str, token: &str) -> Answer {
    ask_with(fixture, caller, &[("token", token)], None)
}

fn ask_with(
    fixture: &Fixture,
    caller: &str,
    parameters: &[(&str, &str)],
    accept: Option<&str>,
) -> Answer {
    let mut request = fixture.post(
        "/oauth/introspect",
        Some(&basic(caller, SECRET)),
        parameters,
    );
    if let Some(accept) = accept {
        let kept = ["authorization", "content-type"].map(|name| {
            let value = request.headers.value(name).unwrap_or_default();
            (name.to_owned(), value.to_owned())
        });
        let accept = ("accept".to_owned(), accept.to_owned());
        request.headers = Headers::new(kept.into_iter().chain([accept]));
    }
    run(answer!(Json, introspect, fixture.context(), &request))
}

fn json(answer: &Answer) -> Value {
    assert_eq!(answer.status, 200, "{}", text(answer));
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    serde_json::from_slice(&answer.body).unwrap()
}

/// Row 70: not a word more.
fn assert_inactive(answer: &Answer) {
    json(answer);
    assert_eq!(text(answer), r#"{"active":false}"#);
}

fn assert_active(answer: &Answer) {
    assert_eq!(json(answer)["active"], true, "{}", text(answer));
}

/// Tokens of `spa` for a resource.
fn tokens_for(fixture: &mut Fixture, resource: &str) -> Answer {
    let code = parameter(&fixture.grant(&request(&[("resource", resource)])), "code");
    let answer = fixture.redeem(&code);
    assert_eq!(answer.status, 200, "{}", text(&answer));
    answer
}

fn machine_token(fixture: &Fixture, resource: &str) -> String {
    let parameters = [("grant_type", "client_credentials"), ("resource", resource)];
    let answer = fixture.token(Some(&basic("web", SECRET)), &parameters);
    assert_eq!(answer.status, 200, "{}", text(&answer));
    member(&answer, "access_token")
}

fn disable(fixture: &Fixture, name: &str) -> oauth_core::client::Client {
    let id = oauth_core::id::ClientId::parse(name).unwrap();
    let client = fixture.world.clients.borrow_mut().remove(&id).unwrap();
    (*client).clone()
}

/// The client was disabled now, and enabled again.
fn disable_for_a_moment(fixture: &Fixture, name: &str) {
    let mut client = disable(fixture, name);
    client.not_before = Some(fixture.world.now.get());
    fixture.register(client);
    fixture.wait(1);
}

#[test]
fn a_resource_server_learns_what_a_jwt_says() {
    let mut fixture = fixture();
    let token = member(&tokens_for(&mut fixture, API), "access_token");
    let described = json(&ask(&fixture, "api", &token));
    let now = fixture.world.now.get().0;
    let jti = described["jti"].as_str().unwrap().to_owned();
    let expected = serde_json::json!({
        "active": true, "scope": "openid profile read", "client_id": "spa", "token_type": "Bearer",
        "exp": now + 300, "iat": now, "sub": "u_ada", "aud": API, "iss": ISSUER, "jti": jti,
        "auth_time": now,
    });
    assert_eq!(described, expected);
}

#[test]
fn a_resource_server_learns_what_an_opaque_token_stands_for() {
    let mut fixture = fixture();
    let token = member(&tokens_for(&mut fixture, MCP), "access_token");
    assert!(token.starts_with("a1."));
    let described = json(&ask(&fixture, "mcp", &token));
    let now = fixture.world.now.get().0;
    let jti = described["jti"].as_str().unwrap().to_owned();
    assert!(
        !token.ends_with(&jti) && token.contains(&jti.replace('.', &format!(".{}.", now + 3_600)))
    );
    let expected = serde_json::json!({
        "active": true, "scope": "openid profile read", "client_id": "spa", "token_type": "Bearer",
        "exp": now + 3_600, "iat": now, "sub": "u_ada", "aud": MCP, "iss": ISSUER, "jti": jti,
        "auth_time": now,
    });
    assert_eq!(described, expected);
}

#[test]
fn a_machines_tokens_are_active_in_either_form() {
    let fixture = fixture();
    for (caller, resource) in [("api", API), ("mcp", MCP)] {
        let described = json(&ask(&fixture, caller, &machine_token(&fixture, resource)));
        assert_eq!(
            (&described["active"], &described["sub"]),
            (&true.into(), &"web".into())
        );
    }
    // Nothing was written for the signed one (RFC 6749 §4.4 in one signature).
    assert_eq!(fixture.world.grants.borrow().len(), 1);
}

#[test]
fn a_token_is_active_though_its_key_began_after_the_keys_were_read() {
    let mut fixture = fixture();
    let token = member(&tokens_for(&mut fixture, API), "access_token");
    fixture.world.keys_are_old.set(true);
    assert_active(&ask(&fixture, "api", &token));
}

#[test]
fn row_69_who_cannot_prove_who_they_are_is_told_nothing() {
    let mut fixture = fixture();
    let token = member(&tokens_for(&mut fixture, API), "access_token");
    let attempts = [
        (None, vec![]),
        (None, vec![("client_id", "spa")]),
        (None, vec![("client_id", "nobody")]),
        (Some("Basic YXBpOndyb25n"), vec![]),
        (Some("Bearer x"), vec![]),
    ];
    for (authorization, mut parameters) in attempts {
        parameters.push(("token", &token));
        let request = fixture.post("/oauth/introspect", authorization, &parameters);
        let answer = run(answer!(Json, introspect, fixture.context(), &request));
        assert_eq!(answer.status, 401, "{parameters:?} {}", text(&answer));
        assert_eq!(member(&answer, "error"), "invalid_client");
        let is_challenged = answer.header("www-authenticate").is_some();
        assert_eq!(is_challenged, authorization.is_some());
    }
}

#[test]
fn a_client_that_may_come_without_proof_is_refused_even_with_one() {
    let fixture = fixture();
    let mut both = client(
        "both",
        vec![AuthMethod::None, AuthMethod::ClientSecretBasic],
    );
    let hash = fixture
        .world
        .keyring
        .client_secret_hash(&both.client_id, SECRET);
    both.secret_hashes = vec![hash];
    fixture.register(both);
    let answer = ask(&fixture, "both", "x");
    assert_eq!(
        (answer.status, answer.log.refusal),
        (401, Some("introspection_not_allowed"))
    );
    assert!(answer.header("www-authenticate").is_some());
}

#[test]
fn a_request_without_a_token_or_that_is_no_form_is_invalid() {
    let fixture = fixture();
    for parameters in [
        vec![],
        vec![("token", "")],
        vec![("token", "a"), ("token", "b")],
    ] {
        let answer = ask_with(&fixture, "api", &parameters, None);
        assert_eq!(
            (answer.status, member(&answer, "error")),
            (400, "invalid_request".into())
        );
    }
    let mut request = fixture.post(
        "/oauth/introspect",
        Some(&basic("api", SECRET)),
        &[("token", "x")],
    );
    request.query = "token=x".to_owned();
    assert_eq!(
        run(answer!(Json, introspect, fixture.context(), &request)).status,
        400
    );
}

#[test]
fn row_70_garbage_is_inactive() {
    let mut fixture = fixture();
    let token = member(&tokens_for(&mut fixture, MCP), "access_token");
    let forged = token.replacen("a1.", "a2.", 1);
    let longer = token.replace(".1800", ".1900");
    assert_ne!(longer, token);
    for garbage in [
        "x",
        "a1.",
        "a1.a.b.c.d",
        "e30.e30.e30",
        "漢",
        &forged,
        &longer,
    ] {
        assert_inactive(&ask(&fixture, "mcp", garbage));
    }
}

#[test]
fn row_70_codes_cookies_and_id_tokens_are_no_tokens() {
    let mut fixture = fixture();
    let code = parameter(&fixture.grant(&request(&[])), "code");
    assert_inactive(&ask(&fixture, "api", &code));
    let id_token = member(&fixture.redeem(&code), "id_token");
    assert_inactive(&ask(&fixture, "api", &id_token));
    let kept = fixture.cookies.values().filter(|value| !value.is_empty());
    let cookies: Vec<String> = kept.cloned().collect();
    assert!(cookies.iter().any(|cookie| cookie.starts_with("s1.")));
    for cookie in cookies {
        assert_inactive(&ask(&fixture, "api", &cookie));
    }
}

#[test]
fn row_70_an_expired_token_is_inactive_to_the_second() {
    for (resource, caller, life) in [(API, "api", 300), (MCP, "mcp", 3_600)] {
        let mut fixture = fixture();
        let token = member(&tokens_for(&mut fixture, resource), "access_token");
        fixture.wait(life - 1);
        assert_active(&ask(&fixture, caller, &token));
        fixture.wait(1);
        assert_inactive(&ask(&fixture, caller, &token));
    }
}

#[test]
fn row_70_a_token_is_nobody_elses_business() {
    let mut fixture = fixture();
    for (resource, server, other) in [(API, "api", "mcp"), (MCP, "mcp", "api")] {
        let token = member(&tokens_for(&mut fixture, resource), "access_token");
        assert_active(&ask(&fixture, server, &token));
        for caller in [other, "stranger", "web"] {
            assert_inactive(&ask(&fixture, caller, &token));
        }
        let token = machine_token(&fixture, resource);
        assert_active(&ask(&fixture, "web", &token));
        assert_inactive(&ask(&fixture, other, &token));
    }
}

#[test]
fn row_71_a_wrong_hint_still_works() {
    let mut fixture = fixture();
    let tokens = [
        member(&tokens_for(&mut fixture, API), "access_token"),
        machine_token(&fixture, API),
    ];
    for token in tokens {
        for hint in ["refresh_token", "access_token", "id_token", "nonsense"] {
            let parameters = [("token", token.as_str()), ("token_type_hint", hint)];
            assert_active(&ask_with(&fixture, "api", &parameters, None));
        }
    }
}

#[test]
fn a_refresh_token_is_seen_by_its_own_client_and_only_while_it_is_current() {
    let mut fixture = fixture();
    let code_request = request(&[("client_id", "web")]);
    let code = parameter(&fixture.grant(&code_request), "code");
    let redeemed = fixture.token(
        Some(&basic("web", SECRET)),
        &[
            ("grant_type", "authorization_code"),
            ("code", &code),
            ("redirect_uri", testkit::fixture::REDIRECT),
            ("code_verifier", testkit::fixture::VERIFIER),
        ],
    );
    let first = member(&redeemed, "refresh_token");
    let described = json(&ask(&fixture, "web", &first));
    let until = fixture.world.now.get().0 + 30 * 86_400;
    assert_eq!(
        (&described["active"], &described["exp"]),
        (&true.into(), &until.into())
    );
    assert_eq!(described.get("token_type"), None);
    for caller in ["api", "mcp", "stranger"] {
        assert_inactive(&ask(&fixture, caller, &first));
    }
    let renewal = [
        ("grant_type", "refresh_token"),
        ("refresh_token", first.as_str()),
    ];
    let second = member(
        &fixture.token(Some(&basic("web", SECRET)), &renewal),
        "refresh_token",
    );
    assert_inactive(&ask(&fixture, "web", &first));
    assert_active(&ask(&fixture, "web", &second));
    disable_for_a_moment(&fixture, "web");
    assert_inactive(&ask(&fixture, "web", &second));
}

#[test]
fn nothing_is_active_whose_grant_has_ended() {
    for (resource, caller) in [(API, "api"), (MCP, "mcp")] {
        let mut fixture = fixture();
        let code = parameter(&fixture.grant(&request(&[("resource", resource)])), "code");
        let token = member(&fixture.redeem(&code), "access_token");
        assert_active(&ask(&fixture, caller, &token));
        assert_eq!(fixture.redeem(&code).log.refusal, Some("code_replayed"));
        assert_inactive(&ask(&fixture, caller, &token));
    }
}

#[test]
fn a_persons_token_whose_grant_is_gone_is_inactive() {
    for (resource, caller) in [(API, "api"), (MCP, "mcp")] {
        let mut fixture = fixture();
        let token = member(&tokens_for(&mut fixture, resource), "access_token");
        fixture.world.grants.borrow_mut().clear();
        assert_inactive(&ask(&fixture, caller, &token));
    }
}

#[test]
fn tokens_of_a_client_that_is_unknown_or_disabled_are_inactive() {
    for (resource, caller) in [(API, "api"), (MCP, "mcp")] {
        let mut fixture = fixture();
        let tokens = [
            (
                "spa",
                member(&tokens_for(&mut fixture, resource), "access_token"),
            ),
            ("web", machine_token(&fixture, resource)),
        ];
        for (name, token) in &tokens {
            let client = disable(&fixture, name);
            assert_inactive(&ask(&fixture, caller, token));
            fixture.register(client);
            assert_active(&ask(&fixture, caller, token));
        }
    }
}

#[test]
fn what_a_client_had_before_it_was_disabled_stays_dead_when_it_comes_back() {
    for (resource, caller) in [(API, "api"), (MCP, "mcp")] {
        let mut fixture = fixture();
        let person = member(&tokens_for(&mut fixture, resource), "access_token");
        let machine = machine_token(&fixture, resource);
        disable_for_a_moment(&fixture, "spa");
        disable_for_a_moment(&fixture, "web");
        assert_inactive(&ask(&fixture, caller, &person));
        assert_inactive(&ask(&fixture, caller, &machine));
        let later = member(&tokens_for(&mut fixture, resource), "access_token");
        assert_active(&ask(&fixture, caller, &later));
        assert_active(&ask(&fixture, caller, &machine_token(&fixture, resource)));
    }
}

#[test]
fn row_74_a_store_that_is_down_is_a_503_and_never_a_no() {
    let mut fixture = fixture();
    let tokens = [
        (
            "api",
            member(&tokens_for(&mut fixture, API), "access_token"),
        ),
        (
            "mcp",
            member(&tokens_for(&mut fixture, MCP), "access_token"),
        ),
        ("api", machine_token(&fixture, API)),
        ("mcp", machine_token(&fixture, MCP)),
    ];
    for (caller, token) in &tokens {
        let mut needed = vec![Part::Clients, Part::Grants];
        needed.extend((*caller == "api").then_some(Part::Keys));
        for part in needed {
            fixture.world.broken.borrow_mut().insert(part);
            let answer = ask(&fixture, caller, token);
            fixture.world.broken.borrow_mut().clear();
            assert_eq!(answer.status, 503, "{part:?} {}", text(&answer));
            assert!(answer.header("retry-after").is_some());
            assert!(!text(&answer).contains("active"));
        }
        assert_active(&ask(&fixture, caller, token));
    }
}

#[test]
fn no_cache_is_asked_about_a_token_that_its_grant_remembers() {
    let mut fixture = fixture();
    let token = member(&tokens_for(&mut fixture, MCP), "access_token");
    fixture.world.broken.borrow_mut().insert(Part::Cache);
    assert_active(&ask(&fixture, "mcp", &token));
}

#[test]
fn a_token_older_than_its_grant_remembers_is_described_from_the_cache() {
    let mut fixture = fixture();
    let tokens = tokens_for(&mut fixture, MCP);
    let oldest = member(&tokens, "access_token");
    let mut refresh_token = member(&tokens, "refresh_token");
    for _ in 0..oauth_core::lifecycle::grant::REMEMBERED {
        fixture.wait(1);
        refresh_token = member(&fixture.refresh(&refresh_token), "refresh_token");
    }
    let described = json(&ask(&fixture, "mcp", &oldest));
    let issued = fixture.world.now.get().0 - 16;
    assert_eq!(
        (&described["active"], &described["iat"]),
        (&true.into(), &issued.into())
    );
    assert_eq!(described["scope"], "openid profile read");
    // A description that cannot be had says nothing about the token.
    for part in [Some(Part::Cache), None] {
        fixture.world.broken.borrow_mut().extend(part);
        if part.is_none() {
            fixture.world.access_records.borrow_mut().clear();
        }
        let answer = ask(&fixture, "mcp", &oldest);
        fixture.world.broken.borrow_mut().clear();
        assert_eq!(answer.status, 503, "{}", text(&answer));
        assert!(!text(&answer).contains("active"));
    }
}

#[test]
fn a_description_is_found_after_our_secret_was_rotated() {
    let mut fixture = fixture();
    let tokens = tokens_for(&mut fixture, MCP);
    let oldest = member(&tokens, "access_token");
    let mut refresh_token = member(&tokens, "refresh_token");
    for _ in 0..oauth_core::lifecycle::grant::REMEMBERED {
        refresh_token = member(&fixture.refresh(&refresh_token), "refresh_token");
    }
    let (old, new) = (base64url::encode(&[8; 32]), base64url::encode(&[9; 32]));
    let rotated = Keyring::from_secret(&new).and_then(|keyring| keyring.with_previous(&old));
    fixture.world.keyring = rotated.unwrap();
    assert_active(&ask(&fixture, "mcp", &oldest));
}

#[test]
fn a_jwt_of_somebody_else_is_inactive() {
    let mut fixture = fixture();
    let token = member(&tokens_for(&mut fixture, API), "access_token");
    let sound: AccessTokenClaims = UntrustedJwt::parse(&token)
        .unwrap()
        .unverified_claims()
        .unwrap();
    let signer = run(fixture.world.signer(Algorithm::Es256)).unwrap();
    let mint =
        |claims: &AccessTokenClaims, typ| run(jose::mint(signer.as_ref(), typ, claims)).unwrap();
    assert_active(&ask(&fixture, "api", &mint(&sound, TOKEN_TYPE)));
    assert_inactive(&ask(&fixture, "api", &mint(&sound, "JWT")));
    let mut foreign = sound.clone();
    foreign.iss = "https://other.example".into();
    assert_inactive(&ask(&fixture, "api", &mint(&foreign, TOKEN_TYPE)));
    let mut nameless = sound.clone();
    nameless.jti = "no-grant".into();
    assert_inactive(&ask(&fixture, "api", &mint(&nameless, TOKEN_TYPE)));
    let stranger =
        testkit::crypto::P256Key::from_seed(77).with_key_id(jose::Signer::key_id(&*signer));
    let forged = run(jose::mint(&stranger, TOKEN_TYPE, &sound)).unwrap();
    assert_inactive(&ask(&fixture, "api", &forged));
    let mut several = sound;
    several.aud = Audience::many(["https://x.example".to_owned(), API.to_owned()]);
    assert_active(&ask(&fixture, "api", &mint(&several, TOKEN_TYPE)));
}

#[test]
fn the_answer_is_signed_where_that_is_asked_for() {
    let mut fixture = fixture();
    let token = member(&tokens_for(&mut fixture, API), "access_token");
    for (presented, active) in [(token.as_str(), true), ("garbage", false)] {
        for accept in [
            "application/token-introspection+jwt",
            "application/json;q=0.5, Application/Token-Introspection+JWT;q=0.9",
        ] {
            let answer = ask_with(&fixture, "api", &[("token", presented)], Some(accept));
            assert_eq!(answer.status, 200);
            assert_eq!(
                answer.header("content-type"),
                Some("application/token-introspection+jwt")
            );
            assert_eq!(answer.header("cache-control"), Some("no-store"));
            let claims = signed(&fixture, &text(&answer));
            assert_eq!(claims["iss"], ISSUER);
            assert_eq!(claims["aud"], "api");
            assert_eq!(claims["iat"], fixture.world.now.get().0);
            assert_eq!(claims["token_introspection"]["active"], active);
            assert_eq!((claims.get("sub"), claims.get("exp")), (None, None));
            let plain = json(&ask(&fixture, "api", presented));
            assert_eq!(claims["token_introspection"], plain);
        }
        for accept in [
            "application/json",
            "*/*",
            "application/*",
            "",
            "application/token-introspection+jwt;q=0",
            "application/token-introspection+jwt;q=0.5, application/json",
            "application/json;q=0.9,application/token-introspection+jwt; q=0.89",
        ] {
            json(&ask_with(
                &fixture,
                "api",
                &[("token", presented)],
                Some(accept),
            ));
        }
    }
}

fn signed(fixture: &Fixture, jwt: &str) -> Value {
    let untrusted = UntrustedJwt::parse(jwt).unwrap();
    assert_eq!(untrusted.token_type(), Some("token-introspection+jwt"));
    assert_eq!(untrusted.algorithm(), Algorithm::Rs256);
    let keys = run(fixture.world.public_keys()).unwrap();
    let key = keys
        .find(untrusted.key_id(), untrusted.algorithm())
        .unwrap();
    let verified: Result<_, JwtRefused> =
        run(untrusted.verify::<Value>(fixture.world.verifier(), key));
    verified.unwrap().claims
}

#[test]
fn a_signed_answer_passes_for_no_token() {
    let mut fixture = fixture();
    let token = member(&tokens_for(&mut fixture, API), "access_token");
    let accept = Some("application/token-introspection+jwt");
    let jwt = text(&ask_with(&fixture, "api", &[("token", &token)], accept));
    assert_inactive(&ask(&fixture, "api", &jwt));
    assert_eq!(fixture.userinfo(&jwt).status, 401);
}
