//! A lifecycle that fits in one record: load, step, save, with nothing in between.

use from_json::FromJson;
use serde::Serialize;

use super::{Host, ObjectKind, Store, Woken};
use crate::{
    Fault, UnixTime,
    lifecycle::rows::{Change, RECORD},
};

/// A lifecycle in one record.
pub trait Lifecycle: ObjectKind {
    /// The stored state.
    type State: Serialize + FromJson;

    /// One step. Its reply is written after the state is committed, so writing it must not fail.
    fn step(
        state: Option<Self::State>,
        command: Self::Command,
        now: UnixTime,
    ) -> (Option<Self::State>, Self::Reply);

    /// When the state may be forgotten; `None` when there is nothing to remember.
    fn ends_at(state: &Self::State) -> Option<UnixTime>;
}

/// Stores the state in one record.
#[derive(Debug)]
pub enum InRecord {}

impl<L: Lifecycle> Host<L> for InRecord {
    fn run(store: &impl Store, command: L::Command, now: UnixTime) -> Result<L::Reply, Fault> {
        let before = store.row(RECORD)?;
        let (after, reply) = L::step(parse::<L>(before.as_deref())?, command, now);
        if let Some(after) = after {
            commit::<L>(store, before.as_deref(), &after, now)?;
        }
        Ok(reply)
    }

    fn on_alarm(store: &impl Store, now: UnixTime) -> Result<Woken, Fault> {
        let state = parse::<L>(store.row(RECORD)?.as_deref())?;
        match state.as_ref().and_then(L::ends_at) {
            Some(ends_at) if ends_at > now => {
                store.wake_at(ends_at)?;
                Ok(Woken::Stays)
            }
            Some(_) | None => Ok(Woken::Forget),
        }
    }
}

fn parse<L: Lifecycle>(text: Option<&str>) -> Result<Option<L::State>, Fault> {
    text.map(from_json::from_str)
        .transpose()
        .map_err(|_| Fault::new(L::WHAT, "the record cannot be read"))
}

fn commit<L: Lifecycle>(
    store: &impl Store,
    before: Option<&str>,
    after: &L::State,
    now: UnixTime,
) -> Result<(), Fault> {
    let text = serde_json::to_string(after)
        .map_err(|_| Fault::new(L::WHAT, "the record cannot be written"))?;
    if before == Some(&text) {
        return Ok(());
    }
    if before.is_none() {
        let Some(ends_at) = L::ends_at(after) else {
            return Ok(());
        };
        // Before the write: an alarm too many does no harm, a record without one would stay for
        // ever. Later states need no new alarm, because the alarm looks again.
        store.wake_at(ends_at.max(now))?;
    }
    let key = RECORD.to_owned();
    store.commit(&[Change::Put { key, text }])
}

#[cfg(test)]
mod tests {
    use super::{
        super::{Hosted, MemoryStore, call},
        *,
    };

    /// Counts to ten and is forgotten at the second that it has counted to.
    struct Counting;

    impl ObjectKind for Counting {
        const BINDING: &'static str = "COUNTING";
        const WHAT: &'static str = "object.counting";
        type Command = i64;
        type Reply = i64;

        fn is_idempotent(_: &i64) -> bool {
            false
        }
    }

    impl Hosted for Counting {
        type Host = InRecord;
    }

    impl Lifecycle for Counting {
        type State = i64;

        fn step(state: Option<i64>, command: i64, _now: UnixTime) -> (Option<i64>, i64) {
            let next = state.unwrap_or(0).saturating_add(command);
            (Some(next), next)
        }

        fn ends_at(state: &i64) -> Option<UnixTime> {
            (*state > 0).then_some(UnixTime(*state))
        }
    }

    const NOW: UnixTime = UnixTime(5);

    #[test]
    fn each_change_is_one_write_and_the_first_one_sets_the_alarm() {
        let store = MemoryStore::default();
        assert_eq!(call::<Counting>(&store, "7", NOW).unwrap(), "7");
        assert_eq!(call::<Counting>(&store, "2", NOW).unwrap(), "9");
        assert_eq!(store.commits.get(), 2);
        assert_eq!(*store.wakes.borrow(), [7]);
    }

    #[test]
    fn what_changes_nothing_writes_nothing() {
        let store = MemoryStore::default();
        call::<Counting>(&store, "0", NOW).unwrap();
        assert_eq!(store.commits.get(), 0);
        call::<Counting>(&store, "7", NOW).unwrap();
        call::<Counting>(&store, "0", NOW).unwrap();
        assert_eq!(store.commits.get(), 1);
    }

    #[test]
    fn a_write_that_fails_is_no_answer() {
        let store = MemoryStore::default();
        store.broken.set(true);
        assert!(call::<Counting>(&store, "7", NOW).is_err());
        assert!(store.rows.borrow().is_empty());
    }

    #[test]
    fn a_record_that_cannot_be_read_is_neither_used_nor_overwritten() {
        let store = MemoryStore::default();
        store.rows.borrow_mut().insert(RECORD.into(), "{".into());
        assert!(call::<Counting>(&store, "1", NOW).is_err());
        assert_eq!(store.rows.borrow().get(RECORD).unwrap(), "{");
    }

    #[test]
    fn the_alarm_forgets_what_has_ended_and_waits_for_the_rest() {
        let store = MemoryStore::default();
        call::<Counting>(&store, "7", NOW).unwrap();
        let woken_at = |store: &MemoryStore, now| {
            super::super::on_alarm::<Counting>(store, UnixTime(now)).unwrap()
        };
        assert_eq!(woken_at(&store, 6), Woken::Stays);
        assert_eq!(*store.wakes.borrow(), [7, 7]);
        assert_eq!(woken_at(&store, 7), Woken::Forget);
        assert_eq!(woken_at(&MemoryStore::default(), 5), Woken::Forget);
    }

    #[test]
    fn a_command_that_cannot_be_read_is_not_quoted() {
        let store = MemoryStore::default();
        let fault = call::<Counting>(&store, "\"s3cret\"", NOW).unwrap_err();
        assert!(!fault.to_string().contains("s3cret"));
    }
}
