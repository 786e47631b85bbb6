//! A public client's code in a stranger's hands (`docs/threats.md`, 21, 48): anyone can say the client's id.

use super::super::*;
use super::{
    OTHER_VERIFIER, REDIRECT, VERIFIER, act, begun, code, details, is_dead, redeem_with, refusal,
};
use crate::{Refusal, id::GrantId};

fn public(redirect_uri: &str, verifier: Option<&str>) -> Command {
    let Command::Redeem(mut request) = redeem_with("app", Some(redirect_uri), verifier) else {
        panic!("a redemption")
    };
    request.client_type = ClientType::Public;
    Command::Redeem(request)
}

fn active() -> Option<Grant> {
    let (grant, reply) = act(begun(), &public(REDIRECT, Some(VERIFIER)), 1);
    assert!(matches!(reply, Reply::Issued(_)), "{reply:?}");
    grant
}

#[test]
fn a_used_code_ends_its_grant_only_for_who_has_the_verifier() {
    for verifier in [None, Some(OTHER_VERIFIER), Some("short")] {
        let (after, refused) = refusal(active(), &public(REDIRECT, verifier), 2);
        assert_eq!((after, refused), (active(), Refusal::CodeUsed));
    }
    for redirect_uri in [REDIRECT, "https://elsewhere.example/cb"] {
        let (after, refused) = refusal(active(), &public(redirect_uri, Some(VERIFIER)), 2);
        assert_eq!(refused, Refusal::CodeReplayed);
        assert!(is_dead(after.as_ref()));
    }
}

#[test]
fn what_a_stranger_tries_uses_up_no_code() {
    for wrong in [
        public(REDIRECT, Some(OTHER_VERIFIER)),
        public(REDIRECT, None),
        public("https://elsewhere.example/cb", Some(VERIFIER)),
    ] {
        let mut grant = begun();
        for _ in 0..=TRIES {
            let (after, reply) = act(grant, &wrong, 1);
            assert!(matches!(reply, Reply::Refused(_)), "{reply:?}");
            assert_eq!(after, begun(), "nothing is written");
            grant = after;
        }
        let (_, reply) = act(grant, &public(REDIRECT, Some(VERIFIER)), 1);
        assert!(matches!(reply, Reply::Issued(_)), "{reply:?}");
    }
}

#[test]
fn the_challenge_is_remembered_for_a_public_client_alone() {
    let id = GrantId::from_random([1; 16]);
    let text = active().unwrap().write(&id).unwrap();
    assert!(text.contains("code_challenge"), "{text}");
    assert_eq!(Grant::read(&text).ok(), active());
    let (grant, _) = act(
        begun(),
        &redeem_with("app", Some(REDIRECT), Some(VERIFIER)),
        1,
    );
    assert!(
        !grant
            .unwrap()
            .write(&id)
            .unwrap()
            .contains("code_challenge")
    );
}

#[test]
fn a_grant_from_before_the_challenge_was_stored_does_not_end_by_a_replay() {
    let Some(Grant::Active(active)) = active() else {
        panic!("no tokens")
    };
    let before = Some(Grant::Active(Active {
        code_challenge: None,
        ..active
    }));
    let replay = public(REDIRECT, Some(VERIFIER));
    let (after, refused) = refusal(before.clone(), &replay, 2);
    assert_eq!((after, refused), (before, Refusal::CodeUsed));
}

#[test]
fn a_code_without_a_challenge_is_nothing_that_a_public_client_can_guess_at() {
    let plain = Some(Grant::CodeIssued {
        details: details(),
        code: Code {
            code_challenge: None,
            ..code()
        },
    });
    let (after, _) = refusal(plain.clone(), &public("https://elsewhere.example", None), 1);
    assert_eq!(after, plain);
}
