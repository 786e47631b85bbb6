//! The metadata document (RFC 8414, OpenID Connect Discovery 1.0). It lists what works and nothing else.

use serde::{Serialize, Serializer};

use crate::{
    endpoint,
    jose::{Algorithm, SecretJwt},
    settings::{RegistrationMode, Settings},
};

/// The metadata document, the same at both well-known paths: its members in their order (RFC 8414 §2, OIDC Discovery §3,
/// RFC 9449 §5.1).
#[derive(Clone, Debug)]
pub struct Metadata<'a>(Vec<(&'static str, Member<'a>)>);

/// The value of a member.
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
enum Member<'a> {
    Text(String),
    Flag(bool),
    /// The same for every configuration.
    Fixed(&'static [&'static str]),
    List(Vec<&'a str>),
}

impl Serialize for Metadata<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

/// The members that are the same for every configuration.
const FIXED: [(&str, &[&str]); 11] = [
    (
        "introspection_endpoint_auth_methods_supported",
        &[
            "client_secret_basic",
            "client_secret_post",
            "client_secret_jwt",
            "private_key_jwt",
        ],
    ),
    (
        "introspection_signing_alg_values_supported",
        &[Algorithm::Rs256.name()],
    ),
    ("revocation_endpoint_auth_methods_supported", &AUTH_METHODS),
    ("response_types_supported", &["code"]),
    ("response_modes_supported", &["query"]),
    ("subject_types_supported", &["public"]),
    (
        "id_token_signing_alg_values_supported",
        &[Algorithm::Rs256.name()],
    ),
    ("token_endpoint_auth_methods_supported", &AUTH_METHODS),
    ("code_challenge_methods_supported", &["S256"]),
    (
        "claims_supported",
        &[
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
            "email_verified",
        ],
    ),
    (
        "prompt_values_supported",
        &["none", "login", "consent", "select_account"],
    ),
];

/// The methods by which clients authenticate, the one that proves nothing first.
const AUTH_METHODS: [&str; 5] = [
    "none",
    "client_secret_basic",
    "client_secret_post",
    "client_secret_jwt",
    "private_key_jwt",
];

/// What is supported of the optional parts, and what is not.
const FLAGS: [(&str, bool); 5] = [
    ("require_pushed_authorization_requests", false),
    ("authorization_response_iss_parameter_supported", true),
    ("claims_parameter_supported", false),
    ("request_parameter_supported", false),
    ("request_uri_parameter_supported", false),
];

/// The members that list the algorithms of clients' assertions.
const ASSERTIONS: [&str; 3] = [
    "token_endpoint_auth_signing_alg_values_supported",
    "introspection_endpoint_auth_signing_alg_values_supported",
    "revocation_endpoint_auth_signing_alg_values_supported",
];

/// The document for these settings. `languages` are those of the pages; `scopes` are the server's own and those of the
/// resources.
pub fn metadata<'a>(
    settings: &'a Settings,
    grant_types: impl IntoIterator<Item = &'static str>,
    languages: Vec<&'static str>,
    scopes: Vec<&'a str>,
) -> Metadata<'a> {
    let algorithms: Vec<&str> = Algorithm::ALL.into_iter().map(Algorithm::name).collect();
    let mut members = vec![("issuer", Member::Text(settings.issuer.clone()))];
    members.extend(
        endpoint::LISTED
            .iter()
            .map(|(name, path)| (*name, Member::Text(settings.endpoint(path)))),
    );
    if settings.registration.mode != RegistrationMode::Off {
        let registration = settings.endpoint(endpoint::REGISTER);
        members.push(("registration_endpoint", Member::Text(registration)));
    }
    members.extend(FIXED.map(|(name, values)| (name, Member::Fixed(values))));
    members.extend(FLAGS.map(|(name, value)| (name, Member::Flag(value))));
    members.push((
        "client_id_metadata_document_supported",
        Member::Flag(settings.client_documents.is_some()),
    ));
    // Clients' assertions may be by a secret too.
    let assertions = [algorithms.as_slice(), &[SecretJwt::ALGORITHM]].concat();
    members.extend(ASSERTIONS.map(|name| (name, Member::List(assertions.clone()))));
    members.extend(
        [
            ("scopes_supported", scopes),
            ("grant_types_supported", grant_types.into_iter().collect()),
            ("dpop_signing_alg_values_supported", algorithms),
            (
                "protected_resources",
                settings.identifiers().collect::<Vec<_>>(),
            ),
            ("ui_locales_supported", languages),
        ]
        .map(|(name, list)| (name, Member::List(list))),
    );
    Metadata(members)
}
