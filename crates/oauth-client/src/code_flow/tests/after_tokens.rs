//! The calls after the tokens: refresh, introspection, revocation, UserInfo.

use oauth_core::form::Form;
use oauth_core::secret::Secret;

use super::*;
use crate::{HttpCall, Tokens, read_token_response};

const REVOCABLE: &str = r#","revocation_endpoint":"https://as.example/revoke""#;

fn secret(text: &str) -> Secret<String> {
    Secret::new(text.to_owned())
}

fn tokens(json: &str) -> Tokens {
    read_token_response(200, json.as_bytes()).unwrap()
}

fn provider(more: &str) -> ProviderMetadata {
    ProviderMetadata::parse(ISSUER, document(more).as_bytes()).unwrap()
}

fn sent(call: &HttpCall) -> Vec<(String, String)> {
    let body = call.body_text().unwrap();
    let form = Form::parse(body.as_bytes()).unwrap();
    form.iter()
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

#[test]
fn a_refresh_names_the_client_and_the_resource() {
    let call = refresh_request(&metadata(), &client(), &secret("r/1"), Some("read"));
    assert_eq!(call.url, "https://as.example/token");
    let expected = [
        ("grant_type", "refresh_token"),
        ("refresh_token", "r/1"),
        ("client_id", "web-ui"),
        ("scope", "read"),
        ("resource", "https://api.example"),
    ];
    assert_eq!(sent(&call), pairs(&expected));
    let all = refresh_request(&metadata(), &client(), &secret("r/1"), None);
    assert!(sent(&all).iter().all(|(name, _)| name != "scope"));
}

#[test]
fn userinfo_takes_the_token_in_the_header_alone() {
    let call = userinfo_request(&metadata(), &secret("t0ken")).unwrap();
    assert!(!call.url.contains("t0ken"));
    let header = ("authorization".to_owned(), "Bearer t0ken".to_owned());
    assert!(call.headers.contains(&header));
    let bare = HttpCall::get("https://x");
    assert!(bare.headers.iter().all(|(name, _)| name != "authorization"));
}

#[test]
fn a_refresh_replaces_what_it_brings_and_keeps_the_rest() {
    let first = tokens(
        r#"{"access_token":"a1","token_type":"Bearer","expires_in":600,"refresh_token":"r1","id_token":"i1","scope":"read"}"#,
    );
    let rotated = first.refreshed(tokens(
        r#"{"access_token":"a2","token_type":"Bearer","refresh_token":"r2","id_token":"i2","scope":"read"}"#,
    ));
    let text = |token: &Option<Secret<String>>| token.as_ref().map(|token| token.expose().clone());
    assert_eq!(rotated.access_token.expose(), "a2");
    assert_eq!(rotated.expires_in, None);
    assert_eq!(text(&rotated.refresh_token).as_deref(), Some("r2"));
    assert_eq!(text(&rotated.id_token).as_deref(), Some("i1"));
    let bare = first.refreshed(tokens(r#"{"access_token":"a2","token_type":"Bearer"}"#));
    assert_eq!(text(&bare.refresh_token).as_deref(), Some("r1"));
    assert_eq!(bare.scope.as_deref(), Some("read"));
}

#[test]
fn a_refresh_that_widens_the_scope_is_seen() {
    let of_scope = |scope: &str| {
        let json = format!(r#"{{"access_token":"a","token_type":"Bearer","scope":"{scope}"}}"#);
        tokens(&json)
    };
    for scope in ["read write", "write read", "read"] {
        assert!(!of_scope(scope).exceeds("read write"), "{scope}");
    }
    for scope in ["read write admin", "rea", "readwrite"] {
        assert!(of_scope(scope).exceeds("read write"), "{scope}");
    }
    assert!(!tokens(r#"{"access_token":"a","token_type":"Bearer"}"#).exceeds(""));
}

#[test]
fn a_second_use_is_the_same_answer_only_byte_for_byte() {
    let first = br#"{"access_token":"a2","token_type":"Bearer","refresh_token":"r2"}"#;
    let spaced = br#"{"access_token":"a2","token_type":"Bearer","refresh_token":"r2" }"#;
    let other = br#"{"access_token":"a3","token_type":"Bearer","refresh_token":"r3"}"#;
    let reuse = br#"{"error":"invalid_grant"}"#;
    assert_eq!(read_second_use(first, 200, first), SecondUse::SameAnswer);
    assert_eq!(read_second_use(first, 200, spaced), SecondUse::OtherTokens);
    assert_eq!(read_second_use(first, 200, other), SecondUse::OtherTokens);
    assert_eq!(read_second_use(first, 400, reuse), SecondUse::ReuseFound);
    for (status, body) in [
        (400, r#"{"error":"invalid_client"}"#),
        (500, r#"{"error":"invalid_grant"}"#),
        (200, "{}"),
    ] {
        let read = read_second_use(first, status, body.as_bytes());
        assert!(matches!(read, SecondUse::Refused(_)), "{status} {body}");
    }
}

#[test]
fn a_revocation_names_token_hint_and_client() {
    let provider = provider(REVOCABLE);
    let both =
        tokens(r#"{"access_token":"a1","token_type":"Bearer","refresh_token":"r&1","scope":"x"}"#);
    let (token, hint) = both.to_revoke();
    let call = revocation_request(&provider, &client(), token, hint).unwrap();
    assert_eq!(call.url, "https://as.example/revoke");
    let expected = [
        ("token", "r&1"),
        ("token_type_hint", "refresh_token"),
        ("client_id", "web-ui"),
    ];
    assert_eq!(sent(&call), pairs(&expected));
    let lone = tokens(r#"{"access_token":"a1","token_type":"Bearer"}"#);
    let (token, hint) = lone.to_revoke();
    assert_eq!(
        (token.expose().as_str(), hint.name()),
        ("a1", "access_token")
    );
}

#[test]
fn a_provider_without_usable_revocation_can_still_be_signed_in_at() {
    for more in [
        "",
        r#","revocation_endpoint":null"#,
        r#","revocation_endpoint":7"#,
        r#","revocation_endpoint":["https://as.example/revoke"]"#,
        r#","revocation_endpoint":{"url":"https://as.example/revoke"}"#,
        r#","revocation_endpoint":"http://as.example/revoke""#,
        r#","revocation_endpoint":"https://as.example/revoke#x""#,
        r#","revocation_endpoint":"""#,
    ] {
        let provider = provider(more);
        let call = revocation_request(
            &provider,
            &client(),
            &secret("r1"),
            TokenTypeHint::RefreshToken,
        );
        assert!(call.is_none(), "{more}");
    }
}

#[test]
fn a_revocation_is_done_by_200_whatever_the_body() {
    assert_eq!(read_revocation(200, b""), Ok(()));
    assert_eq!(read_revocation(200, b"<html>"), Ok(()));
    let refused = read_revocation(
        400,
        br#"{"error":"invalid_grant","error_description":"another client's"}"#,
    );
    assert_eq!(
        refused.unwrap_err().to_string(),
        "the revocation endpoint answered 400 invalid_grant: another client's"
    );
    for status in [204, 302, 404, 503] {
        assert_eq!(
            read_revocation(status, b"no"),
            Err(RevocationRefused::Status(status))
        );
    }
}

#[test]
fn an_introspection_answer_must_say_whether_the_token_is_active() {
    let read = |body: &str| read_introspection(200, body.as_bytes());
    assert_eq!(
        read(r#"{"active":true,"scope":"read","aud":["a"],"exp":1}"#),
        Introspection::Active
    );
    assert_eq!(read(r#"{"active":false}"#), Introspection::Inactive);
    for body in ["", "[]", "{}", r#"{"active":"true"}"#, r#"{"active":1}"#] {
        assert_eq!(read(body), Introspection::Malformed, "{body}");
    }
    assert_eq!(read(&" ".repeat(64 * 1024 + 1)), Introspection::Malformed);
    assert_eq!(
        read_introspection(401, br#"{"active":true}"#),
        Introspection::Refused(401)
    );
}
