//! Stories about what strangers send: nothing of it lasts.

use std::rc::Rc;

use super::{calmly, signed_in, spawn, storm};
use crate::{
    actor::{self, App},
    browser,
    oracle::{Caller, Outcome},
    world::World,
};

/// Strangers push requests: anybody can for a public client, and nobody for another; and they come to the browser with
/// one that is another client's, or nobody's.
pub(super) fn pushed(world: &Rc<World>) {
    let browser = signed_in(world);
    let wrong = [("client_id", "web"), ("client_secret", "a guess at it")];
    for credentials in [&wrong[..], &wrong[..1], &[("client_id", "nobody")]] {
        let (world_, credentials) = (Rc::clone(world), credentials.to_vec());
        spawn(world, async move {
            actor::push_with(&world_, (App::Web, Caller::Stranger), &credentials).await;
        });
    }
    let app = [App::Spa, App::Web][world.scheduler.choices.one_of(2)];
    let (world_, browser_) = (Rc::clone(world), browser.clone());
    spawn(world, async move {
        let Outcome::RequestUri(uri) = actor::push(&world_, app).await else {
            return;
        };
        let other = if app == App::Spa { App::Web } else { App::Spa };
        for (app, uri) in [(other, &*uri), (app, &uri.replace('.', "x"))] {
            browser::open_pushed(&world_, (app, Caller::Stranger), &browser_, uri).await;
        }
        browser::authorize_pushed(&world_, app, &browser_, &uri).await;
    });
    storm(world);
    let world_ = Rc::clone(world);
    calmly(world, async move {
        actor::push_with(&world_, (App::Web, Caller::Stranger), &wrong).await;
        let uri = "urn:ietf:params:oauth:request_uri:nobody-has-pushed-this";
        browser::open_pushed(&world_, (App::Web, Caller::Stranger), &browser, uri).await
    });
}
