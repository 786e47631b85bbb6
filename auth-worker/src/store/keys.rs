//! The signing keys that this isolate has read, with the private ones imported once.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use edge::d1::Database;
use oauth_core::{
    Fault, Secret, UnixTime,
    jose::{Algorithm, Jwk, JwkSet, Signer as _},
    lifecycle::signing_keys::{KeyEntry, KeyState},
};
use webcrypto::{SigningKey, WebCrypto};
use worker::Env;

use super::{
    key_rotation,
    key_rows::{self, Row},
};

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
    let mut rows = key_rows::read(&database).await?;
    let made = key_rows::make_missing(&database, &rules.seals, &rows, now).await?;
    let entries = rows.iter().map(Row::entry).collect();
    if key_rotation::age(&database, entries, rules.longest_token, now).await || made {
        rows = key_rows::read(&database).await?;
    }
    let mut keys = Vec::new();
    let mut signers = Vec::new();
    for row in &rows {
        let key = Jwk::parse(&row.public_jwk)
            .map_err(|_| Fault::new("keys.read", "a public key cannot be read"))?;
        keys.push(key);
        if row.state == KeyState::Active {
            signers.push(signer_of(row, &rules.seals, known).await?);
        }
    }
    Ok(KeySet {
        signers,
        public: Rc::new(JwkSet { keys }),
        until: now.plus(REMEMBERED),
    })
}

/// The public details of all keys, as they are now.
pub(crate) async fn entries(env: &Env) -> Result<Vec<KeyEntry>, Fault> {
    let rows = key_rows::read(&Database::open(env)?).await?;
    Ok(rows.iter().map(Row::entry).collect())
}

/// Has this isolate read the keys again before it uses one. Call it after a change.
pub(crate) fn forget() {
    KEYS.with_borrow_mut(|known| {
        if let Some(keys) = known.take() {
            *known = Some(Rc::new(keys.until(UnixTime(0))));
        }
    });
}

/// The signer of a row: as imported before, else opened and imported now.
async fn signer_of(
    row: &Row,
    seals: &[Secret<[u8; 32]>],
    known: Option<&KeySet>,
) -> Result<Rc<SigningKey>, Fault> {
    let imported = known.and_then(|keys| keys.signers.iter().find(|key| key.key_id() == row.kid));
    match imported {
        Some(signer) => Ok(Rc::clone(signer)),
        None => key_rows::opened(row, seals).await.map(Rc::new),
    }
}
