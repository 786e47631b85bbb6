//! Every key except the signing keys, derived from one secret.
//!
//! Each use has its own key, `HMAC-SHA-256(secret, label)`, so that a value made for one purpose
//! is worthless for any other.

use hmac::{Hmac, Mac as _};
use sha2::Sha256;

use crate::{Secret, base64url, id::ClientId, secret::secrets_equal};

/// The purpose of a derived key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Client secrets at rest.
    ClientSecret,
    /// Codes, refresh tokens and session cookies that we issue.
    Credential,
    /// Form tokens against cross-site request forgery.
    Csrf,
    /// Names under which attempts, one-time values and tokens are stored.
    Name,
    /// Keys for answers that are stored for a retry.
    Answer,
    /// Signing keys and personal data that must be read back.
    Seal,
}

impl Purpose {
    const fn label(self) -> &'static [u8] {
        match self {
            Self::ClientSecret => b"ostiary/v1/client-secret",
            Self::Credential => b"ostiary/v1/credential",
            Self::Csrf => b"ostiary/v1/csrf",
            Self::Name => b"ostiary/v1/name",
            Self::Answer => b"ostiary/v1/answer",
            Self::Seal => b"ostiary/v1/seal",
        }
    }
}

/// The secret is too short to derive keys from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SecretTooShort;

/// The root of all derived keys: the current secret, and the previous one while values made with it are still accepted.
#[derive(Clone, Debug)]
pub struct Keyring {
    current: Root,
    previous: Option<Root>,
}

#[derive(Clone, Debug)]
struct Root(Secret<Vec<u8>>);

impl Root {
    /// Reads a secret: at least 32 bytes in base64url.
    fn parse(text: &str) -> Result<Self, SecretTooShort> {
        let bytes = base64url::decode(text.trim()).ok_or(SecretTooShort)?;
        if bytes.len() < 32 {
            return Err(SecretTooShort);
        }
        Ok(Self(Secret::new(bytes)))
    }

    fn key(&self, purpose: Purpose) -> Secret<[u8; 32]> {
        Secret::new(hmac_sha256(self.0.expose(), &[purpose.label()]))
    }

    fn mac_text(&self, purpose: Purpose, parts: &[&str]) -> String {
        let lengths: Vec<[u8; 8]> = parts
            .iter()
            .map(|part| (part.len() as u64).to_be_bytes())
            .collect();
        let framed: Vec<&[u8]> = lengths
            .iter()
            .zip(parts)
            .flat_map(|(length, part)| [length.as_slice(), part.as_bytes()])
            .collect();
        base64url::encode(&hmac_sha256(self.key(purpose).expose(), &framed))
    }
}

impl Keyring {
    /// Reads `OSTIARY_SECRET`: at least 32 bytes in base64url.
    pub fn from_secret(text: &str) -> Result<Self, SecretTooShort> {
        Ok(Self {
            current: Root::parse(text)?,
            previous: None,
        })
    }

    /// The same, honouring what was made under `OSTIARY_SECRET_PREVIOUS`.
    pub fn with_previous(self, text: &str) -> Result<Self, SecretTooShort> {
        Ok(Self {
            previous: Some(Root::parse(text)?),
            ..self
        })
    }

    /// The key for one purpose.
    pub fn key(&self, purpose: Purpose) -> Secret<[u8; 32]> {
        self.current.key(purpose)
    }

    /// The keys that may have been used for one purpose, the current one first.
    pub fn keys(&self, purpose: Purpose) -> Vec<Secret<[u8; 32]>> {
        self.roots().map(|root| root.key(purpose)).collect()
    }

    /// The authentication code of texts, as text: for tokens, and for names that say nothing about what they
    /// name. Each part's length is under it too, so that no two lists of parts share a code.
    pub fn mac_text(&self, purpose: Purpose, parts: &[&str]) -> String {
        self.current.mac_text(purpose, parts)
    }

    /// The same under every accepted secret, the current one first.
    pub fn mac_texts(&self, purpose: Purpose, parts: &[&str]) -> Vec<String> {
        self.roots()
            .map(|root| root.mac_text(purpose, parts))
            .collect()
    }

    /// Whether `mac` is the authentication code of `parts` under an accepted secret.
    pub fn is_mac(&self, purpose: Purpose, parts: &[&str], mac: &str) -> bool {
        self.roots().any(|root| {
            let computed = root.mac_text(purpose, parts);
            secrets_equal(computed.as_bytes(), mac.as_bytes())
        })
    }

    /// How a client's secret is stored: a keyed hash over the client's id and the secret.
    pub fn client_secret_hash(&self, client_id: &ClientId, secret: &str) -> String {
        self.mac_text(Purpose::ClientSecret, &[client_id.as_str(), secret])
    }

    /// The one of `secrets` that was stored, and the one of `hashes` that it was stored as. The work depends on the secrets
    /// alone: with no hashes, for a client that is unknown, it is the same.
    pub fn find_client_secret<'a>(
        &self,
        client_id: &ClientId,
        secrets: &[&'a Secret<String>],
        hashes: &'a [String],
    ) -> Option<(&'a Secret<String>, &'a String)> {
        let mut found = None;
        for secret in secrets {
            let parts = [client_id.as_str(), secret.expose().as_str()];
            for computed in self.mac_texts(Purpose::ClientSecret, &parts) {
                for hash in hashes {
                    if secrets_equal(computed.as_bytes(), hash.as_bytes()) {
                        found = Some((*secret, hash));
                    }
                }
            }
        }
        found
    }

    /// The hash to store in place of `hash`, which `secret` matches, if that was made under the previous secret.
    pub fn renewed_client_secret_hash(
        &self,
        client_id: &ClientId,
        secret: &str,
        hash: &str,
    ) -> Option<String> {
        self.previous.as_ref()?;
        let renewed = self.client_secret_hash(client_id, secret);
        (!secrets_equal(renewed.as_bytes(), hash.as_bytes())).then_some(renewed)
    }

    fn roots(&self) -> impl Iterator<Item = &Root> {
        std::iter::once(&self.current).chain(&self.previous)
    }
}

pub(crate) fn hmac_sha256(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    // HMAC takes a key of any length, so this constructor cannot fail.
    let Ok(mut mac) = <Hmac<Sha256> as hmac::Mac>::new_from_slice(key) else {
        return [0; 32];
    };
    #[cfg(test)]
    tests::MACS.with(|macs| macs.set(macs.get() + 1));
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    thread_local! {
        /// The authentication codes that were computed.
        pub(super) static MACS: Cell<usize> = const { Cell::new(0) };
    }

    #[test]
    fn row_34_and_115_a_secret_costs_the_same_whatever_is_known_of_the_client() {
        let (old, new) = (base64url::encode(&[8; 32]), base64url::encode(&[9; 32]));
        let keyring = Keyring::from_secret(&new).unwrap();
        let keyring = keyring.with_previous(&old).unwrap();
        let id = ClientId::parse("app").unwrap();
        let hash = |secret: &str| keyring.client_secret_hash(&id, secret);
        let sent = [Secret::new("right".to_owned()), Secret::new("r".to_owned())];
        let sent: Vec<&Secret<String>> = sent.iter().collect();
        let cases = [
            (vec![], false),
            (vec![hash("other")], false),
            (vec![hash("other"), hash("another"), hash("third")], false),
            (vec![hash("right")], true),
            (vec![hash("other"), hash("r")], true),
        ];
        let mut costs = Vec::new();
        for (hashes, expected) in cases {
            let before = MACS.get();
            let matches = keyring.find_client_secret(&id, &sent, &hashes).is_some();
            costs.push(MACS.get() - before);
            assert_eq!(matches, expected);
        }
        assert!(costs.iter().all(|cost| *cost == costs[0]), "{costs:?}");
    }

    fn is_secret(keyring: &Keyring, id: &ClientId, secret: &str, hash: &str) -> bool {
        let secret = Secret::new(secret.to_owned());
        let hashes = [hash.to_owned()];
        keyring
            .find_client_secret(id, &[&secret], &hashes)
            .is_some()
    }

    fn keyring() -> Keyring {
        Keyring::from_secret(&base64url::encode(&[9; 32])).unwrap()
    }

    #[test]
    fn hmac_agrees_with_rfc_4231_case_2() {
        let mac = hmac_sha256(b"Jefe", &[b"what do ya want ", b"for nothing?"]);
        assert_eq!(mac[..8], [0x5b, 0xdc, 0xc1, 0x46, 0xbf, 0x60, 0x75, 0x4e]);
    }

    #[test]
    fn each_purpose_has_its_own_key() {
        let keyring = keyring();
        assert_ne!(
            keyring.mac_text(Purpose::Csrf, &["x"]),
            keyring.mac_text(Purpose::Credential, &["x"])
        );
    }

    #[test]
    fn moving_a_byte_between_parts_changes_the_code() {
        let keyring = keyring();
        assert_ne!(
            keyring.mac_text(Purpose::Csrf, &["ab", "c"]),
            keyring.mac_text(Purpose::Csrf, &["a", "bc"])
        );
    }

    #[test]
    fn a_client_secret_matches_only_its_own_client() {
        let keyring = keyring();
        let one = ClientId::parse("one").unwrap();
        let two = ClientId::parse("two").unwrap();
        let hash = keyring.client_secret_hash(&one, "s3cret");
        assert!(is_secret(&keyring, &one, "s3cret", &hash));
        assert!(!is_secret(&keyring, &one, "s3cret ", &hash));
        assert!(!is_secret(&keyring, &two, "s3cret", &hash));
    }

    #[test]
    fn after_a_rotation_the_old_is_honoured_and_the_new_is_made() {
        let (old, new) = (base64url::encode(&[9; 32]), base64url::encode(&[7; 32]));
        let client = ClientId::parse("one").unwrap();
        let hash = keyring().client_secret_hash(&client, "s3cret");
        let rotated = Keyring::from_secret(&new).unwrap();
        assert!(!is_secret(&rotated, &client, "s3cret", &hash));
        let rotated = rotated.with_previous(&old).unwrap();
        assert!(is_secret(&rotated, &client, "s3cret", &hash));
        assert_ne!(rotated.client_secret_hash(&client, "s3cret"), hash);
        assert_eq!(rotated.keys(Purpose::Seal).len(), 2);
    }

    #[test]
    fn a_hash_of_the_previous_secret_is_renewed_once() {
        let (old, new) = (base64url::encode(&[9; 32]), base64url::encode(&[7; 32]));
        let client = ClientId::parse("one").unwrap();
        let hash = keyring().client_secret_hash(&client, "s3cret");
        let rotated = Keyring::from_secret(&new).unwrap();
        assert_eq!(
            rotated.renewed_client_secret_hash(&client, "s3cret", &hash),
            None
        );
        let both = rotated.clone().with_previous(&old).unwrap();
        let renewed = both
            .renewed_client_secret_hash(&client, "s3cret", &hash)
            .unwrap();
        assert!(is_secret(&rotated, &client, "s3cret", &renewed));
        assert_eq!(
            both.renewed_client_secret_hash(&client, "s3cret", &renewed),
            None
        );
    }

    #[test]
    fn a_short_secret_is_refused() {
        assert!(Keyring::from_secret("c2hvcnQ").is_err());
        assert!(Keyring::from_secret("not base64url!").is_err());
    }
}
