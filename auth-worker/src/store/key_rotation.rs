//! How a signing key follows another: each change is one statement, or several in one transaction, that does nothing
//! if another isolate was faster.

use edge::d1::{Database, integer};
use oauth_core::{
    Fault, Secret, UnixTime,
    jose::Algorithm,
    lifecycle::signing_keys::{KeyEntry, Step, due},
};
use oauth_server::{
    audit::{AuditEvent, Event},
    ports::Start,
};
use wasm_bindgen::JsValue;
use worker::Env;

use super::{
    audit,
    key_rows::{self, Row},
    keys::{self, Rules},
    log,
};

/// Who makes the changes that are due.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum By {
    /// A request that reads the keys. It makes no key: that takes long.
    Request,
    /// The schedule.
    Schedule,
}

/// Publishes a key as the next one, unless there is one, and as long as the key that it is to follow signs.
const PUBLISH: &str = "INSERT OR IGNORE INTO signing_keys \
    (kid, algorithm, state, public_jwk, sealed_private, created_at) \
    SELECT ?1, ?2, 'next', ?3, ?4, ?5 \
    WHERE EXISTS (SELECT 1 FROM signing_keys WHERE kid = ?6 AND state = 'active')";
/// Retires a key that has a successor. What is private in it is needed no more.
const RETIRE: &str = "UPDATE signing_keys SET state = 'retired', retired_at = ?2, sealed_private = '' \
    WHERE kid = ?1 AND state = 'active' AND EXISTS (SELECT 1 FROM signing_keys AS successor \
    WHERE successor.algorithm = signing_keys.algorithm AND successor.state = 'next')";
/// Lets the successor sign, once nothing else does.
const BEGIN: &str = "UPDATE signing_keys SET state = 'active' WHERE algorithm = ?1 AND state = 'next' \
    AND NOT EXISTS (SELECT 1 FROM signing_keys AS other \
    WHERE other.algorithm = ?1 AND other.state = 'active')";
/// Whether a key that no secret opens is as it was read: the statements that follow do something only then.
const IS_LOST: &str =
    "SELECT kid FROM signing_keys WHERE kid = ?1 AND sealed_private = ?2 AND state = 'active'";
/// The same as [`RETIRE`] for such a key, successor or not.
const RETIRE_LOST: &str = "UPDATE signing_keys SET state = 'retired', retired_at = ?3, sealed_private = '' \
    WHERE kid = ?1 AND sealed_private = ?2 AND state = 'active'";
const DROP_SUCCESSOR: &str = "DELETE FROM signing_keys WHERE state = 'next' AND algorithm = \
    (SELECT lost.algorithm FROM signing_keys AS lost \
    WHERE lost.kid = ?1 AND lost.sealed_private = ?2 AND lost.state = 'active')";
const DROP_NEXT: &str =
    "DELETE FROM signing_keys WHERE kid = ?1 AND sealed_private = ?2 AND state = 'next'";
const DROP: &str = "DELETE FROM signing_keys WHERE kid = ?1 AND state = 'retired'";

/// Makes a successor of `active`, unless it has one, and lets it begin.
pub(crate) async fn succeed(
    env: &Env,
    seals: &[Secret<[u8; 32]>],
    active: &KeyEntry,
    start: Start,
    event: &AuditEvent,
) -> Result<(), Fault> {
    let database = Database::open(env)?;
    match start {
        Start::AtOnce => {
            publish(&database, seals, active, None, event.at).await?;
            begin(&database, active, Some(event), event.at).await
        }
        Start::Published => publish(&database, seals, active, Some(event), event.at).await,
    }
}

/// Runs statements as one, with the recording of an event, if there is one.
async fn run(
    database: &Database,
    what: &'static str,
    statements: &[(&str, &[JsValue])],
    event: Option<&AuditEvent>,
) -> Result<(), Fault> {
    let mut all = statements.to_vec();
    let rows = event.map(|event| audit::rows_of(std::slice::from_ref(event)));
    let rows = rows.transpose()?;
    all.extend(
        rows.as_ref()
            .map(|rows| (audit::INSERT, std::slice::from_ref(rows))),
    );
    database.batch(what, &all).await
}

async fn publish(
    database: &Database,
    seals: &[Secret<[u8; 32]>],
    active: &KeyEntry,
    event: Option<&AuditEvent>,
    now: UnixTime,
) -> Result<(), Fault> {
    let mut values = key_rows::made(seals, known(active)?, now).await?;
    values.push(JsValue::from_str(&active.kid));
    run(database, "d1.write_key", &[(PUBLISH, &values)], event).await
}

fn known(key: &KeyEntry) -> Result<Algorithm, Fault> {
    let algorithm = Algorithm::parse(&key.algorithm);
    algorithm.ok_or_else(|| Fault::new("keys.succeed", "the algorithm is not known"))
}

/// Lets the successor of `active` sign in its place.
async fn begin(
    database: &Database,
    active: &KeyEntry,
    event: Option<&AuditEvent>,
    now: UnixTime,
) -> Result<(), Fault> {
    let retired = [JsValue::from_str(&active.kid), integer(now.0)];
    let begun = [JsValue::from_str(&active.algorithm)];
    let both: [(&str, &[JsValue]); 2] = [(RETIRE, &retired), (BEGIN, &begun)];
    run(database, "d1.rotate_key", &both, event).await
}

/// Ceases to publish a retired key.
pub(crate) async fn drop_key(env: &Env, kid: &str, event: &AuditEvent) -> Result<(), Fault> {
    drop_from(&Database::open(env)?, kid, Some(event)).await
}

async fn drop_from(
    database: &Database,
    kid: &str,
    event: Option<&AuditEvent>,
) -> Result<(), Fault> {
    let values = [JsValue::from_str(kid)];
    run(database, "d1.drop_key", &[(DROP, &values)], event).await
}

/// Makes the changes that are due, all or those that a request makes too. Says whether there was any: what cannot be
/// done now, a later reading does.
pub(super) async fn advance(
    database: &Database,
    rules: &Rules,
    all: &[KeyEntry],
    by: By,
    now: UnixTime,
) -> bool {
    let mut is_any = false;
    for step in due(all, rules.lives, now) {
        let (kid, outcome) = match step {
            Step::Drop(key) => (&key.kid, drop_from(database, &key.kid, None).await),
            Step::Begin(key) => (&key.kid, begin(database, key, None, now).await),
            Step::Publish(key) if by == By::Schedule => {
                let published = publish(database, &rules.seals, key, None, now).await;
                if published.is_ok() {
                    keys::record(database, Event::KeyRotated, &key.kid, now).await;
                }
                (&key.kid, published)
            }
            Step::Publish(_) => continue,
        };
        is_any = true;
        if let Err(fault) = outcome {
            log::say("key_not_changed", kid, &fault);
        }
    }
    is_any
}

/// Replaces an active key that no secret opens, unless that was done or the key was sealed anew, and says whether it did. Its public half stays
/// published, because what it has signed still counts. A successor that waits was sealed like it.
pub(super) async fn replace(
    database: &Database,
    seals: &[Secret<[u8; 32]>],
    lost: &Row,
    now: UnixTime,
) -> Result<bool, Fault> {
    let entry = lost.entry();
    let algorithm = known(&entry)?;
    let made = key_rows::made(seals, algorithm, now).await?;
    let same = [&entry.kid, &lost.sealed_private].map(|text| JsValue::from_str(text));
    let [kid, sealed] = same.clone();
    let retired = [kid, sealed, integer(now.0)];
    let statements: [(&str, &[JsValue]); 4] = [
        (IS_LOST, &same),
        (DROP_SUCCESSOR, &same),
        (RETIRE_LOST, &retired),
        (key_rows::INSERT_ACTIVE, &made),
    ];
    database.batch_any("d1.replace_key", &statements).await
}

/// Ceases to publish a key that would sign next and that no secret opens.
pub(super) async fn drop_lost(database: &Database, lost: &Row) -> Result<(), Fault> {
    let values = [&lost.kid, &lost.sealed_private].map(|text| JsValue::from_str(text));
    database.run("d1.drop_key", DROP_NEXT, &values).await
}
