//! Client authentication, and proofs of the key to which a token is bound.

use from_json::FromJson;
use oauth_core::UnixTime;
use oauth_core::dpop::{self, Expected, Proof};
use oauth_core::form::Form;
use oauth_core::jose::UntrustedJwt;

use super::world::*;
use crate::HttpCall;
use crate::m2m::*;
use crate::test_keys::{TestVerifier, block_on};

fn source_with(auth_method: AuthMethod, binding: Binding) -> TokenSource {
    TokenSource::new(Settings {
        auth_method,
        binding,
        ..settings()
    })
}

fn bound() -> TokenSource {
    source_with(AuthMethod::PrivateKeyJwt, Binding::Dpop)
}

fn form(call: &HttpCall) -> Form {
    Form::parse(call.body_text().unwrap().as_bytes()).unwrap()
}

fn header<'a>(call: &'a HttpCall, name: &str) -> Option<&'a str> {
    let found = call.headers.iter().find(|(known, _)| known == name);
    found.map(|(_, value)| value.as_str())
}

#[derive(FromJson)]
struct Claims {
    iss: String,
    sub: String,
    aud: String,
    exp: i64,
    iat: i64,
    jti: String,
}

fn assertion(call: &HttpCall) -> Claims {
    let form = form(call);
    let text = form.one("client_assertion").unwrap().unwrap();
    let jwt = UntrustedJwt::parse(text).unwrap();
    assert_eq!(jwt.key_id(), Some("caller-key"));
    let keys = key().jwks();
    block_on(jwt.verify::<Claims>(&TestVerifier, &keys.keys[0]))
        .unwrap()
        .claims
}

#[test]
fn the_request_proves_who_asks_for_what() {
    let (world, source) = (Stage::new(), source());
    assert!(world.run(&source).answer.is_ok());
    let sent = world.sent.borrow();
    let form = form(&sent[0]);
    for (name, value) in [
        ("grant_type", "client_credentials"),
        ("client_id", "caller"),
        ("scope", "read:students"),
        ("resource", "https://api.example"),
        (
            "client_assertion_type",
            "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        ),
    ] {
        assert_eq!(form.one(name).unwrap(), Some(value));
    }
    let claims = assertion(&sent[0]);
    assert_eq!(
        (claims.iss.as_str(), claims.sub.as_str()),
        ("caller", "caller")
    );
    assert_eq!(claims.aud, "https://as.example");
    assert_eq!((claims.iat, claims.exp), (NOW, NOW + 60));
    assert_eq!(header(&sent[0], "authorization"), None);
    assert_eq!(header(&sent[1], "authorization"), Some("Bearer s3cret-1"));
}

#[test]
fn every_assertion_has_its_own_jti() {
    let (world, source) = (Stage::new(), source());
    world.run(&source);
    world.pass(4000);
    world.run(&source);
    let sent = world.sent.borrow();
    assert_ne!(assertion(&sent[0]).jti, assertion(&sent[2]).jti);
}

#[test]
fn a_secret_goes_into_the_header_or_into_the_body() {
    let world = Stage::new();
    let basic = source_with(AuthMethod::ClientSecretBasic, Binding::Bearer);
    assert!(world.run(&basic).answer.is_ok());
    let sent = world.sent.borrow()[0].clone();
    // caller:s3cret-of-the-client
    assert_eq!(
        header(&sent, "authorization"),
        Some("Basic Y2FsbGVyOnMzY3JldC1vZi10aGUtY2xpZW50")
    );
    assert_eq!(form(&sent).one("client_id").unwrap(), None);
    assert_eq!(form(&sent).one("client_secret").unwrap(), None);

    let world = Stage::new();
    let post = source_with(AuthMethod::ClientSecretPost, Binding::Bearer);
    assert!(world.run(&post).answer.is_ok());
    let sent = world.sent.borrow()[0].clone();
    assert_eq!(header(&sent, "authorization"), None);
    assert_eq!(form(&sent).one("client_id").unwrap(), Some("caller"));
    assert_eq!(form(&sent).one("client_secret").unwrap(), Some(SECRET));
    assert_eq!(form(&sent).one("client_assertion").unwrap(), None);
}

#[test]
fn without_a_key_no_request_is_made_and_the_fault_is_ours() {
    let world = Stage::new();
    world.key_missing.set(true);
    let failed = world.run(&source()).answer.unwrap_err();
    assert_eq!(
        (failed.slug(), failed.lacks_credential()),
        ("no_caller_key", true)
    );
    assert!(failed.to_string().contains("CALLER_PRIVATE_JWK"));
    assert!(world.sent.borrow().is_empty());
    let post = source_with(AuthMethod::ClientSecretPost, Binding::Bearer);
    assert!(world.run(&post).answer.is_ok());
}

fn dpop_reply(world: &Stage) -> crate::HttpReply {
    let count = world.calls_to(TOKEN_ENDPOINT);
    let body =
        format!(r#"{{"access_token":"s3cret-{count}","token_type":"DPoP","expires_in":3600}}"#);
    reply(200, &[], &body)
}

fn proof(call: &HttpCall, access_token: Option<&str>) -> Proof {
    let expected = Expected {
        method: call.method.name(),
        url: &call.url,
        access_token,
        now: UnixTime(NOW),
    };
    let proof = header(call, "dpop").unwrap();
    block_on(dpop::verify(&TestVerifier, proof, &expected)).unwrap()
}

#[test]
fn a_bound_token_is_asked_for_and_used_with_proofs_of_one_key() {
    let world = Stage::new().on_token(|world, _| Ok(dpop_reply(world)));
    assert!(world.run(&bound()).answer.is_ok());
    let sent = world.sent.borrow();
    let asked = proof(&sent[0], None);
    let used = proof(&sent[1], Some("s3cret-1"));
    assert_eq!(header(&sent[1], "authorization"), Some("DPoP s3cret-1"));
    let keys = key().jwks();
    assert_eq!(
        (asked.jkt.clone(), used.jkt),
        (keys.keys[0].thumbprint(), asked.jkt)
    );
    assert_ne!(asked.jti, used.jti);
}

#[test]
fn a_bearer_token_in_answer_to_a_proof_is_not_used() {
    let world = Stage::new();
    assert_eq!(world.error(&bound()), "token_not_bound");
    assert_eq!(
        (world.calls_to(API), world.calls_to(TOKEN_ENDPOINT)),
        (0, 1)
    );
    // And the other way round.
    let world = Stage::new().on_token(|world, _| Ok(dpop_reply(world)));
    assert_eq!(world.error(&source()), "unsupported_token_type");
}

#[test]
fn a_nonce_is_given_back_once_and_remembered() {
    let world = Stage::new().on_token(|world, call| {
        let given = proof(call, None).nonce;
        Ok(if given.as_deref() == Some("n1") {
            dpop_reply(world)
        } else {
            reply(
                400,
                &[("dpop-nonce", "n1")],
                r#"{"error":"use_dpop_nonce"}"#,
            )
        })
    });
    let source = bound();
    let ran = world.run(&source);
    assert!(ran.answer.is_ok());
    assert_eq!((world.calls_to(TOKEN_ENDPOINT), ran.facts.retries), (2, 1));
    world.pass(3600);
    // The clock of the proof check does not move.
    world.set_token(|world, _| Ok(dpop_reply(world)));
    world.run(&source);
    let sent = world.sent.borrow();
    let last = sent
        .iter()
        .rfind(|call| call.url == TOKEN_ENDPOINT)
        .unwrap();
    let claims = header(last, "dpop").unwrap().split('.').nth(1).unwrap();
    let claims = oauth_core::base64url::decode(claims).unwrap();
    assert!(
        String::from_utf8(claims)
            .unwrap()
            .contains(r#""nonce":"n1""#)
    );
}

#[test]
fn a_server_that_always_wants_another_nonce_is_not_followed() {
    let world = Stage::new().on_token(|world, _| {
        let nonce = format!("n{}", world.calls_to(TOKEN_ENDPOINT));
        Ok(reply(
            400,
            &[("dpop-nonce", &nonce)],
            r#"{"error":"use_dpop_nonce"}"#,
        ))
    });
    assert_eq!(world.error(&bound()), "use_dpop_nonce");
    assert_eq!(world.calls_to(TOKEN_ENDPOINT), 2);
}

#[test]
fn the_api_s_nonce_is_given_back_once_with_the_same_token() {
    let world = Stage::new()
        .on_token(|world, _| Ok(dpop_reply(world)))
        .on_api(|world, call| {
            let token = format!("s3cret-{}", world.calls_to(TOKEN_ENDPOINT));
            let given = proof(call, Some(&token)).nonce;
            let challenge = r#"DPoP error="use_dpop_nonce""#;
            Ok(if given.as_deref() == Some("a1") {
                reply(200, &[], "[]")
            } else {
                reply(
                    401,
                    &[("dpop-nonce", "a1"), ("www-authenticate", challenge)],
                    "",
                )
            })
        });
    assert!(world.run(&bound()).answer.is_ok());
    assert_eq!(
        (world.calls_to(API), world.calls_to(TOKEN_ENDPOINT)),
        (2, 1)
    );
}
