//! Pushed authorization requests (RFC 9126): rows 75 to 78 of the table of threats.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use oauth_core::{
    base64url,
    client::AuthMethod,
    form::{self, Form},
    http::Answer,
    id::ClientId,
    keyring::Keyring,
};
use oauth_server::par::par;
use testkit::{
    answer,
    crypto::run,
    fixture::{
        Fixture, PASSWORD, REDIRECT, SECRET, basic, client, hidden, member, parameter, request,
        text,
    },
    memory::Part,
};

/// Pushes a sound request of `spa` with some parameters replaced.
fn push(fixture: &Fixture, changes: &[(&str, &str)]) -> Answer {
    push_as(fixture, None, &request(changes))
}

fn push_as(fixture: &Fixture, authorization: Option<&str>, query: &str) -> Answer {
    let form = Form::parse(query.as_bytes()).unwrap();
    let parameters: Vec<(&str, &str)> = form.iter().collect();
    let request = fixture.post("/oauth/par", authorization, &parameters);
    run(answer!(Json, par, fixture.context(), &request))
}

/// The query that a browser carries for a pushed request.
fn reference(pushed: &Answer) -> String {
    assert_eq!(pushed.status, 201, "{}", text(pushed));
    carried("spa", &member(pushed, "request_uri"))
}

fn carried(client_id: &str, request_uri: &str) -> String {
    form::encode([("client_id", client_id), ("request_uri", request_uri)])
}

/// P400: a page, and no way to anywhere.
fn assert_page(answer: &Answer, slug: &str) {
    assert_eq!(answer.status, 400, "{}", text(answer));
    assert_eq!(answer.header("location"), None);
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert!(
        answer
            .header("content-type")
            .unwrap()
            .starts_with("text/html")
    );
    assert_eq!(answer.log.refusal, Some(slug));
}

fn assert_told(answer: &Answer, error: &str) {
    assert_eq!(
        (answer.status, member(answer, "error").as_str()),
        (400, error)
    );
    assert_eq!(answer.header("cache-control"), Some("no-store"));
}

#[test]
fn a_pushed_request_becomes_tokens() {
    let mut fixture = Fixture::new();
    let pushed = push(&fixture, &[]);
    assert_eq!(member(&pushed, "expires_in"), "60");
    assert_eq!(pushed.header("cache-control"), Some("no-store"));
    assert!(member(&pushed, "request_uri").starts_with("urn:ietf:params:oauth:request_uri:q1."));
    assert!(
        fixture.world.grants.borrow().is_empty(),
        "nothing is stored until a browser comes"
    );
    let redirect = fixture.grant(&reference(&pushed));
    assert!(redirect.header("location").unwrap().starts_with(REDIRECT));
    assert_eq!(parameter(&redirect, "state"), "the state");
    assert_eq!(parameter(&redirect, "iss"), "https://auth.example");
    let tokens = fixture.redeem(&parameter(&redirect, "code"));
    assert_eq!(tokens.status, 200, "{}", text(&tokens));
    assert_eq!(member(&tokens, "scope"), "openid profile read");
    // The grant began with the request: there is no second one.
    assert_eq!(fixture.world.grants.borrow().len(), 1);
}

#[test]
fn a_confidential_clients_secret_is_no_part_of_its_request() {
    let mut fixture = Fixture::new();
    let query = request(&[("client_id", "web"), ("client_secret", SECRET)]);
    let pushed = push_as(&fixture, None, &query);
    assert_eq!(pushed.status, 201, "{}", text(&pushed));
    let uri = member(&pushed, "request_uri");
    let login = fixture.authorize(&carried("web", &uri));
    assert!(!text(&login).contains(SECRET));
    let without_id = request(&[("client_id", "")]);
    let pushed = push_as(&fixture, Some(&basic("web", SECRET)), &without_id);
    assert_eq!(
        fixture
            .authorize(&carried("web", &member(&pushed, "request_uri")))
            .status,
        200
    );
}

#[test]
fn what_is_kept_can_be_read_by_nobody() {
    let mut fixture = Fixture::new();
    let query = request(&[("client_id", "web"), ("login_hint", "ada@example.com")]);
    let pushed = push_as(&fixture, Some(&basic("web", SECRET)), &query);
    let uri = member(&pushed, "request_uri");
    let dump = format!("{:?}", fixture.world.grants.borrow());
    for word in ["ada", "app.example", "the%20state", "code_challenge"] {
        assert!(!dump.contains(word), "{word}");
    }
    let mac = uri.rsplit('.').next().unwrap();
    assert!(
        !dump.contains(mac),
        "a reference cannot be made from the record"
    );
    assert_eq!(
        hidden(&fixture.authorize(&carried("web", &uri)), "username"),
        "ada@example.com"
    );
}

#[test]
fn what_a_reference_carries_can_be_read_by_nobody() {
    let mut fixture = Fixture::new();
    let pushed = push(&fixture, &[("login_hint", "ada@example.com")]);
    let uri = member(&pushed, "request_uri");
    let sealed = base64url::decode(uri.rsplit('.').next().unwrap()).unwrap();
    let shown = String::from_utf8_lossy(&sealed).into_owned();
    fixture.authorize(&carried("spa", &uri));
    let dump = format!("{shown}{:?}", fixture.world.grants.borrow());
    for word in ["ada", "app.example", "the%20state", "code_challenge"] {
        assert!(!dump.contains(word), "{word}");
    }
}

#[test]
fn f4_what_a_url_could_not_carry_is_refused_to_a_public_client_alone() {
    let mut fixture = Fixture::new();
    let state = "s".repeat(11_000);
    let answer = push(&fixture, &[("state", &state)]);
    assert_eq!(answer.status, 413);
    assert_eq!(answer.log.refusal, Some("too_long_to_carry"));
    let query = request(&[("client_id", "web"), ("state", &state)]);
    let answer = push_as(&fixture, Some(&basic("web", SECRET)), &query);
    assert_eq!(answer.status, 201, "{}", text(&answer));
    let query = reference(&push(&fixture, &[("state", &"s".repeat(9_000))]));
    assert_eq!(parameter(&fixture.grant(&query), "state").len(), 9_000);
}

#[test]
fn f4_a_carried_request_expires_before_its_grant_could_be_forgotten() {
    let mut fixture = Fixture::new();
    fixture.world.settings.lifetimes.authorization_code = 10;
    let pushed = push(&fixture, &[]);
    assert_eq!(member(&pushed, "expires_in"), "10");
    let query = reference(&pushed);
    fixture.wait(10);
    assert_page(&fixture.authorize(&query), "request_uri_expired");
}

#[test]
fn row_75_a_reference_is_not_pushed() {
    let fixture = Fixture::new();
    for uri in [
        "https://app.example/request",
        &member(&push(&fixture, &[]), "request_uri"),
    ] {
        let answer = push(&fixture, &[("request_uri", uri)]);
        assert_told(&answer, "invalid_request");
        assert_eq!(answer.log.refusal, Some("request_uri_pushed"));
    }
}

#[test]
fn row_75_bad_authentication_is_401() {
    let fixture = Fixture::new();
    let wrong = testkit::fixture::basic("web", "wrong");
    for (authorization, client_id) in [(None, "web"), (None, "nobody"), (Some(wrong.as_str()), "")]
    {
        let answer = push_as(
            &fixture,
            authorization,
            &request(&[("client_id", client_id)]),
        );
        assert_eq!(
            (answer.status, member(&answer, "error")),
            (401, "invalid_client".into())
        );
        assert_eq!(
            answer.header("www-authenticate").is_some(),
            authorization.is_some()
        );
    }
    assert!(fixture.world.grants.borrow().is_empty());
}

#[test]
fn row_75_what_a_browser_could_not_carry_is_too_large_to_be_pushed() {
    let fixture = Fixture::new();
    let state = "s".repeat(14_000);
    let answer = push(&fixture, &[("state", &state)]);
    assert_eq!(
        (answer.status, member(&answer, "error")),
        (413, "invalid_request".into())
    );
}

#[test]
fn whatever_is_wrong_with_a_request_is_told_when_it_is_pushed() {
    let fixture = Fixture::new();
    for (change, error) in [
        (
            ("redirect_uri", "https://evil.example/cb"),
            "invalid_request",
        ),
        (("redirect_uri", ""), "invalid_request"),
        (("response_type", "token"), "unsupported_response_type"),
        (("response_type", ""), "invalid_request"),
        (("scope", "admin"), "invalid_scope"),
        (("resource", "https://x.example"), "invalid_target"),
        (("code_challenge", ""), "invalid_request"),
        (("code_challenge_method", "plain"), "invalid_request"),
        (("prompt", "none login"), "invalid_request"),
        (("request", "e30.e30."), "request_not_supported"),
    ] {
        assert_told(&push(&fixture, &[change]), error);
    }
    let twice = fixture.post(
        "/oauth/par",
        None,
        &[("client_id", "spa"), ("a", "1"), ("a", "1")],
    );
    assert_told(
        &run(answer!(Json, par, fixture.context(), &twice)),
        "invalid_request",
    );
    let mut in_query = fixture.post("/oauth/par", None, &[("client_id", "spa")]);
    in_query.query = request(&[]);
    assert_told(
        &run(answer!(Json, par, fixture.context(), &in_query)),
        "invalid_request",
    );
    assert!(fixture.world.grants.borrow().is_empty());
}

#[test]
fn row_76_a_reference_is_good_once() {
    let mut fixture = Fixture::new();
    let query = reference(&push(&fixture, &[]));
    let code = parameter(&fixture.grant(&query), "code");
    assert_page(&fixture.authorize(&query), "request_uri_used");
    // A repeated request does no harm to what was granted.
    let tokens = fixture.redeem(&code);
    assert_page(&fixture.authorize(&query), "request_uri_used");
    assert_eq!(
        fixture.userinfo(&member(&tokens, "access_token")).status,
        200
    );
}

#[test]
fn row_76_two_consents_to_one_request_give_one_code() {
    let mut fixture = Fixture::new();
    let query = reference(&push(&fixture, &[]));
    let page = fixture.authorize(&query);
    fixture.log_in(&page, PASSWORD);
    let consent = fixture.authorize(&query);
    assert!(!parameter(&fixture.decide(&consent, "allow"), "code").is_empty());
    assert_page(&fixture.decide(&consent, "allow"), "request_uri_used");
}

#[test]
fn row_76_another_clients_reference_is_refused_and_stays_good() {
    let mut fixture = Fixture::new();
    let uri = member(&push(&fixture, &[]), "request_uri");
    assert_page(
        &fixture.authorize(&carried("web", &uri)),
        "request_uri_of_another_client",
    );
    assert!(!parameter(&fixture.grant(&carried("spa", &uri)), "code").is_empty());
    // Neither does the stranger learn that it was used.
    assert_page(
        &fixture.authorize(&carried("web", &uri)),
        "request_uri_of_another_client",
    );
}

#[test]
fn row_76_a_reference_expires() {
    let mut fixture = Fixture::new();
    let query = reference(&push(&fixture, &[]));
    fixture.wait(60);
    assert_page(&fixture.authorize(&query), "request_uri_expired");
}

#[test]
fn row_76_coming_back_before_login_works_for_as_long_as_a_person_may_take() {
    let mut fixture = Fixture::new();
    let query = reference(&push(&fixture, &[]));
    for seconds in [0, 59, 300, 240] {
        fixture.wait(seconds);
        let page = fixture.authorize(&query);
        assert!(
            text(&page).contains("name=\"password\""),
            "after {seconds} s: {}",
            text(&page)
        );
    }
    // Coming back prolongs nothing.
    fixture.wait(1);
    assert_page(&fixture.authorize(&query), "request_uri_expired");
}

#[test]
fn row_76_a_person_who_took_too_long_is_told_so() {
    let mut fixture = Fixture::new();
    let query = reference(&push(&fixture, &[]));
    let page = fixture.authorize(&query);
    fixture.log_in(&page, PASSWORD);
    let consent = fixture.authorize(&query);
    fixture.wait(600);
    assert_page(&fixture.decide(&consent, "allow"), "request_uri_expired");
}

#[test]
fn row_76_a_forged_reference_is_refused() {
    let mut fixture = Fixture::new();
    let uri = member(&push(&fixture, &[]), "request_uri");
    let prefix = "urn:ietf:params:oauth:request_uri:";
    for forged in [
        prefix.to_owned(),
        format!("{prefix}x"),
        format!("{uri}x"),
        uri.replace("q1.", "c1."),
        uri.replace("q1.", "p1."),
        uri.replace("q1.", "q1.x"),
        lengthened(&uri),
    ] {
        assert_page(
            &fixture.authorize(&carried("spa", &forged)),
            "request_uri_unknown",
        );
    }
    let query = request(&[("client_id", "web")]);
    let pushed = push_as(&fixture, Some(&basic("web", SECRET)), &query);
    fixture.world.grants.borrow_mut().clear();
    assert_page(
        &fixture.authorize(&carried("web", &member(&pushed, "request_uri"))),
        "request_uri_unknown",
    );
}

/// A reference whose expiry someone has put off.
fn lengthened(uri: &str) -> String {
    let expiry = uri.split('.').nth(2).unwrap();
    let later = expiry.parse::<i64>().unwrap() + 600;
    uri.replace(&format!(".{expiry}."), &format!(".{later}."))
}

#[test]
fn a_reference_is_no_code_and_no_token() {
    let fixture = Fixture::new();
    let uri = member(&push(&fixture, &[]), "request_uri");
    let id = uri.rsplit(':').next().unwrap();
    for presented in [uri.as_str(), id, &id.replace("q1.", "c1.")] {
        assert_eq!(fixture.redeem(presented).log.refusal, Some("code_unknown"));
        assert_eq!(
            fixture.refresh(presented).log.refusal,
            Some("refresh_token_unknown")
        );
    }
}

#[test]
fn row_77_parameters_beside_the_reference_have_no_effect() {
    let mut fixture = Fixture::new();
    let query = reference(&push(&fixture, &[]));
    let beside = form::encode([
        ("redirect_uri", "https://evil.example/cb"),
        ("scope", "m2m:run"),
        ("state", "another"),
        ("prompt", "none"),
        ("response_type", "token"),
        ("nonce", "x"),
    ]);
    let crowded = format!("{beside}&{query}&scope=openid");
    let page = fixture.authorize(&crowded);
    assert_eq!(
        hidden(&page, "request"),
        query,
        "only the reference travels on"
    );
    fixture.log_in(&page, PASSWORD);
    let consent = fixture.authorize(&crowded);
    assert_eq!(hidden(&consent, "request"), query);
    let redirect = fixture.decide(&consent, "allow");
    assert!(redirect.header("location").unwrap().starts_with(REDIRECT));
    assert_eq!(parameter(&redirect, "state"), "the state");
    let tokens = fixture.redeem(&parameter(&redirect, "code"));
    assert_eq!(member(&tokens, "scope"), "openid profile read");
}

#[test]
fn a_reference_that_stands_twice_or_without_its_client_is_a_page() {
    let mut fixture = Fixture::new();
    let uri = member(&push(&fixture, &[]), "request_uri");
    let twice = format!("{}&request_uri=x", carried("spa", &uri));
    assert_page(&fixture.authorize(&twice), "parameter_repeated");
    let alone = form::encode([("request_uri", uri.as_str())]);
    assert_page(&fixture.authorize(&alone), "client_id_missing");
}

#[test]
fn a_reference_that_is_not_ours_is_still_not_supported() {
    let mut fixture = Fixture::new();
    for uri in ["https://app.example/request", "urn:example:x"] {
        let answer = fixture.authorize(&request(&[("request_uri", uri)]));
        assert_eq!(parameter(&answer, "error"), "request_uri_not_supported");
        assert_eq!(parameter(&answer, "state"), "the state");
    }
}

#[test]
fn row_78_a_client_that_must_push_is_refused_a_plain_request() {
    let mut fixture = Fixture::new();
    let mut strict = client("spa", vec![AuthMethod::None]);
    strict.require_pushed_authorization_requests = true;
    fixture.register(strict);
    let answer = fixture.authorize(&request(&[]));
    assert_eq!(answer.log.refusal, Some("push_required"));
    assert_eq!(parameter(&answer, "error"), "invalid_request");
    assert_eq!(parameter(&answer, "state"), "the state");
    let query = reference(&push(&fixture, &[]));
    assert!(!parameter(&fixture.grant(&query), "code").is_empty());
}

#[test]
fn what_the_client_may_be_told_of_a_pushed_request_it_is_told() {
    let mut fixture = Fixture::new();
    let query = reference(&push(&fixture, &[("prompt", "none")]));
    let answer = fixture.authorize(&query);
    assert_eq!(parameter(&answer, "error"), "login_required");
    assert_eq!(parameter(&answer, "state"), "the state");
    let query = reference(&push(&fixture, &[]));
    let page = fixture.authorize(&query);
    fixture.log_in(&page, PASSWORD);
    let consent = fixture.authorize(&query);
    let denied = fixture.decide(&consent, "deny");
    assert_eq!(parameter(&denied, "error"), "access_denied");
}

#[test]
fn a_fresh_login_answers_a_pushed_request_that_wants_one() {
    for change in [("prompt", "login"), ("max_age", "0")] {
        let mut fixture = Fixture::new();
        fixture.grant(&request(&[]));
        let query = reference(&push(&fixture, &[change]));
        let page = fixture.authorize(&query);
        assert!(text(&page).contains("name=\"password\""), "{change:?}");
        fixture.wait(5);
        let onward = fixture.log_in(&page, PASSWORD);
        let location = onward.header("location").unwrap().to_owned();
        assert_eq!(location, format!("/oauth/authorize?{query}"));
        assert!(!parameter(&fixture.authorize(&query), "code").is_empty());
        // It answers this request alone.
        let another = reference(&push(&fixture, &[change]));
        assert!(text(&fixture.authorize(&another)).contains("name=\"password\""));
    }
}

#[test]
fn a_client_that_changed_meanwhile_is_held_to_what_it_is_now() {
    let mut fixture = Fixture::new();
    let query = reference(&push(&fixture, &[]));
    let mut moved = client("spa", vec![AuthMethod::None]);
    moved.redirect_uris.clear();
    fixture.register(moved);
    assert_page(&fixture.authorize(&query), "redirect_uri_unregistered");
    let id = ClientId::parse("spa").unwrap();
    fixture.world.clients.borrow_mut().remove(&id);
    assert_page(&fixture.authorize(&query), "client_unknown");
}

#[test]
fn a_request_pushed_before_our_secret_was_rotated_is_opened_after() {
    let mut fixture = Fixture::new();
    let query = reference(&push(&fixture, &[]));
    let (old, new) = (base64url::encode(&[8; 32]), base64url::encode(&[9; 32]));
    let rotated = Keyring::from_secret(&new).and_then(|keyring| keyring.with_previous(&old));
    fixture.world.keyring = rotated.unwrap();
    assert!(text(&fixture.authorize(&query)).contains("name=\"password\""));
}

#[test]
fn a_store_that_is_down_is_a_503_and_costs_no_reference() {
    let mut fixture = Fixture::new();
    let strong = request(&[("client_id", "web"), ("client_secret", SECRET)]);
    for part in [Part::Clients, Part::Grants] {
        fixture.world.broken.borrow_mut().insert(part);
        let answer = push_as(&fixture, None, &strong);
        fixture.world.broken.borrow_mut().clear();
        assert_eq!(answer.status, 503, "{part:?} {}", text(&answer));
        assert!(answer.header("retry-after").is_some());
    }
    let query = reference(&push(&fixture, &[]));
    for part in [Part::Clients, Part::Grants] {
        fixture.world.broken.borrow_mut().insert(part);
        let answer = fixture.authorize(&query);
        fixture.world.broken.borrow_mut().clear();
        assert_eq!(answer.status, 503, "{part:?} {}", text(&answer));
        assert!(answer.header("retry-after").is_some());
    }
    let code = parameter(&fixture.grant(&query), "code");
    assert_eq!(fixture.redeem(&code).status, 200);
}
