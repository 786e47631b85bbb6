//! The state of the stores, by one small request to each, and of signing, by a signature.

use std::{cell::Cell, pin::Pin};

use edge::d1::Database;
use oauth_core::{
    Fault, UnixTime,
    concurrent::join_all,
    http::{Answer, RETRY_AFTER},
    id::GrantId,
    lifecycle::grant::Check,
};
use oauth_server::ports::Grants as _;
use serde::Serialize;

use crate::{ports::Ports, store::keys};

/// How long an answer is given again, in seconds: anyone may ask, and no one may burden the stores with it.
const REMEMBERED: i64 = 2;

thread_local! {
    static FOUND: Cell<Option<(Health, UnixTime)>> = const { Cell::new(None) };
}

/// A word for each: `ok` or `down`.
#[derive(Clone, Copy, Serialize)]
struct Health {
    status: &'static str,
    d1: &'static str,
    kv: &'static str,
    durable_objects: &'static str,
    signing: &'static str,
}

/// `200` if every store answers and tokens can be signed, else `503`.
pub(crate) async fn health(ports: &Ports) -> Answer {
    let now = edge::now();
    if let Some((health, at)) = FOUND.get() {
        if now.since(at) < REMEMBERED {
            return answer(health);
        }
        // Those who ask meanwhile get what was found last.
        FOUND.set(Some((health, now)));
    }
    let (health, cause) = asked(ports).await;
    FOUND.set(Some((health, now)));
    let mut answer = answer(health);
    answer.log.cause = cause;
    answer
}

/// A check on its way.
type Checking<'a> = Pin<Box<dyn Future<Output = Result<(), Fault>> + 'a>>;

/// Asks all of them at the same time. Also answers with the first fault, for the log.
async fn asked(ports: &Ports) -> (Health, Option<String>) {
    let checks: [Checking<'_>; 4] = [
        Box::pin(database(ports)),
        Box::pin(cache(ports)),
        Box::pin(objects(ports)),
        Box::pin(signing(ports)),
    ];
    let results = join_all(checks).await;
    let word = |is_ok: bool| if is_ok { "ok" } else { "down" };
    let of = |place: usize| word(results.get(place).is_some_and(Result::is_ok));
    let health = Health {
        status: word(results.iter().all(Result::is_ok)),
        d1: of(0),
        kv: of(1),
        durable_objects: of(2),
        signing: of(3),
    };
    let mut faults = results.iter().filter_map(|result| result.as_ref().err());
    (health, faults.next().map(ToString::to_string))
}

fn answer(health: Health) -> Answer {
    if health.status == "ok" {
        return Answer::json(200, &health);
    }
    Answer::json(503, &health).with("retry-after", RETRY_AFTER)
}

/// A table that only our migrations make: a database without them is not healthy.
async fn database(ports: &Ports) -> Result<(), Fault> {
    let database = Database::open(ports.env())?;
    let asked = database.any(
        "d1.health",
        "SELECT count(*) AS tables FROM signing_keys",
        &[],
    );
    asked.await.map(drop)
}

async fn cache(ports: &Ports) -> Result<(), Fault> {
    let store = ports
        .env()
        .kv("KV")
        .map_err(|error| Fault::new("kv.open", error))?;
    edge::with_timeout("kv.health", edge::deadline::STORE, async {
        let read = store.get("health").text().await;
        read.map(|_| ())
            .map_err(|error| Fault::new("kv.health", error))
    })
    .await
}

/// Asks after a grant that was never begun: the object answers and writes nothing.
async fn objects(ports: &Ports) -> Result<(), Fault> {
    let id = GrantId::from_random([0; 16]);
    edge::with_timeout("object.health", edge::deadline::STORE, async {
        ports.grant(&id, Check::default()).await.map(drop)
    })
    .await
}

async fn signing(ports: &Ports) -> Result<(), Fault> {
    edge::with_timeout("keys.health", edge::deadline::STORE, async {
        keys::can_sign(ports.env(), &ports.key_rules(), edge::now()).await
    })
    .await
}
