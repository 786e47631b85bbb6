//! Proof Key for Code Exchange, method S256 only (RFC 7636).

use std::fmt;

use from_json::FromJson;
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use crate::{Refusal, Secret, base64url, secret::secrets_equal};

/// Why a verifier or a challenge is malformed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PkceError {
    /// The wrong number of characters.
    Length,
    /// A character outside the allowed alphabet.
    IllegalCharacter,
}

impl fmt::Display for PkceError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Length => "wrong length",
            Self::IllegalCharacter => "an illegal character",
        })
    }
}

impl std::error::Error for PkceError {}

/// The client's secret for one authorization (RFC 7636 §4.1): 43 to 128 unreserved characters.
#[derive(Clone, Debug)]
pub struct CodeVerifier(Secret<String>);

impl CodeVerifier {
    /// Reads a verifier.
    pub fn parse(text: &str) -> Result<Self, PkceError> {
        if !(43..=128).contains(&text.len()) {
            return Err(PkceError::Length);
        }
        let legal =
            |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~');
        if text.bytes().all(legal) {
            Ok(Self(Secret::new(text.to_owned())))
        } else {
            Err(PkceError::IllegalCharacter)
        }
    }

    /// Makes a verifier of 32 random bytes, as RFC 7636 §4.1 recommends.
    pub fn from_random(bytes: [u8; 32]) -> Self {
        Self(Secret::new(base64url::encode(&bytes)))
    }

    /// The challenge that goes with this verifier: `BASE64URL(SHA256(ASCII(verifier)))`.
    pub fn challenge(&self) -> CodeChallenge {
        CodeChallenge(base64url::encode(&Sha256::digest(self.as_str().as_bytes())))
    }

    /// The verifier itself, for the token request.
    pub fn as_str(&self) -> &str {
        self.0.expose()
    }
}

/// The `code_challenge` of an authorization request (RFC 7636 §4.2): 43 base64url characters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, FromJson)]
#[serde(try_from = "String", into = "String")]
pub struct CodeChallenge(String);

impl CodeChallenge {
    /// Reads a challenge of method S256.
    pub fn parse(text: &str) -> Result<Self, PkceError> {
        if text.len() != 43 {
            return Err(PkceError::Length);
        }
        let legal = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        if text.bytes().all(legal) {
            Ok(Self(text.to_owned()))
        } else {
            Err(PkceError::IllegalCharacter)
        }
    }

    /// The challenge as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for CodeChallenge {
    type Error = PkceError;

    fn try_from(text: String) -> Result<Self, PkceError> {
        Self::parse(&text)
    }
}

impl From<CodeChallenge> for String {
    fn from(challenge: CodeChallenge) -> Self {
        challenge.0
    }
}

/// The proof that PKCE is satisfied: the verifier matches the challenge, or the request had no challenge. Only
/// [`satisfy`] makes one, and a grant is not activated from a code without it.
///
/// ```
/// use oauth_core::pkce::{self, CodeVerifier};
///
/// let verifier = CodeVerifier::from_random([7; 32]);
/// let satisfied = pkce::satisfy(Some(&verifier.challenge()), Some(verifier.as_str()));
/// assert!(satisfied.is_ok());
/// ```
///
/// ```compile_fail,E0423
/// let satisfied = oauth_core::pkce::PkceSatisfied(());
/// ```
#[derive(Debug)]
pub struct PkceSatisfied(());

/// Checks the `code_verifier` of a token request against the `code_challenge` of its authorization request
/// (RFC 7636 §4.6, RFC 9700 §2.1.1).
pub fn satisfy(
    challenge: Option<&CodeChallenge>,
    verifier: Option<&str>,
) -> Result<PkceSatisfied, Refusal> {
    match (challenge, verifier) {
        (None, None) => Ok(PkceSatisfied(())),
        (None, Some(_)) => Err(Refusal::VerifierWithoutChallenge),
        (Some(_), None) => Err(Refusal::VerifierMissing),
        (Some(challenge), Some(verifier)) => {
            let verifier = CodeVerifier::parse(verifier).map_err(|_| Refusal::VerifierWrong)?;
            let computed = verifier.challenge();
            if secrets_equal(computed.0.as_bytes(), challenge.0.as_bytes()) {
                Ok(PkceSatisfied(()))
            } else {
                Err(Refusal::VerifierWrong)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    #[test]
    fn rfc_7636_appendix_b() {
        let octets = [
            116, 24, 223, 180, 151, 153, 224, 37, 79, 250, 96, 125, 216, 173, 187, 186, 22, 212,
            37, 77, 105, 214, 191, 240, 91, 88, 5, 88, 83, 132, 141, 121,
        ];
        let verifier = CodeVerifier::from_random(octets);
        assert_eq!(verifier.as_str(), VERIFIER);
        assert_eq!(verifier.challenge().as_str(), CHALLENGE);
        let challenge = CodeChallenge::parse(CHALLENGE).unwrap();
        assert!(satisfy(Some(&challenge), Some(VERIFIER)).is_ok());
    }

    #[test]
    fn another_verifier_does_not_fit() {
        let challenge = CodeChallenge::parse(CHALLENGE).unwrap();
        let other = CodeVerifier::from_random([7; 32]);
        let refused = satisfy(Some(&challenge), Some(other.as_str())).err();
        assert_eq!(refused, Some(Refusal::VerifierWrong));
    }

    #[test]
    fn a_verifier_comes_exactly_where_there_is_a_challenge() {
        let challenge = CodeChallenge::parse(CHALLENGE).unwrap();
        assert!(satisfy(None, None).is_ok());
        for (challenge, verifier, refusal) in [
            (None, Some(VERIFIER), Refusal::VerifierWithoutChallenge),
            (Some(&challenge), None, Refusal::VerifierMissing),
            (Some(&challenge), Some("short"), Refusal::VerifierWrong),
        ] {
            assert_eq!(satisfy(challenge, verifier).err(), Some(refusal));
        }
    }

    #[test]
    fn verifiers_have_43_to_128_unreserved_characters() {
        assert_eq!(
            CodeVerifier::parse(&"a".repeat(42)).err(),
            Some(PkceError::Length)
        );
        assert!(CodeVerifier::parse(&"a".repeat(43)).is_ok());
        assert!(CodeVerifier::parse(&"~".repeat(128)).is_ok());
        assert_eq!(
            CodeVerifier::parse(&"a".repeat(129)).err(),
            Some(PkceError::Length)
        );
        for illegal in ["+", "/", "=", " ", "%"] {
            let text = illegal.repeat(50);
            assert_eq!(
                CodeVerifier::parse(&text).err(),
                Some(PkceError::IllegalCharacter)
            );
        }
    }

    #[test]
    fn challenges_have_43_base64url_characters() {
        for text in ["", "short", &"a".repeat(42), &"a".repeat(44)] {
            assert_eq!(CodeChallenge::parse(text), Err(PkceError::Length));
        }
        for illegal in ["=", "+", "/", ".", "~"] {
            let text = illegal.repeat(43);
            assert_eq!(
                CodeChallenge::parse(&text),
                Err(PkceError::IllegalCharacter)
            );
        }
    }

    proptest! {
        #[test]
        fn every_verifier_fits_its_own_challenge_only(one: [u8; 32], other: [u8; 32]) {
            let (one, other) = (CodeVerifier::from_random(one), CodeVerifier::from_random(other));
            prop_assert!(satisfy(Some(&one.challenge()), Some(one.as_str())).is_ok());
            prop_assert_eq!(
                satisfy(Some(&one.challenge()), Some(other.as_str())).is_ok(),
                one.as_str() == other.as_str()
            );
        }
    }
}
