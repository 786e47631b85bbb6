//! Whether the user signed in well and lately enough (RFC 9470).

use super::*;
use crate::step_up::StepUp;

const STRONG: StepUp = StepUp {
    acr_values: &["phr", "mfa"],
    max_age: None,
};
const LATELY: StepUp = StepUp {
    acr_values: &[],
    max_age: Some(60),
};

/// Whether tokens of both kinds with these claims are good enough.
fn is_met(changes: &Value, needed: &StepUp, now: UnixTime) -> bool {
    let world = World::introspecting();
    *world.server.answer.borrow_mut() = Some(described(changes.clone()));
    let jwt = world.admit(&world.token(changes.clone())).unwrap();
    let opaque = world.admit(OPAQUE).unwrap();
    let [jwt, opaque] = [jwt, opaque].map(|access| access.require_authentication(needed, now));
    assert_eq!(jwt.is_ok(), opaque.is_ok(), "{changes}");
    if let Err(denied) = &jwt {
        assert!(matches!(denied, Denied::InsufficientAuthentication(asked) if asked == needed));
    }
    jwt.is_ok()
}

#[test]
fn one_of_the_values_must_be_the_tokens() {
    for (changes, expected) in [
        (json!({"acr": "phr"}), true),
        (json!({"acr": "mfa"}), true),
        (json!({"acr": "MFA"}), false),
        (json!({"acr": "phr mfa"}), false),
        (json!({"acr": ""}), false),
        (json!({}), false),
    ] {
        assert_eq!(is_met(&changes, &STRONG, NOW), expected, "{changes}");
    }
}

#[test]
fn the_user_must_have_signed_in_lately() {
    let changes = json!({ "auth_time": NOW.0 });
    assert!(is_met(&changes, &LATELY, NOW.plus(60)));
    assert!(!is_met(&changes, &LATELY, NOW.plus(61)));
    assert!(!is_met(&json!({}), &LATELY, NOW));
}

#[test]
fn both_may_be_needed_and_nothing_is_always_met() {
    let both = StepUp {
        acr_values: STRONG.acr_values,
        ..LATELY
    };
    for (changes, expected) in [
        (json!({"acr": "mfa", "auth_time": NOW.0}), true),
        (json!({"acr": "mfa"}), false),
        (json!({"auth_time": NOW.0}), false),
    ] {
        assert_eq!(is_met(&changes, &both, NOW), expected, "{changes}");
    }
    assert!(is_met(&json!({}), &StepUp::default(), NOW));
}

#[test]
fn an_answer_tells_with_which_scheme_and_what_is_needed() {
    let world = World::new();
    let denied = Denied::InsufficientAuthentication(LATELY);
    let answer = world.guard.refusal(&denied, &request("t"), None);
    let challenge = answer.header("www-authenticate").unwrap();
    assert_eq!(answer.status, 401);
    assert!(challenge.contains(r#"error="insufficient_user_authentication""#));
    assert!(challenge.contains(r#"max_age="60""#));
}
