//! The configuration of the pages.

use serde::{Deserialize, Serialize};

/// `GET /config.json`: what the pages must know before their first step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The authorization server's issuer identifier.
    pub issuer: String,
    /// The API's origin, which is also its resource identifier.
    pub api: String,
    /// The app's own origin.
    pub app: String,
    /// The pages' client identifier.
    pub client_id: String,
    /// The URL that the authorization server sends the browser back to.
    pub redirect_uri: String,
    /// The scopes that the pages ask for by default.
    pub scopes: Vec<String>,
    /// Whether the operator's routes need a token.
    pub operator_auth: OperatorAuth,
}

/// Whether `/m2m/*` and `/fetch-data` need a bearer token with scope `m2m:run`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OperatorAuth {
    /// Anyone may run: for development.
    Open,
    /// A token is needed.
    #[default]
    Required,
}
