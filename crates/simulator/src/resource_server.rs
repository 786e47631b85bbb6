//! A resource server: the production guard, which checks signed tokens itself, reads tombstones, and introspects the rest.

use std::rc::Rc;

use oauth_core::{
    Fault,
    http::{Answer, Headers, Incoming, Method},
};
use oauth_guard::{
    Certificate, Config, Denied, Guard, Introspection, JwtRevocation, KeyCopies, KeySource,
    OpaqueForm, OpaqueTokens, Proofs, RateLimits, Reply, Timer, Tombstones,
};
use oauth_server::introspect;
use serde_json::json;
use testkit::{answer, fixture};

use crate::{
    actor::{self, App},
    keys::Wanted,
    machine::Machine,
    oracle::{Act, Caller, Outcome, Place, Request},
    signer::HashVerifier,
    world::World,
};

/// The resource that it serves.
pub(crate) const RESOURCE: &str = "https://api.example";

/// The resource of another server.
pub(crate) const OTHER_RESOURCE: &str = "https://mcp.example";

/// For how many seconds it goes on with the answer about an opaque token.
pub(crate) const CACHE: i64 = 5;

/// A guard that has seen nothing yet.
pub(crate) fn guard() -> Guard<HashVerifier> {
    let config = Config {
        opaque: OpaqueTokens::Introspected { cache: CACHE },
        opaque_form: OpaqueForm::Ostiary,
        revocation: JwtRevocation::ByTombstone,
        ..Config::new(fixture::ISSUER, RESOURCE)
    };
    Guard::new(config, HashVerifier)
}

/// What the guard reaches while it serves one request.
struct Reached(Rc<Machine>);

impl Reached {
    fn hit<T>(&self, result: Result<T, Fault>) -> Result<T, Fault> {
        if result.is_err() {
            self.0.world.oracle.troubled(self.0.request);
        }
        result
    }
}

impl KeySource for Reached {
    async fn fetch_jwks(&self) -> Result<Reply, Fault> {
        let keys = self.0.known_keys(Wanted::All).await?;
        let body = serde_json::to_vec(&*keys);
        let body = body.map_err(|error| Fault::new("simulator.keys", error))?;
        Ok(Reply { status: 200, body })
    }
}

impl Timer for Reached {
    async fn pause(&self, milliseconds: u32) {
        let (world, seconds) = (&self.0.world, i64::from(milliseconds / 1_000));
        if seconds == 0 {
            return world.scheduler.turn().await;
        }
        world.wait(seconds).await;
        // Whoever waited for this has given something up.
        world.oracle.troubled(self.0.request);
    }
}

impl Introspection for Reached {
    async fn introspect(&self, token: &str) -> Result<Reply, Fault> {
        let request = actor::introspection_request(App::Api, token);
        let answer = answer!(Json, introspect::introspect, self.0.context(), &request).await;
        Ok(Reply {
            status: answer.status,
            body: answer.body,
        })
    }
}

impl Tombstones for Reached {
    async fn tombstone(&self, key: &str) -> Result<Option<Vec<u8>>, Fault> {
        let world = &self.0.world;
        let (read, is_stale) = world.kv.read_with_age(&world.scheduler, key).await;
        if is_stale {
            world.oracle.troubled(self.0.request);
        }
        let text = self.hit(read)?;
        Ok(text.map(|text| text.as_bytes().to_vec()))
    }
}

impl KeyCopies for Reached {}
impl Proofs for Reached {}
impl RateLimits for Reached {}
impl Certificate for Reached {}

/// A token of `app` is shown to the resource server.
pub async fn show(world: &Rc<World>, app: App, token: &str) -> Outcome {
    show_as(world, (app, Caller::Owner), token).await
}

/// A token is shown to the resource server, which may be for another resource.
pub async fn show_as(world: &Rc<World>, who: (App, Caller), token: &str) -> Outcome {
    let mut request = actor::incoming(Method::Get, &[]);
    request.headers = Headers::new([("authorization".to_owned(), format!("Bearer {token}"))]);
    let act = Act::Probe {
        token: token.to_owned(),
        at: Place::ResourceServer,
    };
    let endpoint = |machine: Rc<Machine>| async move { admit(machine, &request).await };
    // It introspects what is opaque.
    let asked = Request {
        asker: Some(App::Api.name()),
        ..Request::from(act)
    };
    actor::ask(world, asked, who, endpoint, actor::about_token).await
}

async fn admit(machine: Rc<Machine>, request: &Incoming) -> Answer {
    let reached = Reached(machine);
    let world = &reached.0.world;
    let now = oauth_core::UnixTime(world.scheduler.now());
    match Box::pin(world.guard.admit(&reached, request, now)).await {
        Err(denied) => {
            // After a fault it does not ask again at once, and others wait for the same answer.
            if let Denied::Unavailable { .. } = denied {
                world.oracle.troubled(reached.0.request);
            }
            world.guard.refusal(&denied, request, None)
        }
        Ok(access) => {
            if access.tolerated_fault().is_some() {
                world.oracle.troubled(reached.0.request);
            }
            let said = json!({
                "sub": access.subject(),
                "client_id": access.client_id(),
                "scope": access.scope(),
            });
            Answer::json(200, &said)
        }
    }
}
