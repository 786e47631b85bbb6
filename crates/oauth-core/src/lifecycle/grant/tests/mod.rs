//! A grant's life, step by step, and under arbitrary commands.

mod announcement;
mod key;
mod public;
mod secret;
mod storm;

use proptest::prelude::*;

use super::*;
use crate::{
    Refusal,
    id::{ClientId, GrantId, UserId},
    pkce::CodeVerifier,
    scope::Scope,
};

pub(super) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub(super) const OTHER_VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXX";
pub(super) const REDIRECT: &str = "https://app.example/cb";
pub(super) const POLICY: RefreshPolicy = RefreshPolicy {
    refresh_idle: Some(1_000),
    refresh_absolute: 3_000,
    refreshable: Refreshable::Every,
    grace: 0,
};
pub(super) const WITH_GRACE: RefreshPolicy = RefreshPolicy {
    grace: 10,
    ..POLICY
};

pub(super) fn client(name: &str) -> ClientId {
    ClientId::parse(name).unwrap()
}

pub(super) fn details() -> GrantDetails {
    GrantDetails {
        client_id: client("app"),
        user_id: UserId::parse("u_ada"),
        scope: Scope::parse("openid read write").unwrap(),
        resource: "https://api.example".into(),
        format: TokenFormat::Jwt,
        auth_time: Some(UnixTime(0)),
        begun_at: UnixTime(0),
    }
}

pub(super) fn code() -> Code {
    Code {
        redirect_uri: REDIRECT.into(),
        redirect_uri_sent: true,
        code_challenge: Some(CodeVerifier::parse(VERIFIER).unwrap().challenge()),
        nonce: Some("n".into()),
        expires_at: UnixTime(60),
        tries_left: TRIES,
        jkt: None,
        secret: None,
    }
}

pub(super) fn begin_from(from: RequestSource) -> Command {
    Command::Begin(Begin {
        from,
        details: Box::new(details()),
        code: Box::new(code()),
    })
}

pub(super) fn begun() -> Option<Grant> {
    let (grant, reply) = step(None, &begin_from(RequestSource::Browser), None, UnixTime(0));
    assert_eq!(reply, Reply::Begun);
    grant
}

/// A host: mints what is to be issued, and steps again.
pub(super) fn act(grant: Option<Grant>, command: &Command, now: i64) -> (Option<Grant>, Reply) {
    let before = grant.clone();
    match step(grant, command, None, UnixTime(now)) {
        (unchanged, Reply::Mint(issue)) => {
            assert_eq!(unchanged, before, "to be minted changes nothing");
            step(unchanged, command, Some(minted(*issue, now)), UnixTime(now))
        }
        done => done,
    }
}

fn minted(issue: Issue, now: i64) -> Minted {
    let generation = issue.generation;
    Minted {
        answer: format!("answer {generation:?} at {now}"),
        sealed: issue
            .answer_key
            .as_ref()
            .map(|_| format!("sealed {generation:?}")),
        token: (issue.details.format == TokenFormat::Opaque).then(|| TokenRecord {
            id: format!("t{now}"),
            scope: issue.scope.clone(),
            issued_at: UnixTime(now),
            expires_at: UnixTime(now + 300),
            jkt: issue.jkt.clone(),
        }),
        expires_at: UnixTime(now + 300),
        issue,
    }
}

pub(super) fn redeem_with(
    who: &str,
    redirect_uri: Option<&str>,
    verifier: Option<&str>,
) -> Command {
    Command::Redeem(Box::new(Redemption {
        client_id: client(who),
        client_type: ClientType::Confidential,
        part: None,
        redirect_uri: redirect_uri.map(str::to_owned),
        code_verifier: verifier.map(str::to_owned),
        resource: None,
        not_before: None,
        refresh_policy: POLICY,
        proved: None,
    }))
}

pub(super) fn redemption() -> Command {
    redeem_with("app", Some(REDIRECT), Some(VERIFIER))
}

pub(super) fn renewal(who: &str, generation: u32) -> Renewal {
    Renewal {
        client_id: client(who),
        generation,
        part: None,
        answer_key: AnswerKey::new("key".into()),
        scope: None,
        resource: None,
        rotation: Rotation::Rotate,
        not_before: None,
        refresh_policy: POLICY,
        proved: None,
    }
}

fn refresh_with(who: &str, generation: u32, scope: Option<&str>) -> Command {
    Command::Refresh(Box::new(Renewal {
        scope: scope.map(|scope| Scope::parse(scope).unwrap()),
        ..renewal(who, generation)
    }))
}

pub(super) fn retry(generation: u32) -> Command {
    Command::Refresh(Box::new(Renewal {
        refresh_policy: WITH_GRACE,
        ..renewal("app", generation)
    }))
}

pub(super) fn revoke_by(client_id: Option<&str>) -> Command {
    Command::Revoke(Revocation {
        client_id: client_id.map(client),
        reason: EndReason::Revoked,
        until: None,
        presented: None,
        source: RevocationSource::Request,
        ended_at: None,
    })
}

fn check_any() -> Command {
    Command::Check(Check::default())
}

pub(super) fn active() -> Option<Grant> {
    let (grant, reply) = act(begun(), &redemption(), 1);
    assert!(matches!(reply, Reply::Issued(_)), "{reply:?}");
    grant
}

pub(super) fn refusal(
    grant: Option<Grant>,
    command: &Command,
    now: i64,
) -> (Option<Grant>, Refusal) {
    match act(grant, command, now) {
        (grant, Reply::Refused(refusal)) => (grant, refusal),
        (_, other) => panic!("{other:?}"),
    }
}

pub(super) fn to_mint(grant: Option<Grant>, command: &Command, now: i64) -> Issue {
    let (_, reply) = step(grant, command, None, UnixTime(now));
    let Reply::Mint(issue) = reply else {
        panic!("{reply:?}")
    };
    *issue
}

pub(super) fn is_dead(grant: Option<&Grant>) -> bool {
    matches!(act(grant.cloned(), &check_any(), 2).1, Reply::Ended { .. })
}

#[test]
fn a_code_is_redeemed_once() {
    let grant = active();
    assert!(!is_dead(grant.as_ref()));
    let (grant, refused) = refusal(grant, &redemption(), 2);
    assert_eq!(refused, Refusal::CodeReplayed);
    assert!(is_dead(grant.as_ref()));
    assert_eq!(
        refusal(grant, &refresh_with("app", 0, None), 3).1,
        Refusal::RefreshTokenEnded
    );
}

#[test]
fn a_stranger_with_a_stolen_code_changes_nothing() {
    let (grant, refused) = refusal(
        begun(),
        &redeem_with("thief", Some(REDIRECT), Some(VERIFIER)),
        1,
    );
    assert_eq!(refused, Refusal::CodeOfAnotherClient);
    assert_eq!(grant, begun());
    let (grant, _) = refusal(
        active(),
        &redeem_with("thief", Some(REDIRECT), Some(VERIFIER)),
        1,
    );
    assert_eq!(grant, active());
}

#[test]
fn a_code_ends_with_its_lifetime() {
    assert_eq!(refusal(begun(), &redemption(), 60).1, Refusal::CodeExpired);
}

#[test]
fn a_slip_does_not_burn_the_code_and_guessing_does() {
    let wrong = || redeem_with("app", Some(REDIRECT), Some(OTHER_VERIFIER));
    let mut grant = begun();
    for _ in 1..TRIES {
        let (next, refused) = refusal(grant, &wrong(), 1);
        assert_eq!(refused, Refusal::VerifierWrong);
        grant = next;
    }
    to_mint(grant.clone(), &redemption(), 1);
    let (grant, _) = refusal(grant, &wrong(), 1);
    assert_eq!(refusal(grant, &redemption(), 1).1, Refusal::CodeEnded);
}

#[test]
fn the_redirect_uri_is_repeated_if_it_was_sent() {
    for presented in [
        None,
        Some("https://app.example/cb/"),
        Some("https://app.example:443/cb"),
    ] {
        let command = redeem_with("app", presented, Some(VERIFIER));
        assert_eq!(refusal(begun(), &command, 1).1, Refusal::RedirectUriDiffers);
    }
}

#[test]
fn a_verifier_and_a_challenge_come_together() {
    let missing = redeem_with("app", Some(REDIRECT), None);
    assert_eq!(refusal(begun(), &missing, 1).1, Refusal::VerifierMissing);
    let Some(Grant::CodeIssued { details, mut code }) = begun() else {
        panic!("no code")
    };
    code.code_challenge = None;
    let grant = Grant::CodeIssued { details, code };
    assert_eq!(
        refusal(Some(grant), &redemption(), 1).1,
        Refusal::VerifierWithoutChallenge
    );
}

#[test]
fn a_request_for_another_resource_spends_nothing() {
    let elsewhere = |mut command: Command| {
        let resource = Some("https://other.example".into());
        if let Command::Redeem(request) = &mut command {
            request.resource = resource;
        } else if let Command::Refresh(request) = &mut command {
            request.resource = resource;
        }
        command
    };
    let (grant, refused) = refusal(begun(), &elsewhere(redemption()), 1);
    assert_eq!((grant, refused), (begun(), Refusal::ResourceNotAllowed));
    let (grant, refused) = refusal(active(), &elsewhere(refresh_with("app", 0, None)), 2);
    assert_eq!((grant, refused), (active(), Refusal::ResourceNotAllowed));
}

#[test]
fn a_family_is_a_line() {
    let issue = to_mint(active(), &refresh_with("app", 0, None), 2);
    assert_eq!(issue.generation, Some(1));
    let (grant, _) = act(active(), &refresh_with("app", 0, None), 2);
    let (grant, refused) = refusal(grant, &refresh_with("app", 0, None), 3);
    assert_eq!(refused, Refusal::RefreshTokenReused);
    assert_eq!(
        refusal(grant, &refresh_with("app", 1, None), 4).1,
        Refusal::RefreshTokenEnded
    );
}

#[test]
fn another_client_cannot_refresh_and_harms_nobody() {
    let (grant, refused) = refusal(active(), &refresh_with("thief", 0, None), 2);
    assert_eq!(refused, Refusal::RefreshTokenOfAnotherClient);
    assert_eq!(grant, active());
}

#[test]
fn a_narrowed_scope_holds_for_one_access_token() {
    let narrowed = refresh_with("app", 0, Some("read"));
    assert_eq!(to_mint(active(), &narrowed, 2).scope.to_string(), "read");
    let (grant, _) = act(active(), &narrowed, 2);
    let issue = to_mint(grant, &refresh_with("app", 1, None), 3);
    assert_eq!(issue.scope.to_string(), "openid read write");
}

#[test]
fn a_wider_scope_is_refused_and_spends_nothing() {
    let (grant, refused) = refusal(active(), &refresh_with("app", 0, Some("read admin")), 2);
    assert_eq!(refused, Refusal::ScopeWidened);
    to_mint(grant, &refresh_with("app", 0, None), 3);
}

#[test]
fn a_family_dies_idle_and_in_the_end_however_often_it_is_used() {
    assert_eq!(
        refusal(active(), &refresh_with("app", 0, None), 1_001).1,
        Refusal::RefreshTokenExpired
    );
    let mut grant = active();
    for generation in 0..4 {
        let now = i64::from(generation) * 900 + 2;
        let (next, reply) = act(grant, &refresh_with("app", generation, None), now);
        assert!(matches!(reply, Reply::Issued(_)), "{generation}: {reply:?}");
        grant = next;
    }
    assert_eq!(
        refusal(grant, &refresh_with("app", 4, None), 3_001).1,
        Refusal::RefreshTokenExpired
    );
}

#[test]
fn a_revoked_grant_stays_revoked() {
    let (grant, reply) = act(active(), &revoke_by(Some("app")), 2);
    let user_id = UserId::parse("u_ada");
    let until = UnixTime(1_001);
    let over = |when| Reply::Ended {
        user_id: user_id.clone(),
        until,
        when,
    };
    assert_eq!(reply, over(EndedWhen::Now));
    let again = act(grant.clone(), &revoke_by(Some("app")), 2).1;
    assert_eq!(again, over(EndedWhen::Before));
    assert!(is_dead(grant.as_ref()));
    assert_eq!(
        refusal(grant, &refresh_with("app", 0, None), 3).1,
        Refusal::RefreshTokenEnded
    );
}

#[test]
fn nobody_answers_for_a_grant_that_never_began() {
    assert_eq!(refusal(None, &redemption(), 0).1, Refusal::CodeUnknown);
    assert_eq!(
        refusal(None, &refresh_with("app", 0, None), 0).1,
        Refusal::RefreshTokenUnknown
    );
    assert_eq!(act(None, &check_any(), 0), (None, Reply::Absent));
    assert_eq!(act(None, &revoke_by(Some("app")), 0), (None, Reply::Absent));
}

#[test]
fn another_client_cannot_revoke() {
    let (grant, refused) = refusal(active(), &revoke_by(Some("thief")), 2);
    assert_eq!((grant, refused), (active(), Refusal::TokenOfAnotherClient));
    let (grant, _) = act(active(), &revoke_by(None), 2);
    assert!(is_dead(grant.as_ref()), "an administrator ends any");
}

#[test]
fn what_arrives_after_its_own_end_does_not_begin() {
    let end = Command::Revoke(Revocation {
        client_id: Some(client("app")),
        reason: EndReason::SignedOut,
        until: Some(UnixTime(500)),
        presented: None,
        source: RevocationSource::Index,
        ended_at: None,
    });
    let (grant, _) = act(None, &end, 0);
    assert_eq!(grant.as_ref().map(Grant::ends_at), Some(UnixTime(500)));
    let late = refusal(grant.clone(), &begin_from(RequestSource::Browser), 1).1;
    assert_eq!(late, Refusal::GrantExists);
    assert_eq!(
        refusal(grant.clone(), &redemption(), 2).1,
        Refusal::CodeEnded
    );
    let start = Command::Start(Start {
        details: Box::new(details()),
        refresh_policy: POLICY,
        jkt: None,
        secret: None,
    });
    assert_eq!(refusal(grant, &start, 2).1, Refusal::EndedMeanwhile);
    assert_eq!(refusal(active(), &start, 2).1, Refusal::GrantExists);
}

#[test]
fn a_lost_answer_is_given_again_until_the_grace_ends() {
    let (grant, reply) = act(active(), &retry(0), 2);
    assert!(matches!(reply, Reply::Issued(_)));
    let again = Reply::Again {
        sealed: "sealed Some(1)".into(),
        user_id: UserId::parse("u_ada"),
    };
    let (unchanged, reply) = act(grant.clone(), &retry(0), 11);
    assert_eq!((&unchanged, &reply), (&grant, &again));
    let stranger = refresh_with("thief", 0, None);
    let refused = refusal(grant.clone(), &stranger, 3).1;
    assert_eq!(refused, Refusal::RefreshTokenOfAnotherClient);
    let (grant, refused) = refusal(grant, &retry(0), 12);
    assert_eq!(refused, Refusal::RefreshTokenReused);
    assert!(is_dead(grant.as_ref()));
}

#[test]
fn without_rotation_the_token_stays() {
    let keep = Command::Refresh(Box::new(Renewal {
        rotation: Rotation::Keep,
        refresh_policy: WITH_GRACE,
        ..renewal("app", 0)
    }));
    assert_eq!(to_mint(active(), &keep, 2).generation, Some(0));
    let mut grant = active();
    for now in 2..6 {
        let (next, reply) = act(grant, &keep, now);
        assert!(matches!(reply, Reply::Issued(_)));
        grant = next;
    }
}

#[test]
fn what_was_minted_for_something_else_is_minted_again() {
    let issue = to_mint(active(), &refresh_with("app", 0, Some("read")), 2);
    let wider = refresh_with("app", 0, None);
    let (grant, reply) = step(active(), &wider, Some(minted(issue, 2)), UnixTime(2));
    assert!(matches!(reply, Reply::Mint(_)));
    assert_eq!(grant, active());
}

#[test]
fn what_was_minted_is_not_delivered_once_the_grant_has_died() {
    let issue = to_mint(active(), &refresh_with("app", 0, None), 2);
    let (ended, _) = act(active(), &revoke_by(Some("app")), 2);
    let (_, reply) = step(
        ended,
        &refresh_with("app", 0, None),
        Some(minted(issue, 2)),
        UnixTime(2),
    );
    assert_eq!(reply, Reply::Refused(Refusal::RefreshTokenEnded));
}

#[test]
fn a_disabled_client_has_no_grants_left_even_when_it_comes_back() {
    let outlived = Command::Refresh(Box::new(Renewal {
        not_before: Some(UnixTime(0)),
        ..renewal("app", 0)
    }));
    let (grant, refused) = refusal(active(), &outlived, 2);
    assert_eq!(refused, Refusal::RefreshTokenEnded);
    assert!(is_dead(grant.as_ref()));
    let since_then = Command::Check(Check {
        not_before: Some(UnixTime(-1)),
        ..Check::default()
    });
    assert!(matches!(act(active(), &since_then, 2).1, Reply::Alive(_)));
}

fn pushed() -> Option<Grant> {
    let push = Command::Push(Push {
        client_id: client("app"),
        request: "sealed".into(),
        expires_at: UnixTime(60),
    });
    let (grant, reply) = act(None, &push, 0);
    assert_eq!(reply, Reply::Pushed);
    grant
}

fn open(who: &str, until: i64) -> Command {
    Command::Open(OpenPushed {
        client_id: client(who),
        until: UnixTime(until),
        carried_until: None,
    })
}

/// The same, with a reference that carries the request and may begin the grant until 60.
fn open_carried(who: &str, until: i64) -> Command {
    Command::Open(OpenPushed {
        client_id: client(who),
        until: UnixTime(until),
        carried_until: Some(UnixTime(60)),
    })
}

#[test]
fn f4_a_carried_request_begins_its_grant_when_it_is_opened_and_is_good_once() {
    let (grant, reply) = act(None, &open_carried("app", 600), 60);
    assert_eq!(reply, Reply::Refused(Refusal::RequestUriExpired));
    assert_eq!(grant, None, "nothing is stored for it");
    let (grant, reply) = act(None, &open_carried("app", 600), 59);
    assert_eq!(reply, Reply::Request(String::new()));
    let (grant, reply) = act(grant, &open_carried("app", 9_000), 599);
    assert_eq!(reply, Reply::Request(String::new()));
    let refused = refusal(grant.clone(), &open_carried("thief", 600), 100).1;
    assert_eq!(refused, Refusal::RequestUriOfAnotherClient);
    let begin = begin_from(RequestSource::Pushed);
    let (grant, reply) = act(grant, &begin, 100);
    assert_eq!(reply, Reply::Begun);
    assert_eq!(
        refusal(grant.clone(), &begin, 100).1,
        Refusal::RequestUriUsed
    );
    let refused = refusal(grant, &open_carried("app", 600), 59).1;
    assert_eq!(refused, Refusal::RequestUriUsed);
}

#[test]
fn f4_an_open_of_an_earlier_worker_is_read() {
    let text = r#"{"open":{"client_id":"app","until":600}}"#;
    let command: Command = serde_json::from_str(text).unwrap();
    assert_eq!(command, open("app", 600));
    assert_eq!(serde_json::to_string(&command).unwrap(), text);
}

#[test]
fn a_pushed_request_is_opened_in_time_and_then_stays_for_the_login() {
    let refused = refusal(pushed(), &open("app", 600), 60).1;
    assert_eq!(refused, Refusal::RequestUriExpired);
    let (grant, reply) = act(pushed(), &open("app", 600), 59);
    assert_eq!(reply, Reply::Request("sealed".into()));
    let (grant, reply) = act(grant, &open("app", 9_000), 599);
    assert_eq!(reply, Reply::Request("sealed".into()));
    let refused = refusal(grant, &open("app", 9_000), 600).1;
    assert_eq!(refused, Refusal::RequestUriExpired);
}

#[test]
fn a_pushed_request_becomes_one_code() {
    let refused = refusal(pushed(), &open("thief", 600), 1).1;
    assert_eq!(refused, Refusal::RequestUriOfAnotherClient);
    let begin = begin_from(RequestSource::Pushed);
    let (grant, reply) = act(pushed(), &begin, 1);
    assert_eq!(reply, Reply::Begun);
    assert_eq!(refusal(grant.clone(), &begin, 2).1, Refusal::RequestUriUsed);
    assert_eq!(
        refusal(grant, &open("app", 600), 2).1,
        Refusal::RequestUriUsed
    );
    assert_eq!(refusal(None, &begin, 2).1, Refusal::RequestUriUnknown);
    assert_eq!(refusal(pushed(), &redemption(), 2).1, Refusal::CodeUnknown);
}

#[test]
fn opaque_tokens_are_remembered_newest_last_and_live_with_the_grant() {
    let details = GrantDetails {
        format: TokenFormat::Opaque,
        ..details()
    };
    let start = Command::Start(Start {
        details: Box::new(details),
        refresh_policy: POLICY,
        jkt: None,
        secret: None,
    });
    let (mut grant, reply) = act(None, &start, 0);
    assert!(matches!(reply, Reply::Issued(issued) if issued.token.is_some()));
    let about = |id: &str| {
        Command::Check(Check {
            token: Some(id.into()),
            ..Check::default()
        })
    };
    for generation in 0..16 {
        let now = i64::from(generation) + 1;
        (grant, _) = act(grant, &refresh_with("app", generation, None), now);
    }
    for (id, is_known) in [("t0", false), ("t1", true), ("t16", true)] {
        let (_, reply) = act(grant.clone(), &about(id), 20);
        let Reply::Alive(alive) = reply else {
            panic!("{reply:?}")
        };
        assert_eq!(alive.token.is_some(), is_known, "{id}");
    }
    let (grant, _) = act(grant, &revoke_by(Some("app")), 21);
    assert!(is_dead(grant.as_ref()));
}

#[test]
fn only_the_current_refresh_token_counts() {
    let (grant, _) = act(active(), &retry(0), 2);
    let about = |generation| {
        Command::Check(Check {
            generation: Some(generation),
            ..Check::default()
        })
    };
    assert!(matches!(
        act(grant.clone(), &about(1), 3).1,
        Reply::Alive(_)
    ));
    assert!(matches!(act(grant, &about(0), 3).1, Reply::Ended { .. }));
}

#[test]
fn a_record_is_read_back_and_the_version_before_it_too() {
    let (grant, _) = act(active(), &retry(0), 2);
    for grant in [begun(), active(), pushed(), grant].into_iter().flatten() {
        let id = GrantId::from_random([1; 16]);
        let text = grant.write(&id).unwrap();
        assert!(text.contains("\"version\":3"));
        assert_eq!(Grant::read_with_id(&text), Ok((Some(id), grant)));
    }
    let first = r#"{"version":1,"facts":{"client_id":"app","user_id":"u_ada","scope":"openid read write",
        "resource":"https://api.example","redirect_uri":"https://app.example/cb","redirect_uri_sent":true,
        "code_challenge":null,"nonce":null,"auth_time":0},
        "state":{"active":{"family":{"current":3,"idle_until":900,"absolute_until":3000},"ends_at":900}}}"#;
    let grant = Grant::read(first).unwrap();
    assert_eq!(grant.ends_at(), UnixTime(900));
    let issue = to_mint(Some(grant), &refresh_with("app", 3, None), 5);
    assert_eq!((issue.generation, issue.details), (Some(4), details()));
}

#[test]
fn a_record_of_a_later_version_is_not_touched() {
    for text in [r#"{"version":4,"grant":{}}"#, "{", r#"{"grant":{}}"#, "7"] {
        assert_eq!(Grant::read(text), Err(Unreadable), "{text}");
    }
}

#[test]
fn nothing_that_a_stranger_could_use_prints() {
    let minted = minted(to_mint(active(), &retry(0), 2), 2);
    let (_, reply) = act(active(), &retry(0), 2);
    let printed = format!(
        "{:?} {minted:?} {reply:?} {:?}",
        renewal("app", 0),
        redemption()
    );
    for secret in ["\"key\"", "answer Some", VERIFIER] {
        assert!(!printed.contains(secret), "{secret} in {printed}");
    }
}

fn any_command() -> impl Strategy<Value = Command> {
    let who = prop_oneof![9 => Just("app"), 1 => Just("thief")];
    let verifier =
        prop_oneof![4 => Just(Some(VERIFIER)), 1 => Just(Some(OTHER_VERIFIER)), 1 => Just(None)];
    prop_oneof![
        4 => (who.clone(), verifier).prop_map(|(who, verifier)| redeem_with(
            who,
            Some(REDIRECT),
            verifier
        )),
        4 => (who.clone(), 0_u32..6).prop_map(|(who, generation)| refresh_with(who, generation, None)),
        4 => (0_u32..6).prop_map(retry),
        2 => Just(check_any()),
        1 => who.prop_map(|who| revoke_by(Some(who))),
        1 => Just(begin_from(RequestSource::Pushed)),
        1 => Just(open("app", 600)),
    ]
}

proptest! {
    /// At most one answer per code, one per generation; an ended grant never comes back.
    #[test]
    fn the_invariants_hold_under_any_commands(
        commands in prop::collection::vec((any_command(), 0_i64..50), 1..60)
    ) {
        let mut grant = begun();
        let mut now = 1;
        let mut issued = Vec::new();
        let mut ended = false;
        for (command, pause) in commands {
            now += pause;
            let before = grant.clone();
            let (next, reply) = act(grant, &command, now);
            let is_strangers = match &command {
                Command::Redeem(request) => request.client_id == client("thief"),
                Command::Refresh(request) => request.client_id == client("thief"),
                Command::Revoke(request) => request.client_id == Some(client("thief")),
                Command::Push(Push { .. })
                | Command::Open(OpenPushed { .. })
                | Command::Begin(Begin { .. })
                | Command::Start(Start { .. })
                | Command::Check(_) => false,
            };
            prop_assert!(!is_strangers || next == before, "a stranger changed something");
            match reply {
                Reply::Issued(given) => {
                    prop_assert!(!ended, "something was issued from an ended grant");
                    prop_assert!(!issued.contains(&given.answer), "{} was issued twice", given.answer);
                    issued.push(given.answer);
                }
                Reply::Again { .. } => prop_assert!(!ended, "an ended grant answered again"),
                Reply::Mint(_) => prop_assert!(false, "what was minted was not taken"),
                Reply::Begun
                | Reply::Pushed
                | Reply::Request(_)
                | Reply::Alive(_)
                | Reply::Absent
                | Reply::Ended { .. }
                | Reply::Refused(_) => {}
            }
            ended |= matches!(&next, Some(Grant::Ended { .. }));
            prop_assert_eq!(ended, matches!(&next, Some(Grant::Ended { .. })));
            grant = next;
        }
    }
}
