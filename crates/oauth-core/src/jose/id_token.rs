//! ID tokens (OpenID Connect Core 1.0 §2 and §3.1.3.6).

use from_json::FromJson;
use serde::Serialize;

use super::algorithm::Algorithm;
use super::claims::{Audience, Leeway, NumericDate, TimeError, check_times};
use crate::{UnixTime, base64url};

/// The claims of an ID token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, FromJson)]
pub struct IdTokenClaims {
    /// The authorization server.
    pub iss: String,
    /// The user.
    pub sub: String,
    /// The client that it is for.
    pub aud: Audience,
    /// The client that asked, where `aud` names several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub azp: Option<String>,
    /// When it ends.
    pub exp: NumericDate,
    /// When it was issued.
    pub iat: NumericDate,
    /// When the user signed in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auth_time: Option<NumericDate>,
    /// The value of the client's request, unchanged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nonce: Option<String>,
    /// The hash of the access token that came with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_hash: Option<String>,
    /// The login session (OpenID Connect Back-Channel Logout 1.0 §2.1).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sid: Option<String>,
}

impl IdTokenClaims {
    /// Applies the rules of time.
    pub fn check_times(&self, now: UnixTime, leeway: Leeway) -> Result<(), TimeError> {
        check_times(Some(self.exp), None, Some(self.iat), now, leeway)
    }
}

/// The left half of the access token's hash (OpenID Connect Core 1.0 §3.1.3.6), for an ID token signed with
/// `algorithm`. `None` for an algorithm without an agreed hash: such ID tokens carry none.
pub fn at_hash(algorithm: Algorithm, access_token: &str) -> Option<String> {
    let digest = algorithm.token_hash()?(access_token.as_bytes());
    digest.get(..digest.len() / 2).map(base64url::encode)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn openid_connect_core_appendix_a_3() {
        let access_token = "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y";
        let hash = at_hash(Algorithm::Rs256, access_token);
        assert_eq!(hash.as_deref(), Some("77QmUPtjPfzWtF2AnpK9RQ"));
        assert_eq!(at_hash(Algorithm::EdDsa, access_token), None);
    }

    #[test]
    fn absent_claims_are_left_out() {
        let claims = IdTokenClaims {
            iss: "i".into(),
            sub: "s".into(),
            aud: Audience::one("c"),
            azp: None,
            exp: UnixTime(2).into(),
            iat: UnixTime(1).into(),
            auth_time: None,
            nonce: None,
            at_hash: None,
            sid: None,
        };
        let json = serde_json::to_string(&claims).unwrap();
        assert_eq!(json, r#"{"iss":"i","sub":"s","aud":"c","exp":2,"iat":1}"#);
        assert_eq!(
            serde_json::from_str::<IdTokenClaims>(&json).unwrap(),
            claims
        );
    }
}
