//! Stories about signing keys that follow one another while isolates have copies of those of before.

use std::rc::Rc;

use oauth_core::base64url;

use super::{
    account::{Seen, connect},
    calmly, signed_in, spawn, storm,
};
use crate::{
    actor::{self, App},
    oracle::Caller,
    resource_server,
    world::World,
};

/// A copy in an isolate is no older, and after so long a resource server looks again.
const COPY: i64 = 65;

/// Seconds after which a published key signs.
const PUBLISHED: i64 = 900;

/// A key is replaced, by the schedule or at once, while applications connect and tokens are shown everywhere.
pub(super) fn rotated(world: &Rc<World>) {
    world.let_keys_follow();
    let browser = signed_in(world);
    let seen = Seen::default();
    let (world_, browser_, seen_) = (Rc::clone(world), browser.clone(), Rc::clone(&seen));
    calmly(world, async move {
        connect(&world_, App::Spa, &browser_, &seen_).await;
        show_all(&world_, &seen_, true).await;
    });
    let at_once = world.scheduler.choices.one_of(2) == 0;
    for _ in 0..2 {
        let pause = pause(world, at_once);
        let (world_, browser, seen) = (Rc::clone(world), browser.clone(), Rc::clone(&seen));
        spawn(world, async move {
            world_.wait(pause).await;
            connect(&world_, App::Spa, &browser, &seen).await;
            // A resource server may not know yet what has followed at once.
            show_all(&world_, &seen, !at_once).await;
        });
    }
    let (world_, seen_) = (Rc::clone(world), Rc::clone(&seen));
    let pause = [0, 1, 59][world.scheduler.choices.one_of(3)];
    spawn(world, async move {
        world_.wait(pause).await;
        // The id of a key follows from the key: nobody knows it before that is published.
        forge(&world_, &seen_, &["ES256.999", "unlike"]).await;
        world_.rotate(at_once);
        forge(&world_, &seen_, &["ES256.002"]).await;
    });
    storm(world);
    let world_ = Rc::clone(world);
    calmly(world, async move {
        world_.wait(2 * COPY).await;
        connect(&world_, App::Spa, &browser, &seen).await;
        show_all(&world_, &seen, true).await;
    });
}

fn pause(world: &World, at_once: bool) -> i64 {
    // Before the next one signs, and after that.
    let first = [0, PUBLISHED][world.scheduler.choices.one_of(2)];
    let first = if at_once { 0 } else { first };
    first + [0, 1, 3, 61][world.scheduler.choices.one_of(4)]
}

/// Every token is shown to our endpoints, and perhaps to a resource server.
async fn show_all(world: &Rc<World>, seen: &Seen, to_resource_server: bool) {
    let all = seen.borrow().clone();
    for (app, tokens) in all {
        let token = &tokens.access_token;
        actor::introspect(world, app, Caller::Owner, token).await;
        actor::userinfo(world, app, token).await;
        if to_resource_server {
            resource_server::show(world, app, token).await;
        }
    }
}

/// A stranger shows a token under ids of keys that there may be, and that there never are.
async fn forge(world: &Rc<World>, seen: &Seen, key_ids: &[&str]) {
    let token = seen.borrow().first().map(|(_, it)| it.access_token.clone());
    let Some(token) = token else { return };
    for key_id in key_ids {
        let forged = under(&token, key_id);
        actor::introspect(world, App::Spa, Caller::Stranger, &forged).await;
        let who = (App::Spa, Caller::Stranger);
        resource_server::show_as(world, who, &forged).await;
    }
}

/// The same token, under the id of another key.
fn under(token: &str, key_id: &str) -> String {
    let (header, rest) = token.split_once('.').expect("a JWT");
    let header = base64url::decode(header).expect("a header");
    let header = String::from_utf8(header).expect("a text");
    let header = header.replace("ES256.000", key_id);
    [&base64url::encode(header.as_bytes()), ".", rest].concat()
}
