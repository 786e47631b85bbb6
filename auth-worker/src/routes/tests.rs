use edge::Resolved;

use super::*;

fn cors(path: &str, method: Method) -> Option<Cors> {
    match TABLE.resolve(method, path) {
        Resolved::Found(route) => Some(route.cors),
        Resolved::Preflight { .. } | Resolved::NotFound | Resolved::MethodNotAllowed { .. } => None,
    }
}

#[test]
fn row_129_what_is_served_without_a_secret_is_public() {
    let public: Vec<&str> = TABLE
        .routes
        .iter()
        .filter(|route| route.handler.is_public())
        .map(|route| route.path)
        .collect();
    let expected = [
        endpoint::JWKS,
        endpoint::OPENID_CONFIGURATION,
        endpoint::OAUTH_METADATA,
        endpoint::STYLE,
        endpoint::ICON,
    ];
    assert_eq!(public, expected);
}

#[test]
fn other_origins_read_only_token_revocation_pushes_registration_userinfo_keys_and_metadata() {
    let readable: Vec<&str> = TABLE
        .routes
        .iter()
        .filter(|route| route.cors != Cors::Closed)
        .map(|route| route.path)
        .collect();
    assert_eq!(
        readable,
        [
            "/oauth/token",
            "/oauth/revoke",
            "/oauth/par",
            "/oauth/register",
            "/oauth/register/*",
            "/oauth/register/*",
            "/oauth/register/*",
            "/oauth/userinfo",
            "/oauth/userinfo",
            "/oauth/jwks",
            "/.well-known/openid-configuration",
            "/.well-known/oauth-authorization-server",
        ]
    );
}

#[test]
fn head_and_options_have_no_effect_on_authorization() {
    for method in [Method::Head, Method::Options] {
        assert!(matches!(
            TABLE.resolve(method, "/oauth/authorize"),
            Resolved::MethodNotAllowed { .. }
        ));
    }
    assert_eq!(cors("/oauth/authorize", Method::Post), Some(Cors::Closed));
}

#[test]
fn no_other_origin_reads_an_account_or_the_administration() {
    for path in [
        "/login",
        "/token",
        "/logout",
        "/account",
        "/admin/api/grants",
    ] {
        let methods = [Method::Get, Method::Post, Method::Delete];
        let found: Vec<Cors> = methods
            .iter()
            .filter_map(|method| cors(path, *method))
            .collect();
        assert!(
            !found.is_empty() && found.iter().all(|cors| *cors == Cors::Closed),
            "{path}"
        );
        assert!(
            !matches!(
                TABLE.resolve(Method::Options, path),
                Resolved::Preflight { .. }
            ),
            "{path}"
        );
    }
}

#[test]
fn the_endpoints_for_clients_take_post_alone() {
    for path in [
        "/oauth/token",
        "/oauth/introspect",
        "/oauth/revoke",
        "/oauth/par",
    ] {
        assert!(
            matches!(TABLE.resolve(Method::Get, path), Resolved::MethodNotAllowed { allow, .. } if allow == "POST"),
            "{path}"
        );
    }
}
