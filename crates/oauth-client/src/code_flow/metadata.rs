//! Authorization server metadata (RFC 8414, OIDC Discovery 1.0).

use std::{borrow::Cow, fmt};

use from_json::{FromJson, Json, Mismatch};
use serde::Serialize;

use crate::origin::{is_protected, origin_of};

/// The largest metadata document that is read, in bytes.
const LARGEST_DOCUMENT: usize = 256 * 1024;

/// The parts of a metadata document that the code flow needs. Unknown members are ignored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, FromJson)]
pub struct ProviderMetadata {
    /// The issuer identifier.
    pub issuer: String,
    /// The authorization endpoint.
    pub authorization_endpoint: String,
    /// The token endpoint.
    pub token_endpoint: String,
    /// The URL of the public keys.
    #[serde(default)]
    pub jwks_uri: Option<String>,
    /// UserInfo (OIDC Core §5.3).
    #[serde(default)]
    pub userinfo_endpoint: Option<String>,
    /// RP-initiated logout.
    #[serde(default)]
    pub end_session_endpoint: Option<String>,
    /// Token revocation (RFC 7009): for after the sign-in, so an unusable one counts as none.
    #[serde(default)]
    #[from_json(with = usable_endpoint)]
    pub revocation_endpoint: Option<String>,
    /// Token introspection (RFC 7662).
    #[serde(default)]
    pub introspection_endpoint: Option<String>,
    /// Pushed authorization requests (RFC 9126).
    #[serde(default)]
    pub pushed_authorization_request_endpoint: Option<String>,
    /// The scopes that the server knows.
    #[serde(default)]
    pub scopes_supported: Vec<String>,
    /// The PKCE methods (RFC 7636).
    #[serde(default)]
    pub code_challenge_methods_supported: Vec<String>,
    /// The signature algorithms of ID tokens.
    #[serde(default)]
    pub id_token_signing_alg_values_supported: Vec<String>,
    /// Whether every authorization response carries `iss` (RFC 9207 §3).
    #[serde(default)]
    pub authorization_response_iss_parameter_supported: bool,
}

/// Why a metadata document cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MetadataRefused {
    /// It is not a JSON document of the prescribed members.
    Malformed,
    /// It names another issuer than the expected one (RFC 8414 §3.3).
    OtherIssuer {
        /// The expected issuer.
        expected: String,
        /// The issuer that the document names.
        received: String,
    },
    /// The issuer identifier is not an `https` URL without query and fragment (RFC 8414 §2).
    Issuer,
    /// An endpoint would carry codes or tokens over an unprotected connection.
    Unprotected(&'static str),
    /// The server lists its PKCE methods, and `S256` is not among them.
    NoPkce,
}

impl fmt::Display for MetadataRefused {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed => {
                formatter.write_str("the metadata document is not what RFC 8414 prescribes")
            }
            Self::OtherIssuer { expected, received } => write!(
                formatter,
                "the metadata names the issuer {received}, but {expected} was asked for"
            ),
            Self::Issuer => {
                formatter.write_str("the issuer is not an https URL without query and fragment")
            }
            Self::Unprotected(endpoint) => write!(formatter, "{endpoint} is not protected by TLS"),
            Self::NoPkce => formatter.write_str("the server does not offer PKCE with S256"),
        }
    }
}

impl std::error::Error for MetadataRefused {}

/// The URLs of an issuer's metadata: OIDC Discovery §4 appends the well-known path, RFC 8414 §3
/// puts it between host and path. Both are tried in this order; `None` for an unusable issuer.
pub fn metadata_urls(issuer: &str) -> Option<[String; 2]> {
    let issuer = issuer.trim_end_matches('/');
    let origin = origin_of(issuer).filter(|_| is_issuer(issuer))?;
    let path = issuer.strip_prefix(origin)?;
    Some([
        format!("{issuer}/.well-known/openid-configuration"),
        format!("{origin}/.well-known/oauth-authorization-server{path}"),
    ])
}

fn is_issuer(issuer: &str) -> bool {
    is_protected(issuer) && !issuer.contains(['?', '#'])
}

/// A URL that tokens may be sent to, if it is protected. A sign-in does not need it, so an unusable one is no error.
#[expect(clippy::unnecessary_wraps, reason = "another member's reader may fail")]
fn usable_endpoint(value: Json<'_>) -> Result<Option<String>, Mismatch> {
    let url = value.text().ok();
    let usable = url.filter(|url| is_protected(url) && !url.contains('#'));
    Ok(usable.map(Cow::into_owned))
}

impl ProviderMetadata {
    /// Reads a document that was fetched for `issuer`.
    pub fn parse(issuer: &str, document: &[u8]) -> Result<Self, MetadataRefused> {
        if document.len() > LARGEST_DOCUMENT {
            return Err(MetadataRefused::Malformed);
        }
        let metadata: Self =
            from_json::from_slice(document).map_err(|_| MetadataRefused::Malformed)?;
        metadata.check(issuer)?;
        Ok(metadata)
    }

    fn check(&self, issuer: &str) -> Result<(), MetadataRefused> {
        if self.issuer != issuer {
            return Err(MetadataRefused::OtherIssuer {
                expected: issuer.to_owned(),
                received: self.issuer.clone(),
            });
        }
        if !is_issuer(issuer) {
            return Err(MetadataRefused::Issuer);
        }
        let methods = &self.code_challenge_methods_supported;
        if !methods.is_empty() && !methods.iter().any(|method| method == "S256") {
            return Err(MetadataRefused::NoPkce);
        }
        self.endpoints()
            .into_iter()
            .find(|(_, url)| url.is_some_and(|url| !is_protected(url) || url.contains('#')))
            .map_or(Ok(()), |(name, _)| Err(MetadataRefused::Unprotected(name)))
    }

    fn endpoints(&self) -> [(&'static str, Option<&str>); 7] {
        [
            ("authorization_endpoint", Some(&self.authorization_endpoint)),
            ("token_endpoint", Some(&self.token_endpoint)),
            ("jwks_uri", self.jwks_uri.as_deref()),
            ("userinfo_endpoint", self.userinfo_endpoint.as_deref()),
            ("end_session_endpoint", self.end_session_endpoint.as_deref()),
            (
                "introspection_endpoint",
                self.introspection_endpoint.as_deref(),
            ),
            (
                "pushed_authorization_request_endpoint",
                self.pushed_authorization_request_endpoint.as_deref(),
            ),
        ]
    }
}
