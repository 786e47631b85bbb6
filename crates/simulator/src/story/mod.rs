//! Stories of users and clients: each is a few concurrent requests, and the schedule decides their order
//! and what goes wrong.

mod account;
mod code;
mod direct;
mod disabled;
mod family;
mod index;
mod keys;
mod lifetime;
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

/// All stories that the seeds choose from.
pub const ALL: &[Story] = &[
    Story {
        name: "racing redemptions",
        play: code::racing_redemptions,
    },
    Story {
        name: "a code by another client",
        play: code::by_another_client,
    },
    Story {
        name: "a redemption that is tried again",
        play: code::tried_again,
    },
    Story {
        name: "lost answers",
        play: family::lost_answers,
    },
    Story {
        name: "two tabs, one refresh token",
        play: family::two_tabs,
    },
    Story {
        name: "a stolen refresh token",
        play: family::stolen,
    },
    Story {
        name: "revoke against refresh",
        play: family::revoke_against_refresh,
    },
    Story {
        name: "tokens of others",
        play: family::of_others,
    },
    Story {
        name: "sign out everywhere",
        play: account::sign_out_everywhere,
    },
    Story {
        name: "sign out everywhere, sign in elsewhere",
        play: account::sign_in_elsewhere,
    },
    Story {
        name: "withdrawn consent",
        play: account::consent_withdrawn,
    },
    Story {
        name: "a pushed request",
        play: code::pushed,
    },
    Story {
        name: "a machine's token",
        play: machine::token,
    },
    Story {
        name: "the oldest of many opaque tokens",
        play: opaque::oldest_of_many,
    },
    Story {
        name: "a used token comes late",
        play: theft::used_token_comes_late,
    },
    Story {
        name: "a used code comes again",
        play: theft::used_code_comes_again,
    },
    Story {
        name: "the lifetime of a code",
        play: lifetime::of_a_code,
    },
    Story {
        name: "the lifetime of an access token",
        play: lifetime::of_an_access_token,
    },
    Story {
        name: "the lifetime of a refresh token",
        play: lifetime::of_a_refresh_token,
    },
    Story {
        name: "the lifetime of a family",
        play: lifetime::of_a_family,
    },
    Story {
        name: "the lifetimes of a session and a pushed request",
        play: lifetime::of_a_browser,
    },
    Story {
        name: "wrong verifiers",
        play: request::wrong_verifiers,
    },
    Story {
        name: "other scopes",
        play: request::other_scopes,
    },
    Story {
        name: "tokens that are bound to a key",
        play: request::bound_to_a_key,
    },
    Story {
        name: "one proof, many requests",
        play: once::proof,
    },
    Story {
        name: "a retry with another key",
        play: once::another_key,
    },
    Story {
        name: "one assertion, many requests",
        play: once::assertion,
    },
    Story {
        name: "consent by hand",
        play: account::consent_by_hand,
    },
    Story {
        name: "two resources",
        play: resources::two,
    },
    Story {
        name: "two secrets",
        play: secrets::two,
    },
    Story {
        name: "processes that share a token",
        play: family::shared,
    },
    Story {
        name: "everything of many grants",
        play: account::many_grants,
    },
    Story {
        name: "one grant too many",
        play: index::one_too_many,
    },
    Story {
        name: "grants that are ended one by one",
        play: index::one_by_one,
    },
    Story {
        name: "sign out everywhere, twice",
        play: index::everywhere_twice,
    },
    Story {
        name: "a key that is replaced",
        play: keys::rotated,
    },
    Story {
        name: "pages of a list",
        play: paging::through_grants,
    },
    Story {
        name: "direct login",
        play: direct::login,
    },
    Story {
        name: "somebody is disabled",
        play: disabled::somebody,
    },
    Story {
        name: "somebody is disabled, and isolates have copies",
        play: disabled::with_copies,
    },
    Story {
        name: "a record of the version before",
        play: version::before,
    },
    Story {
        name: "a record of the version after",
        play: version::after,
    },
];

/// Cases of two requests, which a search can see whole with every fault that we know of.
pub const OF_TWO: &[Story] = &[
    Story {
        name: "two redemptions",
        play: small::two_redemptions,
    },
    Story {
        name: "two refreshes",
        play: small::two_refreshes,
    },
    REFRESH_AND_REVOKE,
];

/// Cases of three requests, which a search can see whole with crashes.
pub const OF_THREE: &[Story] = &[
    Story {
        name: "three redemptions",
        play: small::three_redemptions,
    },
    Story {
        name: "three refreshes",
        play: small::three_refreshes,
    },
    REFRESH_AND_REVOKE,
];

const REFRESH_AND_REVOKE: Story = Story {
    name: "a refresh, a revocation, a look",
    play: small::refresh_and_revoke,
};

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
        auth_time: UnixTime(world.scheduler.now()),
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
    let number = world.oracle.session_opened(person, (asked, world.moment()));
    let value = cookie.issue(&template.keyring);
    Browser {
        person,
        session: number,
        cookie: format!("__Host-session={}", value.expose()),
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
