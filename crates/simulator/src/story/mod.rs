//! Stories of users and clients: each is a few concurrent requests, and the schedule decides their order
//! and what goes wrong.

mod account;
mod admin;
mod code;
mod direct;
mod disabled;
mod family;
mod forged;
mod guessing;
mod index;
mod keys;
mod lifetime;
mod list;
mod machine;
mod once;
mod opaque;
mod paging;
mod request;
mod resources;
mod secrets;
mod small;
mod theft;
mod version;

use std::rc::Rc;

use oauth_core::{
    UnixTime,
    credential::SessionCookie,
    id::{ClientId, UserId},
    keyring::Purpose,
    lifecycle::person::{AddReply, Mark, OpenSession, Session},
    scope::Scope,
};
use oauth_server::ports::{People as _, RememberedConsent};
use testkit::fixture;

use crate::{
    actor::{self, App},
    browser::{self, Browser},
    machine::Machine,
    oracle::{Outcome, Tokens},
    resource_server::{OTHER_RESOURCE, RESOURCE},
    world::World,
};

/// A story.
#[derive(Clone, Copy, Debug)]
pub struct Story {
    /// Its name.
    pub name: &'static str,
    /// Plays it, to the end.
    pub play: fn(&Rc<World>),
}

pub use list::{ALL, OF_THREE, OF_TWO};

/// Runs one actor to its end, in a calm.
fn calmly<T: 'static>(world: &Rc<World>, act: impl Future<Output = T> + 'static) -> Option<T> {
    let kept = Rc::new(std::cell::RefCell::new(None));
    let keep = Rc::clone(&kept);
    world.scheduler.set_calm(true);
    world
        .scheduler
        .spawn(crate::scheduler::UNGROUPED, async move {
            let done = act.await;
            *keep.borrow_mut() = Some(done);
        });
    world.scheduler.run();
    kept.take()
}

/// Adds an actor to the storm.
fn spawn(world: &Rc<World>, act: impl Future<Output = ()> + 'static) {
    world.scheduler.spawn(crate::scheduler::UNGROUPED, act);
}

/// Lets all actors act at once.
fn storm(world: &Rc<World>) {
    world.scheduler.set_calm(false);
    world.scheduler.run();
    world.scheduler.set_calm(true);
}

/// Ada is signed in, and has consented to what the clients of the stories ask.
fn signed_in(world: &Rc<World>) -> Browser {
    signed_in_as(world, "ada")
}

/// A person has consented to all that their clients may ask for.
fn has_consented(world: &World, user_id: &UserId) {
    let scope = Scope::parse("openid profile read offline_access").unwrap_or_default();
    for client_id in ["spa", "web"].into_iter().filter_map(ClientId::parse) {
        for resource in [RESOURCE, OTHER_RESOURCE] {
            let consent = RememberedConsent {
                client_id: client_id.clone(),
                resource: resource.to_owned(),
                scope: scope.clone(),
                since: UnixTime(0),
            };
            world.consents.remember(user_id, &consent);
        }
    }
}

/// The same for another person.
fn signed_in_as(world: &Rc<World>, person: &'static str) -> Browser {
    signed_in_since(world, person, 0)
}

/// The same for a person who has signed in so many seconds ago.
fn signed_in_since(world: &Rc<World>, person: &'static str, ago: i64) -> Browser {
    let template = &world.template;
    let user = world.user(person).expect("a person who is enabled");
    let ada = user.user_id;
    has_consented(world, &ada);
    let asked = world.moment();
    let cookie = SessionCookie::new(ada.clone(), world.random_bytes());
    let session = Session {
        hash: template
            .keyring
            .mac_text(Purpose::Name, &["session", &cookie.session]),
        auth_time: UnixTime(world.scheduler.now() - ago),
        expires_at: UnixTime(world.scheduler.now() + world.oracle.rules.session),
    };
    let machine = Machine::new(world, usize::MAX);
    let mark = Mark::default();
    let open = OpenSession { session, mark };
    let opened = calmly(world, async move { machine.person(&ada, open).await });
    assert!(
        matches!(opened, Some(Ok(AddReply::Added))),
        "a session opens in a calm"
    );
    let since = |(step, at)| (step, at - ago);
    let opened = (since(asked), since(world.moment()));
    let number = world.oracle.session_opened(person, opened);
    let value = cookie.issue(&template.keyring);
    Browser {
        person,
        session: number,
        cookie: format!("__Host-session={}", value.expose()),
        known: String::new(),
        csrf: String::new(),
    }
}

/// The same, with the account page open.
fn at_account(world: &Rc<World>) -> Browser {
    let browser = signed_in(world);
    let asker = Rc::clone(world);
    let opened = calmly(world, async move {
        browser::open_account(&asker, browser).await
    });
    opened.flatten().expect("a page opens in a calm")
}

/// A code for a client, in a calm.
fn code_for(world: &Rc<World>, app: App) -> String {
    let browser = signed_in(world);
    let asker = Rc::clone(world);
    let answered = calmly(world, async move {
        browser::authorize(&asker, app, &browser).await
    });
    let Some(Outcome::Code(code)) = answered else {
        panic!("no code in a calm: {answered:?} {}", fixture::ISSUER)
    };
    code
}

/// Tokens for a client, in a calm.
fn tokens_for(world: &Rc<World>, app: App) -> Tokens {
    let code = code_for(world, app);
    let asker = Rc::clone(world);
    let answered = calmly(world, async move {
        actor::redeem(&asker, app, crate::oracle::Caller::Owner, &code).await
    });
    let Some(Outcome::Tokens(tokens)) = answered else {
        panic!("no tokens in a calm: {answered:?}")
    };
    tokens
}

/// One of the clients.
fn some_app(world: &World) -> App {
    match world.scheduler.choices.one_of(2) {
        0 => App::Spa,
        _ => App::Web,
    }
}

/// How long a client waits before it tries again.
fn pause(world: &World) -> i64 {
    let rules = &world.oracle.rules;
    let (short, long) = (rules.grace_public, rules.grace);
    let pauses = [1, 1, 2, 4, short / 2, short + 10, long - 10, long + 10];
    let place = world.scheduler.choices.one_of(pauses.len());
    pauses.get(place).copied().unwrap_or(1)
}
