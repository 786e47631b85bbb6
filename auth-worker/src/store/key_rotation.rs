//! How a signing key follows another: each change is one statement, or several in one transaction, that does nothing
//! if another isolate was faster.

use edge::d1::{Database, integer};
use oauth_core::{
    Fault, Secret, UnixTime,
    jose::Algorithm,
    lifecycle::signing_keys::{KeyEntry, KeyState},
};
use oauth_server::ports::Start;
use wasm_bindgen::JsValue;
use worker::Env;

use super::{key_rows, log};

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
const DROP: &str = "DELETE FROM signing_keys WHERE kid = ?1 AND state = 'retired'";

/// Makes a successor of `active`, unless it has one, and lets it begin.
pub(crate) async fn succeed(
    env: &Env,
    seals: &[Secret<[u8; 32]>],
    active: &KeyEntry,
    start: Start,
    now: UnixTime,
) -> Result<(), Fault> {
    let database = Database::open(env)?;
    let algorithm = Algorithm::parse(&active.algorithm)
        .ok_or_else(|| Fault::new("keys.succeed", "the algorithm is not known"))?;
    let mut values = key_rows::made(seals, algorithm, now).await?;
    values.push(JsValue::from_str(&active.kid));
    database.run("d1.write_key", PUBLISH, &values).await?;
    match start {
        Start::AtOnce => begin(&database, active, now).await,
        Start::Published => Ok(()),
    }
}

/// Lets the successor of `active` sign in its place.
async fn begin(database: &Database, active: &KeyEntry, now: UnixTime) -> Result<(), Fault> {
    let retired = [JsValue::from_str(&active.kid), integer(now.0)];
    let begun = [JsValue::from_str(&active.algorithm)];
    let both: [(&str, &[JsValue]); 2] = [(RETIRE, &retired), (BEGIN, &begun)];
    database.batch("d1.rotate_key", &both).await
}

/// Ceases to publish a retired key.
pub(crate) async fn drop_key(env: &Env, kid: &str) -> Result<(), Fault> {
    drop_from(&Database::open(env)?, kid).await
}

async fn drop_from(database: &Database, kid: &str) -> Result<(), Fault> {
    let values = [JsValue::from_str(kid)];
    database.run("d1.drop_key", DROP, &values).await
}

/// Lets keys sign that were published for long enough, and drops those that are over. Says whether there was any:
/// what cannot be done now, a later reading does.
pub(super) async fn age(
    database: &Database,
    all: Vec<KeyEntry>,
    longest_token: i64,
    now: UnixTime,
) -> bool {
    let mut is_any = false;
    for key in &all {
        let outcome = if key.is_over(longest_token, now) {
            drop_from(database, &key.kid).await
        } else if let Some(active) = before(key, &all).filter(|_| key.is_to_sign(now)) {
            begin(database, active, now).await
        } else {
            continue;
        };
        is_any = true;
        if let Err(fault) = outcome {
            log::say("key_not_changed", &key.kid, &fault);
        }
    }
    is_any
}

/// The key that signs with the same algorithm.
fn before<'a>(key: &KeyEntry, all: &'a [KeyEntry]) -> Option<&'a KeyEntry> {
    let is_active = |other: &&KeyEntry| other.state == KeyState::Active;
    let mut active = all.iter().filter(is_active);
    active.find(|other| other.algorithm == key.algorithm)
}
