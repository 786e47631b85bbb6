//! Rows 119 to 122 of the table of threats: clients that are known by their documents.

use std::rc::Rc;

use oauth_core::{http::Answer, id::ClientId, refusal::Refusal};
use oauth_server::audit::Event;
use testkit::fixture::{Fixture, VERIFIER, member, parameter, request, text};

const URL: &str = "https://app.example.org/oauth/client.json";
const HOME: &str = "https://app.example.org/callback";
const OTHER: &str = "https://app.example.org/other";

fn publish(fixture: &Fixture, redirect: &str, more: &str) {
    publish_for(fixture, redirect, more, 300);
}

fn publish_for(fixture: &Fixture, redirect: &str, more: &str, seconds: i64) {
    let document = format!(
        r#"{{"client_id":"{URL}","client_name":"An app","redirect_uris":["{redirect}"]{more}}}"#
    );
    let mut remote = fixture.world.documents.remote.borrow_mut();
    remote.insert(URL.to_owned(), (document, seconds));
}

fn with_document() -> Fixture {
    let fixture = Fixture::new();
    publish(&fixture, HOME, "");
    fixture
}

fn asking(redirect: &str) -> String {
    request(&[("client_id", URL), ("redirect_uri", redirect)])
}

fn redeem(fixture: &Fixture, code: &str) -> Answer {
    fixture.token(
        None,
        &[
            ("grant_type", "authorization_code"),
            ("client_id", URL),
            ("code", code),
            ("redirect_uri", HOME),
            ("code_verifier", VERIFIER),
        ],
    )
}

fn refresh(fixture: &Fixture, token: &str) -> Answer {
    fixture.token(
        None,
        &[
            ("grant_type", "refresh_token"),
            ("client_id", URL),
            ("refresh_token", token),
        ],
    )
}

/// A grant of the document's client: its refresh token.
fn grant(fixture: &mut Fixture) -> String {
    let code = parameter(&fixture.grant(&asking(HOME)), "code");
    let tokens = redeem(fixture, &code);
    assert_eq!(tokens.status, 200, "{}", text(&tokens));
    member(&tokens, "refresh_token")
}

fn assert_page(answer: &Answer, refusal: Refusal) {
    assert_eq!(answer.status, 400, "{}", text(answer));
    assert_eq!(answer.log.refusal, Some(refusal.slug()));
}

#[test]
fn row_119_a_code_and_its_refreshes_cost_no_fetch() {
    let mut fixture = with_document();
    let token = grant(&mut fixture);
    let token = member(&refresh(&fixture, &token), "refresh_token");
    fixture.wait(100);
    assert_eq!(refresh(&fixture, &token).status, 200);
    assert_eq!(fixture.world.documents.fetches.get(), 1);
    let id = ClientId::parse(URL).unwrap();
    assert!(
        fixture
            .world
            .documents
            .stored
            .borrow()
            .get(&id)
            .unwrap()
            .is_used
    );
}

#[test]
fn row_119_the_audit_has_the_whole_id_of_a_client_that_there_is() {
    let mut fixture = Fixture::new();
    let url = ["https://app.example.org/", &"x".repeat(200)].concat();
    let document =
        format!(r#"{{"client_id":"{url}","client_name":"An app","redirect_uris":["{HOME}"]}}"#);
    let mut remote = fixture.world.documents.remote.take();
    remote.insert(url.clone(), (document, 300));
    fixture.world.documents.remote.replace(remote);
    let query = request(&[("client_id", &url), ("redirect_uri", HOME)]);
    let code = parameter(&fixture.grant(&query), "code");
    fixture.token(
        None,
        &[
            ("grant_type", "authorization_code"),
            ("client_id", &url),
            ("code", &code),
            ("redirect_uri", HOME),
            ("code_verifier", VERIFIER),
        ],
    );
    for kind in [Event::ConsentGiven, Event::CodeIssued, Event::TokensIssued] {
        let events = fixture.world.audit_events.borrow();
        let event = events.iter().find(|event| event.event == kind).unwrap();
        assert_eq!(event.client_id.as_deref(), Some(url.as_str()));
    }
}

#[test]
fn row_119_a_document_that_breaks_a_rule_is_a_page_and_is_not_stored() {
    let mut fixture = Fixture::new();
    publish(&fixture, "https://evil.example.net/callback", "");
    let answer = fixture.authorize(&asking("https://evil.example.net/callback"));
    assert_page(&answer, Refusal::ClientDocumentInvalid);
    assert!(fixture.world.documents.stored.borrow().is_empty());
    publish(&fixture, HOME, r#","client_secret":"x""#);
    assert_page(
        &fixture.authorize(&asking(HOME)),
        Refusal::ClientDocumentInvalid,
    );
    publish(&fixture, HOME, "");
    assert_eq!(fixture.authorize(&asking(HOME)).status, 200);
}

#[test]
fn row_120_while_its_host_is_down_the_last_copy_counts_for_a_week() {
    let mut fixture = with_document();
    let token = grant(&mut fixture);
    fixture.world.documents.remote.borrow_mut().clear();
    fixture.wait(6 * 86_400);
    assert_eq!(fixture.authorize(&asking(HOME)).status, 200);
    let fetches = fixture.world.documents.fetches.get();
    assert_eq!(fixture.authorize(&asking(HOME)).status, 200);
    assert_eq!(
        fixture.world.documents.fetches.get(),
        fetches,
        "asked once a minute"
    );
    let token = member(&refresh(&fixture, &token), "refresh_token");
    fixture.wait(2 * 86_400);
    assert_page(
        &fixture.authorize(&asking(HOME)),
        Refusal::ClientDocumentUnavailable,
    );
    // Users who are signed in stay so.
    assert_eq!(refresh(&fixture, &token).status, 200);
    publish(&fixture, HOME, "");
    assert_eq!(fixture.authorize(&asking(HOME)).status, 200);
    let stored = fixture.world.documents.stored.borrow();
    let stored = stored.get(&ClientId::parse(URL).unwrap());
    assert!(stored.unwrap().is_used, "it is stored as long as before");
}

#[test]
fn row_120_a_client_that_was_never_seen_is_a_page_and_a_fault_at_the_token_endpoint() {
    let mut fixture = Fixture::new();
    assert_page(
        &fixture.authorize(&asking(HOME)),
        Refusal::ClientDocumentUnavailable,
    );
    let answer = refresh(&fixture, "r1.x");
    assert_eq!(
        (answer.status, answer.header("retry-after")),
        (503, Some("2"))
    );
    fixture.world.settings.client_documents = None;
    assert_page(&fixture.authorize(&asking(HOME)), Refusal::ClientUnknown);
    assert_eq!(refresh(&fixture, "r1.x").status, 401);
}

#[test]
fn row_120_a_document_that_was_read_while_a_resource_was_silent_is_read_again_soon() {
    let mut fixture = Fixture::new();
    publish_for(&fixture, HOME, "", 86_400);
    let described = fixture.world.described.take();
    let code = parameter(&fixture.grant(&asking(HOME)), "code");
    assert_eq!(member(&redeem(&fixture, &code), "scope"), "openid profile");
    *fixture.world.described.borrow_mut() = described;
    fixture.wait(300);
    let code = parameter(&fixture.grant(&asking(HOME)), "code");
    let scope = member(&redeem(&fixture, &code), "scope");
    assert_eq!(scope, "openid profile read");
}

#[test]
fn row_121_a_document_that_changes_is_live_at_the_next_fetch_and_grants_stay() {
    let mut fixture = with_document();
    let token = grant(&mut fixture);
    publish(&fixture, OTHER, "");
    assert_page(
        &fixture.authorize(&asking(OTHER)),
        Refusal::RedirectUriUnregistered,
    );
    fixture.wait(300);
    assert_page(
        &fixture.authorize(&asking(HOME)),
        Refusal::RedirectUriUnregistered,
    );
    let answer = fixture.authorize(&asking(OTHER));
    assert!(
        answer.status == 200 || answer.status == 303,
        "{}",
        text(&answer)
    );
    assert_eq!(refresh(&fixture, &token).status, 200);
}

#[test]
fn row_121_a_code_for_a_redirect_that_the_document_lists_no_more_is_of_no_use() {
    let mut fixture = with_document();
    grant(&mut fixture);
    fixture.wait(290);
    let code = parameter(&fixture.grant(&asking(HOME)), "code");
    publish(&fixture, OTHER, "");
    fixture.wait(20);
    fixture.authorize(&asking(OTHER));
    let answer = redeem(&fixture, &code);
    assert_eq!(member(&answer, "error"), "invalid_grant");
    assert_eq!(answer.log.refusal, Some("redirect_uri_differs"));
}

#[test]
fn row_122_documents_have_a_limit_and_what_is_known_has_none() {
    let mut fixture = with_document();
    assert_eq!(fixture.authorize(&asking(HOME)).status, 200);
    fixture.world.rates.everyone.set(1);
    let other = request(&[
        ("client_id", "https://b.example.org/c"),
        ("redirect_uri", HOME),
    ]);
    let answer = fixture.authorize(&other);
    assert_eq!(
        (answer.status, answer.header("retry-after")),
        (429, Some("10"))
    );
    assert_eq!(fixture.authorize(&asking(HOME)).status, 200);
    fixture.world.rates.everyone.set(usize::MAX);
    fixture.world.documents.is_busy.set(true);
    assert_eq!(fixture.authorize(&other).status, 429);
    fixture.wait(300);
    assert_eq!(
        fixture.authorize(&asking(HOME)).status,
        200,
        "the copy counts"
    );
}

#[test]
fn row_121_what_an_administrator_has_ended_stays_ended_when_the_document_is_fetched_again() {
    let mut fixture = with_document();
    let token = grant(&mut fixture);
    let id = ClientId::parse(URL).unwrap();
    if let Some(stored) = fixture.world.documents.stored.borrow_mut().get_mut(&id) {
        Rc::make_mut(stored).client.not_before = Some(fixture.world.now.get());
    }
    fixture.wait(300);
    fixture.authorize(&asking(HOME));
    assert_eq!(fixture.world.documents.fetches.get(), 2);
    assert_eq!(member(&refresh(&fixture, &token), "error"), "invalid_grant");
    grant(&mut fixture);
}

#[test]
fn a_client_that_an_administrator_has_disabled_stays_disabled() {
    let mut fixture = with_document();
    let token = grant(&mut fixture);
    let id = ClientId::parse(URL).unwrap();
    fixture.world.disabled_clients.borrow_mut().insert(id);
    let fetches = fixture.world.documents.fetches.get();
    fixture.wait(90_000);
    assert_page(&fixture.authorize(&asking(HOME)), Refusal::ClientUnknown);
    assert_eq!(refresh(&fixture, &token).status, 401);
    assert_eq!(fixture.world.documents.fetches.get(), fetches);
}
