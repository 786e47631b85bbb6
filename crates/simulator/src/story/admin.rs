//! Stories about administrators: whom they disable, sign out and enable again, and who must not.

use std::rc::Rc;

use oauth_core::{
    UnixTime,
    id::{ClientId, UserId},
    scope::Scope,
};
use oauth_server::ports::RememberedConsent;
use testkit::fixture;

use super::{
    account::{Seen, connect, try_all},
    calmly, pause, signed_in_as, signed_in_since, some_app, spawn, storm,
};
use crate::{
    actor::{self, App, Measure},
    browser::{self, Browser},
    oracle::{By, Caller, Outcome, grant_of},
    world::World,
};

/// The person and their browser, and all tokens that they have got.
type Person = (Browser, Seen);

/// An administrator takes a measure while those whom it concerns go on, and others try the same who must not.
pub(super) fn measures(world: &Rc<World>) {
    let app = some_app(world);
    let [grace, edsger] = ["grace", "edsger"].map(|name| at_the_desk(world, name));
    let people = ["ada", "alan"].map(|name| connected(world, app, name));
    // What is issued now is older than what is ended, by any clock.
    let world_ = Rc::clone(world);
    calmly(world, async move { world_.wait(10).await });
    let measure = measure(world, app, &people[0]);
    let stranger = stranger(world, &people[1], &edsger);
    for _ in 0..=world.scheduler.choices.one_of(2) {
        let (world_, by, measure) = (Rc::clone(world), stranger.clone(), measure.clone());
        spawn(world, async move {
            actor::administer(&world_, (&by, Caller::Stranger), &measure).await;
        });
    }
    let (world_, by, measure_) = (Rc::clone(world), grace.clone(), measure.clone());
    spawn(world, async move { take(&world_, &by, &measure_).await });
    for (browser, seen) in people.clone() {
        let world_ = Rc::clone(world);
        spawn(world, async move {
            connect(&world_, app, &browser, &seen).await;
            try_all(&world_, &seen).await;
        });
    }
    storm(world);
    afterwards(world, app, (grace, stranger), measure, people);
}

/// All is tried again, and those who were disabled are enabled: what is new is as good as ever.
fn afterwards(
    world: &Rc<World>,
    app: App,
    (by, stranger): (By, By),
    measure: Measure,
    people: [Person; 2],
) {
    let world_ = Rc::clone(world);
    calmly(world, async move {
        for (_, seen) in &people {
            try_all(&world_, seen).await;
        }
        let again = match &measure {
            Measure::DisableUser(who) => Some(Measure::EnableUser(who)),
            Measure::DisableClient(app) => Some(Measure::EnableClient(*app)),
            _ => None,
        };
        world_.wait(10).await;
        if let Some(enable) = &again {
            actor::administer(&world_, (&stranger, Caller::Stranger), enable).await;
            actor::administer(&world_, (&by, Caller::Owner), enable).await;
            world_.wait(10).await;
        }
        for (browser, seen) in &people {
            let Some(browser) = browser::sign_in(&world_, browser.person).await else {
                continue;
            };
            connect(&world_, app, &browser, seen).await;
            try_all(&world_, seen).await;
        }
    });
}

/// Two administrators disable each other at once, and one of them tries it with what is the administrators' own.
pub(super) fn each_other(world: &Rc<World>) {
    let [grace, edsger] = ["grace", "edsger"].map(|name| at_the_desk(world, name));
    for (by, whom) in [(&grace, "edsger"), (&edsger, "grace")] {
        let (world_, by) = (Rc::clone(world), by.clone());
        spawn(world, async move {
            take(&world_, &by, &Measure::DisableUser(whom)).await;
            for own in [
                Measure::DisableUser(by.person),
                Measure::DisableClient(App::Desk),
            ] {
                actor::administer(&world_, (&by, Caller::Slip), &own).await;
            }
        });
    }
    storm(world);
    let world_ = Rc::clone(world);
    calmly(world, async move {
        for (by, whom) in [(&grace, "ada"), (&edsger, "alan")] {
            actor::administer(&world_, (by, Caller::Owner), &Measure::DisableUser(whom)).await;
        }
    });
}

/// An administrator asks until there is an answer.
async fn take(world: &Rc<World>, by: &By, measure: &Measure) {
    for _ in 0..3 {
        let outcome = actor::administer(world, (by, Caller::Owner), measure).await;
        if outcome != Outcome::Unavailable {
            return;
        }
        world.wait(pause(world).min(5)).await;
    }
}

fn measure(world: &World, app: App, (browser, seen): &Person) -> Measure {
    let held = seen.borrow();
    let grant = held
        .first()
        .and_then(|(_, tokens)| grant_of(&tokens.access_token));
    match world.scheduler.choices.one_of(4) {
        0 => Measure::DisableUser(browser.person),
        1 => Measure::DisableClient(app),
        2 => Measure::SignOut(browser.person),
        _ => Measure::End(browser.person, app, grant.unwrap_or_default()),
    }
}

/// Somebody who may not: a user with a token of their own, an administrator who signed in long ago, or one who is none any
/// more.
fn stranger(world: &Rc<World>, (browser, seen): &Person, edsger: &By) -> By {
    let held = seen
        .borrow()
        .first()
        .map(|(_, tokens)| tokens.access_token.clone());
    match world.scheduler.choices.one_of(3) {
        0 => By {
            person: browser.person,
            session: browser.session,
            token: held.unwrap_or_default(),
        },
        1 => {
            world.demote("edsger");
            edsger.clone()
        }
        _ => long_ago(world),
    }
}

/// An administrator with a new token from a session of long ago.
fn long_ago(world: &Rc<World>) -> By {
    let browser = signed_in_since(world, "edsger", 1_000);
    token(world, "edsger", browser)
}

/// A person who has connected their application.
fn connected(world: &Rc<World>, app: App, name: &'static str) -> Person {
    let (browser, seen) = (signed_in_as(world, name), Seen::default());
    let (world_, browser_, seen_) = (Rc::clone(world), browser.clone(), Rc::clone(&seen));
    calmly(world, async move {
        connect(&world_, app, &browser_, &seen_).await;
    });
    (browser, seen)
}

/// An administrator who has signed in just now.
fn at_the_desk(world: &Rc<World>, person: &'static str) -> By {
    let browser = signed_in_as(world, person);
    token(world, person, browser)
}

fn token(world: &Rc<World>, person: &'static str, browser: Browser) -> By {
    let user_id = UserId::parse(&["u_", person].concat()).expect("an id");
    let consent = RememberedConsent {
        client_id: ClientId::parse("desk").expect("an id"),
        resource: fixture::ISSUER.to_owned(),
        scope: Scope::parse("openid admin offline_access").expect("a scope"),
        since: UnixTime(0),
    };
    world.consents.remember(&user_id, &consent);
    let session = browser.session;
    let world_ = Rc::clone(world);
    let got = calmly(world, async move {
        let Outcome::Code(code) = browser::authorize_at_desk(&world_, &browser).await else {
            return None;
        };
        match actor::redeem(&world_, App::Desk, Caller::Owner, &code).await {
            Outcome::Tokens(tokens) => Some(tokens.access_token),
            _ => None,
        }
    });
    By {
        person,
        session,
        token: got.flatten().expect("a token in a calm"),
    }
}
