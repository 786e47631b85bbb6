//! A lifecycle in rows: step, then all of its changes at once or none, then the reply.

use super::{Host, ObjectKind, Store, Woken};
use crate::{
    Fault, UnixTime,
    lifecycle::rows::{Change, Step, Sweep, sooner},
};

/// The row that remembers when the alarm is set for. Only asking the platform would be asynchronous.
const ALARM: &str = "alarm";

/// The shortest time between two sweeps, in seconds.
const PAUSE: i64 = 60;

/// For how long an alarm may be late, in seconds, before another is set in its place.
const LATE: i64 = 3_600;

/// A lifecycle in rows.
pub trait Sweeping: ObjectKind {
    /// Converts the record of an earlier version to rows; no changes if there is none.
    fn migrate(store: &impl Store) -> Result<Vec<Change>, Fault>;

    /// One step.
    fn step(
        store: &impl Store,
        command: Self::Command,
        now: UnixTime,
    ) -> Result<Step<Self::Reply>, Fault>;

    /// The rows, after one, that have had their time.
    fn sweep(store: &impl Store, after: Option<&str>, now: UnixTime) -> Result<Sweep, Fault>;
}

/// Stores the state in rows.
#[derive(Debug)]
pub enum InRows {}

impl<L: Sweeping> Host<L> for InRows {
    fn run(store: &impl Store, command: L::Command, now: UnixTime) -> Result<L::Reply, Fault> {
        migrate::<L>(store, now)?;
        let step = L::step(store, command, now)?;
        commit(store, step.changes, step.wake_at, now)?;
        Ok(step.reply)
    }

    /// Deletes a batch at once, and sets the next alarm.
    fn on_alarm(store: &impl Store, now: UnixTime) -> Result<Woken, Fault> {
        sweep_all::<L>(store, now)
    }
}

fn migrate<L: Sweeping>(store: &impl Store, now: UnixTime) -> Result<(), Fault> {
    // The alarm of the earlier version may lie far ahead: the rows are looked at sooner.
    commit(store, L::migrate(store)?, Some(now.plus(LATE)), now)
}

fn commit(
    store: &impl Store,
    mut changes: Vec<Change>,
    wake_at: Option<UnixTime>,
    now: UnixTime,
) -> Result<(), Fault> {
    if changes.is_empty() {
        return Ok(());
    }
    if let Some(at) = wake_at.map(|at| at.max(now)) {
        let set = alarm(store)?;
        if set.is_none_or(|set| at < set || now.since(set) > LATE) {
            changes.push(wake(store, at)?);
        }
    }
    store.commit(&changes)
}

fn alarm(store: &impl Store) -> Result<Option<UnixTime>, Fault> {
    let text = store.row(ALARM)?;
    Ok(text.and_then(|text| text.parse().ok()).map(UnixTime))
}

/// Sets the alarm, and says what is to be remembered with it. The alarm comes first: one too many
/// does no harm, rows without one would stay for ever.
fn wake(store: &impl Store, at: UnixTime) -> Result<Change, Fault> {
    store.wake_at(at)?;
    Ok(Change::Put {
        key: ALARM.to_owned(),
        text: at.0.to_string(),
    })
}

fn sweep_all<L: Sweeping>(store: &impl Store, now: UnixTime) -> Result<Woken, Fault> {
    migrate::<L>(store, now)?;
    let (mut earliest, mut after) = (None, None);
    loop {
        let found = L::sweep(store, after.as_deref(), now)?;
        commit(store, found.changes, None, now)?;
        earliest = found
            .earliest
            .map_or(earliest, |found| sooner(earliest, found));
        after = found.after;
        if after.is_none() {
            break;
        }
    }
    match earliest {
        None => Ok(Woken::Forget),
        Some(at) => {
            let set = wake(store, at.max(now.plus(PAUSE)))?;
            store.commit(&[set])?;
            Ok(Woken::Stays)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::{MemoryStore, call, on_alarm, run},
        *,
    };
    use crate::lifecycle::{
        one_time::{Present, ReplayKind, Verdict},
        rows::{RECORD, SWEEP},
    };

    fn present(store: &MemoryStore, hash: &str, until: i64, now: i64) -> Result<Verdict, Fault> {
        let present = Present {
            hash: hash.into(),
            until: UnixTime(until),
        };
        run::<ReplayKind>(store, present, UnixTime(now))
    }

    #[test]
    fn the_first_row_sets_the_alarm_and_later_ones_only_if_they_end_sooner() {
        let store = MemoryStore::default();
        for (hash, until) in [("a", 500), ("b", 700), ("c", 300)] {
            assert_eq!(present(&store, hash, until, 0).unwrap(), Verdict::First);
        }
        assert_eq!(*store.wakes.borrow(), [500, 300]);
        assert_eq!(store.commits.get(), 3);
        assert_eq!(present(&store, "c", 300, 0).unwrap(), Verdict::Replayed);
        assert_eq!(store.commits.get(), 3);
    }

    #[test]
    fn an_alarm_that_never_came_is_set_anew() {
        let store = MemoryStore::default();
        present(&store, "a", 100, 0).unwrap();
        present(&store, "b", 90_000, 100 + LATE).unwrap();
        assert_eq!(*store.wakes.borrow(), [100]);
        present(&store, "c", 90_000, 101 + LATE).unwrap();
        assert_eq!(*store.wakes.borrow(), [100, 90_000]);
    }

    #[test]
    fn a_commit_that_fails_is_no_answer() {
        let store = MemoryStore::default();
        store.broken.set(true);
        assert!(present(&store, "a", 100, 0).is_err());
        store.broken.set(false);
        assert_eq!(present(&store, "a", 100, 0).unwrap(), Verdict::First);
    }

    #[test]
    fn the_alarm_sweeps_in_batches_and_forgets_when_nothing_is_left() {
        let store = MemoryStore::default();
        for n in 0..2 * SWEEP {
            present(&store, &n.to_string(), 100, 0).unwrap();
        }
        present(&store, "later", 200, 0).unwrap();
        let swept = |now| on_alarm::<ReplayKind>(&store, UnixTime(now)).unwrap();
        assert_eq!(swept(99), Woken::Stays);
        assert_eq!(swept(100), Woken::Stays);
        assert_eq!(store.rows.borrow().len(), 2);
        assert_eq!(swept(200), Woken::Forget);
        assert_eq!(*store.wakes.borrow(), [100, 99 + PAUSE, 200]);
    }

    #[test]
    fn what_an_earlier_version_kept_is_adopted_before_anything_is_asked() {
        let record = r#"{"version":1,"until":[["a",100]]}"#;
        for first in [true, false] {
            let store = MemoryStore::default();
            store.rows.borrow_mut().insert(RECORD.into(), record.into());
            if first {
                on_alarm::<ReplayKind>(&store, UnixTime(0)).unwrap();
            }
            assert_eq!(present(&store, "a", 100, 50).unwrap(), Verdict::Replayed);
            assert!(!store.wakes.borrow().is_empty());
        }
    }

    #[test]
    fn a_command_that_cannot_be_read_is_not_quoted() {
        let store = MemoryStore::default();
        let fault = call::<ReplayKind>(&store, "\"s3cret\"", UnixTime(0)).unwrap_err();
        assert!(!fault.to_string().contains("s3cret"));
    }
}
