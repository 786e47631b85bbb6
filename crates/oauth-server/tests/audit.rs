//! The audit log: what is recorded of a request, and how an administrator reads it.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use oauth_core::{
    client::AuthMethod,
    http::{Answer, Headers, Method},
    scope::Scope,
    settings::Roles,
};
use oauth_server::{
    admin,
    audit::{AuditEvent, Event},
    introspect::introspect,
    par::par,
    revoke::revoke,
};
use serde_json::Value;
use testkit::{
    answer,
    crypto::run,
    fixture::{
        Fixture, ISSUER, PASSWORD, REDIRECT, SECRET, VERIFIER, basic, client, member, parameter,
        request, text,
    },
};

/// The events of this kind.
fn recorded(fixture: &Fixture, kind: Event) -> Vec<AuditEvent> {
    let events = fixture.world.audit_events.borrow();
    let alike = events.iter().filter(|event| event.event == kind);
    alike.cloned().collect()
}

fn the(fixture: &Fixture, kind: Event) -> AuditEvent {
    recorded(fixture, kind).first().cloned().unwrap()
}

/// Ada administers with the token in the second place.
fn administered() -> (Fixture, String) {
    let mut fixture = Fixture::new();
    let mut desk = client("desk", vec![AuthMethod::None]);
    desk.scope = Scope::parse("openid read admin").unwrap();
    fixture.register(desk);
    for (user, _) in fixture.world.users.borrow_mut().values_mut() {
        user.roles = Roles::parse("administrator");
    }
    let asked = [
        ("client_id", "desk"),
        ("scope", "openid admin"),
        ("resource", ISSUER),
    ];
    let code = parameter(&fixture.grant(&request(&asked)), "code");
    let answer = fixture.token(
        None,
        &[
            ("grant_type", "authorization_code"),
            ("client_id", "desk"),
            ("code", &code),
            ("redirect_uri", REDIRECT),
            ("code_verifier", VERIFIER),
        ],
    );
    let token = member(&answer, "access_token");
    fixture.cookies.clear();
    (fixture, token)
}

fn read(fixture: &Fixture, token: &str, query: &str) -> Answer {
    let mut request = fixture.incoming(Method::Get, "/admin/api/audit", query, "");
    let bearer = [("authorization".to_owned(), ["Bearer ", token].concat())];
    request.headers = Headers::new(bearer);
    run(answer!(
        Challenge,
        admin::audit::list,
        fixture.context(),
        &request
    ))
}

/// The words of the events on a page, and its cursor.
fn page(fixture: &Fixture, token: &str, query: &str) -> (Vec<String>, Option<String>) {
    let answer = read(fixture, token, query);
    assert_eq!(answer.status, 200, "{query}: {}", text(&answer));
    let page: Value = serde_json::from_slice(&answer.body).unwrap();
    let events = page.get("events").and_then(Value::as_array).unwrap();
    let words = events.iter().map(|event| event.get("event").unwrap());
    (
        words
            .map(|word| word.as_str().unwrap().to_owned())
            .collect(),
        page.get("next")
            .map(|next| next.as_str().unwrap().to_owned()),
    )
}

#[test]
fn a_code_flow_is_recorded_from_the_login_to_the_theft() {
    let mut fixture = Fixture::new();
    let tokens = fixture.tokens();
    let refresh = member(&tokens, "refresh_token");
    let next = member(&fixture.refresh(&refresh), "refresh_token");
    fixture.refresh(&next);
    fixture.wait(3600);
    assert_eq!(fixture.refresh(&refresh).status, 400);
    assert_eq!(
        *fixture.world.audit.borrow(),
        [
            "login",
            "consent_given",
            "code_issued",
            "tokens_issued",
            "tokens_refreshed",
            "tokens_refreshed",
            "refresh_token_reused",
            "token_request_refused",
        ]
    );
    let events = fixture.world.audit_events.borrow();
    for event in events.iter() {
        assert_eq!(event.client_id.as_deref(), Some("spa"), "{event:?}");
        // A public client proves nothing.
        assert!(!event.client_authenticated, "{event:?}");
    }
    // The grant itself announces its end, perhaps after the request, which is recorded with the network that it came from.
    for event in events.iter().take(6).chain(events.last()) {
        assert_eq!(event.request_id.as_deref(), Some("test"));
        assert!(event.network.is_some());
    }
    let (refused, events) = events.split_last().unwrap();
    assert_eq!(refused.reason, Some("refresh_token_reused"));
    let grants = events.iter().skip(2).map(|event| event.grant.clone());
    let grants: std::collections::BTreeSet<_> = grants.collect();
    assert_eq!(grants.len(), 1, "all that is of one grant names it");
    assert!(events.iter().all(|event| event.subject.is_some()));
}

#[test]
fn a_failed_login_says_whose_name_and_which_network_by_keyed_hashes() {
    let mut fixture = Fixture::new();
    let failed = |fixture: &mut Fixture, name: &str| {
        let page = fixture.authorize(&request(&[]));
        fixture.log_in_as(&page, name, "wrong password");
    };
    failed(&mut fixture, "ada");
    failed(&mut fixture, "ada");
    failed(&mut fixture, "nemo");
    fixture.address = "198.51.100.7".to_owned();
    failed(&mut fixture, "ada");
    let events = recorded(&fixture, Event::LoginFailed);
    let [first, second, other, elsewhere] = events.try_into().ok().unwrap();
    assert_eq!(first.account, second.account);
    assert_ne!(first.account, other.account);
    assert_eq!(
        (&first.account, first.network == elsewhere.network),
        (&elsewhere.account, false)
    );
    assert_eq!(first.subject, None);
    let all = serde_json::to_string(&*fixture.world.audit_events.borrow()).unwrap();
    for secret in ["ada", "nemo", "wrong password", "192.0.2", "198.51"] {
        assert!(!all.contains(secret), "{secret} in {all}");
    }
}

#[test]
fn a_throttled_login_is_recorded_with_the_account() {
    let mut fixture = Fixture::new();
    for _ in 0..40 {
        let page = fixture.authorize(&request(&[]));
        fixture.log_in(&page, "wrong password");
    }
    let failed = the(&fixture, Event::LoginFailed);
    let throttled = the(&fixture, Event::LoginThrottled);
    assert_eq!(
        (failed.account, failed.network),
        (throttled.account, throttled.network)
    );
}

#[test]
fn a_client_that_fails_to_authenticate_is_named_as_unproven() {
    let fixture = Fixture::new();
    for (path, id) in [
        ("/oauth/token", "web"),
        ("/oauth/introspect", "nobody"),
        ("/oauth/revoke", "web"),
        ("/oauth/par", "web"),
    ] {
        let request = fixture.post(path, Some(&basic(id, "wrong")), &[("token", "x")]);
        let answer = match path {
            "/oauth/token" => fixture.token(Some(&basic(id, "wrong")), &[]),
            "/oauth/introspect" => run(answer!(Json, introspect, fixture.context(), &request)),
            "/oauth/revoke" => run(answer!(Json, revoke, fixture.context(), &request)),
            _ => run(answer!(Json, par, fixture.context(), &request)),
        };
        assert_eq!(answer.status, 401, "{path}");
        let event = fixture.world.audit_events.borrow().last().cloned().unwrap();
        assert_eq!(event.event, Event::ClientAuthenticationFailed, "{path}");
        assert_eq!(event.client_id.as_deref(), Some(id));
        assert!(!event.client_authenticated);
        assert_eq!(event.reason, answer.log.refusal);
        assert_eq!(answer.log.client_id, None);
        assert_eq!(answer.log.client_id_presented.as_deref(), Some(id));
    }
    assert_eq!(fixture.world.audit.borrow().len(), 4, "one event for each");
}

#[test]
fn a_presented_client_id_is_cut() {
    let mut fixture = Fixture::new();
    let long = "x".repeat(250);
    let answer = fixture.authorize(&request(&[("client_id", &long)]));
    assert_eq!(answer.log.client_id_presented.unwrap().len(), 120);
    let event = the(&fixture, Event::AuthorizationRefused);
    assert_eq!(event.client_id.unwrap().len(), 120);
    assert_eq!(event.reason, Some("client_unknown"));
}

#[test]
fn refused_requests_of_known_clients_are_recorded_with_their_reason() {
    let mut fixture = Fixture::new();
    fixture.redeem("c1.nonsense");
    assert_eq!(
        the(&fixture, Event::TokenRequestRefused).reason,
        Some("code_unknown")
    );
    let token = member(&fixture.tokens(), "access_token");
    let asked = fixture.post(
        "/oauth/introspect",
        Some(&basic("web", SECRET)),
        &[("token", &token)],
    );
    run(answer!(Json, introspect, fixture.context(), &asked));
    let refused = the(&fixture, Event::IntrospectionRefused);
    assert_eq!(refused.client_id.as_deref(), Some("web"));
    assert!(refused.client_authenticated);
    let asked = fixture.post(
        "/oauth/revoke",
        Some(&basic("web", SECRET)),
        &[("token", &token)],
    );
    run(answer!(Json, revoke, fixture.context(), &asked));
    assert!(the(&fixture, Event::RevocationRefused).client_authenticated);
}

#[test]
fn a_denied_consent_is_recorded_once() {
    let mut fixture = Fixture::new();
    let page = fixture.authorize(&request(&[]));
    fixture.log_in(&page, PASSWORD);
    let page = fixture.authorize(&request(&[]));
    fixture.decide(&page, "deny");
    assert!(the(&fixture, Event::ConsentDenied).subject.is_some());
    assert!(recorded(&fixture, Event::AuthorizationRefused).is_empty());
}

#[test]
fn refused_administration_names_who_asked() {
    let (fixture, token) = administered();
    for (user, _) in fixture.world.users.borrow_mut().values_mut() {
        user.roles = Roles::default();
    }
    assert_eq!(read(&fixture, &token, "").status, 403);
    let refused = the(&fixture, Event::AdministrationRefused);
    assert!(refused.actor.unwrap().starts_with("u_"));
    assert_eq!(refused.reason, Some("admin_scope_missing"));
    assert_eq!(read(&fixture, "nonsense", "").status, 401);
}

#[test]
fn an_administrator_reads_the_audit_by_each_filter() {
    let (mut fixture, token) = administered();
    let page_of_login = fixture.authorize(&request(&[]));
    fixture.log_in(&page_of_login, "wrong password");
    let (all, _) = page(&fixture, &token, "");
    assert_eq!(
        all.first().map(String::as_str),
        Some("login_failed"),
        "newest first"
    );
    let one = |query: &str| page(&fixture, &token, query).0;
    assert_eq!(one("event=code_issued"), ["code_issued"]);
    assert_eq!(one("username=ada"), ["login_failed"]);
    assert!(one("username=nemo").is_empty());
    assert_eq!(one("client_id=spa").len(), 1);
    let subject = the(&fixture, Event::Login).subject.unwrap();
    let of_ada = one(&format!("subject={subject}"));
    assert!(
        of_ada.contains(&"tokens_issued".to_owned())
            && !of_ada.contains(&"login_failed".to_owned())
    );
    let now = fixture.world.now.get().0;
    assert!(one(&format!("until={now}")).is_empty());
    assert!(one(&format!("since={}", now + 1)).is_empty());
    assert!(!one(&format!("since={now}&until={}", now + 1)).is_empty());
    // Reading is recorded too.
    assert_eq!(
        the(&fixture, Event::AuditRead).actor,
        Some(subject.to_string())
    );
}

#[test]
fn pages_follow_each_other_without_gap_or_overlap() {
    let (fixture, token) = administered();
    let total = fixture.world.audit_events.borrow().len();
    let now = fixture.world.now.get().0;
    // What reading adds is later.
    fixture.wait(1);
    let mut seen = Vec::new();
    let mut after = String::new();
    loop {
        let query = format!("until={}&limit=2{after}", now + 1);
        let (words, next) = page(&fixture, &token, &query);
        seen.extend(words);
        let Some(next) = next else { break };
        after = format!("&after={next}");
    }
    assert_eq!(seen.len(), total);
    assert_eq!(seen.last().map(String::as_str), Some("login"));
}

#[test]
fn a_parameter_that_is_unknown_or_malformed_is_refused() {
    let (fixture, token) = administered();
    for query in [
        "evnet=login",
        "event=logn",
        "subject=ada",
        "since=soon",
        "since=-1",
        "until=1e3",
        "limit=0",
        "limit=201",
        "after=nonsense",
        "after=MS4y.",
        "event=login&event=logout",
    ] {
        assert_eq!(read(&fixture, &token, query).status, 400, "{query}");
    }
    let refusal = read(&fixture, &token, "evnet=login").log.refusal;
    assert_eq!(refusal, Some("parameter_unknown"));
}
