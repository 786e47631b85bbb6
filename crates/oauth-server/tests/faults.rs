//! A store that is down is a 503 with `Retry-After`, never a refusal, and nothing is lost by it.

use oauth_core::http::Answer;
use testkit::{
    fixture::{Fixture, PASSWORD, member, parameter, request, text},
    memory::Part,
};

fn broken<T>(fixture: &mut Fixture, part: Part, act: impl FnOnce(&mut Fixture) -> T) -> T {
    fixture.world.broken.borrow_mut().insert(part);
    let outcome = act(fixture);
    fixture.world.broken.borrow_mut().clear();
    outcome
}

fn assert_unavailable(answer: &Answer, part: Part) {
    assert_eq!(answer.status, 503, "{part:?}: {}", text(answer));
    assert!(answer.header("retry-after").is_some(), "{part:?}");
    assert!(!text(answer).contains("invalid_"), "{part:?}");
    assert!(answer.log.cause.is_some(), "{part:?}");
}

#[test]
fn redeeming_survives_the_loss_of_any_store() {
    let mut fixture = Fixture::new();
    let code = parameter(&fixture.grant(&request(&[])), "code");
    for part in [Part::Clients, Part::Keys, Part::Grants] {
        let answer = broken(&mut fixture, part, |fixture| fixture.redeem(&code));
        assert_unavailable(&answer, part);
    }
    assert_eq!(fixture.redeem(&code).status, 200);
}

#[test]
fn refreshing_survives_the_loss_of_any_store() {
    let mut fixture = Fixture::new();
    let token = member(&fixture.tokens(), "refresh_token");
    for part in [Part::Clients, Part::Keys, Part::Grants, Part::Users] {
        let answer = broken(&mut fixture, part, |fixture| fixture.refresh(&token));
        assert_unavailable(&answer, part);
    }
    assert_eq!(fixture.refresh(&token).status, 200);
}

#[test]
fn signing_in_and_consenting_survive_the_loss_of_any_store() {
    let mut fixture = Fixture::new();
    let page = fixture.authorize(&request(&[]));
    for part in [Part::Clients, Part::Users, Part::Sessions, Part::ATTEMPTS] {
        let answer = broken(&mut fixture, part, |fixture| {
            fixture.log_in(&page, PASSWORD)
        });
        assert_unavailable(&answer, part);
    }
    assert_eq!(fixture.log_in(&page, PASSWORD).status, 303);
    let page = fixture.authorize(&request(&[]));
    for part in [
        Part::Clients,
        Part::Users,
        Part::Sessions,
        Part::Consents,
        Part::Grants,
    ] {
        let answer = broken(&mut fixture, part, |fixture| fixture.decide(&page, "allow"));
        assert_unavailable(&answer, part);
    }
    assert!(!parameter(&fixture.decide(&page, "allow"), "code").is_empty());
}

#[test]
fn userinfo_does_not_call_a_live_token_invalid() {
    let mut fixture = Fixture::new();
    let token = member(&fixture.tokens(), "access_token");
    for part in [Part::Keys, Part::Grants, Part::Users] {
        let answer = broken(&mut fixture, part, |fixture| fixture.userinfo(&token));
        assert_unavailable(&answer, part);
    }
    assert_eq!(fixture.userinfo(&token).status, 200);
}

#[test]
fn a_store_that_is_down_uses_up_no_tries() {
    let mut fixture = Fixture::new();
    let page = fixture.authorize(&request(&[]));
    for _ in 0..60 {
        let answer = broken(&mut fixture, Part::Users, |fixture| {
            fixture.log_in(&page, PASSWORD)
        });
        assert_unavailable(&answer, Part::Users);
    }
    assert_eq!(fixture.log_in(&page, PASSWORD).status, 303);
}
