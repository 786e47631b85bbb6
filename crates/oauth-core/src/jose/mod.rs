//! JSON Web Tokens: minted and read here, signed and checked by implementations of the two traits
//! (RFC 7515, RFC 7517, RFC 7518, RFC 7519, RFC 7638, RFC 8725).
//!
//! An [`UntrustedJwt`] becomes a [`VerifiedJwt`] only through a key that the caller chose. The key
//! decides which algorithm is right; the token never does.

pub mod access_token;
pub mod algorithm;
pub mod claims;
pub mod id_token;
pub mod jwk;
pub mod jwt;
mod mint;
mod secret_jwt;
mod strict_json;

pub use access_token::{AccessTokenClaims, Confirmation};
pub use algorithm::{Algorithm, Curve, Scheme, SignatureVerifier, Signer};
pub use claims::{Audience, Leeway, NumericDate, RegisteredClaims, TimeError};
pub use id_token::{IdTokenClaims, at_hash};
pub use jwk::{Jwk, JwkError, JwkSet, KeyType, PublicKey, PublicKeys};
pub use jwt::{JwtError, JwtRefused, UntrustedJwt, VerifiedJwt};
pub use mint::mint;
pub use secret_jwt::SecretJwt;
pub use strict_json::{is_object_without_repeats, object_without_repeats};
