//! The paths of the authorization server and of every resource server, each written once: for route tables, metadata,
//! redirects, forms and clients.

/// The authorization endpoint (RFC 6749 §3.1).
pub const AUTHORIZE: &str = "/oauth/authorize";
/// The token endpoint (RFC 6749 §3.2).
pub const TOKEN: &str = "/oauth/token";
/// Introspection (RFC 7662).
pub const INTROSPECT: &str = "/oauth/introspect";
/// Revocation (RFC 7009).
pub const REVOKE: &str = "/oauth/revoke";
/// Pushed authorization requests (RFC 9126).
pub const PAR: &str = "/oauth/par";
/// Registration of clients by themselves (RFC 7591).
pub const REGISTER: &str = "/oauth/register";
/// How the path of each registration begins (RFC 7592); its client's id follows.
pub const REGISTRATIONS: &str = "/oauth/register/";
/// UserInfo (OpenID Connect Core §5.3).
pub const USERINFO: &str = "/oauth/userinfo";
/// The public keys (RFC 7517).
pub const JWKS: &str = "/oauth/jwks";
/// The metadata, for OpenID Connect clients (OpenID Connect Discovery §4).
pub const OPENID_CONFIGURATION: &str = "/.well-known/openid-configuration";
/// The metadata, for OAuth clients (RFC 8414 §3).
pub const OAUTH_METADATA: &str = "/.well-known/oauth-authorization-server";
/// A resource server's metadata (RFC 9728 §3).
pub const PROTECTED_RESOURCE: &str = "/.well-known/oauth-protected-resource";
/// The login page, its form, and direct login in JSON.
pub const LOGIN: &str = "/login";
/// The consent form.
pub const CONSENT: &str = "/consent";
/// The user's account page and its form.
pub const ACCOUNT: &str = "/account";
/// The refresh of a direct login.
pub const DIRECT_TOKEN: &str = "/token";
/// The end of a direct login.
pub const DIRECT_LOGOUT: &str = "/logout";
/// The state of a server and its stores.
pub const HEALTH: &str = "/health";
/// The page at the root.
pub const HOME: &str = "/";
/// The stylesheet of the pages.
pub const STYLE: &str = "/style.css";
/// The icon.
pub const ICON: &str = "/favicon.ico";

/// The pages that ask for a login, and that it leads back to.
pub const BEHIND_LOGIN: &[&str] = &[ACCOUNT];

/// The endpoints that the metadata lists, each with its member there (RFC 8414 §2, OIDC Discovery §3).
pub const LISTED: &[(&str, &str)] = &[
    ("authorization_endpoint", AUTHORIZE),
    ("token_endpoint", TOKEN),
    ("userinfo_endpoint", USERINFO),
    ("jwks_uri", JWKS),
    ("introspection_endpoint", INTROSPECT),
    ("revocation_endpoint", REVOKE),
    ("pushed_authorization_request_endpoint", PAR),
];

/// The administration's API.
pub mod admin {
    /// How all its paths begin.
    pub const ALL: &str = "/admin/api/";
    /// A user's grants.
    pub const GRANTS: &str = "/admin/api/grants";
    /// Ends a grant.
    pub const END_GRANT: &str = "/admin/api/grants/end";
    /// Signs a user out everywhere.
    pub const SIGN_OUT: &str = "/admin/api/users/sign-out";
    /// Disables a user.
    pub const DISABLE_USER: &str = "/admin/api/users/disable";
    /// Enables a user.
    pub const ENABLE_USER: &str = "/admin/api/users/enable";
    /// Disables a client.
    pub const DISABLE_CLIENT: &str = "/admin/api/clients/disable";
    /// Enables a client.
    pub const ENABLE_CLIENT: &str = "/admin/api/clients/enable";
    /// The signing keys.
    pub const KEYS: &str = "/admin/api/keys";
    /// Rotates a signing key.
    pub const ROTATE_KEY: &str = "/admin/api/keys/rotate";
    /// The audit log.
    pub const AUDIT: &str = "/admin/api/audit";
    /// Withdraws a retired signing key.
    pub const DROP_KEY: &str = "/admin/api/keys/drop";
}
