//! The code flow through the real endpoints, over ports in memory.

use oauth_core::{
    client::{AuthMethod, Client},
    grant_type::GrantType,
    http::{Answer, Headers, Incoming, Method},
    jose::{AccessTokenClaims, IdTokenClaims, UntrustedJwt},
    lifecycle::grant::STORED_ANSWERS,
    scope::Scope,
};
use oauth_server::authorize::authorize;
use testkit::{
    crypto::run,
    fixture::{Fixture, PASSWORD, REDIRECT, client, hidden, member, parameter, request, text},
};

#[test]
fn a_person_signs_in_consents_and_the_client_gets_tokens() {
    let mut fixture = Fixture::new();
    let redirect = fixture.grant(&request(&[]));
    assert_eq!(redirect.status, 303);
    assert_eq!(parameter(&redirect, "state"), "the state");
    assert_eq!(parameter(&redirect, "iss"), "https://auth.example");
    let answer = fixture.redeem(&parameter(&redirect, "code"));
    assert_eq!(answer.status, 200, "{}", text(&answer));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(member(&answer, "expires_in"), "300");
    let id_token = member(&answer, "id_token");
    let claims: IdTokenClaims = UntrustedJwt::parse(&id_token)
        .unwrap()
        .unverified_claims()
        .unwrap();
    assert_eq!(
        (claims.sub.as_str(), claims.nonce.as_deref()),
        ("u_ada", Some("the nonce"))
    );
    let info = fixture.userinfo(&member(&answer, "access_token"));
    assert_eq!(member(&info, "preferred_username"), "ada");
    assert_eq!(member(&info, "email"), "");
}

#[test]
fn the_access_token_is_that_of_rfc_9068() {
    let mut fixture = Fixture::new();
    let token = member(&fixture.tokens(), "access_token");
    let untrusted = UntrustedJwt::parse(&token).unwrap();
    assert_eq!(untrusted.token_type(), Some("at+jwt"));
    let claims: AccessTokenClaims = untrusted.unverified_claims().unwrap();
    assert_eq!(claims.client_id, "spa");
    assert!(claims.aud.contains("https://api.example"));
}

#[test]
fn remembered_consent_is_not_asked_for_again_and_more_scope_is() {
    let mut fixture = Fixture::new();
    fixture.grant(&request(&[("scope", "openid")]));
    assert_eq!(
        fixture.authorize(&request(&[("scope", "openid")])).status,
        303
    );
    assert_eq!(fixture.authorize(&request(&[])).status, 200);
}

#[test]
fn a_denied_request_is_told_to_the_client() {
    let mut fixture = Fixture::new();
    let page = fixture.authorize(&request(&[]));
    fixture.log_in(&page, PASSWORD);
    let page = fixture.authorize(&request(&[]));
    let answer = fixture.decide(&page, "deny");
    assert_eq!(parameter(&answer, "error"), "access_denied");
    assert_eq!(parameter(&answer, "state"), "the state");
    assert!(fixture.world.grants.borrow().is_empty());
}

#[test]
fn a_redirect_uri_swapped_in_the_consent_form_gets_a_page() {
    let mut fixture = Fixture::new();
    let page = fixture.authorize(&request(&[]));
    fixture.log_in(&page, PASSWORD);
    let page = fixture.authorize(&request(&[]));
    let swapped = request(&[("redirect_uri", "https://evil.example/cb")]);
    let answer = fixture.decide_with(&swapped, &hidden(&page, "csrf"), "allow");
    assert_eq!((answer.status, answer.header("location")), (400, None));
}

#[test]
fn row_100_terms_that_changed_while_the_consent_page_was_open_are_shown_and_not_granted() {
    type Change = fn(&mut Client);
    let changes: [(&str, Change); 3] = [
        ("<code>profile</code>", |client| {
            client.default_scope = Scope::parse("read profile").unwrap();
        }),
        ("Stay connected", |client| {
            client.grant_types.push(GrantType::RefreshToken);
        }),
        ("Another name", |client| {
            "Another name".clone_into(&mut client.client_name);
        }),
    ];
    for (shown, change) in changes {
        let mut fixture = Fixture::new();
        let mut spa = client("spa", vec![AuthMethod::None]);
        spa.grant_types = vec![GrantType::AuthorizationCode];
        fixture.register(spa.clone());
        let query = request(&[("scope", "")]);
        let page = fixture.authorize(&query);
        fixture.log_in(&page, PASSWORD);
        let page = fixture.authorize(&query);
        assert!(!text(&page).contains(shown), "{shown}");
        change(&mut spa);
        fixture.register(spa);
        let again = fixture.decide(&page, "allow");
        assert_eq!((again.status, again.header("location")), (200, None));
        assert!(text(&again).contains(shown), "{shown}");
        assert!(fixture.world.grants.borrow().is_empty());
        let silently = fixture.authorize(&request(&[("scope", ""), ("prompt", "none")]));
        assert_eq!(parameter(&silently, "error"), "consent_required");
        // The same form once more, and then the one with the new terms.
        assert_eq!(fixture.decide(&page, "allow").status, 200);
        assert!(!parameter(&fixture.decide(&again, "allow"), "code").is_empty());
    }
}

#[test]
fn a_form_without_its_token_is_forbidden() {
    let mut fixture = Fixture::new();
    let page = fixture.authorize(&request(&[]));
    fixture.log_in(&page, PASSWORD);
    let consent = hidden(&fixture.authorize(&request(&[])), "csrf");
    let of_browser = consent.split_once('.').unwrap().0;
    for token in ["", "x", ".", of_browser, &hidden(&page, "csrf")] {
        let answer = fixture.decide_with(&request(&[]), token, "allow");
        assert_eq!(answer.status, 403, "{token}");
    }
}

#[test]
fn prompt_login_asks_once_and_then_goes_on() {
    let mut fixture = Fixture::new();
    fixture.grant(&request(&[]));
    let query = request(&[("prompt", "login")]);
    fixture.wait(10);
    let page = fixture.authorize(&query);
    assert!(text(&page).contains("name=\"password\""));
    let answer = fixture.log_in(&page, PASSWORD);
    assert_eq!(answer.status, 303);
    let answer = fixture.authorize(&query);
    assert_eq!(
        (answer.status, parameter(&answer, "error")),
        (303, String::new())
    );
    // The mark is spent: the same request asks again.
    assert!(text(&fixture.authorize(&query)).contains("name=\"password\""));
}

#[test]
fn a_new_login_ends_the_session_that_the_browser_had() {
    let mut fixture = Fixture::new();
    fixture.grant(&request(&[]));
    let former = fixture.cookies.clone();
    let page = fixture.authorize(&request(&[("prompt", "login")]));
    fixture.log_in(&page, PASSWORD);
    assert_ne!(former["__Host-session"], fixture.cookies["__Host-session"]);
    fixture.cookies = former;
    assert!(text(&fixture.authorize(&request(&[]))).contains("name=\"password\""));
}

#[test]
fn the_eleventh_wrong_password_has_to_wait_and_the_right_one_too() {
    let mut fixture = Fixture::new();
    let page = fixture.authorize(&request(&[]));
    for _ in 0..10 {
        assert_eq!(fixture.log_in(&page, "wrong").status, 200);
    }
    let answer = fixture.log_in(&page, PASSWORD);
    assert_eq!(
        (answer.status, answer.header("retry-after")),
        (429, Some("30"))
    );
    fixture.wait(30);
    assert_eq!(fixture.log_in(&page, PASSWORD).status, 303);
}

/// Longer than any password, so that it is wrong without being hashed.
const TOO_LONG: usize = 200;

#[test]
fn an_address_that_must_wait_uses_up_nobodys_tries() {
    let mut fixture = Fixture::new();
    let page = fixture.authorize(&request(&[]));
    let wrong = "x".repeat(TOO_LONG);
    for person in 0..50 {
        let answer = fixture.log_in_as(&page, &person.to_string(), &wrong);
        assert_eq!(answer.status, 200);
    }
    for _ in 0..20 {
        assert_eq!(fixture.log_in(&page, &wrong).status, 429);
    }
    fixture.address = "198.51.100.7".to_owned();
    assert_eq!(fixture.log_in(&page, PASSWORD).status, 303);
}

#[test]
fn an_account_that_must_wait_does_not_close_its_address_for_others() {
    let mut fixture = Fixture::new();
    let page = fixture.authorize(&request(&[]));
    let wrong = "x".repeat(TOO_LONG);
    for attempt in 0..100 {
        let status = if attempt < 10 { 200 } else { 429 };
        assert_eq!(fixture.log_in_as(&page, "alan", &wrong).status, status);
    }
    assert_eq!(fixture.log_in(&page, PASSWORD).status, 303);
}

#[test]
fn the_addresses_of_one_ipv6_network_count_as_one() {
    let mut fixture = Fixture::new();
    let page = fixture.authorize(&request(&[]));
    let wrong = "x".repeat(TOO_LONG);
    for host in 0..50 {
        fixture.address = format!("2001:db8:0:1::{host:x}");
        let answer = fixture.log_in_as(&page, &host.to_string(), &wrong);
        assert_eq!(answer.status, 200);
    }
    fixture.address = "2001:db8:0:ff::1".to_owned();
    assert_eq!(fixture.log_in(&page, PASSWORD).status, 429);
    fixture.address = "2001:db8:0:100::1".to_owned();
    assert_eq!(fixture.log_in(&page, PASSWORD).status, 303);
}

#[test]
fn a_role_that_was_taken_away_opens_nothing_at_the_next_refresh() {
    let mut fixture = Fixture::new();
    let operator = |fixture: &Fixture, is: bool| {
        let mut users = fixture.world.users.borrow_mut();
        users.get_mut("ada").unwrap().0.roles.operator = is;
    };
    operator(&fixture, true);
    let redirect = fixture.grant(&request(&[("scope", "openid m2m:run")]));
    let tokens = fixture.redeem(&parameter(&redirect, "code"));
    assert_eq!(member(&tokens, "scope"), "m2m:run openid");
    operator(&fixture, false);
    let tokens = fixture.refresh(&member(&tokens, "refresh_token"));
    assert_eq!(member(&tokens, "scope"), "openid");
    let token = member(&tokens, "refresh_token");
    let only_privileged = [
        ("grant_type", "refresh_token"),
        ("client_id", "spa"),
        ("refresh_token", &token),
        ("scope", "m2m:run"),
    ];
    let refused = fixture.token(None, &only_privileged);
    assert_eq!(member(&refused, "error"), "invalid_scope");
    operator(&fixture, true);
    let tokens = fixture.refresh(&token);
    assert_eq!(member(&tokens, "scope"), "m2m:run openid");
}

#[test]
fn a_form_of_another_site_is_led_to_where_the_browser_sends_our_cookies() {
    let mut fixture = Fixture::new();
    fixture.grant(&request(&[]));
    let foreign = Incoming {
        method: Method::Post,
        path: "/oauth/authorize".into(),
        query: String::new(),
        headers: Headers::new([
            (
                "content-type".into(),
                "application/x-www-form-urlencoded".into(),
            ),
            ("sec-fetch-site".into(), "cross-site".into()),
        ]),
        body: request(&[("prompt", "none")]).into_bytes(),
        address: None,
        request_id: "test".into(),
    };
    let answer = run(testkit::answer!(
        Page,
        authorize,
        fixture.context(),
        &foreign
    ));
    assert_eq!((answer.status, answer.header("set-cookie")), (303, None));
    let location = answer.header("location").unwrap();
    let query = location.strip_prefix("/oauth/authorize?").unwrap();
    assert_ne!(parameter(&fixture.authorize(query), "code"), "");
}

#[test]
fn what_was_denied_is_asked_for_with_a_new_login() {
    let mut fixture = Fixture::new();
    let query = request(&[("prompt", "login")]);
    let page = fixture.authorize(&query);
    fixture.log_in(&page, PASSWORD);
    let page = fixture.authorize(&query);
    fixture.decide(&page, "deny");
    assert!(text(&fixture.authorize(&query)).contains("name=\"password\""));
}

#[test]
fn strangers_who_guess_do_not_keep_a_known_browser_out() {
    let mut fixture = Fixture::new();
    fixture.grant(&request(&[]));
    let own = std::mem::take(&mut fixture.cookies);
    let page = fixture.authorize(&request(&[]));
    for _ in 0..11 {
        fixture.log_in(&page, "wrong");
    }
    assert_eq!(fixture.log_in(&page, PASSWORD).status, 429);
    fixture.cookies = own;
    let page = fixture.authorize(&request(&[("prompt", "login")]));
    assert_eq!(fixture.log_in(&page, PASSWORD).status, 303);
}

#[test]
fn a_token_request_for_another_resource_is_refused_and_spends_nothing() {
    let mut fixture = Fixture::new();
    let token = member(&fixture.tokens(), "refresh_token");
    let ask = |resource: &str| {
        let parameters = [
            ("grant_type", "refresh_token"),
            ("client_id", "spa"),
            ("refresh_token", &token),
            ("resource", resource),
        ];
        fixture.token(None, &parameters)
    };
    assert_eq!(
        member(&ask("https://other.example"), "error"),
        "invalid_target"
    );
    assert_eq!(ask("https://api.example/").status, 200);
}

#[test]
fn a_replayed_code_ends_everything_that_was_issued_from_it() {
    let mut fixture = Fixture::new();
    let code = parameter(&fixture.grant(&request(&[])), "code");
    let first = fixture.redeem(&code);
    let second = fixture.redeem(&code);
    assert_eq!(
        (second.status, member(&second, "error").as_str()),
        (400, "invalid_grant")
    );
    assert_eq!(
        fixture.userinfo(&member(&first, "access_token")).status,
        401
    );
    assert_eq!(
        fixture.refresh(&member(&first, "refresh_token")).status,
        400
    );
    assert!(fixture.world.audit.borrow().contains(&"code_replayed"));
}

#[test]
fn a_refreshed_id_token_keeps_the_person_and_the_login_and_has_no_nonce() {
    let mut fixture = Fixture::new();
    let claims = |answer: &Answer| -> IdTokenClaims {
        let id_token = member(answer, "id_token");
        let untrusted = UntrustedJwt::parse(&id_token).unwrap();
        untrusted.unverified_claims().unwrap()
    };
    let first = fixture.tokens();
    fixture.wait(60);
    let second = fixture.refresh(&member(&first, "refresh_token"));
    let (first, second) = (claims(&first), claims(&second));
    assert_eq!(
        (&second.sub, second.auth_time),
        (&first.sub, first.auth_time)
    );
    assert_eq!((first.nonce.is_some(), second.nonce), (true, None));
}

#[test]
fn a_reused_refresh_token_ends_the_family() {
    let mut fixture = Fixture::new();
    let first = fixture.tokens();
    let second = fixture.refresh(&member(&first, "refresh_token"));
    assert_eq!(second.status, 200);
    fixture.wait(120);
    assert_eq!(
        fixture.refresh(&member(&first, "refresh_token")).status,
        400
    );
    assert_eq!(
        fixture.refresh(&member(&second, "refresh_token")).status,
        400
    );
    assert!(
        fixture
            .world
            .audit
            .borrow()
            .contains(&"refresh_token_reused")
    );
}

#[test]
fn for_two_minutes_a_used_token_gets_its_answer_again_byte_for_byte() {
    let mut fixture = Fixture::new();
    let first = member(&fixture.tokens(), "refresh_token");
    let answer = fixture.refresh(&first);
    let successor = member(&answer, "refresh_token");
    fixture.wait(60);
    let next = fixture.refresh(&successor);
    assert_eq!(next.status, 200);
    fixture.wait(59);
    for (token, expected) in [(&first, &answer), (&successor, &next)] {
        let again = fixture.refresh(token);
        assert_eq!((again.status, text(&again)), (200, text(expected)));
    }
    fixture.wait(1);
    assert_eq!(fixture.refresh(&first).status, 400, "its window has ended");
    assert_eq!(fixture.refresh(&successor).status, 400, "all of it is dead");
}

#[test]
fn a_client_that_refreshes_without_pause_is_asked_to_wait_and_stays_signed_in() {
    let mut fixture = Fixture::new();
    let mut token = member(&fixture.tokens(), "refresh_token");
    for _ in 0..STORED_ANSWERS {
        token = member(&fixture.refresh(&token), "refresh_token");
    }
    let answer = fixture.refresh(&token);
    assert_eq!(answer.status, 503, "{}", text(&answer));
    assert_eq!(member(&answer, "error"), "temporarily_unavailable");
    assert!(answer.header("retry-after").is_some());
    fixture.wait(120);
    assert_eq!(fixture.refresh(&token).status, 200);
}

#[test]
fn an_answer_that_is_kept_cannot_be_read_from_the_record() {
    let mut fixture = Fixture::new();
    let first = member(&fixture.tokens(), "refresh_token");
    let answer = fixture.refresh(&first);
    let records: Vec<String> = fixture.world.grants.borrow().values().cloned().collect();
    assert!(records.iter().any(|record| record.contains("sealed")));
    for name in ["access_token", "refresh_token", "id_token"] {
        let token = member(&answer, name);
        assert!(
            records.iter().all(|record| !record.contains(&token)),
            "{name}"
        );
    }
}

#[test]
fn who_was_disabled_goes_on_nowhere_not_even_when_enabled_again() {
    let mut fixture = Fixture::new();
    let token = member(&fixture.tokens(), "refresh_token");
    let ada = fixture.world.users.borrow_mut().remove("ada");
    let answer = fixture.refresh(&token);
    assert_eq!(member(&answer, "error"), "invalid_grant");
    fixture
        .world
        .users
        .borrow_mut()
        .extend(ada.map(|ada| ("ada".to_owned(), ada)));
    assert_eq!(fixture.refresh(&token).status, 400);
}

#[test]
fn a_code_is_no_refresh_token_and_a_forged_one_is_neither() {
    let mut fixture = Fixture::new();
    let code = parameter(&fixture.grant(&request(&[])), "code");
    assert_eq!(member(&fixture.refresh(&code), "error"), "invalid_grant");
    assert_eq!(
        member(&fixture.redeem("c1.AAAA.BBBB"), "error"),
        "invalid_grant"
    );
    assert_eq!(fixture.redeem(&code).status, 200);
}

#[test]
fn a_privileged_scope_without_the_role_is_left_out() {
    let mut fixture = Fixture::new();
    let redirect = fixture.grant(&request(&[("scope", "openid m2m:run")]));
    let answer = fixture.redeem(&parameter(&redirect, "code"));
    assert_eq!(member(&answer, "scope"), "openid");
}

#[test]
fn odd_state_comes_back_as_it_was_sent() {
    let state = "+ % & = # ' \" < > é 漢 😀".repeat(20);
    let mut fixture = Fixture::new();
    let redirect = fixture.grant(&request(&[("state", &state)]));
    assert_eq!(parameter(&redirect, "state"), state);
    assert!(redirect.header("location").unwrap().starts_with(REDIRECT));
}
