//! A grant's life, step by step, and under arbitrary commands.

use proptest::prelude::*;

use super::*;

const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const OTHER_VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXX";
const REDIRECT: &str = "https://app.example/cb";
const LIVES: Lives = Lives {
    access_token: 300,
    refresh_idle: Some(1_000),
    refresh_absolute: 3_000,
};

fn client(name: &str) -> ClientId {
    ClientId::parse(name).unwrap()
}

fn facts() -> Facts {
    Facts {
        client_id: client("app"),
        user_id: UserId::parse("u_ada").unwrap(),
        scope: Scope::parse("openid read write").unwrap(),
        resource: "https://api.example".into(),
        redirect_uri: REDIRECT.into(),
        redirect_uri_sent: true,
        code_challenge: Some(CodeVerifier::parse(VERIFIER).unwrap().challenge()),
        nonce: None,
        auth_time: UnixTime(0),
    }
}

fn begun() -> Option<Grant> {
    let command = Command::Begin {
        facts: Box::new(facts()),
        expires_at: UnixTime(60),
    };
    let (grant, reply) = step(None, command, UnixTime(0));
    assert_eq!(reply, Reply::Begun);
    grant
}

fn redeem_with(who: &str, redirect_uri: Option<&str>, verifier: Option<&str>) -> Command {
    Command::Redeem(Redemption {
        client_id: client(who),
        redirect_uri: redirect_uri.map(str::to_owned),
        code_verifier: verifier.map(str::to_owned),
        resource: None,
        lives: LIVES,
    })
}

fn redemption() -> Command {
    redeem_with("app", Some(REDIRECT), Some(VERIFIER))
}

fn refresh_with(who: &str, generation: u32, scope: Option<&str>) -> Command {
    let scope = scope.map(|scope| Scope::parse(scope).unwrap());
    Command::Refresh(Renewal {
        client_id: client(who),
        generation,
        scope,
        resource: None,
        lives: LIVES,
    })
}

fn active() -> Option<Grant> {
    let (grant, reply) = step(begun(), redemption(), UnixTime(1));
    assert!(matches!(
        reply,
        Reply::Issue {
            generation: Some(0),
            ..
        }
    ));
    grant
}

fn refusal(grant: Option<Grant>, command: Command, now: i64) -> (Option<Grant>, Refusal) {
    match step(grant, command, UnixTime(now)) {
        (grant, Reply::Refused(refusal)) => (grant, refusal),
        (_, other) => panic!("{other:?}"),
    }
}

fn is_dead(grant: Option<&Grant>) -> bool {
    matches!(
        step(grant.cloned(), Command::Check, UnixTime(2)).1,
        Reply::Ended
    )
}

#[test]
fn a_code_is_redeemed_once() {
    let grant = active();
    assert!(!is_dead(grant.as_ref()));
    let (grant, refused) = refusal(grant, redemption(), 2);
    assert_eq!(refused, Refusal::CodeReplayed);
    assert!(is_dead(grant.as_ref()));
    assert_eq!(
        refusal(grant, refresh_with("app", 0, None), 3).1,
        Refusal::RefreshTokenDead
    );
}

#[test]
fn a_stranger_with_a_stolen_code_changes_nothing() {
    let (grant, refused) = refusal(
        begun(),
        redeem_with("thief", Some(REDIRECT), Some(VERIFIER)),
        1,
    );
    assert_eq!(refused, Refusal::CodeOfAnotherClient);
    assert_eq!(grant, begun());
    let (grant, _) = refusal(
        active(),
        redeem_with("thief", Some(REDIRECT), Some(VERIFIER)),
        1,
    );
    assert_eq!(grant, active());
}

#[test]
fn a_code_ends_with_its_lifetime() {
    assert_eq!(refusal(begun(), redemption(), 60).1, Refusal::CodeExpired);
}

#[test]
fn a_slip_does_not_burn_the_code_and_guessing_does() {
    let wrong = || redeem_with("app", Some(REDIRECT), Some(OTHER_VERIFIER));
    let mut grant = begun();
    for _ in 1..TRIES {
        let (next, refused) = refusal(grant, wrong(), 1);
        assert_eq!(refused, Refusal::VerifierWrong);
        grant = next;
    }
    assert!(matches!(
        step(grant.clone(), redemption(), UnixTime(1)).1,
        Reply::Issue { .. }
    ));
    let (grant, _) = refusal(grant, wrong(), 1);
    assert_eq!(refusal(grant, redemption(), 1).1, Refusal::CodeDead);
}

#[test]
fn the_redirect_uri_is_repeated_if_it_was_sent() {
    for presented in [
        None,
        Some("https://app.example/cb/"),
        Some("https://app.example:443/cb"),
    ] {
        let command = redeem_with("app", presented, Some(VERIFIER));
        assert_eq!(refusal(begun(), command, 1).1, Refusal::RedirectUriDiffers);
    }
}

#[test]
fn a_verifier_and_a_challenge_come_together() {
    let missing = redeem_with("app", Some(REDIRECT), None);
    assert_eq!(refusal(begun(), missing, 1).1, Refusal::VerifierMissing);
    let mut grant = begun().unwrap();
    grant.facts.code_challenge = None;
    assert_eq!(
        refusal(Some(grant), redemption(), 1).1,
        Refusal::VerifierWithoutChallenge
    );
}

#[test]
fn a_request_for_another_resource_spends_nothing() {
    let elsewhere = |mut command: Command| {
        let (Command::Redeem(Redemption { resource, .. })
        | Command::Refresh(Renewal { resource, .. })) = &mut command
        else {
            panic!("{command:?}");
        };
        *resource = Some("https://other.example".into());
        command
    };
    let (grant, refused) = refusal(begun(), elsewhere(redemption()), 1);
    assert_eq!((grant, refused), (begun(), Refusal::ResourceNotAllowed));
    let (grant, refused) = refusal(active(), elsewhere(refresh_with("app", 0, None)), 2);
    assert_eq!((grant, refused), (active(), Refusal::ResourceNotAllowed));
}

#[test]
fn a_family_is_a_line() {
    let (grant, reply) = step(active(), refresh_with("app", 0, None), UnixTime(2));
    assert!(matches!(
        reply,
        Reply::Issue {
            generation: Some(1),
            ..
        }
    ));
    let (grant, refused) = refusal(grant, refresh_with("app", 0, None), 3);
    assert_eq!(refused, Refusal::RefreshTokenReused);
    assert_eq!(
        refusal(grant, refresh_with("app", 1, None), 4).1,
        Refusal::RefreshTokenDead
    );
}

#[test]
fn another_client_cannot_refresh_and_harms_nobody() {
    let (grant, refused) = refusal(active(), refresh_with("thief", 0, None), 2);
    assert_eq!(refused, Refusal::RefreshTokenOfAnotherClient);
    assert_eq!(grant, active());
}

#[test]
fn a_narrowed_scope_holds_for_one_access_token() {
    let (grant, reply) = step(active(), refresh_with("app", 0, Some("read")), UnixTime(2));
    let Reply::Issue { scope, .. } = reply else {
        panic!("{reply:?}")
    };
    assert_eq!(scope.to_string(), "read");
    let (_, reply) = step(grant, refresh_with("app", 1, None), UnixTime(3));
    let Reply::Issue { scope, .. } = reply else {
        panic!("{reply:?}")
    };
    assert_eq!(scope.to_string(), "openid read write");
}

#[test]
fn a_wider_scope_is_refused_and_spends_nothing() {
    let (grant, refused) = refusal(active(), refresh_with("app", 0, Some("read admin")), 2);
    assert_eq!(refused, Refusal::ScopeWidened);
    assert!(matches!(
        step(grant, refresh_with("app", 0, None), UnixTime(3)).1,
        Reply::Issue { .. }
    ));
}

#[test]
fn a_family_dies_idle_and_in_the_end_however_often_it_is_used() {
    assert_eq!(
        refusal(active(), refresh_with("app", 0, None), 1_001).1,
        Refusal::RefreshTokenExpired
    );
    let mut grant = active();
    for generation in 0..4 {
        let now = UnixTime(i64::from(generation) * 900 + 2);
        let (next, reply) = step(grant, refresh_with("app", generation, None), now);
        if generation < 4 && now.0 < 3_001 {
            assert!(
                matches!(reply, Reply::Issue { .. }),
                "{generation}: {reply:?}"
            );
        }
        grant = next;
    }
    assert_eq!(
        refusal(grant, refresh_with("app", 4, None), 3_001).1,
        Refusal::RefreshTokenExpired
    );
}

#[test]
fn a_revoked_grant_stays_revoked() {
    let (grant, reply) = step(active(), Command::Revoke, UnixTime(2));
    assert_eq!(reply, Reply::Ended);
    assert!(is_dead(grant.as_ref()));
    assert_eq!(
        refusal(grant, refresh_with("app", 0, None), 3).1,
        Refusal::RefreshTokenDead
    );
}

#[test]
fn nobody_answers_for_a_grant_that_never_began() {
    assert_eq!(refusal(None, redemption(), 0).1, Refusal::CodeUnknown);
    assert_eq!(
        refusal(None, refresh_with("app", 0, None), 0).1,
        Refusal::RefreshTokenUnknown
    );
    assert_eq!(
        step(None, Command::Check, UnixTime(0)),
        (None, Reply::Ended)
    );
}

fn any_command() -> impl Strategy<Value = Command> {
    let who = prop_oneof![9 => Just("app"), 1 => Just("thief")];
    let verifier =
        prop_oneof![4 => Just(Some(VERIFIER)), 1 => Just(Some(OTHER_VERIFIER)), 1 => Just(None)];
    prop_oneof![
        (who.clone(), verifier).prop_map(|(who, verifier)| redeem_with(
            who,
            Some(REDIRECT),
            verifier
        )),
        (who, 0_u32..6).prop_map(|(who, generation)| refresh_with(who, generation, None)),
        Just(Command::Check),
        Just(Command::Revoke),
    ]
}

proptest! {
    /// At most one answer per code, one per generation, and once dead, dead for ever.
    #[test]
    fn the_invariants_hold_under_any_commands(
        commands in prop::collection::vec((any_command(), 0_i64..50), 1..60)
    ) {
        let mut grant = begun();
        let mut now = 1;
        let mut issued = Vec::new();
        let mut dead = false;
        for (command, pause) in commands {
            now += pause;
            let redeemed = matches!(command, Command::Redeem(_));
            let (next, reply) = step(grant, command, UnixTime(now));
            if let Reply::Issue { generation, facts, .. } = reply {
                prop_assert!(!dead, "something was issued from a dead grant");
                prop_assert_eq!(facts.client_id, client("app"));
                prop_assert!(!issued.contains(&generation), "{:?} was issued twice", generation);
                prop_assert_eq!(redeemed, issued.is_empty());
                issued.push(generation);
            }
            dead |= matches!(&next, Some(Grant { state: State::Dead { .. }, .. }));
            grant = next;
        }
    }
}
