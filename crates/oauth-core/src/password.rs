//! Passwords: Argon2id (RFC 9106), as PHC strings.

use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{PasswordHash, PasswordHasher as _, PasswordVerifier as _, SaltString},
};

use crate::{Fault, Secret};

/// The longest password that we accept, in characters.
pub const LONGEST: usize = 128;

/// A hash of nothing anyone knows, so that an unknown user costs as much as a wrong password.
pub const OF_NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$b3N0aWFyeS1ub2JvZHktMQ$8Bv3oYyq5L0m3B8n0a0v8y0V3Cq9p2i7c4Qw1Zx6TtA";

/// Brings text into Unicode's normalization form C. Every platform that this runs on can; the tables would be
/// a fifth of a worker.
pub trait Normalizer {
    /// The text in NFC.
    fn nfc(&self, text: &str) -> String;
}

/// A password as someone typed it, in NFC: the same one typed on two keyboards has the same bytes
/// (RFC 8265 §4).
#[derive(Debug)]
pub struct Password(Secret<String>);

impl Password {
    /// Takes a password as it was typed.
    pub fn typed(text: &str, normalizer: &impl Normalizer) -> Self {
        Self::ascii(text).unwrap_or_else(|| Self(Secret::new(normalizer.nfc(text))))
    }

    /// Takes a password that needs no normalization; `None` if it does.
    pub fn ascii(text: &str) -> Option<Self> {
        text.is_ascii().then(|| Self(Secret::new(text.to_owned())))
    }

    fn bytes(&self) -> &[u8] {
        self.0.expose().as_bytes()
    }

    fn is_too_long(&self) -> bool {
        self.0.expose().chars().count() > LONGEST
    }
}

/// Hashes a password under 16 random bytes of salt.
///
/// 19 MiB of memory, two passes, one lane: about 55 ms of CPU in WASM.
pub fn hash(password: &Password, salt: [u8; 16]) -> Result<String, Fault> {
    let salt = SaltString::encode_b64(&salt).map_err(|error| Fault::new("password.salt", error))?;
    hasher()?
        .hash_password(password.bytes(), &salt)
        .map(|hash| hash.to_string())
        .map_err(|error| Fault::new("password.hash", error))
}

/// Whether `password` is the one behind `stored`, which may be [`OF_NOBODY`].
pub fn verify(password: &Password, stored: &str) -> Result<bool, Fault> {
    if password.is_too_long() {
        return Ok(false);
    }
    let expected =
        PasswordHash::new(stored).map_err(|error| Fault::new("password.stored_hash", error))?;
    Ok(hasher()?
        .verify_password(password.bytes(), &expected)
        .is_ok())
}

fn hasher() -> Result<Argon2<'static>, Fault> {
    let params = Params::new(19_456, 2, 1, None)
        .map_err(|error| Fault::new("password.parameters", error))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

#[cfg(test)]
pub(crate) mod tests {
    use unicode_normalization::UnicodeNormalization as _;

    use super::*;

    /// Unicode's own tables, for every test that needs a normalizer.
    pub(crate) struct Tables;

    impl Normalizer for Tables {
        fn nfc(&self, text: &str) -> String {
            text.nfc().collect()
        }
    }

    fn hash(password: &str, salt: [u8; 16]) -> Result<String, Fault> {
        super::hash(&Password::typed(password, &Tables), salt)
    }

    fn verify(password: &str, stored: &str) -> Result<bool, Fault> {
        super::verify(&Password::typed(password, &Tables), stored)
    }

    #[test]
    fn a_password_verifies_against_its_own_hash_only() {
        let stored = hash("lovelace-1843", [1; 16]).unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert!(verify("lovelace-1843", &stored).unwrap());
        assert!(!verify("lovelace-1844", &stored).unwrap());
    }

    #[test]
    fn composed_and_decomposed_letters_are_one_password() {
        let stored = hash("caf\u{e9}", [1; 16]).unwrap();
        assert!(verify("cafe\u{301}", &stored).unwrap());
    }

    #[test]
    fn nobody_has_no_password() {
        assert!(!verify("", OF_NOBODY).unwrap());
        assert!(!verify("anything", OF_NOBODY).unwrap());
    }

    #[test]
    fn s1_the_hash_of_nobody_costs_what_one_of_a_user_costs() {
        let user = hash("a password", [1; 16]).unwrap();
        let cost = |hash: &str| hash.split('$').take(4).collect::<Vec<_>>().join("$");
        assert_eq!(cost(OF_NOBODY), cost(&user));
        assert_eq!(OF_NOBODY.len(), user.len());
    }

    #[test]
    fn nothing_is_cut_off_a_long_password() {
        let long = "p".repeat(LONGEST);
        let stored = hash(&long, [1; 16]).unwrap();
        assert!(verify(&long, &stored).unwrap());
        assert!(!verify(&"p".repeat(LONGEST - 1), &stored).unwrap());
        assert!(!verify(&"p".repeat(LONGEST + 1), &stored).unwrap());
    }
}
