//! Fetches of URLs that strangers named, by one guarded way (the rules are in [`oauth_core::remote_document`]).
//!
//! A worker cannot choose the address that its fetch goes to: the name is resolved first, and once more by the fetch.
//! docs/threats.md says what that leaves.

use std::{cell::RefCell, rc::Rc, time::Duration};

use oauth_core::{
    Fault, UnixTime,
    concurrent::join_all,
    remote_document::{self, Reach, RemoteUrl, Unresolved},
};

use crate::service::{Fetched, Outbound, Peer};

/// The time that everything together may take: the look-up, the fetch, the body to its end.
const DEADLINE: Duration = Duration::from_secs(5);
/// Seconds after which a fetch that never reported its end counts as over.
const LONGEST: i64 = 7;
/// The interval at which those who wait for the fetch of another request look for its outcome.
const POLL_INTERVAL: Duration = Duration::from_millis(20);
/// The most fetches of an isolate at a time.
const MOST_AT_ONCE: usize = 16;
/// The most fetches of an isolate in a minute.
const MOST_A_MINUTE: usize = 120;
/// How many times as much as one asker may have all may have together.
const SHARES: usize = 4;
/// The most bytes of a resolver's answer.
const LARGEST_RESOLUTION: usize = 8 * 1024;

/// Where a guarded fetch may go.
#[derive(Clone, Copy, Debug)]
pub struct Guard<'a> {
    /// The hosts that may be asked.
    pub reach: Reach,
    /// The resolver that is asked first, by DNS over HTTPS in JSON; none where the network itself is closed.
    pub resolver: Option<&'a str>,
}

/// A document that was fetched.
#[derive(Debug)]
pub struct Document {
    /// Its bytes: one JSON object, no member twice.
    pub body: Vec<u8>,
    /// For how many seconds it is fresh.
    pub fresh_for: i64,
}

/// Why there is no document. Only the log may say more than that there is none: a stranger must not learn which hosts
/// exist.
#[derive(Clone, Debug)]
pub enum NotFetched {
    /// The URL is not one that is asked for, its host is not, or the answer is none.
    Refused(Fault),
    /// Too many fetches at the moment.
    Busy,
}

/// The outcome of a fetch, for all who asked meanwhile.
type Outcome = Result<Rc<Document>, NotFetched>;

/// A fetch that is under way.
struct Flight {
    url: String,
    asker: String,
    until: UnixTime,
    outcome: Rc<RefCell<Option<Outcome>>>,
}

thread_local! {
    static FLIGHTS: RefCell<Vec<Flight>> = const { RefCell::new(Vec::new()) };
    /// The askers of the fetches in a minute.
    static MINUTE: RefCell<(i64, Vec<String>)> = const { RefCell::new((0, Vec::new())) };
}

/// Fetches the JSON document at `url` for `asker`, who leaves room for others. All who ask for the same one at a time share
/// one fetch; `what` names its purpose in the log.
pub async fn fetch(what: &'static str, guard: Guard<'_>, url: &str, asker: &str) -> Outcome {
    let refused = |why: &str| NotFetched::Refused(Fault::new(what, why));
    let remote = RemoteUrl::parse(url, guard.reach).map_err(|why| refused(why.0))?;
    let now = crate::now();
    if let Some(outcome) = under_way(url, now) {
        return landed(&outcome, now.plus(LONGEST)).await;
    }
    let outcome = Rc::new(RefCell::new(None));
    take_off((url, asker), &outcome, now)?;
    let fetched = crate::with_timeout(what, DEADLINE, document(what, guard, remote)).await;
    let fetched = fetched.map(Rc::new).map_err(NotFetched::Refused);
    *outcome.borrow_mut() = Some(fetched.clone());
    FLIGHTS
        .with_borrow_mut(|flights| flights.retain(|flight| !Rc::ptr_eq(&flight.outcome, &outcome)));
    fetched
}

fn under_way(url: &str, now: UnixTime) -> Option<Rc<RefCell<Option<Outcome>>>> {
    FLIGHTS.with_borrow(|flights| {
        let mut flights = flights.iter();
        let found = flights.find(|flight| flight.url == url && now < flight.until);
        found.map(|flight| Rc::clone(&flight.outcome))
    })
}

/// Polls for the outcome of another request's fetch: a request cannot await the future of another one.
async fn landed(outcome: &RefCell<Option<Outcome>>, until: UnixTime) -> Outcome {
    while crate::now() < until {
        if let Some(outcome) = &*outcome.borrow() {
            return outcome.clone();
        }
        crate::sleep(POLL_INTERVAL).await;
    }
    Err(NotFetched::Busy)
}

/// Begins a fetch, unless there are too many.
fn take_off(
    (url, asker): (&str, &str),
    outcome: &Rc<RefCell<Option<Outcome>>>,
    now: UnixTime,
) -> Result<(), NotFetched> {
    FLIGHTS.with_borrow_mut(|flights| {
        // What was cut off never reports its end.
        flights.retain(|flight| now < flight.until);
        let askers = flights.iter().map(|flight| flight.asker.as_str());
        if !has_room(askers, asker, MOST_AT_ONCE) || !is_counted(asker, now) {
            return Err(NotFetched::Busy);
        }
        flights.push(Flight {
            url: url.to_owned(),
            asker: asker.to_owned(),
            until: now.plus(LONGEST),
            outcome: Rc::clone(outcome),
        });
        Ok(())
    })
}

/// Counts a fetch in this minute, unless there are too many.
fn is_counted(asker: &str, now: UnixTime) -> bool {
    MINUTE.with_borrow_mut(|(minute, askers)| {
        if *minute != now.0 / 60 {
            *minute = now.0 / 60;
            askers.clear();
        }
        let has_room = has_room(askers.iter().map(String::as_str), asker, MOST_A_MINUTE);
        if has_room {
            askers.push(asker.to_owned());
        }
        has_room
    })
}

/// Whether one more is not more than `most`, and not more than the share of one.
fn has_room<'a>(askers: impl Iterator<Item = &'a str>, asker: &str, most: usize) -> bool {
    let (all, own) = askers.fold((0, 0), |(all, own), other| {
        (all + 1, own + usize::from(other == asker))
    });
    all < most && own < most / SHARES
}

async fn document(
    what: &'static str,
    guard: Guard<'_>,
    remote: RemoteUrl<'_>,
) -> Result<Document, Fault> {
    if let Some(resolver) = guard.resolver.filter(|_| !remote.is_this_machine()) {
        resolve(what, resolver, remote.host()).await?;
    }
    let outbound = Outbound {
        limit: remote_document::LARGEST,
        headers: &[("accept", "application/json")],
        wanted: &["content-type", "cache-control", "age"],
        ..Outbound::get(what, remote.as_str())
    };
    let Fetched {
        status,
        headers,
        body,
    } = Peer::Network.fetch(&outbound).await?;
    remote_document::check_answer(status, headers.value("content-type"), &body)
        .map_err(|why| Fault::new(what, why.0))?;
    Ok(Document {
        body,
        fresh_for: remote_document::fresh_for(headers.value("cache-control"), headers.value("age")),
    })
}

/// Asks the resolver whether all addresses of a host are public.
async fn resolve(what: &'static str, resolver: &str, host: &str) -> Result<(), Fault> {
    let questions = remote_document::question(resolver, host);
    let answers = join_all(questions.iter().map(|url| async move {
        let outbound = Outbound {
            limit: LARGEST_RESOLUTION,
            headers: &[("accept", "application/dns-json")],
            ..Outbound::get(what, url)
        };
        Peer::Network.fetch(&outbound).await
    }))
    .await;
    let answers = answers.into_iter().collect::<Result<Vec<_>, _>>()?;
    let is_answer = |answer: &Fetched| answer.status == 200;
    if !answers.iter().all(is_answer) {
        return Err(Fault::new(what, "the resolver does not answer"));
    }
    let bodies = answers.iter().map(|answer| answer.body.as_slice());
    remote_document::read_resolution(bodies).map_err(|why| {
        let why = match why {
            Unresolved::NotPublic => "an address of the host is not public",
            Unresolved::NoAddress => "the host has no address",
            Unresolved::Failed => "the resolver's answer cannot be read",
        };
        Fault::new(what, why)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn row_122_one_asker_leaves_room_for_others() {
        let mut askers = vec!["a"; MOST_AT_ONCE / SHARES];
        let room = |askers: &[&str], asker| has_room(askers.iter().copied(), asker, MOST_AT_ONCE);
        assert!(room(&askers[1..], "a"));
        assert!(!room(&askers, "a"));
        assert!(room(&askers, "b"));
        askers.extend(
            ["b", "c", "d", "e"]
                .iter()
                .cycle()
                .take(MOST_AT_ONCE - askers.len()),
        );
        assert!(!room(&askers, "f"));
    }

    #[test]
    fn row_122_fetches_are_counted_by_the_minute() {
        let count = |asker, at| {
            (0..1_000)
                .filter(|_| is_counted(asker, UnixTime(at)))
                .count()
        };
        assert_eq!(count("a", 60), MOST_A_MINUTE / SHARES);
        assert_eq!(count("b", 119), MOST_A_MINUTE / SHARES);
        assert_eq!(count("a", 119), 0);
        assert_eq!(count("a", 120), MOST_A_MINUTE / SHARES);
    }
}
