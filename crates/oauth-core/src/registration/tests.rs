use super::*;
use crate::jose::{Jwk, JwkSet};

const KEY: &str =
    r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;

fn client(json: &str, registered_by: RegisteredBy) -> Result<Client, Refusal> {
    let scopes = Scope::parse("openid profile read write admin m2m:run").unwrap();
    let rules = Rules {
        registered_by,
        scopes: &scopes,
        machines: registered_by == RegisteredBy::Operator,
        reach: remote_document::Reach::Public,
    };
    Metadata::parse(json.as_bytes())?.into_client(ClientId::parse("c_1").unwrap(), &rules)
}

/// A registration of a stranger with one good redirect URI and these members.
fn with(members: &str) -> Result<Client, Refusal> {
    let json = [
        r#"{"redirect_uris":["https://app.example/cb"],"#,
        members,
        "}",
    ]
    .concat();
    client(&json, RegisteredBy::Itself)
}

fn uris(client: &Client) -> Vec<&str> {
    client
        .redirect_uris
        .iter()
        .map(RegisteredRedirectUri::as_str)
        .collect()
}

#[test]
fn row_88_what_is_no_metadata_is_refused() {
    for json in [
        "",
        "[]",
        "null",
        r#"{"redirect_uris":"https://app.example/cb"}"#,
        r#"{"redirect_uris":[7]}"#,
        r#"{"client_name":"a","client_name":"b"}"#,
        r#"{"client_name":{"en":"a"}}"#,
        r#"{"dpop_bound_access_tokens":"yes"}"#,
        r#"{"jwks":[]}"#,
    ] {
        let refused = client(json, RegisteredBy::Itself).err();
        assert_eq!(refused, Some(Refusal::MetadataMalformed), "{json}");
    }
}

#[test]
fn row_88_unknown_members_are_dropped_and_a_bad_redirect_uri_falls_out() {
    let cursor = r#"{"client_name":"Cursor","redirect_uris":["http://localhost:8787/callback",
        "cursor://anysphere.cursor-mcp/oauth/callback","javascript:alert(1)","https://a@b.example/",
        "https://www.cursor.com/agents/mcp/oauth/callback","http://localhost:8787/callback"],
        "grant_types":["authorization_code","refresh_token","implicit","urn:x"],"response_types":["code","token"],
        "token_endpoint_auth_method":"none","application_type":"web","software_statement":null,"client_uri":"",
        "tos_uri":null,"com.example.extra":{"deep":[1]}}"#;
    let client = client(cursor, RegisteredBy::Itself).unwrap();
    assert_eq!(
        uris(&client),
        [
            "http://localhost:8787/callback",
            "cursor://anysphere.cursor-mcp/oauth/callback",
            "https://www.cursor.com/agents/mcp/oauth/callback",
        ]
    );
    assert_eq!(
        client.grant_types,
        [GrantType::AuthorizationCode, GrantType::RefreshToken]
    );
    assert!(client.is_public() && client.must_use_pkce() && client.application_type.is_web());
    assert_eq!(client.client_name, "Cursor");
    assert_eq!(client.default_scope.to_string(), "openid");
}

#[test]
fn row_88_a_registration_without_one_good_redirect_uri_is_refused() {
    for uris in [
        r"{}",
        r#"{"redirect_uris":[]}"#,
        r#"{"redirect_uris":["http://app.example/cb","https://a.example/*","https://a.example/#x","data:x"]}"#,
    ] {
        let refused = client(uris, RegisteredBy::Itself).err();
        assert_eq!(refused, Some(Refusal::RedirectUrisUnacceptable), "{uris}");
    }
}

#[test]
fn row_90_nobody_gets_a_privilege_for_the_asking() {
    let all = r#""scope":"openid read admin m2m:run nonsense","grant_types":["authorization_code","client_credentials"],
        "first_party":true,"registered_by":"operator","pkce":"optional","resource_server_for":["https://api.example"],
        "refresh_token_rotation":"keep","token_endpoint_auth_method":"client_secret_basic""#;
    let client = with(all).unwrap();
    assert_eq!(client.default_scope.to_string(), "openid read");
    assert_eq!(client.scope.to_string(), "openid profile read write");
    assert_eq!(client.grant_types, [GrantType::AuthorizationCode]);
    assert_eq!(client.registered_by, RegisteredBy::Itself);
    assert!(!client.first_party && client.must_use_pkce());
    assert!(client.resource_server_for.is_empty());
    let machine = with(r#""grant_types":["client_credentials"]"#).err();
    assert_eq!(machine, Some(Refusal::GrantTypesUnsupported));
}

#[test]
fn an_operator_may_register_a_machine_with_just_the_scopes_that_it_names() {
    let machine = r#"{"grant_types":["client_credentials"],"scope":"read admin"}"#;
    let client = client(machine, RegisteredBy::Operator).unwrap();
    assert_eq!(client.scope.to_string(), "read");
    assert_eq!(client.grant_types, [GrantType::ClientCredentials]);
    let public = r#"{"grant_types":["client_credentials"],"token_endpoint_auth_method":"none"}"#;
    let refused = super::tests::client(public, RegisteredBy::Operator).err();
    assert_eq!(refused, Some(Refusal::GrantTypesUnsupported));
}

#[test]
fn a_client_that_names_no_method_gets_a_secret_and_may_send_it_either_way() {
    let client = with(r#""token_endpoint_auth_method":"""#).unwrap();
    assert_eq!(
        client.token_endpoint_auth_methods,
        [AuthMethod::ClientSecretBasic, AuthMethod::ClientSecretPost]
    );
    assert!(client.needs_secret() && client.must_use_pkce());
    assert!(
        !with(r#""token_endpoint_auth_method":"none""#)
            .unwrap()
            .needs_secret()
    );
}

#[test]
fn a_method_that_is_not_supported_is_refused() {
    for (members, refusal) in [
        (
            r#""token_endpoint_auth_method":"tls_client_auth""#,
            Refusal::AuthMethodUnsupported,
        ),
        (
            r#""token_endpoint_auth_method":"private_key_jwt""#,
            Refusal::ClientKeysMissing,
        ),
    ] {
        assert_eq!(with(members).err(), Some(refusal), "{members}");
    }
}

#[test]
fn row_118_keys_that_can_never_be_fetched_are_none() {
    let none = [
        r#""jwks_uri":"http://app.example.org/jwks""#,
        r#""jwks_uri":"https://a@app.example.org/jwks""#,
        r#""jwks_uri":"https://127.0.0.1/jwks""#,
        r#""jwks_uri":"https://2130706433/jwks""#,
        r#""jwks_uri":"https://intranet/jwks""#,
        r#""jwks_uri":"https://app.example.org/jwks","jwks":{"keys":[]}"#,
    ];
    for members in none {
        let signing = [
            r#""token_endpoint_auth_method":"private_key_jwt","#,
            members,
        ]
        .concat();
        let refused = with(&signing).err();
        assert_eq!(refused, Some(Refusal::ClientKeysMissing), "{members}");
        let other = [r#""token_endpoint_auth_method":"none","#, members].concat();
        assert_eq!(with(&other).unwrap().jwks_uri, None, "{members}");
    }
}

#[test]
fn of_several_methods_a_registration_gets_the_first_that_works_and_a_document_all() {
    let choices = r#"{"redirect_uris":["https://app.example/cb"],"token_endpoint_auth_method":"private_key_jwt",
        "token_endpoint_auth_methods_supported":["tls_client_auth","none","private_key_jwt","client_secret_post"],
        "jwks_uri":"https://app.example.org/jwks"}"#;
    let registered = client(choices, RegisteredBy::Itself).unwrap();
    assert_eq!(registered.token_endpoint_auth_methods, [AuthMethod::None]);
    assert_eq!(registered.jwks_uri, None);
    let document = client(choices, RegisteredBy::Document).unwrap();
    assert_eq!(
        document.token_endpoint_auth_methods,
        [AuthMethod::None, AuthMethod::PrivateKeyJwt]
    );
    assert_eq!(
        document.jwks_uri.as_deref(),
        Some("https://app.example.org/jwks")
    );
}

#[test]
fn row_119_a_document_never_has_a_secret() {
    let silent = r#"{"redirect_uris":["https://app.example/cb"]}"#;
    let client = client(silent, RegisteredBy::Document).unwrap();
    assert_eq!(client.token_endpoint_auth_methods, [AuthMethod::None]);
    let secret = r#"{"redirect_uris":["https://app.example/cb"],"token_endpoint_auth_method":"client_secret_basic"}"#;
    let refused = super::tests::client(secret, RegisteredBy::Document).err();
    assert_eq!(refused, Some(Refusal::AuthMethodUnsupported));
}

#[test]
fn row_85_only_public_keys_are_registered() {
    let keys = |keys: &str| {
        with(
            &[
                r#""token_endpoint_auth_method":"private_key_jwt","jwks":{"keys":["#,
                keys,
                "]}",
            ]
            .concat(),
        )
    };
    let own: JwkSet = keys(KEY).unwrap().jwks.unwrap();
    assert_eq!(own.keys, [Jwk::parse(KEY).unwrap()]);
    for private in [
        &KEY.replace('}', r#","d":"x"}"#),
        r#"{"kty":"oct","k":"c2VjcmV0"}"#,
        r#"{"kty":"RSA","n":"AQAB","e":"AQAB"}"#,
        r#"{"crv":"P-256"}"#,
    ] {
        assert_eq!(
            keys(private).err(),
            Some(Refusal::MetadataMalformed),
            "{private}"
        );
    }
    // Keys of other kinds are for others (RFC 7517 §5).
    let mixed = [KEY, r#",{"kty":"EC","crv":"P-521","x":"a","y":"b"}"#].concat();
    assert_eq!(keys(&mixed).unwrap().jwks, Some(own));
    let none = keys(r#"{"kty":"EC","crv":"P-521","x":"a","y":"b"}"#).err();
    assert_eq!(none, Some(Refusal::ClientKeysMissing));
}

#[test]
fn row_88_software_statements_get_the_errors_of_the_standard() {
    for (statement, refusal) in [
        ("a.b.c", Refusal::SoftwareStatementUnapproved),
        ("nonsense", Refusal::SoftwareStatementMalformed),
    ] {
        let members = [r#""software_statement":""#, statement, "\""].concat();
        assert_eq!(with(&members).err(), Some(refusal));
    }
}

#[test]
fn a_client_whose_redirects_are_all_on_the_user_s_machine_is_native_unless_it_says_otherwise() {
    let native = |members: &str, uri: &str| {
        let json = [r#"{"redirect_uris":[""#, uri, r#""]"#, members, "}"].concat();
        let client = client(&json, RegisteredBy::Itself).unwrap();
        !client.application_type.is_web()
    };
    assert!(native("", "http://localhost:3118/callback"));
    assert!(native("", "com.example.app:/cb"));
    assert!(!native("", "https://app.example/cb"));
    assert!(!native(
        r#","application_type":"web""#,
        "http://localhost:3118/callback"
    ));
    assert!(native(
        r#","application_type":"native""#,
        "https://app.example/cb"
    ));
}

#[test]
fn row_89_a_name_is_plain_and_bounded() {
    let client = with(r#""client_name":"  Your\u202e Bank\n<script>alert(1)</script> ""#).unwrap();
    assert_eq!(client.client_name, "Your Bank <script>alert(1)</script>");
    let long = ["\"client_name\":\"", &"x".repeat(500), "\""].concat();
    assert!(with(&long).unwrap().client_name.chars().count() <= 61);
    assert_eq!(
        with(r#""client_name":"\u200b""#).unwrap().client_name,
        "c_1"
    );
}

#[test]
fn a_scope_of_blanks_or_nonsense_is_the_usual_one() {
    for scope in ["", "  ", " \\t ", "nonsense", "\u{e9}"] {
        let members = [r#""scope":""#, scope, "\""].concat();
        let client = with(&members).unwrap();
        assert_eq!(client.default_scope.to_string(), "openid", "{scope}");
    }
}

proptest::proptest! {
    #[test]
    fn no_text_of_a_stranger_panics(text in ".{0,200}") {
        let _ = client(&text, RegisteredBy::Itself);
        let name = serde_json::to_string(&text).unwrap();
        let named = [r#"{"redirect_uris":["https://a.example/"],"client_name":"#, &name, "}"].concat();
        proptest::prop_assert!(client(&named, RegisteredBy::Itself).is_ok());
    }
}
