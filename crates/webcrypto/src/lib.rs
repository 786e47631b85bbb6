//! The platform's WebCrypto behind the traits of oauth-core, in workers and in browsers
//! (W3C Web Cryptography API).
//!
//! - [`WebCrypto`] verifies a signature; [`SigningKey`] makes one.
//! - [`seal()`](seal()) and [`open`] encrypt and decrypt what is stored.
//!
//! A signature costs ten to twenty times less here than in WASM. Imported keys are cached, because an
//! import costs as much as a signature.

mod algorithm;
mod seal;
mod signing_key;
mod subtle;
mod verifier;

pub use seal::{open, seal};
pub use signing_key::{Extracted, SigningKey};
pub use verifier::WebCrypto;
