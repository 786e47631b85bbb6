//! Stories about tokens for different resources (RFC 8707).

use std::rc::Rc;

use super::{calmly, signed_in, some_app, spawn, storm};
use crate::{
    actor::{self, App, Renewal},
    browser::{self, Browser},
    oracle::{Caller, Outcome, Tokens},
    resource_server::{self, OTHER_RESOURCE, RESOURCE},
    world::World,
};

/// One person lets one client have tokens for two resources. Each is good at its own, and nowhere else.
pub(super) fn two(world: &Rc<World>) {
    let app = some_app(world);
    let browser = signed_in(world);
    for resource in [RESOURCE, OTHER_RESOURCE] {
        let (world_, browser) = (Rc::clone(world), browser.clone());
        spawn(world, async move {
            connect(&world_, app, &browser, resource).await;
        });
    }
    storm(world);
    let world_ = Rc::clone(world);
    calmly(world, async move {
        connect(&world_, app, &browser, OTHER_RESOURCE).await;
    });
}

async fn connect(world: &Rc<World>, app: App, browser: &Browser, resource: &'static str) {
    let Outcome::Code(code) = browser::authorize_for(world, app, browser, resource).await else {
        return;
    };
    let redeemed = actor::redeem(world, app, Caller::Owner, &code).await;
    let Outcome::Tokens(tokens) = redeemed else {
        return;
    };
    show(world, app, &tokens, resource).await;
    let token = tokens.refresh_token.unwrap_or_default();
    let elsewhere = match resource {
        RESOURCE => OTHER_RESOURCE,
        _ => RESOURCE,
    };
    for (caller, resource) in [(Caller::Slip, elsewhere), (Caller::Owner, resource)] {
        let with = Renewal {
            token: &token,
            scope: None,
            resource: Some(resource),
            proof: None,
        };
        let outcome = actor::refresh_with(world, app, caller, with).await;
        if let Outcome::Tokens(tokens) = outcome {
            show(world, app, &tokens, resource).await;
        }
    }
}

/// A token is shown at both resources.
async fn show(world: &Rc<World>, app: App, tokens: &Tokens, resource: &str) {
    let caller_for = |own: &str| {
        if resource == own {
            Caller::Owner
        } else {
            Caller::Stranger
        }
    };
    let token = &tokens.access_token;
    for (server, own) in [(App::Api, RESOURCE), (App::Mcp, OTHER_RESOURCE)] {
        actor::introspect_as(world, (server, app, caller_for(own)), token).await;
    }
    resource_server::show_as(world, (app, caller_for(RESOURCE)), token).await;
}
