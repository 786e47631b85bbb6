//! A story about lists of grants that are longer than a page, and are read while grants begin and end.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
};

use oauth_core::{
    id::UserId,
    lifecycle::person::{EntryKey, ListGrants},
};
use oauth_server::ports::People as _;

use super::{
    account::{Seen, connect},
    at_account, calmly, index, spawn, storm,
};
use crate::{
    actor::App,
    browser::{self, Browser},
    machine::Machine,
    oracle::{Invariant, Outcome, grant_of},
    world::World,
};

/// More than the account page shows at once.
const MANY: usize = 23;

/// Who reads a list.
#[derive(Clone, Copy)]
enum Reader {
    /// The person, on the account page.
    Person,
    /// The administration, so many at a time.
    Administration(usize),
}

/// What is true of the grants.
#[derive(Default)]
struct Truth {
    /// Those that nobody ends.
    staying: BTreeSet<String>,
    /// Those that were ended, with the step of the answer that says so.
    ended: RefCell<BTreeMap<String, u64>>,
}

/// A grant and its client.
type Held = (App, String);

/// The grants that were listed, with the step in which each one's page was asked for.
type Listed = Vec<(u64, String)>;

/// Lists are read page by page, while grants begin and end.
pub(super) fn through_grants(world: &Rc<World>) {
    // It takes long, so it is told seldom.
    if world.scheduler.choices.one_of(8) > 0 {
        return index::one_by_one(world);
    }
    let browser = at_account(world);
    let seen = Seen::default();
    let (world_, browser_, seen_) = (Rc::clone(world), browser.clone(), Rc::clone(&seen));
    calmly(world, async move {
        for number in 0..MANY {
            connect(&world_, app(number), &browser_, &seen_).await;
        }
    });
    let held = grants(&seen).into_iter().enumerate();
    let (staying, ending): (Vec<_>, Vec<_>) = held.partition(|(number, _)| number % 6 > 0);
    let ending = ending.into_iter().map(|(_, held)| held).collect();
    let truth = Rc::new(Truth {
        staying: staying.into_iter().map(|(_, (_, grant))| grant).collect(),
        ended: RefCell::default(),
    });
    let limit = [7, 100][world.scheduler.choices.one_of(2)];
    for reader in [Reader::Person, Reader::Administration(limit)] {
        let (world_, browser, truth) = (Rc::clone(world), browser.clone(), Rc::clone(&truth));
        spawn(world, async move {
            if let Some(listed) = read(&world_, &browser, reader).await {
                truth.judge(&world_, &listed);
            }
        });
    }
    change(world, &browser, (&truth, ending), &seen);
    storm(world);
    let world_ = Rc::clone(world);
    calmly(world, async move {
        look(&world_, &browser, &truth, &seen).await;
    });
}

/// One of the applications.
const fn app(number: usize) -> App {
    if number.is_multiple_of(2) {
        App::Spa
    } else {
        App::Web
    }
}

fn grants(seen: &Seen) -> Vec<Held> {
    let seen = seen.borrow();
    let grant = |tokens: &crate::oracle::Tokens| grant_of(tokens.refresh_token.as_deref()?);
    seen.iter()
        .filter_map(|(app, tokens)| Some((*app, grant(tokens)?)))
        .collect()
}

/// Some grants are ended, and others begin.
fn change(
    world: &Rc<World>,
    browser: &Browser,
    (truth, ending): (&Rc<Truth>, Vec<Held>),
    seen: &Seen,
) {
    let (world_, browser_, truth) = (Rc::clone(world), browser.clone(), Rc::clone(truth));
    spawn(world, async move {
        for (app, grant) in ending {
            if browser::end_one(&world_, &browser_, app, &grant).await == Outcome::Done {
                truth
                    .ended
                    .borrow_mut()
                    .insert(grant, world_.scheduler.step());
            }
        }
    });
    let (world_, browser, seen) = (Rc::clone(world), browser.clone(), Rc::clone(seen));
    spawn(world, async move {
        for number in 0..2 {
            connect(&world_, app(number), &browser, &seen).await;
        }
    });
}

/// When all is quiet, each list has each living grant once.
async fn look(world: &Rc<World>, browser: &Browser, truth: &Truth, seen: &Seen) {
    for reader in [Reader::Person, Reader::Administration(7)] {
        let Some(listed) = read(world, browser, reader).await else {
            world.oracle.report(
                Invariant::ListsAreTrue,
                "a list cannot be read in a calm".to_owned(),
            );
            return;
        };
        truth.judge(world, &listed);
        let ended = truth.ended.borrow();
        let begun = grants(seen).into_iter().map(|(_, grant)| grant);
        // Those whose end had no answer may have ended or not; a code that has arrived twice has ended its grant.
        let is_there = |grant: &String| {
            listed.iter().any(|(_, it)| it == grant) || world.oracle.may_have_ended_itself(grant)
        };
        let mut begun = begun.skip(MANY);
        if let Some(grant) = begun.find(|grant| !ended.contains_key(grant) && !is_there(grant)) {
            let seen = format!("{grant}, which is new, is not in the list");
            world.oracle.report(Invariant::ListsAreTrue, seen);
        }
    }
}

impl Truth {
    fn judge(&self, world: &World, listed: &Listed) {
        let report = |what: String| world.oracle.report(Invariant::ListsAreTrue, what);
        let mut names = BTreeSet::new();
        for (asked, grant) in listed {
            if !names.insert(grant) {
                report(format!("{grant} is in the list twice"));
            }
            let ended = self.ended.borrow();
            if ended.get(grant).is_some_and(|ended| ended < asked) {
                report(format!("{grant} has ended, and is in the list"));
            }
        }
        if let Some(grant) = self.staying.iter().find(|grant| !names.contains(grant)) {
            report(format!("{grant} lives, and is not in the list"));
        }
    }
}

/// Reads a list from its first page to its last; nothing, if one of them cannot be had.
async fn read(world: &Rc<World>, browser: &Browser, reader: Reader) -> Option<Listed> {
    let (mut listed, mut after) = (Listed::new(), None);
    loop {
        world.scheduler.turn().await;
        let asked = world.scheduler.step();
        let (page, next) = match reader {
            Reader::Person => browser::list_grants(world, browser, after.as_ref()).await?,
            Reader::Administration(limit) => administered(world, after, limit).await?,
        };
        let grants = page.iter().filter_map(EntryKey::parts);
        listed.extend(grants.map(|(_, grant)| (asked, grant.to_string())));
        after = next;
        if after.is_none() {
            return Some(listed);
        }
    }
}

/// A page of the administration's list, without its door.
async fn administered(
    world: &Rc<World>,
    after: Option<EntryKey>,
    limit: usize,
) -> Option<(Vec<EntryKey>, Option<EntryKey>)> {
    let machine = Machine::new(world, usize::MAX);
    let ada = UserId::parse("u_ada")?;
    let page = machine
        .person(&ada, ListGrants { after, limit })
        .await
        .ok()?;
    let keys = page
        .entries
        .iter()
        .map(oauth_core::lifecycle::person::Entry::key);
    Some((keys.collect(), page.next))
}
