//! Users' sessions and the index of their grants, as the endpoints use them: what ends is never
//! outlived by what began before it.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

use oauth_core::{
    id::{ClientId, UserId},
    lifecycle::{
        grant::EndReason,
        person::{Command, EndAll, EndOf, Entry, ListGrants, Reply},
    },
};
use oauth_server::ports::People as _;
use testkit::{
    crypto::run,
    fixture::{Fixture, PASSWORD, parameter, request, text},
};

fn ada() -> UserId {
    UserId::parse("u_ada").unwrap()
}

fn ask(fixture: &Fixture, command: Command) -> Reply {
    run(fixture.world.send_to_person(&ada(), command)).unwrap()
}

fn end_all(fixture: &Fixture) {
    let reason = EndReason::SignedOut;
    assert_eq!(
        ask(fixture, Command::EndAll(EndAll { reason, act: None })),
        Reply::Done
    );
}

fn grants(fixture: &Fixture) -> Vec<Entry> {
    let (after, limit) = (None, 20);
    let Reply::Grants { entries, .. } = ask(fixture, Command::List(ListGrants { after, limit }))
    else {
        panic!("no list")
    };
    entries
}

fn is_login_page(answer: &oauth_core::http::Answer) -> bool {
    text(answer).contains("name=\"password\"")
}

#[test]
fn a_code_is_shown_only_for_a_grant_that_stands_in_the_index() {
    let mut fixture = Fixture::new();
    let code = parameter(&fixture.grant(&request(&[])), "code");
    let grants = grants(&fixture);
    let [entry] = grants.as_slice() else {
        panic!("{grants:?}")
    };
    assert!(code.contains(entry.grant.as_str()));
    assert_eq!(entry.client_id.as_str(), "spa");
    assert_eq!(entry.scope.to_string(), "openid profile read");
    assert!(entry.session.is_some());
    let lifetimes = &fixture.world.settings.lifetimes;
    assert!(entry.until.since(entry.since) > lifetimes.refresh_absolute);
}

#[test]
fn who_is_signed_out_everywhere_signs_in_again() {
    let mut fixture = Fixture::new();
    fixture.grant(&request(&[]));
    end_all(&fixture);
    assert!(is_login_page(&fixture.authorize(&request(&[]))));
    assert!(grants(&fixture).is_empty());
    let code = parameter(&fixture.grant(&request(&[])), "code");
    assert!(!code.is_empty());
}

#[test]
fn a_consent_page_from_before_the_end_gives_no_code() {
    let mut fixture = Fixture::new();
    let page = fixture.authorize(&request(&[]));
    assert_eq!(fixture.log_in(&page, PASSWORD).status, 303);
    let page = fixture.authorize(&request(&[]));
    end_all(&fixture);
    let answer = fixture.decide(&page, "allow");
    assert!(
        !answer
            .header("location")
            .unwrap_or_default()
            .contains("code=")
    );
    assert!(grants(&fixture).is_empty());
}

#[test]
fn the_end_of_a_clients_grants_ends_no_session() {
    let mut fixture = Fixture::new();
    fixture.grant(&request(&[]));
    let client_id = ClientId::parse("spa").unwrap();
    let reason = EndReason::ConsentWithdrawn;
    ask(
        &fixture,
        Command::EndOf(EndOf {
            client_id,
            reason,
            act: None,
        }),
    );
    assert!(grants(&fixture).is_empty());
    assert!(!is_login_page(&fixture.authorize(&request(&[]))));
}

#[test]
fn an_unknown_name_leaves_nothing_behind() {
    let mut fixture = Fixture::new();
    let page = fixture.authorize(&request(&[]));
    fixture.log_in_as(&page, "nobody", PASSWORD);
    let people = fixture.world.people.borrow();
    assert!(people.values().all(std::collections::BTreeMap::is_empty));
}
