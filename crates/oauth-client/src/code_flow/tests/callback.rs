//! The authorization request and its response.

use oauth_core::form::Form;
use proptest::prelude::*;

use super::*;

#[test]
fn the_request_carries_everything_that_protects_the_flow() {
    let prepared = prepared();
    let request = prepared.authorization_request(&metadata(), &client());
    let url = request.url();
    let query = url.strip_prefix("https://as.example/authorize?").unwrap();
    let form = Form::parse(query.as_bytes()).unwrap();
    assert_eq!(
        form.one("code_challenge").unwrap(),
        Some(prepared.challenge().as_str())
    );
    assert_eq!(form.one("code_challenge_method").unwrap(), Some("S256"));
    assert_eq!(form.one("state").unwrap(), Some(prepared.state()));
    assert_eq!(form.one("nonce").unwrap(), Some(prepared.nonce()));
    assert_eq!(
        form.one("redirect_uri").unwrap(),
        Some("https://app.example/callback")
    );
    assert_eq!(form.one("scope").unwrap(), Some("openid read"));
    assert!(!url.contains(prepared.verifier()));
}

#[test]
fn the_request_can_be_tampered_with() {
    let mut request = prepared().authorization_request(&metadata(), &client());
    request.set_parameter("code_challenge_method", "plain");
    request.remove_parameter("nonce");
    assert_eq!(request.parameter("code_challenge_method"), Some("plain"));
    assert!(!request.url().contains("nonce="));
}

#[test]
fn a_right_response_gives_a_token_request_with_the_verifier() {
    let pending = Pending::from_json(&pending().to_json()).unwrap();
    let query = callback(&[("code", "c/1"), ("state", &pending.state), ("iss", ISSUER)]);
    let received = pending
        .check_callback(&metadata(), &format!("?{query}"), NOW)
        .unwrap();
    assert!(received.checks.iter().all(|check| check.passed));
    let call = received.token_request();
    assert_eq!(call.url, "https://as.example/token");
    let body = call.body_text().unwrap();
    let form = Form::parse(body.as_bytes()).unwrap();
    for (name, value) in [
        ("grant_type", "authorization_code"),
        ("code", "c/1"),
        ("client_id", "web-ui"),
        ("redirect_uri", "https://app.example/callback"),
        ("code_verifier", prepared().verifier()),
        ("resource", "https://api.example"),
    ] {
        assert_eq!(form.one(name).unwrap(), Some(value), "{name}");
    }
}

#[test]
fn a_wrong_or_missing_state_is_refused_whatever_else_is_right() {
    for query in [
        callback(&[("code", "c"), ("state", "other"), ("iss", ISSUER)]),
        callback(&[("code", "c"), ("iss", ISSUER)]),
        callback(&[
            ("error", "access_denied"),
            ("state", "other"),
            ("iss", ISSUER),
        ]),
    ] {
        assert_eq!(reason(&query), CallbackRefusal::Check(CheckName::State));
    }
    let empty = Pending {
        state: String::new(),
        ..pending()
    };
    assert!(
        empty
            .check_callback(&metadata(), "code=c&state=&iss=https://as.example", NOW)
            .is_err()
    );
}

#[test]
fn a_mix_up_is_refused_by_the_issuer() {
    let state = pending().state;
    let other = callback(&[
        ("code", "c"),
        ("state", &state),
        ("iss", "https://evil.example"),
    ]);
    let missing = callback(&[("code", "c"), ("state", &state)]);
    for query in [other, missing] {
        assert_eq!(
            reason(&query),
            CallbackRefusal::Check(CheckName::ResponseIssuer)
        );
    }
}

#[test]
fn a_code_never_goes_to_another_server_than_the_browser_went_to() {
    let elsewhere = ProviderMetadata {
        issuer: "https://evil.example".into(),
        ..metadata()
    };
    let query = callback(&[("code", "c"), ("state", &pending().state), ("iss", ISSUER)]);
    let refused = pending()
        .check_callback(&elsewhere, &query, NOW)
        .unwrap_err();
    assert_eq!(refused.reason, CallbackRefusal::Check(CheckName::Provider));
}

#[test]
fn a_server_that_does_not_promise_iss_may_leave_it_out_but_not_send_another() {
    let metadata = ProviderMetadata::parse(ISSUER, document("").as_bytes()).unwrap();
    let state = pending().state;
    let without = callback(&[("code", "c"), ("state", &state)]);
    assert!(pending().check_callback(&metadata, &without, NOW).is_ok());
    let other = callback(&[
        ("code", "c"),
        ("state", &state),
        ("iss", "https://as.example/"),
    ]);
    assert!(pending().check_callback(&metadata, &other, NOW).is_err());
}

#[test]
fn an_error_is_told_only_after_state_and_issuer_are_right() {
    let query = callback(&[
        ("error", "access_denied"),
        ("error_description", "no"),
        ("state", &pending().state),
        ("iss", ISSUER),
    ]);
    assert_eq!(
        reason(&query),
        CallbackRefusal::Provider {
            error: "access_denied".into(),
            description: Some("no".into()),
            uri: None
        }
    );
}

#[test]
fn repeats_malformed_queries_and_a_missing_code_are_refused() {
    let state = pending().state;
    let right = callback(&[("code", "c"), ("state", &state), ("iss", ISSUER)]);
    for query in [
        format!("{right}&code=d"),
        format!("{right}&state={state}"),
        "code=%zz".into(),
    ] {
        assert_eq!(
            reason(&query),
            CallbackRefusal::Check(CheckName::Readable),
            "{query}"
        );
    }
    let query = callback(&[("code", ""), ("state", &state), ("iss", ISSUER)]);
    assert_eq!(reason(&query), CallbackRefusal::Check(CheckName::Code));
}

#[test]
fn an_old_flow_is_not_finished() {
    let query = callback(&[("code", "c"), ("state", &pending().state), ("iss", ISSUER)]);
    let late = NOW.plus(LONGEST_TRIP + 1);
    let refused = pending()
        .check_callback(&metadata(), &query, late)
        .unwrap_err();
    assert_eq!(refused.reason, CallbackRefusal::Check(CheckName::Age));
}

#[test]
fn a_record_of_another_layout_is_not_read() {
    let json = pending().to_json();
    assert!(Pending::from_json(&json.replace(r#""version":1"#, r#""version":2"#)).is_none());
    assert!(Pending::from_json(&json.replace('{', r#"{"more":1,"#)).is_none());
    assert!(Pending::from_json("").is_none());
    assert!(!format!("{:?}", pending()).contains(prepared().verifier()));
}

#[test]
fn metadata_of_another_issuer_is_refused() {
    for issuer in [
        "https://as.example/",
        "https://AS.example",
        "https://evil.example",
    ] {
        assert!(matches!(
            ProviderMetadata::parse(issuer, document("").as_bytes()),
            Err(MetadataRefused::OtherIssuer { .. })
        ));
    }
}

#[test]
fn metadata_without_protection_is_refused() {
    let parse = |text: String| ProviderMetadata::parse(ISSUER, text.as_bytes()).unwrap_err();
    assert_eq!(
        parse(document("").replace("https://as.example/token", "http://as.example/token")),
        MetadataRefused::Unprotected("token_endpoint")
    );
    assert_eq!(
        parse(document(r#","code_challenge_methods_supported":["plain"]"#)),
        MetadataRefused::NoPkce
    );
    assert_eq!(parse("[]".into()), MetadataRefused::Malformed);
}

#[test]
fn metadata_stands_in_two_places() {
    assert_eq!(
        metadata_urls("https://as.example/tenant").unwrap(),
        [
            "https://as.example/tenant/.well-known/openid-configuration",
            "https://as.example/.well-known/oauth-authorization-server/tenant"
        ]
    );
    assert!(metadata_urls("http://as.example").is_none());
    assert!(metadata_urls("https://as.example?x").is_none());
}

proptest! {
    #[test]
    fn any_query_is_accepted_only_with_the_very_state_and_issuer(
        code in "[!-~]{1,40}", state in ".{0,50}", issuer in "[ -~]{0,30}", noise in "[^\x00]{0,40}"
    ) {
        let pending = pending();
        let query = callback(&[("code", &code), ("state", &state), ("iss", &issuer), ("x", &noise)]);
        let accepted = pending.check_callback(&metadata(), &query, NOW).is_ok();
        prop_assert_eq!(accepted, state == pending.state && issuer == ISSUER);
        let right = callback(&[("x", &noise), ("code", &code), ("state", &pending.state), ("iss", ISSUER)]);
        let received = pending.check_callback(&metadata(), &right, NOW).unwrap();
        prop_assert_eq!(received.code.expose(), &code);
    }

    #[test]
    fn no_query_makes_it_panic(query in ".{0,200}") {
        let refused = pending().check_callback(&metadata(), &query, NOW);
        prop_assert!(refused.is_err());
    }

    #[test]
    fn a_request_url_reads_back_as_its_parameters(name in ".{1,20}", value in ".{1,60}") {
        prop_assume!(!name.contains('\0') && !value.contains('\0'));
        let parameters = vec![Parameter::new(&name, &value)];
        let request = AuthorizationRequest { endpoint: "https://x/y?z=0".into(), parameters };
        let url = request.url();
        let query = url.split_once('?').unwrap().1;
        let form = Form::parse(query.as_bytes()).unwrap();
        let pairs: Vec<_> = form.iter().collect();
        prop_assert_eq!(pairs, vec![("z", "0"), (name.as_str(), value.as_str())]);
    }
}
