//! The rows of the signing keys: reading them, making new ones, opening what is sealed in them.

use edge::d1::{Database, integer};
use from_json::FromJson;
use oauth_core::{
    Fault, Secret, UnixTime, base64url,
    jose::Algorithm,
    lifecycle::signing_keys::{KeyEntry, KeyState},
};
use wasm_bindgen::JsValue;
use webcrypto::{Extracted, SigningKey};

/// The algorithms of every installation: ES256 for access tokens, RS256 for ID tokens.
pub(super) const NEEDED: [Algorithm; 2] = [Algorithm::Es256, Algorithm::Rs256];

/// Adds a key that signs, unless one does.
pub(super) const INSERT_ACTIVE: &str = "INSERT OR IGNORE INTO signing_keys \
    (kid, algorithm, state, public_jwk, sealed_private, created_at) \
    VALUES (?1, ?2, 'active', ?3, ?4, ?5)";

/// A row: the public details of a key, and the rest.
#[derive(FromJson)]
pub(super) struct Row {
    pub(super) kid: String,
    pub(super) algorithm: String,
    pub(super) state: KeyState,
    pub(super) public_jwk: String,
    pub(super) sealed_private: String,
    created_at: UnixTime,
    retired_at: Option<UnixTime>,
}

impl Row {
    /// The public details.
    pub(super) fn entry(&self) -> KeyEntry {
        KeyEntry {
            kid: self.kid.clone(),
            algorithm: self.algorithm.clone(),
            state: self.state,
            created_at: self.created_at,
            retired_at: self.retired_at,
        }
    }
}

/// All rows, the newest first.
pub(super) async fn read(database: &Database) -> Result<Vec<Row>, Fault> {
    database
        .all(
            "d1.read_keys",
            "SELECT kid, algorithm, state, public_jwk, sealed_private, created_at, retired_at \
             FROM signing_keys ORDER BY created_at DESC, kid",
            &[],
        )
        .await
}

/// Makes the keys that every installation needs and this one lacks. Of two isolates that do so at
/// once one wins, by the index on active keys: both then read what the winner wrote.
pub(super) async fn make_missing(
    database: &Database,
    seals: &[Secret<[u8; 32]>],
    rows: &[Row],
    now: UnixTime,
) -> Result<bool, Fault> {
    let mut made = false;
    for algorithm in NEEDED {
        let active = |row: &Row| row.state == KeyState::Active && row.algorithm == algorithm.name();
        if !rows.iter().any(active) {
            make(database, seals, algorithm, now).await?;
            made = true;
        }
    }
    Ok(made)
}

async fn make(
    database: &Database,
    seals: &[Secret<[u8; 32]>],
    algorithm: Algorithm,
    now: UnixTime,
) -> Result<(), Fault> {
    let made = made(seals, algorithm, now).await?;
    database.run("d1.write_key", INSERT_ACTIVE, &made).await
}

/// A new key as the values of a row: id, algorithm, public half, sealed private half, and the time.
pub(super) async fn made(
    seals: &[Secret<[u8; 32]>],
    algorithm: Algorithm,
    now: UnixTime,
) -> Result<Vec<JsValue>, Fault> {
    let Extracted { private, public } = SigningKey::generate(algorithm).await?;
    let kid = public.thumbprint();
    let public = serde_json::to_string(&public).map_err(|error| Fault::new("keys.make", error))?;
    let sealed = sealed(seals, &private, &kid).await?;
    let texts = [&kid, algorithm.name(), &public, &sealed];
    let mut values = texts.map(JsValue::from_str).to_vec();
    values.push(integer(now.0));
    Ok(values)
}

/// A private key as a row holds it.
async fn sealed(
    seals: &[Secret<[u8; 32]>],
    private: &Secret<String>,
    kid: &str,
) -> Result<String, Fault> {
    let seal = seals
        .first()
        .ok_or_else(|| Fault::new("keys.make", "there is no key to seal under"))?;
    let sealed =
        webcrypto::seal(seal.expose(), private.expose().as_bytes(), kid.as_bytes()).await?;
    Ok(base64url::encode(&sealed))
}

/// A private key that was opened.
pub(super) struct Opened {
    private: Secret<String>,
    /// Whether it was sealed under the present secret.
    pub(super) is_current: bool,
}

impl Opened {
    /// The signer, ready for use.
    pub(super) async fn signer(&self, row: &Row) -> Result<SigningKey, Fault> {
        SigningKey::import(&self.private, Some(&row.kid)).await
    }
}

/// Opens the private key of a row under the first secret that fits.
pub(super) async fn opened(row: &Row, seals: &[Secret<[u8; 32]>]) -> Result<Opened, Fault> {
    let unreadable = || Fault::new("keys.open", "a sealed key cannot be read");
    let sealed = base64url::decode(&row.sealed_private).ok_or_else(unreadable)?;
    let mut fault = unreadable();
    for (place, seal) in seals.iter().enumerate() {
        match webcrypto::open(seal.expose(), &sealed, row.kid.as_bytes()).await {
            Ok(private) => {
                let private = String::from_utf8(private.expose().clone());
                return Ok(Opened {
                    private: Secret::new(private.map_err(|_| unreadable())?),
                    is_current: place == 0,
                });
            }
            Err(other) => fault = other,
        }
    }
    Err(fault)
}

/// Seals a key under the present secret that was sealed under the one before, unless its row has changed since.
pub(super) async fn renew_seal(
    database: &Database,
    seals: &[Secret<[u8; 32]>],
    row: &Row,
    opened: &Opened,
) -> Result<(), Fault> {
    let renewed = sealed(seals, &opened.private, &row.kid).await?;
    let values = [&row.kid, &row.sealed_private, &renewed].map(|text| JsValue::from_str(text));
    database
        .run(
            "d1.renew_key_seal",
            "UPDATE signing_keys SET sealed_private = ?3 WHERE kid = ?1 AND sealed_private = ?2",
            &values,
        )
        .await
}
