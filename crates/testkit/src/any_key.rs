//! Either kind of signing key.

use oauth_core::{
    Fault,
    jose::{Algorithm, Signer},
};

use crate::crypto::{P256Key, Rs256Key};

/// Either kind of signing key.
#[derive(Debug)]
pub enum AnyKey {
    /// ES256
    P256(P256Key),
    /// RS256
    Rsa(Box<Rs256Key>),
}

impl Signer for AnyKey {
    fn algorithm(&self) -> Algorithm {
        match self {
            Self::P256(key) => key.algorithm(),
            Self::Rsa(key) => key.algorithm(),
        }
    }

    fn key_id(&self) -> &str {
        match self {
            Self::P256(key) => key.key_id(),
            Self::Rsa(key) => key.key_id(),
        }
    }

    async fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Fault> {
        match self {
            Self::P256(key) => key.sign(message).await,
            Self::Rsa(key) => key.sign(message).await,
        }
    }
}
