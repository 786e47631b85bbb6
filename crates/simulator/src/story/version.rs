//! Two versions of the code at once: what one wrote, the other finds.

use std::rc::Rc;

use oauth_core::{
    credential::AuthorizationCode,
    id::GrantId,
    lifecycle::rows::{self, RECORD},
};
use serde_json::{Value, json};

use super::{calmly, code_for, spawn, storm};
use crate::{
    actor::{self, App},
    oracle::{Caller, Invariant, Outcome, grant_of},
    world::World,
};

/// Puts what the other version would have written in place of the grant's record. A design without objects has
/// none.
fn rewrite(world: &Rc<World>, code: &str, with: impl FnOnce(&Value) -> Value) -> Option<GrantId> {
    let id = GrantId::parse(&grant_of(code)?)?;
    let object = world.grant_object(&id);
    let mut rows = rows::Memory::clone(&object.load());
    let record: Value = serde_json::from_str(rows.get(RECORD)?).ok()?;
    rows.insert(RECORD.to_owned(), with(&record).to_string());
    object.replace(Rc::new(rows));
    Some(id)
}

/// The code as the version before, which had no random bytes of a grant's own, would have issued it.
fn of_before(world: &Rc<World>, code: &str) -> String {
    let grant = grant_of(code).and_then(|grant| GrantId::parse(&grant));
    grant.map_or_else(String::new, |grant| {
        let code = AuthorizationCode { grant, part: None };
        code.issue(&world.template.keyring).expose().clone()
    })
}

/// A code that the version before has issued is redeemed by this one, and lives on.
pub(super) fn before(world: &Rc<World>) {
    let code = code_for(world, App::Spa);
    rewrite(world, &code, |record| {
        let (facts, code) = (
            &record["grant"]["code_issued"]["facts"],
            &record["grant"]["code_issued"]["code"],
        );
        json!({
            "version": 1,
            "facts": {
                "client_id": facts["client_id"],
                "user_id": facts["user_id"],
                "scope": facts["scope"],
                "resource": facts["resource"],
                "redirect_uri": code["redirect_uri"],
                "redirect_uri_sent": code["redirect_uri_sent"],
                "code_challenge": code["code_challenge"],
                "nonce": code["nonce"],
                "auth_time": facts["auth_time"],
            },
            "state": { "code_issued": {
                "expires_at": code["expires_at"],
                "tries_left": code["tries_left"],
            }},
        })
    });
    let code = of_before(world, &code);
    for _ in 0..2 {
        let (world_, code) = (Rc::clone(world), code.clone());
        spawn(world, async move {
            let outcome = actor::redeem(&world_, App::Spa, Caller::Owner, &code).await;
            if let Outcome::Tokens(tokens) = outcome {
                actor::userinfo(&world_, App::Spa, &tokens.access_token).await;
                let token = tokens.refresh_token.unwrap_or_default();
                actor::refresh(&world_, App::Spa, Caller::Owner, &token).await;
            }
        });
    }
    storm(world);
}

/// A record of a version that is not known yet is neither used nor changed: it is a fault, and no answer.
pub(super) fn after(world: &Rc<World>) {
    let code = code_for(world, App::Spa);
    let newer = |record: &Value| {
        let mut record = record.clone();
        record["version"] = json!(250);
        record["what only the next version knows"] = json!(true);
        record
    };
    let Some(id) = rewrite(world, &code, newer) else {
        return;
    };
    let written = world.grant_object(&id).durable();
    let (world_, code_) = (Rc::clone(world), code.clone());
    spawn(world, async move {
        actor::redeem(&world_, App::Spa, Caller::Owner, &code_).await;
    });
    let world_ = Rc::clone(world);
    spawn(world, async move {
        actor::redeem(&world_, App::Web, Caller::Stranger, &code).await;
    });
    storm(world);
    let world_ = Rc::clone(world);
    calmly(world, async move { world_.wait(1).await });
    let object = world.grant_object(&id);
    if object.durable() != written || object.load() != written {
        let seen = "a record of an unknown version was changed".to_owned();
        world.oracle.report(Invariant::FaultIs503, seen);
    }
}
