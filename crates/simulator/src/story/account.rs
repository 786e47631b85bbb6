//! Stories about people who end what they gave.

use std::{cell::RefCell, rc::Rc};

use oauth_core::lifecycle::person::PAGE;

use super::{at_account, calmly, index::fill_index, signed_in_as, some_app, spawn, storm};
use crate::{
    actor::{self, App},
    browser::{self, Browser},
    oracle::{Caller, Outcome, Tokens},
    resource_server,
    world::World,
};

/// All tokens that anyone got.
pub(super) type Seen = Rc<RefCell<Vec<(App, Tokens)>>>;

/// Goes the whole way, from the session to tokens.
pub(super) async fn connect(world: &Rc<World>, app: App, browser: &Browser, seen: &Seen) {
    let code = browser::authorize(world, app, browser).await;
    redeem(world, app, code, seen).await;
}

async fn redeem(world: &Rc<World>, app: App, code: Outcome, seen: &Seen) {
    let Outcome::Code(code) = code else {
        return;
    };
    if let Outcome::Tokens(tokens) = actor::redeem(world, app, Caller::Owner, &code).await {
        seen.borrow_mut().push((app, tokens));
    }
}

/// Everything that was got is tried once more.
pub(super) async fn try_all(world: &Rc<World>, seen: &Seen) {
    let all = seen.borrow().clone();
    for (app, tokens) in all {
        actor::introspect(world, app, Caller::Owner, &tokens.access_token).await;
        resource_server::show(world, app, &tokens.access_token).await;
        if let Some(refresh_token) = tokens.refresh_token {
            actor::refresh(world, app, Caller::Owner, &refresh_token).await;
        }
    }
}

async fn end_until_done(world: &Rc<World>, browser: &Browser, app: Option<App>) {
    for _ in 0..3 {
        if browser::end(world, browser, app).await != Outcome::Unavailable {
            return;
        }
    }
}

fn play(world: &Rc<World>, end_of: Option<App>) {
    let browser = at_account(world);
    let (alan, of_alan) = (signed_in_as(world, "alan"), Seen::default());
    let seen = Seen::default();
    let app = end_of.unwrap_or(App::Spa);
    let (world_, of_alan_) = (Rc::clone(world), Rc::clone(&of_alan));
    calmly(world, async move {
        connect(&world_, app, &alan, &of_alan_).await;
    });
    let (world_, browser_, seen_) = (Rc::clone(world), browser.clone(), Rc::clone(&seen));
    calmly(world, async move {
        connect(&world_, app, &browser_, &seen_).await;
    });
    for _ in 0..=world.scheduler.choices.one_of(2) {
        let (world_, browser, seen) = (Rc::clone(world), browser.clone(), Rc::clone(&seen));
        spawn(world, async move {
            connect(&world_, app, &browser, &seen).await;
        });
    }
    let (world_, browser_) = (Rc::clone(world), browser.clone());
    spawn(world, async move {
        end_until_done(&world_, &browser_, end_of).await;
    });
    let (world_, seen_) = (Rc::clone(world), Rc::clone(&seen));
    spawn(world, async move { try_all(&world_, &seen_).await });
    storm(world);
    let world_ = Rc::clone(world);
    calmly(world, async move {
        try_all(&world_, &seen).await;
        connect(&world_, app, &browser, &seen).await;
        try_all(&world_, &seen).await;
        try_all(&world_, &of_alan).await;
        // Life goes on, for what is new.
        let Some(browser) = browser::sign_in(&world_, "ada").await else {
            return;
        };
        connect(&world_, app, &browser, &seen).await;
        try_all(&world_, &seen).await;
    });
}

/// More grants than fit on a page are ended; those of the client that the story is about come last.
pub(super) fn many_grants(world: &Rc<World>) {
    // It takes long, so it is told seldom.
    if world.scheduler.choices.one_of(16) == 0 {
        fill_index(world, &["a0", "a1", "a2"], PAGE + 5);
    }
    play(world, None);
}

/// The person signs out everywhere while applications connect and refresh.
pub(super) fn sign_out_everywhere(world: &Rc<World>) {
    play(world, None);
}

/// The person signs in elsewhere at the same time, and an application connects from there.
pub(super) fn sign_in_elsewhere(world: &Rc<World>) {
    let browser = at_account(world);
    let seen = Seen::default();
    let elsewhere = Rc::new(RefCell::new(None));
    for _ in 0..=world.scheduler.choices.one_of(2) {
        let (world_, seen, keep) = (Rc::clone(world), Rc::clone(&seen), Rc::clone(&elsewhere));
        spawn(world, async move {
            let Some(browser) = browser::sign_in(&world_, "ada").await else {
                return;
            };
            connect(&world_, App::Spa, &browser, &seen).await;
            *keep.borrow_mut() = Some(browser);
        });
    }
    let world_ = Rc::clone(world);
    spawn(world, async move {
        end_until_done(&world_, &browser, None).await;
    });
    storm(world);
    let world_ = Rc::clone(world);
    calmly(world, async move {
        try_all(&world_, &seen).await;
        if let Some(browser) = elsewhere.take() {
            connect(&world_, App::Spa, &browser, &seen).await;
        }
    });
}

/// The person allows an application on the consent page, and takes it back at the same time.
pub(super) fn consent_by_hand(world: &Rc<World>) {
    let app = some_app(world);
    let browser = at_account(world);
    world.consents.clear();
    let seen = Seen::default();
    for _ in 0..=world.scheduler.choices.one_of(2) {
        let (world_, browser, seen) = (Rc::clone(world), browser.clone(), Rc::clone(&seen));
        spawn(world, async move {
            let code = browser::allow(&world_, app, &browser).await;
            redeem(&world_, app, code, &seen).await;
        });
    }
    let (world_, browser_) = (Rc::clone(world), browser.clone());
    spawn(world, async move {
        end_until_done(&world_, &browser_, Some(app)).await;
    });
    storm(world);
    let world_ = Rc::clone(world);
    calmly(world, async move {
        try_all(&world_, &seen).await;
        connect(&world_, app, &browser, &seen).await;
        let code = browser::allow(&world_, app, &browser).await;
        redeem(&world_, app, code, &seen).await;
        connect(&world_, app, &browser, &seen).await;
        try_all(&world_, &seen).await;
    });
}

/// The person takes back what one application has, while it connects anew.
pub(super) fn consent_withdrawn(world: &Rc<World>) {
    let app = some_app(world);
    play(world, Some(app));
}
