//! Codes and refresh tokens that are bound to a key (RFC 9449 §5, §10).

use super::super::*;
use super::{
    POLICY, REDIRECT, VERIFIER, WITH_GRACE, act, begun, code, details, is_dead, refusal, renewal,
    to_mint,
};
use crate::{Refusal, id::GrantId};

const ONE: &str = "one";
const OTHER: &str = "other";

fn key(jkt: &str, refresh: RefreshBinding) -> ProvedKey {
    ProvedKey {
        jkt: jkt.into(),
        refresh,
        proof: vec![],
    }
}

/// The proved key of a public client.
fn public_with(jkt: &str) -> ProvedKey {
    key(jkt, RefreshBinding::Key)
}

/// The proved key of a confidential client.
fn confidential_with(jkt: &str) -> ProvedKey {
    key(jkt, RefreshBinding::Client)
}

fn redeem(proved: Option<ProvedKey>) -> Command {
    Command::Redeem(Box::new(Redemption {
        client_id: details().client_id,
        client_type: ClientType::Confidential,
        part: None,
        redirect_uri: Some(REDIRECT.into()),
        code_verifier: Some(VERIFIER.into()),
        resource: None,
        not_before: None,
        refresh_policy: POLICY,
        proved,
    }))
}

fn refresh(generation: u32, proved: Option<ProvedKey>) -> Command {
    Command::Refresh(Box::new(Renewal {
        refresh_policy: WITH_GRACE,
        proved,
        ..renewal("app", generation)
    }))
}

fn active(proved: Option<ProvedKey>) -> Option<Grant> {
    let (grant, reply) = act(begun(), &redeem(proved), 1);
    assert!(matches!(reply, Reply::Issued(_)), "{reply:?}");
    grant
}

fn issued(grant: Option<Grant>, command: &Command, now: i64) -> Option<Grant> {
    let (grant, reply) = act(grant, command, now);
    assert!(matches!(reply, Reply::Issued(_)), "{reply:?}");
    grant
}

#[test]
fn a_code_is_for_the_key_that_its_request_named() {
    let bound = Some(Grant::CodeIssued {
        details: details(),
        code: Code {
            jkt: Some(ONE.into()),
            ..code()
        },
    });
    for proved in [
        None,
        Some(public_with(OTHER)),
        Some(confidential_with(OTHER)),
    ] {
        for _ in 0..=TRIES {
            let (after, refused) = refusal(bound.clone(), &redeem(proved.clone()), 1);
            assert_eq!(refused, Refusal::CodeOfAnotherKey);
            assert_eq!(after, bound);
        }
    }
    let issue = to_mint(bound.clone(), &redeem(Some(public_with(ONE))), 1);
    assert_eq!(issue.jkt.as_deref(), Some(ONE));
    issued(bound, &redeem(Some(public_with(ONE))), 1);
}

#[test]
fn what_is_issued_is_bound_to_the_key_of_its_own_request() {
    assert_eq!(to_mint(begun(), &redeem(None), 1).jkt, None);
    let issue = to_mint(begun(), &redeem(Some(confidential_with(ONE))), 1);
    assert_eq!(issue.jkt.as_deref(), Some(ONE));
    let grant = active(Some(confidential_with(ONE)));
    let issue = to_mint(
        grant.clone(),
        &refresh(0, Some(confidential_with(OTHER))),
        2,
    );
    assert_eq!(issue.jkt.as_deref(), Some(OTHER));
    assert_eq!(to_mint(grant, &refresh(0, None), 2).jkt, None);
}

#[test]
fn a_public_clients_refresh_token_is_for_its_key_and_a_stranger_changes_nothing() {
    let first = active(Some(public_with(ONE)));
    let second = issued(first.clone(), &refresh(0, Some(public_with(ONE))), 2);
    for (grant, generation) in [(&first, 0), (&second, 0), (&second, 1)] {
        for proved in [None, Some(public_with(OTHER))] {
            let command = refresh(generation, proved);
            let (after, refused) = refusal(grant.clone(), &command, 500);
            assert_eq!(refused, Refusal::RefreshTokenOfAnotherKey);
            assert_eq!(after, *grant);
        }
    }
    issued(second, &refresh(1, Some(public_with(ONE))), 500);
}

#[test]
fn a_confidential_client_may_change_its_key() {
    let grant = active(Some(confidential_with(ONE)));
    let grant = issued(grant, &refresh(0, Some(confidential_with(OTHER))), 2);
    let grant = issued(grant, &refresh(1, None), 3);
    issued(grant, &refresh(2, Some(confidential_with(ONE))), 4);
}

#[test]
fn a_refresh_token_of_its_bearer_becomes_bound_with_the_first_proof() {
    let grant = active(None);
    let grant = issued(grant, &refresh(0, Some(public_with(ONE))), 2);
    let (grant, refused) = refusal(grant, &refresh(1, None), 3);
    assert_eq!(refused, Refusal::RefreshTokenOfAnotherKey);
    issued(grant, &refresh(1, Some(public_with(ONE))), 500);
}

#[test]
fn a_thief_who_proves_a_key_first_does_not_hide_the_theft() {
    let stolen = issued(active(None), &refresh(0, Some(public_with(OTHER))), 2);
    // The owner comes with what they have, with or without a key of their own: within the grace, or later.
    for (proved, now) in [(None, 3), (Some(public_with(ONE)), 3), (None, 500)] {
        let (after, refused) = refusal(stolen.clone(), &refresh(0, proved), now);
        assert_eq!(refused, Refusal::RefreshTokenReused);
        assert!(is_dead(after.as_ref()));
    }
    // Once bound, who has not the key changes nothing.
    let (after, refused) = refusal(stolen.clone(), &refresh(1, None), 3);
    assert_eq!(refused, Refusal::RefreshTokenOfAnotherKey);
    assert_eq!(after, stolen);
}

#[test]
fn a_lost_answer_is_given_again_for_the_same_key_only() {
    for (first, again, other) in [
        (Some(public_with(ONE)), Some(public_with(ONE)), None),
        (
            Some(confidential_with(ONE)),
            Some(confidential_with(ONE)),
            Some(confidential_with(OTHER)),
        ),
        (
            Some(confidential_with(ONE)),
            Some(confidential_with(ONE)),
            None,
        ),
        (None, None, Some(confidential_with(OTHER))),
    ] {
        let grant = issued(active(first.clone()), &refresh(0, first.clone()), 2);
        let (_, reply) = act(grant.clone(), &refresh(0, again), 3);
        assert!(matches!(reply, Reply::Again { .. }), "{reply:?}");
        // Of a client that authenticates it is reuse; another key than a public client's is a stranger's.
        let (after, refused) = refusal(grant, &refresh(0, other), 3);
        let is_public = first == Some(public_with(ONE));
        assert_eq!(is_dead(after.as_ref()), !is_public);
        let expected = if is_public {
            Refusal::RefreshTokenOfAnotherKey
        } else {
            Refusal::RefreshTokenReused
        };
        assert_eq!(refused, expected);
    }
}

#[test]
fn a_record_says_what_is_bound_and_nothing_where_nothing_is() {
    let id = GrantId::from_random([7; 16]);
    let free = issued(active(None), &refresh(0, None), 2).unwrap();
    assert!(!free.write(&id).unwrap().contains("jkt"));
    let bound = issued(
        active(Some(public_with(ONE))),
        &refresh(0, Some(public_with(ONE))),
        2,
    )
    .unwrap();
    let text = bound.write(&id).unwrap();
    assert_eq!(text.matches(r#""jkt":"one""#).count(), 2, "{text}");
    assert_eq!(Grant::read(&text), Ok(bound));
}
