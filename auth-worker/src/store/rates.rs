//! The platform's rate limits. Their answers are not waited for: who was found to ask too often is refused from then on,
//! until it is time to ask the limit again.

use std::{
    cell::{Cell, RefCell},
    collections::HashMap,
    pin::Pin,
};

use oauth_core::{Fault, UnixTime};
use oauth_server::{ports::Rate, rate};
use worker::Env;

use super::log;

/// The most names that an isolate remembers to have refused.
const MOST: usize = 10_000;

thread_local! {
    static REFUSED: Refused = Refused::default();
    static TURNS: Turns = Turns::default();
    static IS_DOWN: Cell<bool> = const { Cell::new(false) };
}

/// The names that asked too often, and until when they are refused.
#[derive(Default)]
struct Refused(RefCell<HashMap<(Rate, String), UnixTime>>);

impl Refused {
    fn has(&self, rate: Rate, name: &str, now: UnixTime) -> bool {
        let refused = self.0.borrow();
        // Looking up a pair by a borrowed name would need a type of its own; mostly there is nothing to look up.
        !refused.is_empty()
            && refused
                .get(&(rate, name.to_owned()))
                .is_some_and(|until| now < *until)
    }

    /// Too many names make room all at once: they are refused again soon enough.
    fn add(&self, rate: Rate, name: String, now: UnixTime) {
        let mut refused = self.0.borrow_mut();
        if refused.len() >= MOST {
            refused.clear();
        }
        refused.insert((rate, name), now.plus(rate::WAIT));
    }
}

/// The binding in wrangler.toml that has the limit of a rate.
const fn binding(rate: Rate) -> &'static str {
    match rate {
        Rate::Pages => "RATE_PAGES",
        Rate::Strangers => "RATE_STRANGERS",
        Rate::Making => "RATE_MAKING",
        Rate::Everyone => "RATE_EVERYONE",
        Rate::Clients => "RATE_CLIENTS",
    }
}

/// How many requests of authenticated clients count as one: their limit is high, and asking the platform is not free.
/// `RATE_CLIENTS` in wrangler.toml is a tenth of what is meant.
const COUNTED_ONCE: u32 = 10;

/// How many requests came under each name, for those that are not all counted.
#[derive(Default)]
struct Turns(RefCell<HashMap<String, u32>>);

impl Turns {
    /// Whether this request is counted: the first one of a name, and each tenth from there.
    fn is_counted(&self, name: &str) -> bool {
        let mut turns = self.0.borrow_mut();
        if let Some(turn) = turns.get_mut(name) {
            *turn = turn.wrapping_add(1) % COUNTED_ONCE;
            return *turn == 0;
        }
        if turns.len() >= MOST {
            turns.clear();
        }
        turns.insert(name.to_owned(), 0);
        true
    }
}

/// Whether requests of a name are refused now.
pub(crate) fn is_refused(rate: Rate, name: &str, now: UnixTime) -> bool {
    REFUSED.with(|refused| refused.has(rate, name, now))
}

/// A count that the answer need not wait for.
pub(crate) type Counting = Pin<Box<dyn Future<Output = ()>>>;

/// Whether a request may be answered, and if so, its counting.
pub(crate) fn count(env: &Env, rate: Rate, name: &str, now: UnixTime) -> (bool, Option<Counting>) {
    if is_refused(rate, name, now) {
        return (false, None);
    }
    if rate == Rate::Clients && !TURNS.with(|turns| turns.is_counted(name)) {
        return (true, None);
    }
    let limiter = match env.rate_limiter(binding(rate)) {
        Ok(limiter) => limiter,
        Err(error) => {
            log_once(rate, &Fault::new("rate.limit", error));
            return (true, None);
        }
    };
    let name = name.to_owned();
    let counting = async move {
        match limiter.limit(name.clone()).await {
            Ok(outcome) if outcome.success => {}
            Ok(_) => REFUSED.with(|refused| refused.add(rate, name, now)),
            Err(error) => log_once(rate, &Fault::new("rate.limit", error)),
        }
    };
    (true, Some(Box::pin(counting)))
}

/// Once an isolate is enough: a limit that is down must not fill the log.
fn log_once(rate: Rate, fault: &Fault) {
    if !IS_DOWN.replace(true) {
        log::say("rate_limit_down", binding(rate), fault);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn f4_who_asks_too_often_is_refused_for_a_while_and_alone() {
        let refused = Refused::default();
        assert!(!refused.has(Rate::Pages, "a", UnixTime(0)));
        refused.add(Rate::Pages, "a".to_owned(), UnixTime(0));
        assert!(refused.has(Rate::Pages, "a", UnixTime(rate::WAIT - 1)));
        assert!(!refused.has(Rate::Pages, "a", UnixTime(rate::WAIT)));
        assert!(!refused.has(Rate::Pages, "b", UnixTime(1)));
        assert!(!refused.has(Rate::Clients, "a", UnixTime(1)));
    }

    #[test]
    fn f4_each_tenth_request_of_a_client_is_counted() {
        let turns = Turns::default();
        let counted = |name| (0..95).filter(|_| turns.is_counted(name)).count();
        assert_eq!(counted("a"), 10);
        assert_eq!(counted("b"), 10);
        for name in 0..=MOST {
            assert!(turns.is_counted(&name.to_string()));
        }
        assert!(turns.0.borrow().len() <= MOST);
    }

    #[test]
    fn f4_a_flood_of_names_does_not_grow_the_memory() {
        let refused = Refused::default();
        for name in 0..=MOST {
            refused.add(Rate::Pages, name.to_string(), UnixTime(0));
        }
        assert!(refused.0.borrow().len() <= MOST);
        assert!(refused.has(Rate::Pages, &MOST.to_string(), UnixTime(1)));
    }
}
