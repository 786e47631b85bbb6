//! What an end leaves to be announced.

use super::{active, client, redeem_with, redemption, refresh_with, retry, *};

fn ended_by(reason: EndReason, source: RevocationSource) -> Option<Unannounced> {
    let end = Command::Revoke(Revocation {
        client_id: None,
        reason,
        until: None,
        presented: None,
        source,
        ended_at: None,
    });
    let (grant, _) = act(active(), &end, 7);
    grant.unwrap().unannounced()
}

const fn at(at: i64, source: RevocationSource) -> Unannounced {
    let at = UnixTime(at);
    Unannounced { at, source }
}

#[test]
fn row_55_an_end_by_a_token_request_is_committed_with_its_announcement() {
    let refreshed = act(active(), &refresh_with("app", 0, None), 2).0;
    let reused = act(refreshed, &retry(0), 900).0;
    assert_eq!(
        reused.unwrap().unannounced(),
        Some(at(900, RevocationSource::Request))
    );
    let mut guessed = begun();
    for _ in 0..TRIES {
        guessed = act(
            guessed,
            &redeem_with("app", Some(REDIRECT), Some(OTHER_VERIFIER)),
            3,
        )
        .0;
    }
    assert_eq!(
        guessed.unwrap().unannounced(),
        Some(at(3, RevocationSource::Request))
    );
    let replayed = act(active(), &redemption(), 4).0;
    assert_eq!(
        replayed.unwrap().unannounced(),
        Some(at(4, RevocationSource::Request))
    );
}

#[test]
fn what_the_end_of_a_user_or_a_client_covers_is_not_announced_again() {
    use {EndReason as Reason, RevocationSource as Source};
    for (reason, source, announced) in [
        (Reason::SignedOut, Source::Index, true),
        (Reason::UserDisabled, Source::Index, true),
        (Reason::ClientDisabled, Source::Request, true),
        (Reason::UserDisabled, Source::Request, false),
        (Reason::Revoked, Source::Request, false),
        (Reason::Revoked, Source::Index, false),
        (Reason::ConsentWithdrawn, Source::Index, false),
        (Reason::TooManyGrants, Source::Index, false),
    ] {
        let expected = (!announced).then(|| at(7, source));
        assert_eq!(ended_by(reason, source), expected, "{reason:?} {source:?}");
    }
}

/// A grant whose newest access token is of second 5 is ended by the index, which had ended everything then.
fn ended_with_everything(ended_at: Option<i64>) -> Option<Unannounced> {
    let refreshed = act(active(), &refresh_with("app", 0, None), 5).0;
    let end = Command::Revoke(Revocation {
        client_id: None,
        reason: EndReason::SignedOut,
        until: None,
        presented: None,
        source: RevocationSource::Index,
        ended_at: ended_at.map(UnixTime),
    });
    act(refreshed, &end, 7).0.unwrap().unannounced()
}

#[test]
fn row_55_what_was_issued_after_everything_had_ended_is_announced_by_its_own_grant() {
    let announced = Some(at(7, RevocationSource::Index));
    assert_eq!(ended_with_everything(Some(4)), announced);
    assert_eq!(ended_with_everything(Some(5)), None, "the user's covers it");
    assert_eq!(ended_with_everything(None), None, "an earlier version");
}

#[test]
fn row_55_a_slower_clock_does_not_hide_what_was_issued_before() {
    let first = act(active(), &refresh_with("app", 0, None), 9).0;
    let second = act(first, &refresh_with("app", 1, None), 5).0;
    let Some(Grant::Active(active)) = second else {
        panic!("the grant lives")
    };
    assert_eq!(active.issued_at, Some(UnixTime(9)));
}

#[test]
fn the_first_end_is_announced_and_no_other() {
    let end = revoke_by(Some("app"));
    let (ended, _) = act(active(), &end, 7);
    let (again, _) = act(ended.clone(), &end, 8);
    assert_eq!(again, ended);
    let announced = ended.map(Grant::announced);
    let (again, _) = act(announced.clone(), &end, 9);
    assert_eq!(again, announced);
    assert_eq!(again.unwrap().unannounced(), None);
}

#[test]
fn an_end_of_an_earlier_version_counts_as_announced() {
    let id = GrantId::from_random([7; 16]);
    let ended = Grant::Ended {
        client_id: client("app"),
        user_id: UserId::parse("u_ada"),
        reason: EndReason::RefreshReused,
        ends_at: UnixTime(500),
        unannounced: None,
    };
    let text = ended.write(&id).unwrap();
    assert!(!text.contains("announced"), "{text}");
    assert_eq!(Grant::read(&text).unwrap(), ended);
}

#[test]
fn a_revocation_of_an_earlier_version_leaves_the_announcement_to_its_sender() {
    let text = r#"{"revoke":{"client_id":"app","reason":"revoked","until":null}}"#;
    let Command::Revoke(revocation) = serde_json::from_str(text).unwrap() else {
        panic!("no revocation")
    };
    assert_eq!(revocation.source, RevocationSource::Index);
    assert_eq!(
        serde_json::to_string(&Command::Revoke(revocation)).unwrap(),
        text
    );
}
