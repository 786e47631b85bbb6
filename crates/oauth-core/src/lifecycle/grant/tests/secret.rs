//! Who has the server's secret and a grant's id can make nothing that the grant takes for its own.

use super::super::*;
use super::{REDIRECT, VERIFIER, act, client, code, details, redeem_with, refusal, renewal};
use crate::{Refusal, id::GrantId};

fn secret() -> GrantSecret {
    GrantSecret::from_random([7; 16])
}

fn begun() -> Option<Grant> {
    let begin = Command::Begin(Begin {
        from: RequestSource::Browser,
        details: Box::new(details()),
        code: Box::new(Code {
            secret: Some(secret()),
            ..code()
        }),
    });
    act(None, &begin, 0).0
}

fn redeem(part: Option<String>) -> Command {
    let Command::Redeem(mut request) = redeem_with("app", Some(REDIRECT), Some(VERIFIER)) else {
        panic!("a redemption")
    };
    request.part = part;
    Command::Redeem(request)
}

fn active() -> Option<Grant> {
    let (grant, reply) = act(begun(), &redeem(Some(secret().code())), 1);
    assert!(matches!(reply, Reply::Issued(_)), "{reply:?}");
    grant
}

fn refresh(generation: u32, part: Option<String>) -> Command {
    Command::Refresh(Box::new(Renewal {
        part,
        ..renewal("app", generation)
    }))
}

/// What anyone could make: no part, as before; that of another grant; that of another credential.
fn forged_parts() -> [Option<String>; 5] {
    let other = GrantSecret::from_random([8; 16]);
    [
        None,
        Some(String::new()),
        Some(other.code()),
        Some(other.refresh_token(0)),
        Some(secret().refresh_token(9)),
    ]
}

#[test]
fn a_forged_code_redeems_nothing_and_ends_nothing() {
    for part in forged_parts() {
        for grant in [begun(), active()] {
            for _ in 0..=TRIES {
                let (after, refused) = refusal(grant.clone(), &redeem(part.clone()), 2);
                assert_eq!((&after, refused), (&grant, Refusal::CodeUnknown));
            }
        }
    }
    let (_, refused) = refusal(active(), &redeem(Some(secret().code())), 2);
    assert_eq!(refused, Refusal::CodeReplayed);
}

#[test]
fn a_forged_refresh_token_refreshes_nothing_and_ends_nothing() {
    let (second, reply) = act(active(), &refresh(0, Some(secret().refresh_token(0))), 2);
    assert!(matches!(reply, Reply::Issued(_)), "{reply:?}");
    for part in forged_parts() {
        // Of the current generation, and of one that would be a theft.
        for generation in [1, 0] {
            let command = refresh(generation, part.clone());
            if part == Some(secret().refresh_token(generation)) {
                continue;
            }
            let (after, refused) = refusal(second.clone(), &command, 3);
            assert_eq!((&after, refused), (&second, Refusal::RefreshTokenUnknown));
        }
    }
    let (_, reply) = act(second, &refresh(1, Some(secret().refresh_token(1))), 3);
    assert!(matches!(reply, Reply::Issued(_)), "{reply:?}");
}

fn revoke(presented: Presented) -> Command {
    Command::Revoke(Revocation {
        client_id: Some(client("app")),
        reason: EndReason::Revoked,
        until: None,
        presented: Some(presented),
        source: super::RevocationSource::Request,
        ended_at: None,
    })
}

fn check(token: Option<&str>, generation: Option<u32>, part: Option<String>) -> Command {
    Command::Check(Check {
        token: token.map(str::to_owned),
        generation,
        part,
        ..Check::default()
    })
}

fn first_refresh_token(part: Option<String>) -> Presented {
    Presented::RefreshToken {
        generation: 0,
        part,
    }
}

#[test]
fn a_forged_token_revokes_nothing() {
    let token = secret().access_token([1; 12]);
    let (random, _) = token.split_at(16);
    let access = |id: &str| Presented::AccessToken { id: id.to_owned() };
    let mut forged = vec![access("id"), access(&[random, &secret().code()].concat())];
    let parts = forged_parts().into_iter();
    forged.extend(
        parts
            .filter(|part| *part != Some(secret().refresh_token(0)))
            .map(first_refresh_token),
    );
    for presented in forged {
        let (after, reply) = act(active(), &revoke(presented), 2);
        assert_eq!((after, reply), (active(), Reply::Absent));
    }
    let refresh_token = first_refresh_token(Some(secret().refresh_token(0)));
    for presented in [access(&token), refresh_token] {
        let (_, reply) = act(active(), &revoke(presented), 2);
        assert!(matches!(reply, Reply::Ended { .. }), "{reply:?}");
    }
}

#[test]
fn a_forged_token_is_not_active() {
    for check in [
        check(Some("id"), None, None),
        check(None, Some(0), None),
        check(None, Some(0), Some(secret().code())),
    ] {
        let (after, reply) = act(active(), &check, 2);
        assert!(matches!(reply, Reply::Ended { .. }), "{reply:?}");
        assert_eq!(after, active());
    }
    for check in [
        check(Some(&secret().access_token([1; 12])), None, None),
        check(None, Some(0), Some(secret().refresh_token(0))),
        check(None, None, None),
    ] {
        let (_, reply) = act(active(), &check, 2);
        assert!(matches!(reply, Reply::Alive(_)), "{reply:?}");
    }
}

#[test]
fn each_credential_has_a_part_of_its_own() {
    let (one, other) = (secret(), GrantSecret::from_random([8; 16]));
    let mut parts: Vec<String> = [&one, &other]
        .into_iter()
        .flat_map(|secret| {
            let refresh = (0..9).map(|generation| secret.refresh_token(generation));
            refresh.chain([secret.code(), secret.access_token([1; 12]).split_off(16)])
        })
        .collect();
    let count = parts.len();
    parts.sort();
    parts.dedup();
    assert_eq!(parts.len(), count);
    assert!(parts.iter().all(|part| part.len() == 22));
}

#[test]
fn the_secret_is_stored_and_neither_answered_nor_printed() {
    let id = GrantId::from_random([1; 16]);
    for grant in [begun(), active()].into_iter().flatten() {
        let text = grant.write(&id).unwrap();
        assert!(text.contains("secret"), "{text}");
        assert_eq!(Grant::read(&text), Ok(grant.clone()));
        assert!(!format!("{grant:?}").contains("BwcHBw"));
        let (_, alive) = act(Some(grant), &Command::Check(Check::default()), 2);
        assert!(!serde_json::to_string(&alive).unwrap().contains("secret"));
    }
}

#[test]
fn a_grant_without_a_secret_goes_on_with_its_old_tokens_and_takes_no_new_ones() {
    let second = r#"{"version":2,"id":"AQEBAQEBAQEBAQEBAQEBAQ","grant":{"active":{"facts":{"client_id":"app",
        "user_id":"u_ada","scope":"openid read write","resource":"https://api.example","format":"jwt",
        "auth_time":0,"begun_at":0},"family":{"current":3,"idle_until":900,"absolute_until":3000,
        "last":null},"tokens":[],"access_until":302}}}"#;
    let grant = Grant::read(second).ok();
    let (_, refused) = refusal(
        grant.clone(),
        &refresh(3, Some(secret().refresh_token(3))),
        2,
    );
    assert_eq!(refused, Refusal::RefreshTokenUnknown);
    let (grant, reply) = act(grant, &refresh(3, None), 2);
    assert!(matches!(reply, Reply::Issued(_)), "{reply:?}");
    let (_, reply) = act(grant, &refresh(4, None), 3);
    assert!(matches!(reply, Reply::Issued(_)), "{reply:?}");
}

#[test]
fn a_command_of_a_worker_from_before_is_read() {
    let start = r#"{"start":{"facts":{"client_id":"app","user_id":null,"scope":"read",
        "resource":"https://api.example","format":"opaque","auth_time":null,"begun_at":0},
        "lives":{"refresh_idle":null,"refresh_absolute":0,"grace":0}}}"#;
    let Ok(Command::Start(start)) = serde_json::from_str(start) else {
        panic!("it is not read")
    };
    assert_eq!(start.secret, None);
    let redeem = r#"{"redeem":{"client_id":"app","redirect_uri":null,"code_verifier":null,"resource":null,
        "not_before":null,"lives":{"refresh_idle":null,"refresh_absolute":0,"grace":0}}}"#;
    let refresh = r#"{"refresh":{"client_id":"app","generation":0,"answer_key":"key","scope":null,"resource":null,
        "rotation":"rotate","not_before":null,"lives":{"refresh_idle":1,"refresh_absolute":1,"grace":0}}}"#;
    let revoke = r#"{"revoke":{"client_id":"app","reason":"revoked","until":null}}"#;
    let check = r#"{"check":{"token":null,"generation":0,"not_before":null}}"#;
    for text in [redeem, refresh, revoke, check] {
        assert!(serde_json::from_str::<Command>(text).is_ok(), "{text}");
    }
}
