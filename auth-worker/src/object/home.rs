//! Where a lifecycle lives: load, step, save, with nothing in between.
//!
//! All of it is synchronous, so no other call sees a state between the reading and the writing;
//! and everything that can fail comes before the one write.

use oauth_core::UnixTime;
use serde::{Serialize, de::DeserializeOwned};

/// A lifecycle that an object can host.
pub(crate) trait Lifecycle {
    /// The binding of the object's class.
    const BINDING: &'static str;
    /// What a call to it is in the log.
    const WHAT: &'static str;
    /// What is stored.
    type State: Serialize + DeserializeOwned;
    /// What is asked.
    type Command: Serialize + DeserializeOwned;
    /// What is answered.
    type Reply: Serialize + DeserializeOwned;

    /// One step.
    fn step(
        state: Option<Self::State>,
        command: Self::Command,
        now: UnixTime,
    ) -> (Option<Self::State>, Self::Reply);

    /// When the state may be forgotten; `None` when there is nothing to remember.
    fn ends_at(state: &Self::State) -> Option<UnixTime>;
}

/// The one row of an object.
pub(super) trait Row {
    /// The stored text.
    fn load(&self) -> Result<Option<String>, String>;
    /// Stores a text in place of the last.
    fn save(&self, text: &str) -> Result<(), String>;
    /// Asks to be woken at a time.
    fn wake_at(&self, time: UnixTime) -> Result<(), String>;
}

/// What is left to do when an object is woken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Woken {
    /// Nothing is worth keeping: delete it all.
    Forget,
    /// Not yet: it has asked to be woken again.
    Stays,
}

/// Puts a command to the lifecycle and keeps its new state.
pub(super) fn call<L: Lifecycle>(
    row: &impl Row,
    command: &str,
    now: UnixTime,
) -> Result<String, String> {
    // What could not be read is not quoted: a command may hold a verifier.
    let command = serde_json::from_str(command).map_err(|_| "the command cannot be read")?;
    let before = row.load()?;
    let (after, reply) = L::step(parse::<L>(before.as_deref())?, command, now);
    let reply = serde_json::to_string(&reply).map_err(|_| "the reply cannot be written")?;
    if let Some(after) = after {
        commit::<L>(row, before.as_deref(), &after, now)?;
    }
    Ok(reply)
}

/// Looks whether the time to forget has come.
pub(super) fn woken<L: Lifecycle>(row: &impl Row, now: UnixTime) -> Result<Woken, String> {
    let state = parse::<L>(row.load()?.as_deref())?;
    match state.as_ref().and_then(L::ends_at) {
        Some(ends_at) if ends_at > now => {
            row.wake_at(ends_at)?;
            Ok(Woken::Stays)
        }
        Some(_) | None => Ok(Woken::Forget),
    }
}

fn parse<L: Lifecycle>(text: Option<&str>) -> Result<Option<L::State>, String> {
    text.map(serde_json::from_str)
        .transpose()
        .map_err(|_| "the record cannot be read".to_owned())
}

fn commit<L: Lifecycle>(
    row: &impl Row,
    before: Option<&str>,
    after: &L::State,
    now: UnixTime,
) -> Result<(), String> {
    let text = serde_json::to_string(after).map_err(|_| "the record cannot be written")?;
    if before == Some(&text) {
        return Ok(());
    }
    if before.is_none() {
        let Some(ends_at) = L::ends_at(after) else {
            return Ok(());
        };
        // Before the write: an alarm too many does no harm, a record without one would stay for
        // ever. Later states need no new alarm, because the alarm looks again.
        row.wake_at(ends_at.max(now))?;
    }
    row.save(&text)
}

#[cfg(test)]
mod tests {
    use std::cell::{Cell, RefCell};

    use super::*;

    /// Counts to ten and is forgotten at the second that it has counted to.
    struct Counting;

    impl Lifecycle for Counting {
        const BINDING: &'static str = "COUNTING";
        const WHAT: &'static str = "object.counting";
        type State = i64;
        type Command = i64;
        type Reply = i64;

        fn step(state: Option<i64>, command: i64, _now: UnixTime) -> (Option<i64>, i64) {
            let next = state.unwrap_or(0).saturating_add(command);
            (Some(next), next)
        }

        fn ends_at(state: &i64) -> Option<UnixTime> {
            (*state > 0).then_some(UnixTime(*state))
        }
    }

    #[derive(Default)]
    struct Memory {
        text: RefCell<Option<String>>,
        saves: Cell<u32>,
        wakes: RefCell<Vec<i64>>,
        broken: Cell<bool>,
    }

    impl Row for Memory {
        fn load(&self) -> Result<Option<String>, String> {
            Ok(self.text.borrow().clone())
        }

        fn save(&self, text: &str) -> Result<(), String> {
            if self.broken.get() {
                return Err("disk".to_owned());
            }
            self.saves.set(self.saves.get() + 1);
            *self.text.borrow_mut() = Some(text.to_owned());
            Ok(())
        }

        fn wake_at(&self, time: UnixTime) -> Result<(), String> {
            self.wakes.borrow_mut().push(time.0);
            Ok(())
        }
    }

    const NOW: UnixTime = UnixTime(5);

    #[test]
    fn each_change_is_one_write_and_the_first_one_sets_the_alarm() {
        let row = Memory::default();
        assert_eq!(call::<Counting>(&row, "7", NOW).unwrap(), "7");
        assert_eq!(call::<Counting>(&row, "2", NOW).unwrap(), "9");
        assert_eq!(row.saves.get(), 2);
        assert_eq!(*row.wakes.borrow(), [7]);
    }

    #[test]
    fn what_changes_nothing_writes_nothing() {
        let row = Memory::default();
        call::<Counting>(&row, "0", NOW).unwrap();
        assert_eq!(row.saves.get(), 0);
        call::<Counting>(&row, "7", NOW).unwrap();
        call::<Counting>(&row, "0", NOW).unwrap();
        assert_eq!(row.saves.get(), 1);
    }

    #[test]
    fn a_write_that_fails_is_no_answer() {
        let row = Memory::default();
        row.broken.set(true);
        assert!(call::<Counting>(&row, "7", NOW).is_err());
        assert!(row.text.borrow().is_none());
    }

    #[test]
    fn a_record_that_cannot_be_read_is_neither_used_nor_overwritten() {
        let row = Memory::default();
        *row.text.borrow_mut() = Some("{".to_owned());
        assert!(call::<Counting>(&row, "1", NOW).is_err());
        assert_eq!(row.text.borrow().as_deref(), Some("{"));
    }

    #[test]
    fn the_alarm_forgets_what_has_ended_and_waits_for_the_rest() {
        let row = Memory::default();
        call::<Counting>(&row, "7", NOW).unwrap();
        assert_eq!(woken::<Counting>(&row, UnixTime(6)), Ok(Woken::Stays));
        assert_eq!(*row.wakes.borrow(), [7, 7]);
        assert_eq!(woken::<Counting>(&row, UnixTime(7)), Ok(Woken::Forget));
        assert_eq!(
            woken::<Counting>(&Memory::default(), NOW),
            Ok(Woken::Forget)
        );
    }

    #[test]
    fn a_command_that_cannot_be_read_is_not_quoted() {
        let error = call::<Counting>(&Memory::default(), "\"s3cret\"", NOW).unwrap_err();
        assert!(!error.contains("s3cret"));
    }
}
