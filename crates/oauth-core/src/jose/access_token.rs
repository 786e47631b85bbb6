//! JWT access tokens (RFC 9068).

use from_json::FromJson;
use serde::Serialize;

use super::claims::{Audience, Leeway, NumericDate, TimeError, check_times, is_type};
use crate::UnixTime;
use crate::scope::Scope;

/// The `typ` of an access token (RFC 9068 §2.1).
pub const TOKEN_TYPE: &str = "at+jwt";

/// Whether a header's `typ` says "access token" (RFC 9068 §4).
pub fn is_access_token_type(token_type: Option<&str>) -> bool {
    is_type(token_type, TOKEN_TYPE)
}

/// The claims of an access token (RFC 9068 §2.2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, FromJson)]
pub struct AccessTokenClaims {
    /// The authorization server.
    pub iss: String,
    /// The user, or the client itself where no user is involved.
    pub sub: String,
    /// The resource servers that it is for.
    pub aud: Audience,
    /// The client that it was issued to.
    pub client_id: String,
    /// Its scope.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<Scope>,
    /// The token's id.
    pub jti: String,
    /// When it was issued.
    pub iat: NumericDate,
    /// When it ends.
    pub exp: NumericDate,
    /// When it begins, if later than when it was issued.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nbf: Option<NumericDate>,
    /// When the user signed in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auth_time: Option<NumericDate>,
    /// How the user signed in (RFC 9470 §6.1).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acr: Option<String>,
    /// The key that a sender must prove to have (RFC 7800 §3.1). Without one it is a bearer token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cnf: Option<Confirmation>,
}

/// The key or certificate that a token is bound to. An unknown member is a binding that cannot be checked, so such a token is
/// not read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, FromJson)]
#[serde(deny_unknown_fields)]
pub struct Confirmation {
    /// The thumbprint of the key of the DPoP proofs (RFC 9449 §6.1).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jkt: Option<String>,
    /// The SHA-256 of the client's certificate, base64url (RFC 8705 §3.1).
    #[serde(default, rename = "x5t#S256", skip_serializing_if = "Option::is_none")]
    pub certificate: Option<String>,
}

/// The reason why a token is not for this resource server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WrongParty {
    /// Another server issued it.
    Issuer,
    /// It is for other resources.
    Audience,
}

impl AccessTokenClaims {
    /// Checks who issued a token, and that it is for `resource` (RFC 9068 §4). The issuer itself accepts the tokens of
    /// all its resources: `None`.
    pub fn check_parties(&self, issuer: &str, resource: Option<&str>) -> Result<(), WrongParty> {
        if self.iss != issuer {
            Err(WrongParty::Issuer)
        } else if resource.is_some_and(|resource| !self.aud.contains(resource)) {
            Err(WrongParty::Audience)
        } else {
            Ok(())
        }
    }

    /// Applies the rules of time.
    pub fn check_times(&self, now: UnixTime, leeway: Leeway) -> Result<(), TimeError> {
        check_times(Some(self.exp), self.nbf, Some(self.iat), now, leeway)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_type_is_known_in_both_forms_and_no_other() {
        for name in [
            "at+jwt",
            "AT+JWT",
            "application/at+jwt",
            "Application/at+JWT",
        ] {
            assert!(is_access_token_type(Some(name)), "{name}");
        }
        for name in [None, Some("JWT"), Some("at+jwt "), Some("jwt+at"), Some("")] {
            assert!(!is_access_token_type(name), "{name:?}");
        }
    }

    #[test]
    fn a_token_without_a_required_claim_is_not_read() {
        let whole = r#"{"iss":"i","sub":"s","aud":"a","client_id":"c","jti":"j","iat":1,"exp":2}"#;
        assert!(serde_json::from_str::<AccessTokenClaims>(whole).is_ok());
        for member in ["iss", "sub", "aud", "client_id", "jti", "iat", "exp"] {
            let without = whole.replace(&format!("\"{member}\""), "\"x\"");
            assert!(
                serde_json::from_str::<AccessTokenClaims>(&without).is_err(),
                "{member}"
            );
        }
    }
}
