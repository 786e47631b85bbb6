//! The signing keys that this isolate has read. The public ones are served without the private ones, which are opened
//! when they are to sign, and imported once.

use std::{cell::RefCell, rc::Rc};

use edge::d1::Database;
use oauth_core::{
    Fault, Secret, UnixTime,
    jose::{Algorithm, Jwk, JwkSet, Signer as _},
    lifecycle::signing_keys::{KeyCopy, KeyEntry, KeyReader, KeyState, Lives},
};
use oauth_server::audit::{AuditEvent, Event};
use webcrypto::{SigningKey, WebCrypto};
use worker::Env;

use super::{
    audit,
    key_rotation::{self, By},
    key_rows::{self, Opened, Row},
    log,
};

/// The keys as one reading of the database found them.
struct KeySet {
    /// Those that sign, with their private halves as they are sealed.
    active: Vec<Row>,
    public: Rc<JwkSet>,
}

impl AsRef<JwkSet> for KeySet {
    fn as_ref(&self) -> &JwkSet {
        &self.public
    }
}

impl KeySet {
    /// The key that signs with an algorithm.
    fn active(&self, algorithm: Algorithm) -> Result<&Row, Fault> {
        let mut active = self.active.iter();
        active
            .find(|row| row.algorithm == algorithm.name())
            .ok_or_else(|| Fault::new("keys.signer", algorithm.name()))
    }
}

thread_local! {
    static KEYS: Rc<KeyCopy<KeySet>> = Rc::default();
    /// The private keys that were opened and imported, of those that sign.
    static SIGNERS: RefCell<Vec<Rc<SigningKey>>> = const { RefCell::new(Vec::new()) };
    static VERIFIER: Rc<WebCrypto> = Rc::new(WebCrypto::default());
}

/// The rules for reading and making keys: the keys that seal them, and the lifetime of tokens.
pub(crate) struct Rules {
    /// The first seals, any opens.
    pub(crate) seals: Vec<Secret<[u8; 32]>>,
    /// How long keys live.
    pub(crate) lives: Lives,
}

/// The verifier of this isolate, with the keys that it has imported.
pub(crate) fn verifier() -> Rc<WebCrypto> {
    VERIFIER.with(Rc::clone)
}

/// The active signer for an algorithm: imported before, or opened and imported now. A key that no secret opens is
/// replaced, and its successor signs at once.
pub(crate) async fn signer(
    env: &Env,
    rules: &Rules,
    algorithm: Algorithm,
    now: UnixTime,
) -> Result<Rc<SigningKey>, Fault> {
    let keys = current(env, rules, now).await?;
    let row = keys.active(algorithm)?;
    if let Some(signer) = imported(&row.kid) {
        return Ok(signer);
    }
    let database = Database::open(env)?;
    match import(&database, rules, row).await {
        Ok(signer) => Ok(signer),
        Err(fault) => {
            replace(env, rules, row, fault, now).await?;
            forget();
            let keys = current(env, rules, now).await?;
            import(&database, rules, keys.active(algorithm)?).await
        }
    }
}

fn imported(kid: &str) -> Option<Rc<SigningKey>> {
    SIGNERS.with_borrow(|all| all.iter().find(|key| key.key_id() == kid).cloned())
}

async fn import(database: &Database, rules: &Rules, row: &Row) -> Result<Rc<SigningKey>, Fault> {
    let opened = key_rows::opened(row, &rules.seals).await?;
    let signer = Rc::new(opened.signer(row).await?);
    SIGNERS.with_borrow_mut(|all| all.push(Rc::clone(&signer)));
    renew_seal(database, rules, row, &opened).await;
    Ok(signer)
}

/// What cannot be sealed anew now is so at the next run of the schedule.
async fn renew_seal(database: &Database, rules: &Rules, row: &Row, opened: &Opened) {
    if opened.is_current {
        return;
    }
    if let Err(fault) = key_rows::renew_seal(database, &rules.seals, row, opened).await {
        log::say("key_not_changed", &row.kid, &fault);
    }
}

/// Replaces an active key that cannot be opened. Of several that do so at once one succeeds, and records it.
async fn replace(
    env: &Env,
    rules: &Rules,
    lost: &Row,
    fault: Fault,
    now: UnixTime,
) -> Result<(), Fault> {
    if !lost.entry().is_lost_for_good(now) {
        return Err(fault);
    }
    let database = Database::open(env)?;
    if key_rotation::replace(&database, &rules.seals, lost, now).await? {
        log::say("key_replaced", &lost.kid, &fault);
        record(&database, Event::KeyUnreadable, &lost.kid, now).await;
    }
    Ok(())
}

/// Stores what happened to a key, once a day however many isolates found it: the key's id makes the event's.
pub(super) async fn record(database: &Database, event: Event, kid: &str, now: UnixTime) {
    let day = now.0 / 86_400;
    let entry = AuditEvent {
        id: Some([event.word(), ".", kid, ".", &day.to_string()].concat()),
        actor: Some("server".to_owned()),
        detail: Some(kid.to_owned()),
        ..AuditEvent::new(event, now)
    };
    if let Err(fault) = audit::store(database, &[entry]).await {
        log::say("audit_lost", event.word(), &fault);
    }
}

/// Whether both algorithms of every installation can sign, by signing.
pub(crate) async fn can_sign(env: &Env, rules: &Rules, now: UnixTime) -> Result<(), Fault> {
    for algorithm in key_rows::NEEDED {
        signer(env, rules, algorithm, now)
            .await?
            .sign(b"health")
            .await?;
    }
    Ok(())
}

/// All public keys.
pub(crate) async fn public_keys(
    env: &Env,
    rules: &Rules,
    now: UnixTime,
) -> Result<Rc<JwkSet>, Fault> {
    Ok(Rc::clone(&current(env, rules, now).await?.public))
}

/// All public keys, read anew unless that was done a moment ago. This fails while they cannot be read, and where the key
/// may have been published since: a good token is never called bad.
pub(crate) async fn newer_public_keys(
    env: &Env,
    rules: &Rules,
    key_id: Option<&str>,
    now: UnixTime,
) -> Result<Rc<JwkSet>, Fault> {
    let reader = InDatabase { env, rules, now };
    let keys = KEYS.with(Rc::clone).newer(&reader, key_id, now).await?;
    Ok(Rc::clone(&keys.public))
}

async fn current(env: &Env, rules: &Rules, now: UnixTime) -> Result<Rc<KeySet>, Fault> {
    let reader = InDatabase { env, rules, now };
    KEYS.with(Rc::clone).current(&reader, now).await
}

/// The table of keys.
struct InDatabase<'a> {
    env: &'a Env,
    rules: &'a Rules,
    now: UnixTime,
}

impl KeyReader for InDatabase<'_> {
    type Keys = KeySet;

    async fn read(&self) -> Result<KeySet, Fault> {
        load(self.env, self.rules, self.now).await
    }
}

/// What the schedule does for the keys: those that are old get a successor, whether or not a request comes, and each is
/// sealed under the present secret.
pub(crate) async fn maintain(env: &Env, rules: Rules, now: UnixTime) -> Result<(), Fault> {
    let database = Database::open(env)?;
    let mut rows = key_rows::read(&database).await?;
    if changed(&database, &rules, &rows, By::Schedule, now).await? {
        rows = key_rows::read(&database).await?;
    }
    for row in &rows {
        let opened = match row.state {
            KeyState::Retired => continue,
            KeyState::Next | KeyState::Active => key_rows::opened(row, &rules.seals).await,
        };
        match opened {
            Ok(opened) => renew_seal(&database, &rules, row, &opened).await,
            Err(fault) if row.state == KeyState::Active => {
                replace(env, &rules, row, fault, now).await?;
            }
            Err(fault) if row.entry().is_lost_for_good(now) => {
                log::say("key_dropped", &row.kid, &fault);
                key_rotation::drop_lost(&database, row).await?;
            }
            Err(fault) => return Err(fault),
        }
    }
    Ok(())
}

async fn load(env: &Env, rules: &Rules, now: UnixTime) -> Result<KeySet, Fault> {
    let database = Database::open(env)?;
    let mut rows = key_rows::read(&database).await?;
    if changed(&database, rules, &rows, By::Request, now).await? {
        rows = key_rows::read(&database).await?;
    }
    let keys = rows.iter().filter_map(public).collect();
    rows.retain(|row| row.state == KeyState::Active);
    SIGNERS.with_borrow_mut(|all| {
        all.retain(|signer| rows.iter().any(|row| row.kid == signer.key_id()));
    });
    Ok(KeySet {
        active: rows,
        public: Rc::new(JwkSet { keys }),
    })
}

/// Makes the keys that are missing and the changes that are due; says whether there was any. Where no key can be made,
/// those that are published still verify.
async fn changed(
    database: &Database,
    rules: &Rules,
    rows: &[Row],
    by: By,
    now: UnixTime,
) -> Result<bool, Fault> {
    let made = match key_rows::make_missing(database, &rules.seals, rows, now).await {
        Err(fault) if !rows.is_empty() => {
            log::say("key_not_made", "", &fault);
            false
        }
        made => made?,
    };
    let entries: Vec<KeyEntry> = rows.iter().map(Row::entry).collect();
    Ok(key_rotation::advance(database, rules, &entries, by, now).await || made)
}

/// The public half; one that cannot be read leaves the others published.
fn public(row: &Row) -> Option<Jwk> {
    let key = Jwk::parse(&row.public_jwk).ok();
    if key.is_none() {
        log::say("key_not_read", &row.kid, &"a public key cannot be read");
    }
    key
}

/// The public details of all keys, as they are now.
pub(crate) async fn entries(env: &Env) -> Result<Vec<KeyEntry>, Fault> {
    let rows = key_rows::read(&Database::open(env)?).await?;
    Ok(rows.iter().map(Row::entry).collect())
}

/// Has this isolate read the keys again before it uses one. Call it after a change.
pub(crate) fn forget() {
    KEYS.with(|keys| keys.forget());
    edge::forget_documents();
}
