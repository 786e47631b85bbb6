//! The door: every path of the authorization server, and what applies to it.

use edge::{
    Cache, Cors, Route, Table,
    route::{BODY_LIMIT, GET, GET_ONLY, POST},
};
use oauth_core::http::{Answer, Incoming, Method};
use oauth_server::{
    Context, account,
    admin::{self, Act},
    authorize, consent, direct_login, discovery, introspect, login, page, par, revoke, token,
    userinfo,
};

use crate::{config::Config, health, ports::Ports};

/// What the worker can be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Desk {
    /// The authorization endpoint.
    Authorize,
    /// The token endpoint.
    Token,
    /// What a token stands for.
    Introspect,
    /// The end of a token.
    Revoke,
    /// An authorization request that a client hands over itself.
    Par,
    /// The claims about a person.
    UserInfo,
    /// Our public keys.
    Jwks,
    /// What we are and can do.
    Metadata,
    /// The login page.
    LoginPage,
    /// Its form.
    Login,
    /// The next tokens of a direct login.
    DirectToken,
    /// The end of a direct login.
    DirectLogout,
    /// A person's own account.
    AccountPage,
    /// Its form.
    Account,
    /// The administration's API.
    Admin(admin::Act),
    /// What stands where the consent page would be.
    ConsentPage,
    /// The consent form.
    Consent,
    /// How our stores are.
    Health,
    /// The page at the root.
    Home,
    /// The stylesheet.
    Style,
    /// The icon.
    Icon,
}

/// `DELETE` alone.
const DELETE: &[Method] = &[Method::Delete];

const DAY: u32 = 86_400;

/// The bound of a pushed request: about as much as a browser would carry (RFC 9126 §2.3).
const PUSHED_REQUEST_LIMIT: usize = 16 * 1024;

/// The authorization endpoint acts on these alone: not even `HEAD` may have an effect.
const GET_AND_POST: &[Method] = &[Method::Get, Method::Post];

const fn route(
    methods: &'static [Method],
    path: &'static str,
    cors: Cors,
    cache: Cache,
    handler: Desk,
) -> Route<Desk> {
    Route {
        methods,
        path,
        cors,
        cache,
        body_limit: BODY_LIMIT,
        handler,
    }
}

/// Pages are for the person in front of them: no other origin reads them, nothing keeps them.
const fn page(methods: &'static [Method], path: &'static str, handler: Desk) -> Route<Desk> {
    route(methods, path, Cors::Closed, Cache::NoStore, handler)
}

/// Facts are public: any origin may read them, and caches may keep them as long as they say.
const fn fact(path: &'static str, handler: Desk) -> Route<Desk> {
    route(GET, path, Cors::Any, Cache::Own, handler)
}

/// The administration takes small requests, each from its own pages or a machine.
const fn administration(methods: &'static [Method], path: &'static str, act: Act) -> Route<Desk> {
    Route {
        body_limit: 4 * 1024,
        ..page(methods, path, Desk::Admin(act))
    }
}

/// The routes.
pub(crate) const TABLE: Table<Desk> = Table {
    routes: &[
        page(GET_AND_POST, "/oauth/authorize", Desk::Authorize),
        route(POST, "/oauth/token", Cors::Any, Cache::NoStore, Desk::Token),
        // Resource servers ask, and no browser's page is one.
        route(
            POST,
            "/oauth/introspect",
            Cors::Closed,
            Cache::NoStore,
            Desk::Introspect,
        ),
        route(
            POST,
            "/oauth/revoke",
            Cors::Any,
            Cache::NoStore,
            Desk::Revoke,
        ),
        // Servers and installed applications push; a page sends its browser on itself.
        Route {
            body_limit: PUSHED_REQUEST_LIMIT,
            ..route(POST, "/oauth/par", Cors::Closed, Cache::NoStore, Desk::Par)
        },
        route(
            GET,
            "/oauth/userinfo",
            Cors::Any,
            Cache::NoStore,
            Desk::UserInfo,
        ),
        route(
            POST,
            "/oauth/userinfo",
            Cors::Any,
            Cache::NoStore,
            Desk::UserInfo,
        ),
        fact("/oauth/jwks", Desk::Jwks),
        fact("/.well-known/openid-configuration", Desk::Metadata),
        fact("/.well-known/oauth-authorization-server", Desk::Metadata),
        page(GET, "/login", Desk::LoginPage),
        page(POST, "/login", Desk::Login),
        page(POST, "/token", Desk::DirectToken),
        page(DELETE, "/logout", Desk::DirectLogout),
        page(GET, "/account", Desk::AccountPage),
        page(POST, "/account", Desk::Account),
        administration(GET_ONLY, "/admin/api/grants", Act::Grants),
        administration(POST, "/admin/api/grants/end", Act::EndGrant),
        administration(POST, "/admin/api/users/sign-out", Act::SignOut),
        administration(POST, "/admin/api/users/disable", Act::DisableUser),
        administration(POST, "/admin/api/users/enable", Act::EnableUser),
        administration(POST, "/admin/api/clients/disable", Act::DisableClient),
        administration(POST, "/admin/api/clients/enable", Act::EnableClient),
        administration(GET_ONLY, "/admin/api/keys", Act::Keys),
        administration(POST, "/admin/api/keys/rotate", Act::RotateKey),
        administration(POST, "/admin/api/keys/drop", Act::DropKey),
        page(GET, "/consent", Desk::ConsentPage),
        page(POST, "/consent", Desk::Consent),
        page(GET, "/health", Desk::Health),
        page(GET, "/", Desk::Home),
        route(
            GET,
            "/style.css",
            Cors::Closed,
            Cache::Public(365 * DAY),
            Desk::Style,
        ),
        route(
            GET,
            "/favicon.ico",
            Cors::Closed,
            Cache::Public(DAY),
            Desk::Icon,
        ),
    ],
    fallback: None,
};

/// Puts a request to its endpoint.
pub(crate) async fn answer(
    desk: Desk,
    config: &Config,
    ports: &Ports,
    request: &Incoming,
) -> Answer {
    let context = Context {
        settings: &config.settings,
        keyring: &config.keyring,
        ports,
        now: edge::now(),
    };
    match desk {
        Desk::Authorize => authorize::authorize(&context, request).await,
        Desk::Token => token::token(&context, request).await,
        Desk::Introspect => introspect::introspect(&context, request).await,
        Desk::Revoke => revoke::revoke(&context, request).await,
        Desk::Par => par::par(&context, request).await,
        Desk::UserInfo => userinfo::userinfo(&context, request).await,
        Desk::Jwks => discovery::jwks(&context).await,
        Desk::Metadata => discovery::metadata(&context).await,
        Desk::LoginPage => login::page(&context, request).await,
        // One path for both, as people and applications know it: what is sent tells them apart.
        Desk::Login if direct_login::is_meant(request) => {
            direct_login::login(&context, request).await
        }
        Desk::Login => login::login(&context, request).await,
        Desk::DirectToken => direct_login::token(&context, request).await,
        Desk::DirectLogout => direct_login::logout(&context, request).await,
        Desk::AccountPage => account::page(&context, request).await,
        Desk::Account => account::change(&context, request).await,
        Desk::Admin(act) => admin::act(&context, request, act).await,
        Desk::ConsentPage => consent::page(request),
        Desk::Consent => consent::consent(&context, request).await,
        Desk::Health => health::health(ports).await,
        Desk::Home => home(config),
        Desk::Style => asset("text/css; charset=utf-8", page::STYLE),
        Desk::Icon => asset("image/svg+xml", page::ICON),
    }
}

fn home(config: &Config) -> Answer {
    Answer::html(200, page::home(&config.settings.issuer)).with(
        "content-security-policy",
        page::content_security_policy(&[]),
    )
}

fn asset(content_type: &'static str, text: &'static str) -> Answer {
    Answer {
        body: text.as_bytes().to_vec(),
        ..Answer::empty(200)
    }
    .with("content-type", content_type)
}

#[cfg(test)]
mod tests {
    use edge::Resolved;

    use super::*;

    fn cors(path: &str, method: Method) -> Option<Cors> {
        match TABLE.resolve(method, path) {
            Resolved::Found(route) => Some(route.cors),
            Resolved::Preflight { .. } | Resolved::NotFound | Resolved::MethodNotAllowed { .. } => {
                None
            }
        }
    }

    #[test]
    fn other_origins_read_only_token_revocation_userinfo_keys_and_metadata() {
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
                matches!(TABLE.resolve(Method::Get, path), Resolved::MethodNotAllowed { allow } if allow == "POST"),
                "{path}"
            );
        }
    }
}
