//! Two tabs, a session that ended, cookies that are blocked: the request goes on, or the page names the cause.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

use oauth_core::{
    http::Answer,
    id::UserId,
    lifecycle::{grant::EndReason, person},
};
use oauth_server::ports::People as _;
use testkit::{
    crypto::run,
    fixture::{Fixture, PASSWORD, hidden, member, parameter, request, text},
    memory::{Part, World},
};

fn location(answer: &Answer) -> &str {
    let location = answer.header("location");
    location.unwrap_or_else(|| panic!("{}: {}", answer.status, text(answer)))
}

/// Ada signs out everywhere, in another browser.
fn end_all(world: &World) {
    let end = person::Command::EndAll(person::EndAll {
        reason: EndReason::SignedOut,
        act: None,
    });
    let ada = UserId::parse("u_ada").unwrap();
    run(world.send_to_person(&ada, end)).unwrap();
}

/// Ada is signed in, and looks at the consent page.
fn consent_page(fixture: &mut Fixture) -> Answer {
    let page = fixture.authorize(&request(&[]));
    assert_eq!(fixture.log_in(&page, PASSWORD).status, 303);
    let page = fixture.authorize(&request(&[("prompt", "consent")]));
    assert!(text(&page).contains("name=\"decision\""));
    page
}

#[test]
fn both_of_two_tabs_that_were_opened_at_once_sign_in() {
    let mut fixture = Fixture::new();
    let first = fixture.authorize(&request(&[("state", "first")]));
    let cookies = std::mem::take(&mut fixture.cookies);
    let second = fixture.authorize(&request(&[("state", "second")]));
    fixture.cookies.extend(cookies);
    for (page, state) in [(first, "first"), (second, "second")] {
        let answer = fixture.log_in(&page, PASSWORD);
        assert_eq!(
            (answer.status, parameter(&answer, "state")),
            (303, state.to_owned())
        );
    }
}

#[test]
fn a_login_form_of_whoever_signed_in_meanwhile_goes_on_without_a_password() {
    let mut fixture = Fixture::new();
    let page = fixture.authorize(&request(&[("state", "first")]));
    fixture.cookies.clear();
    let other = fixture.authorize(&request(&[("state", "second")]));
    assert_eq!(fixture.log_in(&other, PASSWORD).status, 303);
    // As someone else one must sign in.
    let answer = fixture.log_in_as(&page, "alan", "");
    assert_eq!(answer.status, 403);
    let answer = fixture.log_in(&page, "");
    assert!(location(&answer).starts_with("/oauth/authorize?"));
    assert_eq!(parameter(&answer, "state"), "first");
}

#[test]
fn consent_in_the_tab_of_the_login_before_goes_on() {
    let mut fixture = Fixture::new();
    let page = consent_page(&mut fixture);
    let login = fixture.authorize(&request(&[("prompt", "login")]));
    assert_eq!(fixture.log_in(&login, PASSWORD).status, 303);
    let answer = fixture.decide(&page, "allow");
    assert!(location(&answer).starts_with("/oauth/authorize?"));
    let again = fixture.authorize(location(&answer).split_once('?').unwrap().1);
    assert!(location(&fixture.decide(&again, "allow")).contains("code="));
}

#[test]
fn consent_after_the_session_ended_begins_the_request_again() {
    let mut fixture = Fixture::new();
    let page = consent_page(&mut fixture);
    end_all(&fixture.world);
    let answer = fixture.decide(&page, "allow");
    assert!(location(&answer).starts_with("/oauth/authorize?"));
    let login = fixture.authorize(location(&answer).split_once('?').unwrap().1);
    assert!(text(&login).contains("name=\"password\""));
    let denied = fixture.decide(&page, "deny");
    assert_eq!(parameter(&denied, "error"), "access_denied");
}

#[test]
fn a_login_during_which_everything_ended_asks_for_the_password_again() {
    let mut fixture = Fixture::new();
    let page = fixture.authorize(&request(&[]));
    // Right before the session is opened.
    *fixture.world.meanwhile.borrow_mut() = Some((Part::Sessions, 2, Box::new(end_all)));
    let answer = fixture.log_in(&page, PASSWORD);
    assert_eq!(answer.log.refusal, Some("session_ended"));
    assert!(text(&answer).contains("You were signed out everywhere."));
    assert_eq!(fixture.log_in(&answer, PASSWORD).status, 303);
}

#[test]
fn row_96_a_consent_form_of_another_browser_is_refused() {
    let mut fixture = Fixture::new();
    let page = consent_page(&mut fixture);
    let mut other = Fixture::new();
    consent_page(&mut other);
    fixture.cookies = other.cookies;
    fixture.cookies.retain(|name, _| !name.contains("visit"));
    assert_eq!(fixture.decide(&page, "allow").status, 403);
    assert_eq!(fixture.decide(&page, "deny").status, 403);
}

#[test]
fn a_page_for_a_browser_that_blocks_cookies_says_so() {
    let mut fixture = Fixture::new();
    let page = fixture.authorize(&request(&[]));
    fixture.cookies.clear();
    let answer = fixture.log_in(&page, PASSWORD);
    assert_eq!(answer.status, 403);
    assert!(text(&answer).contains("Your browser blocks cookies."));
    assert!(!hidden(&answer, "request").is_empty());
}

#[test]
fn a_scope_that_the_client_may_not_have_is_left_out_and_the_answer_says_so() {
    let mut fixture = Fixture::new();
    let asked = request(&[("scope", "openid read mcp:tools email offline_access")]);
    let code = parameter(&fixture.grant(&asked), "code");
    let tokens = fixture.redeem(&code);
    assert_eq!(member(&tokens, "scope"), "openid read");
    let refused = fixture.authorize(&request(&[("scope", "mcp:tools")]));
    assert_eq!(parameter(&refused, "error"), "invalid_scope");
}
