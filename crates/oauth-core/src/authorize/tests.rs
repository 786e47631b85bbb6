//! Rows 1 to 12 and 18 to 20 of the table of threats, as far as they need no platform.

use super::*;
use crate::{
    UnixTime,
    client::{AuthMethod, PkcePolicy},
    form,
    id::UserId,
    redirect_uri::RegisteredRedirectUri,
    settings::{DirectLogin, Lifetimes, Resource},
};

const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

fn settings() -> Settings {
    Settings {
        issuer: "https://auth.example".into(),
        resources: Resource::parse("https://api.example").into_iter().collect(),
        lifetimes: Lifetimes::default(),
        direct_login: DirectLogin::Off,
        registration: crate::settings::Registration::default(),
        client_documents: None,
    }
}

fn client() -> Client {
    let client_id = ClientId::parse("app").unwrap();
    Client {
        redirect_uris: vec![RegisteredRedirectUri::parse("https://app.example/cb").unwrap()],
        grant_types: vec![GrantType::AuthorizationCode],
        scope: Scope::parse("openid read").unwrap(),
        default_scope: Scope::parse("read").unwrap(),
        ..Client::new(client_id, "App".into(), vec![AuthMethod::None])
    }
}

/// A sound request, with some parameters replaced or (with an empty value) left out.
fn request(changes: &[(&str, &str)]) -> Form {
    let mut pairs = vec![
        ("response_type", "code"),
        ("client_id", "app"),
        ("redirect_uri", "https://app.example/cb"),
        ("scope", "openid read"),
        ("state", "s"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ];
    for (name, value) in changes {
        pairs.retain(|(known, _)| known != name);
        pairs.push((name, value));
    }
    Form::parse(form::encode(pairs).as_bytes()).unwrap()
}

fn checked(changes: &[(&str, &str)]) -> Result<AuthorizationRequest, Rejected> {
    check(
        &request(changes),
        &client(),
        &settings(),
        RequestSource::Browser,
    )
}

/// The refusal that goes back to the client.
fn refusal_of(changes: &[(&str, &str)]) -> Refusal {
    match checked(changes) {
        Err(Rejected::Redirect { state, refusal, .. }) => {
            assert_eq!(state.as_deref(), Some("s"));
            refusal
        }
        other => panic!("{other:?}"),
    }
}

/// The refusal that only the user sees.
fn shown(changes: &[(&str, &str)]) -> Refusal {
    match checked(changes) {
        Err(Rejected::Page(refusal)) => refusal,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_sound_request_is_accepted() {
    let request = checked(&[]).unwrap();
    assert_eq!(request.scope.to_string(), "openid read");
    assert_eq!(request.resource, "https://api.example");
    assert_eq!(request.state.as_deref(), Some("s"));
}

#[test]
fn without_a_registered_redirect_uri_the_error_is_a_page() {
    assert_eq!(
        shown(&[("redirect_uri", "https://app.example/cb/")]),
        Refusal::RedirectUriUnregistered
    );
    assert_eq!(shown(&[("redirect_uri", "")]), Refusal::RedirectUriMissing);
}

#[test]
fn one_registered_redirect_uri_may_be_left_out_without_openid() {
    let request = checked(&[("redirect_uri", ""), ("scope", "read")]).unwrap();
    assert!(!request.redirect_uri_sent);
    assert_eq!(request.redirect.as_str(), "https://app.example/cb");
}

#[test]
fn the_page_comes_before_every_other_fault() {
    let changes = [
        ("redirect_uri", "https://evil.example"),
        ("response_type", "token"),
    ];
    assert_eq!(shown(&changes), Refusal::RedirectUriUnregistered);
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn faults_of_the_request_are_told_to_the_client() {
    for (name, value, refusal) in [
        ("response_type", "", Refusal::ResponseTypeMissing),
        ("response_type", "token", Refusal::ResponseTypeUnsupported),
        (
            "response_type",
            "code id_token",
            Refusal::ResponseTypeUnsupported,
        ),
        (
            "response_mode",
            "fragment",
            Refusal::ResponseModeUnsupported,
        ),
        ("request", "eyJ9", Refusal::RequestObject),
        (
            "request_uri",
            "https://x.example",
            Refusal::RequestByReference,
        ),
        ("scope", "openid \"", Refusal::ScopeMalformed),
        ("scope", "admin", Refusal::ScopeNotAllowed),
        (
            "resource",
            "https://other.example",
            Refusal::ResourceNotAllowed,
        ),
        ("code_challenge", "", Refusal::ChallengeMissing),
        ("code_challenge", "short", Refusal::ChallengeMalformed),
        (
            "code_challenge_method",
            "plain",
            Refusal::ChallengeMethodUnsupported,
        ),
        (
            "code_challenge_method",
            "",
            Refusal::ChallengeMethodUnsupported,
        ),
        (
            "code_challenge_method",
            "s256",
            Refusal::ChallengeMethodUnsupported,
        ),
        ("prompt", "none login", Refusal::PromptInvalid),
        ("prompt", "surprise", Refusal::PromptInvalid),
        ("max_age", "-1", Refusal::MaxAgeInvalid),
        ("max_age", "abc", Refusal::MaxAgeInvalid),
        ("max_age", "99999999999999999999", Refusal::MaxAgeInvalid),
    ] {
        assert_eq!(refusal_of(&[(name, value)]), refusal, "{name}={value}");
    }
}

#[test]
fn a_nonce_is_returned_whole_or_refused() {
    let nonce = "n".repeat(384);
    assert_eq!(checked(&[("nonce", &nonce)]).unwrap().nonce, Some(nonce));
    assert_eq!(
        refusal_of(&[("nonce", &"n".repeat(513))]),
        Refusal::NonceTooLong
    );
}

#[test]
fn a_repeated_parameter_is_refused_and_which_one_decides_who_is_told() {
    let sound = form::encode(request(&[]).iter());
    let twice = |extra: &str| Form::parse(format!("{sound}&{extra}").as_bytes()).unwrap();
    let outcome = check(
        &twice("scope=read"),
        &client(),
        &settings(),
        RequestSource::Browser,
    );
    assert!(matches!(
        outcome,
        Err(Rejected::Redirect {
            refusal: Refusal::RepeatedParameter,
            ..
        })
    ));
    let outcome = check(
        &twice("redirect_uri=https://app.example/cb"),
        &client(),
        &settings(),
        RequestSource::Browser,
    );
    assert!(matches!(
        outcome,
        Err(Rejected::Page(Refusal::RepeatedParameter))
    ));
    assert_eq!(
        client_id(&twice("client_id=app")),
        Err(Refusal::RepeatedParameter)
    );
}

#[test]
fn a_confidential_client_may_leave_pkce_out_only_where_its_registration_says_so() {
    let mut client = client();
    client.token_endpoint_auth_methods = vec![AuthMethod::ClientSecretBasic];
    let bare = request(&[("code_challenge", ""), ("code_challenge_method", "")]);
    assert!(check(&bare, &client, &settings(), RequestSource::Browser).is_err());
    client.pkce = PkcePolicy::Optional;
    assert!(check(&bare, &client, &settings(), RequestSource::Browser).is_ok());
    client.token_endpoint_auth_methods = vec![AuthMethod::None];
    assert!(check(&bare, &client, &settings(), RequestSource::Browser).is_err());
}

#[test]
fn a_client_that_must_push_its_requests_is_told_so_at_its_own_redirect_uri() {
    let mut client = client();
    client.require_pushed_authorization_requests = true;
    let outcome = check(&request(&[]), &client, &settings(), RequestSource::Browser);
    assert!(matches!(
        outcome,
        Err(Rejected::Redirect {
            refusal: Refusal::PushRequired,
            ..
        })
    ));
    assert!(check(&request(&[]), &client, &settings(), RequestSource::Pushed).is_ok());
}

fn signed_in(auth_time: i64, for_this_request: bool) -> SignedIn {
    SignedIn {
        user_id: UserId::parse("u_ada").unwrap(),
        auth_time: UnixTime(auth_time),
        for_this_request,
    }
}

fn decide(changes: &[(&str, &str)], signed_in: Option<&SignedIn>, consented: Option<&str>) -> Next {
    let request = checked(changes).unwrap();
    let consented = consented.map(|scope| Scope::parse(scope).unwrap());
    let Some(signed_in) = signed_in else {
        return match signed_out(&request) {
            SignedOut::SignIn => Next::SignIn,
            SignedOut::Refuse(refusal) => Next::Refuse(refusal),
        };
    };
    let situation = Situation {
        signed_in,
        hinted: None,
        consented: consented.as_ref(),
        grantable: &request.scope,
    };
    next(&request, situation, UnixTime(1_000))
}

/// The decision that everything was consented to.
fn issue() -> Next {
    let scope = Scope::parse("openid read").unwrap();
    Next::Issue(MayIssue::of(scope))
}

/// The decision that everything must be consented to.
fn consent() -> Next {
    let scope = Scope::parse("openid read").unwrap();
    Next::Consent(NeedsConsent::of(scope))
}

#[test]
fn who_is_unknown_signs_in_and_who_is_known_consents() {
    assert_eq!(decide(&[], None, None), Next::SignIn);
    let ada = signed_in(0, false);
    assert_eq!(decide(&[], Some(&ada), None), consent());
    assert_eq!(decide(&[], Some(&ada), Some("openid")), consent());
    assert_eq!(decide(&[], Some(&ada), Some("openid read")), issue());
}

#[test]
fn prompt_none_never_shows_a_page() {
    let none = [("prompt", "none")];
    assert_eq!(
        decide(&none, None, None),
        Next::Refuse(Refusal::LoginNeeded)
    );
    let ada = signed_in(0, false);
    assert_eq!(
        decide(&none, Some(&ada), None),
        Next::Refuse(Refusal::ConsentNeeded)
    );
    assert_eq!(decide(&none, Some(&ada), Some("openid read")), issue());
}

#[test]
fn prompt_login_and_max_age_are_satisfied_by_a_login_for_this_request_only() {
    let all = Some("openid read");
    for changes in [
        [("prompt", "login")],
        [("max_age", "0")],
        [("max_age", "1")],
    ] {
        assert_eq!(
            decide(&changes, Some(&signed_in(990, false)), all),
            Next::SignIn
        );
        assert_eq!(
            decide(&changes, Some(&signed_in(1_000, true)), all),
            issue()
        );
    }
    assert_eq!(
        decide(&[("max_age", "10")], Some(&signed_in(990, false)), all),
        issue()
    );
}

#[test]
fn another_person_than_the_hint_names_has_to_sign_in() {
    let request = checked(&[("prompt", "none")]).unwrap();
    let ada = signed_in(0, false);
    let alan = UserId::parse("u_alan").unwrap();
    let situation = Situation {
        signed_in: &ada,
        hinted: Some(&alan),
        consented: Some(&request.scope),
        grantable: &request.scope,
    };
    let decided = next(&request, situation, UnixTime(1));
    assert_eq!(decided, Next::Refuse(Refusal::OtherUserSignedIn));
}

/// The decision about a request of `client` whose scope was consented to, with `extra` besides.
fn decide_for(client: &Client, redirect: &str, extra: &str) -> Next {
    let form = request(&[("redirect_uri", redirect)]);
    let request = check(&form, client, &settings(), RequestSource::Browser).unwrap();
    let ada = signed_in(0, false);
    let consented = request.scope.union(&Scope::parse(extra).unwrap());
    let situation = Situation {
        signed_in: &ada,
        hinted: None,
        consented: Some(&consented),
        grantable: &request.scope,
    };
    next(&request, situation, UnixTime(1))
}

fn sent_back_to(uri: &str) -> Client {
    Client {
        redirect_uris: vec![RegisteredRedirectUri::parse(uri).unwrap()],
        ..client()
    }
}

#[test]
fn consent_is_never_silent_where_another_program_could_receive_the_answer() {
    for (registered, presented) in [
        ("http://127.0.0.1/cb", "http://127.0.0.1:4711/cb"),
        ("http://[::1]/cb", "http://[::1]:4711/cb"),
        ("http://localhost:4000/cb", "http://localhost:4000/cb"),
        ("https://localhost:4000/cb", "https://localhost:4000/cb"),
        ("https://app.localhost/cb", "https://app.localhost/cb"),
        ("com.example.app:/cb", "com.example.app:/cb"),
    ] {
        let client = sent_back_to(registered);
        assert_eq!(decide_for(&client, presented, ""), consent(), "{presented}");
    }
    let site = sent_back_to("https://localhost.example/cb");
    assert_eq!(
        decide_for(&site, "https://localhost.example/cb", ""),
        issue()
    );
}

#[test]
fn consent_is_silent_on_loopback_for_the_very_address_of_a_first_party_client_alone() {
    let mut client = sent_back_to("http://localhost:4000/cb");
    client.first_party = true;
    assert_eq!(decide_for(&client, "http://localhost:4000/cb", ""), issue());
    client.redirect_uris = sent_back_to("http://127.0.0.1:4000/cb").redirect_uris;
    assert_eq!(decide_for(&client, "http://127.0.0.1:4000/cb", ""), issue());
    assert_eq!(
        decide_for(&client, "http://127.0.0.1:4001/cb", ""),
        consent()
    );
}

#[test]
fn a_consent_that_did_not_mention_refresh_tokens_does_not_cover_them() {
    let mut client = sent_back_to("https://app.example/cb");
    assert_eq!(decide_for(&client, "https://app.example/cb", ""), issue());
    client.grant_types.push(GrantType::RefreshToken);
    assert_eq!(decide_for(&client, "https://app.example/cb", ""), consent());
    let mentioned = decide_for(&client, "https://app.example/cb", "offline_access");
    assert_eq!(mentioned, issue(), "and the scope of the code has no more");
}
