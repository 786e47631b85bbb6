//! The scopes that resource servers describe, as users and clients see them.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::rc::Rc;

use oauth_core::{
    http::{Answer, Method},
    id::ClientId,
    scope::Scope,
};
use oauth_server::{account, discovery};
use testkit::{
    answer,
    crypto::run,
    fixture::{Fixture, ISSUER, PASSWORD, request, text},
};

const API: &str = "https://api.example";
const OTHER: &str = "https://mcp.example";

/// A world in which `spa` may ask for more than `read`.
fn fixture() -> Fixture {
    let fixture = Fixture::new();
    let mut clients = fixture.world.clients.borrow_mut();
    let spa = clients.get_mut(&ClientId::parse("spa").unwrap()).unwrap();
    Rc::make_mut(spa).scope = Scope::parse("openid profile read write m2m:run admin").unwrap();
    drop(clients);
    fixture
}

/// The consent page that Ada sees.
fn page(fixture: &mut Fixture, changes: &[(&str, &str)]) -> Answer {
    let query = request(changes);
    let login = fixture.authorize(&query);
    fixture.log_in(&login, PASSWORD);
    let page = fixture.authorize(&query);
    assert_eq!(page.status, 200, "{}", text(&page));
    page
}

/// The line of a scope on a page.
fn line(page: &Answer, scope: &str) -> String {
    let page = text(page);
    let (before, _) = page.split_once(&format!("<code>{scope}</code>")).unwrap();
    before.rsplit_once("<li>").unwrap().1.to_owned()
}

#[test]
fn the_consent_page_says_what_the_resource_says_and_names_what_nobody_describes() {
    let mut fixture = fixture();
    let page = page(&mut fixture, &[("scope", "openid read write")]);
    assert_eq!(line(&page, "openid"), "Know who you are");
    assert_eq!(line(&page, "read"), "Read your profile");
    assert_eq!(line(&page, "write"), "No description available");
}

#[test]
fn a_scope_means_what_the_resource_of_the_request_says() {
    let mut fixture = fixture();
    fixture.describe(OTHER, r#""scope_descriptions":{"read":"Read your mail"}"#);
    let here = page(&mut fixture, &[]);
    assert_eq!(line(&here, "read"), "Read your profile");
    fixture.cookies.clear();
    let there = page(&mut fixture, &[("resource", OTHER)]);
    assert_eq!(line(&there, "read"), "Read your mail");
    fixture.cookies.clear();
    // We are no such resource, whatever a resource server says.
    let ours = page(&mut fixture, &[("resource", ISSUER)]);
    assert_eq!(line(&ours, "read"), "No description available");
}

#[test]
fn markup_in_a_description_is_inert() {
    let mut fixture = fixture();
    let said = r#""scope_descriptions":{"read":"</li><script>alert('1')</script>&lt;"}"#;
    fixture.describe(API, said);
    let page = page(&mut fixture, &[]);
    assert!(!text(&page).contains("<script>"));
    let inert = "&lt;/li&gt;&lt;script&gt;alert('1')&lt;/script&gt;&amp;lt;";
    assert_eq!(line(&page, "read"), inert);
}

#[test]
fn a_resource_that_says_nothing_keeps_nobody_from_deciding() {
    let mut fixture = fixture();
    fixture.world.described.borrow_mut().clear();
    let page = page(&mut fixture, &[]);
    assert_eq!(line(&page, "read"), "No description available");
    assert_eq!(fixture.decide(&page, "allow").status, 303);
}

#[test]
fn the_account_page_describes_each_access_by_its_own_resource() {
    let mut fixture = fixture();
    fixture.describe(OTHER, r#""scope_descriptions":{"read":"Read your mail"}"#);
    for resource in [API, OTHER] {
        let code = fixture.grant(&request(&[("resource", resource)]));
        let code = testkit::fixture::parameter(&code, "code");
        let redeemed = fixture.redeem(&code);
        assert_eq!(redeemed.status, 200, "{}", text(&redeemed));
    }
    let incoming = fixture.incoming(oauth_core::http::Method::Get, "/account", "", "");
    let page = text(&run(answer!(
        Page,
        account::page,
        fixture.context(),
        &incoming
    )));
    for line in ["Read your profile<code>read", "Read your mail<code>read"] {
        assert!(page.contains(line), "{line} in {page}");
    }
    // One that is registered no more is not asked.
    fixture.world.settings.resources.truncate(1);
    let page = text(&run(answer!(
        Page,
        account::page,
        fixture.context(),
        &incoming
    )));
    assert!(page.contains("No description available<code>read"));
    assert!(!page.contains("Read your mail"));
}

#[test]
fn the_metadata_lists_our_scopes_and_those_of_the_resources_once() {
    let fixture = fixture();
    fixture.describe(API, r#""scopes_supported":["read","write","openid"]"#);
    fixture.describe(OTHER, r#""scopes_supported":["mail","read"]"#);
    let answer = run(answer!(
        Json,
        discovery::metadata,
        fixture.context(),
        &fixture.incoming(Method::Get, "/.well-known/openid-configuration", "", "")
    ));
    let document: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
    let ours = [
        "openid",
        "profile",
        "email",
        "offline_access",
        "m2m:run",
        "admin",
    ];
    let all: Vec<&str> = ours.into_iter().chain(["read", "write", "mail"]).collect();
    assert_eq!(document["scopes_supported"], serde_json::json!(all));
    fixture.world.described.borrow_mut().clear();
    let answer = run(answer!(
        Json,
        discovery::metadata,
        fixture.context(),
        &fixture.incoming(Method::Get, "/.well-known/openid-configuration", "", "")
    ));
    let document: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!(document["scopes_supported"], serde_json::json!(ours));
}
