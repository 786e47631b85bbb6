//! The language of a page: `ui_locales`, else `Accept-Language`, else English.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use oauth_core::{
    endpoint,
    http::{Answer, Headers, Method},
};
use oauth_server::{authorize, discovery, home, login, par::par};
use testkit::{
    answer,
    crypto::run,
    fixture::{Fixture, PASSWORD, member, request as parameters, text},
};

/// The languages that the metadata lists.
fn languages(server: &Fixture) -> Vec<String> {
    let request = server.incoming(Method::Get, endpoint::OPENID_CONFIGURATION, "", "");
    let answer = run(answer!(
        Json,
        discovery::metadata,
        server.context(),
        &request
    ));
    let document: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
    let languages = document.get("ui_locales_supported").unwrap();
    serde_json::from_value(languages.clone()).unwrap()
}

fn assert_is_in(language: &str, page: &Answer) {
    assert_eq!(
        page.header("content-language"),
        Some(language),
        "{}",
        text(page)
    );
    assert!(
        text(page).contains(&format!("<html lang=\"{language}\">")),
        "{}",
        text(page)
    );
}

#[test]
fn the_metadata_lists_english_first() {
    assert_eq!(languages(&Fixture::new()).first().unwrap(), "en");
}

#[test]
fn every_page_of_a_request_is_in_its_language() {
    for language in languages(&Fixture::new()) {
        let mut server = Fixture::new();
        let locales = format!("tlh {language} en");
        let query = parameters(&[("ui_locales", &locales)]);
        let page = server.authorize(&query);
        assert_is_in(&language, &page);
        let again = server.log_in(&page, "wrong");
        assert_is_in(&language, &again);
        assert_eq!(server.log_in(&again, PASSWORD).status, 303);
        let consent = server.authorize(&query);
        assert!(text(&consent).contains("name=\"decision\""));
        assert_is_in(&language, &consent);
        let unregistered = [
            ("ui_locales", locales.as_str()),
            ("redirect_uri", "https://evil.example"),
        ];
        let error = server.authorize(&parameters(&unregistered));
        assert_eq!(error.status, 400);
        assert_is_in(&language, &error);
    }
}

#[test]
fn a_pushed_request_has_its_own_language() {
    for language in languages(&Fixture::new()) {
        let mut server = Fixture::new();
        let query = parameters(&[("ui_locales", &language)]);
        let pushed = oauth_core::form::Form::parse(query.as_bytes()).unwrap();
        let parameters: Vec<(&str, &str)> = pushed.iter().collect();
        let push = server.post(endpoint::PAR, None, &parameters);
        let pushed = run(answer!(Json, par, server.context(), &push));
        let uri = member(&pushed, "request_uri");
        // What the browser carries beside it counts for nothing (RFC 9126 §4).
        let carried = [
            ("client_id", "spa"),
            ("request_uri", &uri),
            ("ui_locales", "en"),
        ];
        let page = server.authorize(&oauth_core::form::encode(carried));
        assert_is_in(&language, &page);
        assert_is_in(&language, &server.log_in(&page, "wrong"));
    }
}

#[test]
fn without_ui_locales_the_browser_decides() {
    let server = Fixture::new();
    for language in languages(&server) {
        let mut request = server.incoming(Method::Get, endpoint::LOGIN, "", "");
        let header = format!("tlh, {language};q=0.8, en;q=0.5");
        request.headers = Headers::new([("accept-language".to_owned(), header)]);
        let page = run(answer!(Page, login::page, server.context(), &request));
        assert_is_in(&language, &page);
        let page = run(answer!(Page, home::page, server.context(), &request));
        assert_is_in(&language, &page);
    }
}

#[test]
fn a_request_s_language_comes_before_the_browser_s() {
    let server = Fixture::new();
    for language in languages(&server) {
        let query = parameters(&[("ui_locales", &language)]);
        let mut request = server.incoming(Method::Get, endpoint::AUTHORIZE, &query, "");
        request.headers = Headers::new([("accept-language".to_owned(), "en".to_owned())]);
        let page = run(answer!(
            Page,
            authorize::authorize,
            server.context(),
            &request
        ));
        assert_is_in(&language, &page);
    }
}

#[test]
fn a_language_that_is_not_supported_is_no_error() {
    for locales in ["tlh", "*", "-", "en-", "  ", "e\"n"] {
        let page = Fixture::new().authorize(&parameters(&[("ui_locales", locales)]));
        assert_eq!(page.status, 200, "{locales}");
        assert_is_in("en", &page);
    }
}
