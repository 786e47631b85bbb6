//! Rows 88 to 91 and 128 of the table of threats: clients that register themselves, over the ports in memory.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test that cannot go on has failed"
)]

use oauth_core::{
    Secret,
    http::{Answer, Headers, Method},
    id::ClientId,
    refusal::Refusal,
    settings::{Registration, RegistrationMode},
};
use oauth_server::register;
use serde_json::{Value, json};
use testkit::{
    answer,
    crypto::run,
    fixture::{Fixture, VERIFIER, basic, member, parameter, request, text},
    memory::Part,
};

const CALLBACK: &str = "https://notes.example/callback";
const INITIAL: &str = "initial-token-0123456789abcdef0123456789";
const DAY: i64 = 86_400;

fn open() -> Fixture {
    mode(RegistrationMode::Open)
}

fn mode(mode: RegistrationMode) -> Fixture {
    let mut fixture = Fixture::new();
    fixture.world.settings.registration = Registration {
        mode,
        token: Some(Secret::new(INITIAL.to_owned())),
    };
    fixture
}

fn with(changes: &Value) -> Value {
    let mut metadata = json!({
        "client_name": "Notes", "redirect_uris": [CALLBACK], "token_endpoint_auth_method": "none",
        "grant_types": ["authorization_code", "refresh_token"], "response_types": ["code"],
    });
    for (name, value) in changes.as_object().into_iter().flatten() {
        metadata[name] = value.clone();
    }
    metadata
}

/// A request to a registration endpoint: its path, its token, its body.
fn send(fixture: &Fixture, method: Method, path: &str, token: Option<&str>, body: &str) -> Answer {
    let mut request = fixture.incoming(method, path, "", body);
    let mut headers = vec![("content-type".to_owned(), "application/json".to_owned())];
    headers.extend(token.map(|token| ("authorization".to_owned(), format!("Bearer {token}"))));
    request.headers = Headers::new(headers);
    let context = fixture.context();
    match method {
        Method::Post => run(answer!(Challenge, register::register, context, &request)),
        Method::Put => run(answer!(Challenge, register::replace, context, &request)),
        Method::Delete => run(answer!(Challenge, register::remove, context, &request)),
        Method::Get | Method::Head | Method::Patch | Method::Options | Method::Other => {
            run(answer!(Challenge, register::read, context, &request))
        }
    }
}

fn register(fixture: &Fixture, metadata: &Value) -> Answer {
    register_as(fixture, None, metadata)
}

fn register_as(fixture: &Fixture, token: Option<&str>, metadata: &Value) -> Answer {
    let body = metadata.to_string();
    send(fixture, Method::Post, "/oauth/register", token, &body)
}

fn read(answer: &Answer) -> Value {
    serde_json::from_slice(&answer.body).unwrap_or_default()
}

fn registered(fixture: &Fixture, changes: &Value) -> Value {
    let answer = register(fixture, &with(changes));
    assert_eq!(answer.status, 201, "{}", text(&answer));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    read(&answer)
}

fn said<'a>(registration: &'a Value, name: &str) -> &'a str {
    registration[name].as_str().unwrap_or_default()
}

fn id(registration: &Value) -> ClientId {
    ClientId::parse(said(registration, "client_id")).unwrap()
}

fn manage(fixture: &Fixture, method: Method, registration: &Value, body: &Value) -> Answer {
    let token = said(registration, "registration_access_token");
    manage_as(fixture, method, registration, Some(token), body)
}

fn manage_as(
    fixture: &Fixture,
    method: Method,
    registration: &Value,
    token: Option<&str>,
    body: &Value,
) -> Answer {
    let uri = said(registration, "registration_client_uri");
    let path = uri.strip_prefix("https://auth.example").unwrap();
    send(fixture, method, path, token, &body.to_string())
}

/// A code of the client, and the tokens for it.
fn tokens(fixture: &mut Fixture, registration: &Value) -> Answer {
    let client_id = said(registration, "client_id").to_owned();
    let asking = request(&[("client_id", &client_id), ("redirect_uri", CALLBACK)]);
    let code = parameter(&fixture.grant(&asking), "code");
    let fields = [
        ("grant_type", "authorization_code"),
        ("client_id", &client_id),
        ("code", &code),
        ("redirect_uri", CALLBACK),
        ("code_verifier", VERIFIER),
    ];
    fixture.token(None, &fields)
}

fn refresh(fixture: &Fixture, registration: &Value, tokens: &Answer) -> Answer {
    let token = member(tokens, "refresh_token");
    let fields = [
        ("grant_type", "refresh_token"),
        ("client_id", said(registration, "client_id")),
        ("refresh_token", &token),
    ];
    fixture.token(None, &fields)
}

fn assert_refused(answer: &Answer, status: u16, refusal: Refusal) {
    assert_eq!(answer.status, status, "{}", text(answer));
    assert_eq!(answer.log.refusal, Some(refusal.slug()), "{}", text(answer));
    assert_eq!(member(answer, "error"), refusal.code().as_str());
}

#[test]
fn row_88_whoever_may_not_register_learns_it_before_anything_is_stored() {
    let before = |fixture: &Fixture| fixture.world.clients.borrow().len();
    let closed = mode(RegistrationMode::Off);
    let (clients, wanted) = (before(&closed), with(&Value::Null));
    for token in [None, Some(INITIAL)] {
        let answer = register_as(&closed, token, &wanted);
        assert_eq!(answer.log.refusal, Some(Refusal::RegistrationOff.slug()));
    }
    let guarded = mode(RegistrationMode::Token);
    let answer = register(&guarded, &wanted);
    assert_eq!(answer.status, 401);
    assert!(
        answer
            .header("www-authenticate")
            .unwrap()
            .starts_with("Bearer")
    );
    for wrong in ["x", &INITIAL[1..], &format!("{INITIAL}x")] {
        assert_refused(
            &register_as(&guarded, Some(wrong), &wanted),
            401,
            Refusal::TokenInvalid,
        );
        assert_refused(
            &register_as(&open(), Some(wrong), &wanted),
            401,
            Refusal::TokenInvalid,
        );
    }
    assert_eq!((before(&closed), before(&guarded)), (clients, clients));
    assert_eq!(register_as(&guarded, Some(INITIAL), &wanted).status, 201);
}

#[test]
fn row_88_metadata_that_cannot_be_registered_is_refused_and_unknown_members_are_dropped() {
    let fixture = open();
    let before = fixture.world.clients.borrow().len();
    for (body, refusal) in [
        ("", Refusal::MetadataMalformed),
        ("[]", Refusal::MetadataMalformed),
        (r#"{"client_name":1}"#, Refusal::MetadataMalformed),
        (r#"{"scope":"a","scope":"b"}"#, Refusal::MetadataMalformed),
        (r#"{"redirect_uris":[]}"#, Refusal::RedirectUrisUnacceptable),
        (
            r#"{"redirect_uris":["http://a.example/"]}"#,
            Refusal::RedirectUrisUnacceptable,
        ),
        (
            r#"{"software_statement":"a.b.c"}"#,
            Refusal::SoftwareStatementUnapproved,
        ),
        (
            r#"{"software_statement":"a.b"}"#,
            Refusal::SoftwareStatementMalformed,
        ),
    ] {
        let answer = send(&fixture, Method::Post, "/oauth/register", None, body);
        assert_refused(&answer, 400, refusal);
    }
    assert_eq!(fixture.world.clients.borrow().len(), before);
    let json = registered(
        &fixture,
        &json!({"logo_uri": "https://a.example/x", "first_party": true}),
    );
    assert!(json.get("logo_uri").is_none() && json.get("first_party").is_none());
}

#[test]
fn row_90_nothing_privileged_is_had_for_the_asking() {
    let fixture = open();
    let asked = json!({
        "scope": "openid read admin m2m:run", "first_party": true, "resources": [], "pkce": "optional",
        "grant_types": ["authorization_code", "client_credentials", "password"],
        "token_endpoint_auth_method": "client_secret_basic",
    });
    let json = registered(&fixture, &asked);
    assert_eq!(json["grant_types"], json!(["authorization_code"]));
    assert!(!said(&json, "scope").contains("admin") && !said(&json, "scope").contains("m2m"));
    let client = fixture
        .world
        .clients
        .borrow()
        .get(&id(&json))
        .cloned()
        .unwrap();
    assert!(!client.first_party && !client.scope.contains("admin"));
    assert!(client.must_use_pkce());
    let trusted = register_as(&fixture, Some(INITIAL), &with(&asked));
    let grants = read(&trusted)["grant_types"].clone();
    assert_eq!(grants, json!(["authorization_code", "client_credentials"]));
}

#[test]
fn row_91_what_is_issued_is_stored_as_hashes_alone() {
    let fixture = open();
    let json = registered(
        &fixture,
        &json!({"token_endpoint_auth_method": "client_secret_basic"}),
    );
    let (secret, token) = (
        said(&json, "client_secret"),
        said(&json, "registration_access_token"),
    );
    assert!(secret.len() == 43 && token.len() == 43 && secret != token);
    let client = fixture
        .world
        .clients
        .borrow()
        .get(&id(&json))
        .cloned()
        .unwrap();
    let management = fixture.world.managements.borrow().get(&id(&json)).cloned();
    let stored = format!(
        "{} {management:?}",
        serde_json::to_string(&*client).unwrap()
    );
    assert!(!stored.contains(secret) && !stored.contains(token));
    let header = basic(said(&json, "client_id"), secret);
    let fields = [("grant_type", "refresh_token"), ("refresh_token", "x")];
    let answer = fixture.token(Some(&header), &fields);
    assert_eq!(
        member(&answer, "error"),
        "invalid_grant",
        "it is the client's secret"
    );
}

#[test]
fn row_91_a_token_manages_its_own_client_and_no_other() {
    let fixture = open();
    let [one, other] = [
        registered(&fixture, &Value::Null),
        registered(&fixture, &Value::Null),
    ];
    let shown = manage(&fixture, Method::Get, &one, &Value::Null);
    assert_eq!((shown.status, read(&shown)), (200, one.clone()));
    let others = said(&other, "registration_access_token");
    for token in [Some(others), Some("x"), None] {
        for method in [Method::Get, Method::Put, Method::Delete] {
            let answer = manage_as(&fixture, method, &one, token, &with(&Value::Null));
            assert_eq!(answer.status, 401, "{}", text(&answer));
            assert!(answer.header("www-authenticate").is_some());
        }
    }
    // One that an operator has registered is nobody's to manage.
    let nobody = json!({"registration_client_uri": "https://auth.example/oauth/register/spa"});
    let answer = manage_as(&fixture, Method::Get, &nobody, Some(others), &Value::Null);
    assert_refused(&answer, 401, Refusal::TokenInvalid);
    assert_eq!(
        read(&manage(&fixture, Method::Get, &one, &Value::Null)),
        one
    );
}

#[test]
fn row_91_a_change_keeps_the_id_and_the_secret() {
    let fixture = open();
    let by_secret = json!({"token_endpoint_auth_method": "client_secret_post"});
    let json = registered(&fixture, &by_secret);
    let change = |changes: &Value| manage(&fixture, Method::Put, &json, &with(changes));
    for made_up in [json!({"client_id": "spa"}), json!({"client_secret": "x"})] {
        assert_refused(&change(&made_up), 400, Refusal::RegistrationIdentity);
    }
    let secret = said(&json, "client_secret");
    let mut kept = by_secret.clone();
    kept["client_secret"] = json!(secret);
    kept["client_name"] = json!("Notes 2");
    let changed = read(&change(&kept));
    assert_eq!(said(&changed, "client_name"), "Notes 2");
    assert_eq!(said(&changed, "client_secret"), secret);
    let shown = read(&change(&by_secret));
    assert!(shown.get("client_secret").is_none(), "once is enough");
}

#[test]
fn row_91_a_client_that_changes_its_method_gets_the_secret_for_it_or_none() {
    let fixture = open();
    let json = registered(
        &fixture,
        &json!({"token_endpoint_auth_method": "client_secret_post"}),
    );
    let change = |method: &str| {
        let changes = json!({"token_endpoint_auth_method": method});
        read(&manage(&fixture, Method::Put, &json, &with(&changes)))
    };
    let stored = || {
        fixture
            .world
            .clients
            .borrow()
            .get(&id(&json))
            .cloned()
            .unwrap()
    };
    // One that is to be opened again must be stored in another way.
    let sealed = change("client_secret_jwt");
    assert_ne!(said(&sealed, "client_secret"), said(&json, "client_secret"));
    assert_eq!(stored().sealed_secrets.len(), 1);
    assert!(change("none").get("client_secret").is_none());
    assert!(stored().secret_hashes.is_empty() && stored().sealed_secrets.is_empty());
}

#[test]
fn row_91_a_deleted_client_has_no_access_left() {
    let mut fixture = open();
    let json = registered(&fixture, &Value::Null);
    let tokens = tokens(&mut fixture, &json);
    assert_eq!(tokens.status, 200, "{}", text(&tokens));
    assert_eq!(
        manage(&fixture, Method::Delete, &json, &Value::Null).status,
        204
    );
    assert_eq!(refresh(&fixture, &json, &tokens).status, 401);
    assert!(fixture.world.endings.is_empty(), "its end is announced");
    assert_eq!(
        manage(&fixture, Method::Get, &json, &Value::Null).status,
        401
    );
}

#[test]
fn row_91_a_disabled_client_cannot_manage_itself_out_of_that() {
    let fixture = open();
    let json = registered(&fixture, &Value::Null);
    fixture
        .world
        .disabled_clients
        .borrow_mut()
        .insert(id(&json));
    for method in [Method::Get, Method::Put, Method::Delete] {
        let answer = manage(&fixture, method, &json, &with(&Value::Null));
        assert_refused(&answer, 403, Refusal::RegistrationDisabled);
    }
    assert!(fixture.world.clients.borrow().contains_key(&id(&json)));
}

#[test]
fn row_91_registrations_are_limited_and_a_store_that_is_down_is_no_refusal() {
    let fixture = open();
    let json = registered(&fixture, &Value::Null);
    fixture.world.broken.borrow_mut().insert(Part::Clients);
    let unavailable = [
        register(&fixture, &with(&Value::Null)),
        manage(&fixture, Method::Get, &json, &Value::Null),
        manage(&fixture, Method::Put, &json, &with(&Value::Null)),
        manage(&fixture, Method::Delete, &json, &Value::Null),
    ];
    for answer in unavailable {
        assert_eq!(
            (answer.status, answer.header("retry-after")),
            (503, Some("2")),
            "{}",
            text(&answer)
        );
    }
    fixture.world.broken.borrow_mut().clear();
    fixture.world.rates.everyone.set(2);
    let answers: Vec<u16> = (0..4)
        .map(|_| register(&fixture, &with(&Value::Null)).status)
        .collect();
    assert_eq!(answers.last(), Some(&429), "{answers:?}");
    assert_eq!(
        manage(&fixture, Method::Get, &json, &Value::Null).status,
        200
    );
}

#[test]
fn row_128_a_registration_lives_a_day_until_it_is_used_and_each_is_audited() {
    let mut fixture = open();
    let json = registered(&fixture, &Value::Null);
    let until = |fixture: &Fixture| {
        fixture
            .world
            .managements
            .borrow()
            .get(&id(&json))
            .unwrap()
            .until
    };
    let registered_at = fixture.world.now.get();
    assert_eq!(until(&fixture), registered_at.plus(DAY));
    assert_eq!(tokens(&mut fixture, &json).status, 200);
    assert_eq!(until(&fixture), fixture.world.now.get().plus(120 * DAY));
    manage(&fixture, Method::Put, &json, &with(&Value::Null));
    let audit = fixture.world.audit.borrow();
    for event in ["client_registered", "client_changed"] {
        assert!(audit.contains(&event), "{audit:?}");
    }
}
