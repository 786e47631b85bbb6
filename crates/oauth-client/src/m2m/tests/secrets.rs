//! Nothing secret is reported, logged or shared.

use proptest::prelude::*;

use super::world::*;
use crate::HttpReply;
use crate::m2m::*;

/// Everything that others than this client may come to see.
fn seen(world: &Stage, source: &TokenSource, ran: &Ran) -> String {
    format!(
        "{:?} {:?} {:?} {source:?} {:?} {} {} {}",
        ran.answer,
        ran.hops,
        ran.facts,
        world.sent.borrow(),
        world.lines.borrow().join("\n"),
        serde_json::to_string(&*world.state.borrow()).unwrap(),
        serde_json::to_string(&*world.copy.borrow()).unwrap(),
    )
}

fn assert_nothing_secret(text: &str) {
    for secret in ["s3cret", "eyJhbGci", "eyJ0eXAi", "czNjcmV0"] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
}

#[test]
fn a_good_run_shows_nothing_secret() {
    for auth_method in [
        AuthMethod::PrivateKeyJwt,
        AuthMethod::ClientSecretBasic,
        AuthMethod::ClientSecretPost,
    ] {
        let world = Stage::new();
        let source = TokenSource::new(Settings {
            auth_method,
            ..settings()
        });
        let ran = world.run(&source);
        assert!(ran.answer.is_ok());
        assert_nothing_secret(&seen(&world, &source, &ran));
    }
}

#[test]
fn what_a_server_echoes_is_not_shown() {
    let world = Stage::new().on_token(|_, call| {
        let body = call.body_text().unwrap();
        let json = format!(r#"{{"error":"{body}","error_description":"{body}"}}"#);
        Ok(reply(400, &[], &json))
    });
    let source = source();
    let ran = world.run(&source);
    assert_nothing_secret(&seen(&world, &source, &ran));
    assert_eq!(ran.answer.unwrap_err().slug(), "malformed_token_answer");
}

#[test]
fn what_is_shared_opens_for_its_own_purpose_only() {
    let world = Stage::new();
    world.run(&source());
    let change: [fn(&mut Settings); 5] = [
        |settings| settings.issuer = "https://other.example".into(),
        |settings| settings.client_id = "other".into(),
        |settings| settings.resource = "https://other.example".into(),
        |settings| settings.scope = "write".into(),
        |settings| settings.binding = Binding::Dpop,
    ];
    for change in change {
        let mut other = settings();
        change(&mut other);
        let before = world.calls_to(TOKEN_ENDPOINT);
        world.run(&TokenSource::new(other));
        assert_eq!(world.calls_to(TOKEN_ENDPOINT), before + 1);
        world.state.take();
        world.copy.take();
        world.run(&source());
    }
}

#[test]
fn the_life_of_a_sealed_token_cannot_be_changed() {
    let world = Stage::new();
    world.run(&source());
    let mut sealed = world.copy.take().unwrap();
    sealed.expires_at = sealed.expires_at.plus(1_000_000);
    sealed.renew_at = sealed.renew_at.plus(1_000_000);
    *world.copy.borrow_mut() = Some(sealed.clone());
    world.pass(3601);
    let ran = world.run(&source());
    assert!(ran.answer.is_ok());
    assert_eq!(
        (ran.facts.cache, world.calls_to(TOKEN_ENDPOINT)),
        (CacheUse::Miss, 2)
    );
    sealed.generation += 1_000_000_000;
    *world.copy.borrow_mut() = Some(sealed);
    world.run(&source());
    assert_eq!(world.calls_to(TOKEN_ENDPOINT), 2);
}

#[test]
fn each_request_leaves_one_line_of_json() {
    let world = Stage::new();
    let source = source();
    world.run(&source);
    let lines = world.lines.borrow();
    assert_eq!(lines.len(), 2);
    let first: serde_json::Value = serde_json::from_str(&lines[0]).unwrap();
    for (name, value) in [
        ("request_id", "run-1"),
        ("what", "m2m.token_request"),
        ("peer", TOKEN_ENDPOINT),
        ("cache", "miss"),
        ("renewal", "first"),
        ("breaker", "closed"),
    ] {
        assert_eq!(first[name], value);
    }
    assert_eq!(
        (&first["status"], &first["try"], &first["ms"]),
        (&200.into(), &1.into(), &20.into())
    );
    assert!(lines[1].contains("m2m.api_call") && !lines[1].contains("error"));
}

/// An answer of any status, whose every part repeats what was sent.
fn echo(call: &crate::HttpCall, status: u16, kind: u8) -> HttpReply {
    let sent: Vec<String> = call
        .headers
        .iter()
        .map(|(_, value)| value.clone())
        .collect();
    let all = format!(
        "{} {}",
        sent.join(" "),
        call.body_text().unwrap_or_default()
    );
    let body = match kind {
        0 => all.clone(),
        1 => format!(r#"{{"error":"{all}"}}"#),
        2 => format!(r#"{{"access_token":"s3cret","token_type":"{all}"}}"#),
        _ => r#"{"access_token":"s3cret","token_type":"Bearer","expires_in":60}"#.to_owned(),
    };
    reply(
        status,
        &[
            ("www-authenticate", &all),
            ("retry-after", &all),
            ("location", &all),
        ],
        &body,
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_answer_makes_a_secret_show(
        answers in prop::collection::vec((prop::sample::select(vec![200_u16, 302, 400, 401, 403, 429, 500]), 0_u8..4), 1..12),
        method in prop::sample::select(vec![AuthMethod::PrivateKeyJwt, AuthMethod::ClientSecretBasic, AuthMethod::ClientSecretPost]),
    ) {
        let at = std::cell::Cell::new(0_usize);
        let respond = std::rc::Rc::new(move |call: &crate::HttpCall| {
            let (status, kind) = answers[at.get() % answers.len()];
            at.set(at.get() + 1);
            Ok(echo(call, status, kind))
        });
        let same = std::rc::Rc::clone(&respond);
        let world = Stage::new().on_token(move |_, call| respond(call)).on_api(move |_, call| same(call));
        let source = TokenSource::new(Settings { auth_method: method, ..settings() });
        for _ in 0..4 {
            let ran = world.run(&source);
            assert_nothing_secret(&seen(&world, &source, &ran));
            world.pass(20);
        }
    }
}
