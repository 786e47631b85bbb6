//! Stories about the list of what has access: what people end there one by one, and what ends because there is too much.

use std::{cell::RefCell, rc::Rc};

use oauth_core::{
    UnixTime,
    id::{ClientId, GrantId, UserId},
    lifecycle::{
        object::{self, MemoryStore},
        person::{Command, Entry, MOST_GRANTS, Mark, PersonKind, Register, Reply},
    },
    scope::Scope,
};

use super::{
    account::{Seen, connect, try_all},
    at_account, calmly, pause, signed_in, some_app, spawn, storm,
};
use crate::{
    browser::{self, Browser},
    oracle::{Outcome, grant_of},
    world::World,
};

/// Fills Ada's index with grants of some clients, which it returns.
pub(super) fn fill_index(world: &World, clients: &[&str], count: usize) -> Vec<String> {
    let ada = UserId::parse("u_ada").expect("an id");
    let store = MemoryStore::default();
    *store.rows.borrow_mut() = (*world.person_object(&ada).load()).clone();
    let now = UnixTime(world.scheduler.now());
    let mut grants = Vec::new();
    for number in 0..count {
        // A client has no more than a hundred grants of one user.
        let client_id = clients[number % clients.len()];
        let client_id = ClientId::parse(client_id).expect("an id");
        let entry = Entry {
            grant: GrantId::from_random(world.random_bytes()),
            client_id,
            scope: Scope::default(),
            resource: "https://api.example".to_owned(),
            // Older than all that begins now, by any clock.
            since: now.plus(-10),
            until: now.plus(world.oracle.rules.absolute),
            session: None,
        };
        grants.push(entry.grant.to_string());
        let register = Register {
            entry,
            mark: Mark::default(),
        };
        let added = object::run::<PersonKind>(&store, Command::Register(register), now);
        assert_eq!(added.ok(), Some(Reply::Done));
    }
    let rows = store.rows.take();
    world.person_object(&ada).replace(Rc::new(rows));
    grants
}

/// A client has as many grants as it may have, and gets more of them.
pub(super) fn one_too_many(world: &Rc<World>) {
    // It takes long, so it is told seldom.
    if world.scheduler.choices.one_of(8) > 0 {
        return one_by_one(world);
    }
    let app = some_app(world);
    let browser = signed_in(world);
    *world.oracle.full.borrow_mut() = fill_index(world, &[app.name()], MOST_GRANTS);
    let seen = Seen::default();
    for _ in 0..=world.scheduler.choices.one_of(2) {
        let (world_, browser, seen) = (Rc::clone(world), browser.clone(), Rc::clone(&seen));
        spawn(world, async move {
            connect(&world_, app, &browser, &seen).await;
        });
    }
    storm(world);
    let world_ = Rc::clone(world);
    calmly(world, async move { try_all(&world_, &seen).await });
}

/// A person ends single grants while their client uses them, and signs out.
pub(super) fn one_by_one(world: &Rc<World>) {
    let app = some_app(world);
    let browser = at_account(world);
    let seen = Seen::default();
    for _ in 0..2 {
        let (world_, browser, seen) = (Rc::clone(world), browser.clone(), Rc::clone(&seen));
        calmly(world, async move {
            connect(&world_, app, &browser, &seen).await;
        });
    }
    let grants = seen.borrow().clone().into_iter();
    let grants: Vec<String> = grants
        .filter_map(|(_, tokens)| grant_of(&tokens.refresh_token?))
        .collect();
    for grant in grants
        .into_iter()
        .take(1 + world.scheduler.choices.one_of(2))
    {
        let (world_, browser) = (Rc::clone(world), browser.clone());
        spawn(world, async move {
            browser::end_one(&world_, &browser, app, &grant).await;
            browser::end_one(&world_, &browser, app, &grant).await;
        });
    }
    let (world_, seen_, browser_) = (Rc::clone(world), Rc::clone(&seen), browser.clone());
    spawn(world, async move {
        connect(&world_, app, &browser_, &seen_).await;
        try_all(&world_, &seen_).await;
    });
    let (world_, browser_) = (Rc::clone(world), browser.clone());
    spawn(world, async move {
        world_.wait(pause(&world_)).await;
        browser::sign_out(&world_, &browser_).await;
    });
    storm(world);
    let world_ = Rc::clone(world);
    calmly(world, async move {
        connect(&world_, app, &browser, &seen).await;
        try_all(&world_, &seen).await;
    });
}

/// A person signs out everywhere, and again in another browser before or after all know of it.
pub(super) fn everywhere_twice(world: &Rc<World>) {
    let app = some_app(world);
    let seen = Seen::default();
    let browsers = [at_account(world), at_account(world)];
    for browser in browsers.clone() {
        let (world_, seen) = (Rc::clone(world), Rc::clone(&seen));
        let pause = [0, 0, 1, 10][world.scheduler.choices.one_of(4)];
        spawn(world, async move {
            world_.wait(pause).await;
            connect(&world_, app, &browser, &seen).await;
            end_everywhere(&world_, &browser).await;
        });
    }
    let (world_, seen_, last) = (
        Rc::clone(world),
        Rc::clone(&seen),
        Rc::new(RefCell::new(None)),
    );
    let keep = Rc::clone(&last);
    // Long after the first end, which may wait to be announced.
    let pause = [0, 10, 30][world.scheduler.choices.one_of(3)];
    spawn(world, async move {
        world_.wait(pause).await;
        let Some(browser) = browser::sign_in(&world_, "ada").await else {
            return;
        };
        let Some(browser) = browser::open_account(&world_, browser).await else {
            return;
        };
        connect(&world_, app, &browser, &seen_).await;
        end_everywhere(&world_, &browser).await;
        *keep.borrow_mut() = Some(browser);
    });
    storm(world);
    let world_ = Rc::clone(world);
    calmly(world, async move {
        try_all(&world_, &seen).await;
        if let Some(browser) = last.take() {
            connect(&world_, app, &browser, &seen).await;
        }
    });
}

async fn end_everywhere(world: &Rc<World>, browser: &Browser) {
    for _ in 0..3 {
        if browser::end(world, browser, None).await != Outcome::Unavailable {
            return;
        }
    }
}
