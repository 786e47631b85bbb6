//! The metadata document (RFC 8414, OpenID Connect Discovery 1.0). It lists what works and nothing else.

use serde::{Serialize, Serializer};

use crate::{endpoint, jose::Algorithm, settings::Settings};

/// The metadata document, the same at both well-known paths.
#[derive(Clone, Debug, Serialize)]
#[expect(
    missing_docs,
    reason = "the members are those of RFC 8414 §2, OIDC Discovery §3 and RFC 9449 §5.1"
)]
#[expect(clippy::struct_excessive_bools, reason = "the document has them")]
pub struct Metadata<'a> {
    pub issuer: String,
    #[serde(flatten)]
    pub endpoints: Endpoints<'a>,
    pub introspection_endpoint_auth_methods_supported: [&'static str; 3],
    pub introspection_signing_alg_values_supported: [&'static str; 1],
    pub revocation_endpoint_auth_methods_supported: [&'static str; 4],
    pub require_pushed_authorization_requests: bool,
    pub scopes_supported: Vec<&'a str>,
    pub response_types_supported: [&'static str; 1],
    pub response_modes_supported: [&'static str; 1],
    pub grant_types_supported: Vec<&'static str>,
    pub subject_types_supported: [&'static str; 1],
    pub id_token_signing_alg_values_supported: [&'static str; 1],
    pub token_endpoint_auth_methods_supported: [&'static str; 4],
    pub token_endpoint_auth_signing_alg_values_supported: [&'static str; Algorithm::ALL.len()],
    pub dpop_signing_alg_values_supported: [&'static str; Algorithm::ALL.len()],
    pub code_challenge_methods_supported: [&'static str; 1],
    pub authorization_response_iss_parameter_supported: bool,
    pub claims_supported: [&'static str; 10],
    pub prompt_values_supported: [&'static str; 4],
    pub claims_parameter_supported: bool,
    pub request_parameter_supported: bool,
    pub request_uri_parameter_supported: bool,
    pub protected_resources: Vec<&'a str>,
    pub ui_locales_supported: Vec<&'static str>,
}

/// The URLs of the endpoints, each under its member's name.
#[derive(Clone, Copy, Debug)]
pub struct Endpoints<'a>(&'a Settings);

impl Serialize for Endpoints<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let listed = endpoint::LISTED.iter();
        serializer.collect_map(listed.map(|(member, path)| (member, self.0.endpoint(path))))
    }
}

/// The methods by which clients authenticate, the one that proves nothing first.
const AUTH_METHODS: [&str; 4] = [
    "none",
    "client_secret_basic",
    "client_secret_post",
    "private_key_jwt",
];

/// The claims of ID tokens and of UserInfo.
const CLAIMS: [&str; 10] = [
    "iss",
    "sub",
    "aud",
    "exp",
    "iat",
    "auth_time",
    "nonce",
    "name",
    "preferred_username",
    "email",
];

/// The document for these settings. `languages` are those of the pages; `scopes` are the server's own and those of the resources.
pub fn metadata<'a>(
    settings: &'a Settings,
    grant_types: impl IntoIterator<Item = &'static str>,
    languages: Vec<&'static str>,
    scopes: Vec<&'a str>,
) -> Metadata<'a> {
    Metadata {
        issuer: settings.issuer.clone(),
        endpoints: Endpoints(settings),
        introspection_endpoint_auth_methods_supported: [
            "client_secret_basic",
            "client_secret_post",
            "private_key_jwt",
        ],
        introspection_signing_alg_values_supported: [Algorithm::Rs256.name()],
        revocation_endpoint_auth_methods_supported: AUTH_METHODS,
        require_pushed_authorization_requests: false,
        scopes_supported: scopes,
        response_types_supported: ["code"],
        response_modes_supported: ["query"],
        grant_types_supported: grant_types.into_iter().collect(),
        subject_types_supported: ["public"],
        id_token_signing_alg_values_supported: [Algorithm::Rs256.name()],
        token_endpoint_auth_methods_supported: AUTH_METHODS,
        token_endpoint_auth_signing_alg_values_supported: Algorithm::ALL.map(Algorithm::name),
        dpop_signing_alg_values_supported: Algorithm::ALL.map(Algorithm::name),
        code_challenge_methods_supported: ["S256"],
        authorization_response_iss_parameter_supported: true,
        claims_supported: CLAIMS,
        prompt_values_supported: ["none", "login", "consent", "select_account"],
        claims_parameter_supported: false,
        request_parameter_supported: false,
        request_uri_parameter_supported: false,
        protected_resources: settings.identifiers().collect(),
        ui_locales_supported: languages,
    }
}
