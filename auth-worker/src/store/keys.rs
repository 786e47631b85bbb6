//! Our signing keys: sealed in D1, opened and imported once an isolate.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use edge::d1::{Database, integer};
use oauth_core::{
    Fault, Secret, UnixTime, base64url,
    jose::{Algorithm, Jwk, JwkSet, Signer as _},
    lifecycle::signing_keys::{KeyEntry, KeyState},
};
use serde::Deserialize;
use wasm_bindgen::JsValue;
use webcrypto::{Extracted, SigningKey, WebCrypto};
use worker::Env;

use super::key_rotation;

/// The algorithms of every installation: ES256 for access tokens, RS256 for ID tokens.
const NEEDED: [Algorithm; 2] = [Algorithm::Es256, Algorithm::Rs256];
/// How long an isolate trusts what it has read, in seconds.
const REMEMBERED: i64 = 60;
/// How long the keys in memory are used while the database is unreachable, in seconds.
const ASK_AGAIN_AFTER: i64 = 5;

/// For an unknown key id the keys are read again at most this often, in seconds: a caller that invents ids costs
/// no more.
const LOOK_AGAIN: i64 = 5;

/// The keys as one reading of the database found them.
struct KeySet {
    signers: Vec<Rc<SigningKey>>,
    public: Rc<JwkSet>,
    until: UnixTime,
}

impl KeySet {
    /// The same keys, trusted until another time.
    fn until(&self, until: UnixTime) -> Self {
        Self {
            signers: self.signers.clone(),
            public: Rc::clone(&self.public),
            until,
        }
    }
}

thread_local! {
    static KEYS: RefCell<Option<Rc<KeySet>>> = const { RefCell::new(None) };
    static LOOKED_AT: Cell<Option<UnixTime>> = const { Cell::new(None) };
    static VERIFIER: Rc<WebCrypto> = Rc::new(WebCrypto::default());
}

/// The rules for reading and making keys: the keys that seal them, and the lifetime of tokens.
pub(crate) struct Rules {
    /// The first seals, any opens.
    pub(crate) seals: Vec<Secret<[u8; 32]>>,
    /// The longest that a token counts, in seconds.
    pub(crate) longest_token: i64,
}

/// A row: the public details of a key, and the rest.
#[derive(Deserialize)]
struct Row {
    kid: String,
    algorithm: String,
    state: KeyState,
    public_jwk: String,
    sealed_private: String,
    created_at: UnixTime,
    retired_at: Option<UnixTime>,
}

impl Row {
    fn entry(&self) -> KeyEntry {
        KeyEntry {
            kid: self.kid.clone(),
            algorithm: self.algorithm.clone(),
            state: self.state,
            created_at: self.created_at,
            retired_at: self.retired_at,
        }
    }
}

/// The verifier of this isolate, with the keys that it has imported.
pub(crate) fn verifier() -> Rc<WebCrypto> {
    VERIFIER.with(Rc::clone)
}

/// The active signer for an algorithm.
pub(crate) async fn signer(
    env: &Env,
    rules: &Rules,
    algorithm: Algorithm,
    now: UnixTime,
) -> Result<Rc<SigningKey>, Fault> {
    let keys = current(env, rules, now).await?;
    keys.signers
        .iter()
        .find(|signer| signer.algorithm() == algorithm)
        .cloned()
        .ok_or_else(|| Fault::new("keys.signer", algorithm.name()))
}

/// All public keys.
pub(crate) async fn public_keys(
    env: &Env,
    rules: &Rules,
    now: UnixTime,
) -> Result<Rc<JwkSet>, Fault> {
    Ok(Rc::clone(&current(env, rules, now).await?.public))
}

/// All public keys, read anew unless that was done a moment ago. While the database is away, those that are known.
pub(crate) async fn newer_public_keys(
    env: &Env,
    rules: &Rules,
    now: UnixTime,
) -> Result<Rc<JwkSet>, Fault> {
    let looked_at = LOOKED_AT.get();
    if looked_at.is_none_or(|at| now.since(at) >= LOOK_AGAIN) {
        LOOKED_AT.set(Some(now));
        let known = KEYS.with_borrow(Clone::clone);
        if let Ok(keys) = load(env, rules, known.as_deref(), now).await {
            KEYS.with_borrow_mut(|kept| *kept = Some(Rc::new(keys)));
        }
    }
    public_keys(env, rules, now).await
}

async fn current(env: &Env, rules: &Rules, now: UnixTime) -> Result<Rc<KeySet>, Fault> {
    let known = KEYS.with_borrow(Clone::clone);
    if let Some(keys) = known.as_ref().filter(|keys| now < keys.until) {
        return Ok(Rc::clone(keys));
    }
    match load(env, rules, known.as_deref(), now).await {
        Ok(keys) => {
            let keys = Rc::new(keys);
            KEYS.with_borrow_mut(|kept| *kept = Some(Rc::clone(&keys)));
            Ok(keys)
        }
        // The keys stay valid while the database is unreachable. It is not asked again at once:
        // a database that hangs would make every request wait.
        Err(fault) => {
            let keys = known.ok_or(fault)?;
            let kept = Rc::new(keys.until(now.plus(ASK_AGAIN_AFTER)));
            KEYS.with_borrow_mut(|known| *known = Some(Rc::clone(&kept)));
            Ok(kept)
        }
    }
}

async fn load(
    env: &Env,
    rules: &Rules,
    known: Option<&KeySet>,
    now: UnixTime,
) -> Result<KeySet, Fault> {
    let database = Database::open(env)?;
    let mut rows = read(&database).await?;
    let made = make_missing(&database, &rules.seals, &rows, now).await?;
    let entries = rows.iter().map(Row::entry).collect();
    if key_rotation::age(&database, entries, rules.longest_token, now).await || made {
        rows = read(&database).await?;
    }
    let mut keys = Vec::new();
    let mut signers = Vec::new();
    for row in &rows {
        let key = Jwk::parse(&row.public_jwk)
            .map_err(|_| Fault::new("keys.read", "a public key cannot be read"))?;
        keys.push(key);
        if row.state == KeyState::Active {
            signers.push(opened(row, &rules.seals, known).await?);
        }
    }
    Ok(KeySet {
        signers,
        public: Rc::new(JwkSet { keys }),
        until: now.plus(REMEMBERED),
    })
}

/// The public facts of all keys, as they are now.
pub(crate) async fn entries(env: &Env) -> Result<Vec<KeyEntry>, Fault> {
    let rows = read(&Database::open(env)?).await?;
    Ok(rows.iter().map(Row::entry).collect())
}

/// Has this isolate read the keys again before it uses one.
pub(super) fn forget() {
    KEYS.with_borrow_mut(|known| {
        if let Some(keys) = known.take() {
            *known = Some(Rc::new(keys.until(UnixTime(0))));
        }
    });
}

async fn read(database: &Database) -> Result<Vec<Row>, Fault> {
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
async fn make_missing(
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
    database
        .run(
            "d1.write_key",
            "INSERT OR IGNORE INTO signing_keys \
             (kid, algorithm, state, public_jwk, sealed_private, created_at) \
             VALUES (?1, ?2, 'active', ?3, ?4, ?5)",
            &made,
        )
        .await
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
    let seal = seals
        .first()
        .ok_or_else(|| Fault::new("keys.make", "there is no key to seal under"))?;
    let sealed =
        webcrypto::seal(seal.expose(), private.expose().as_bytes(), kid.as_bytes()).await?;
    let texts = [&kid, algorithm.name(), &public, &base64url::encode(&sealed)];
    let mut values = texts.map(JsValue::from_str).to_vec();
    values.push(integer(now.0));
    Ok(values)
}

/// The signer of a row: as imported before, else opened and imported now.
async fn opened(
    row: &Row,
    seals: &[Secret<[u8; 32]>],
    known: Option<&KeySet>,
) -> Result<Rc<SigningKey>, Fault> {
    let imported = known.and_then(|keys| keys.signers.iter().find(|key| key.key_id() == row.kid));
    if let Some(signer) = imported {
        return Ok(Rc::clone(signer));
    }
    let unreadable = || Fault::new("keys.open", "a sealed key cannot be read");
    let sealed = base64url::decode(&row.sealed_private).ok_or_else(unreadable)?;
    let private = unsealed(seals, &sealed, row.kid.as_bytes()).await?;
    let private = String::from_utf8(private.expose().clone()).map_err(|_| unreadable())?;
    let signer = SigningKey::import(&Secret::new(private), Some(&row.kid)).await?;
    Ok(Rc::new(signer))
}

/// Opens a text that was sealed under one of these keys.
async fn unsealed(
    seals: &[Secret<[u8; 32]>],
    sealed: &[u8],
    about: &[u8],
) -> Result<Secret<Vec<u8>>, Fault> {
    let mut fault = Fault::new("keys.open", "there is no key to open it with");
    for seal in seals {
        match webcrypto::open(seal.expose(), sealed, about).await {
            Ok(opened) => return Ok(opened),
            Err(other) => fault = other,
        }
    }
    Err(fault)
}
