//! A person's login sessions: opened by a password, found by a cookie, ended by time or on request.

use serde::{Deserialize, Serialize};

use crate::UnixTime;

/// The most sessions that one person has at once; the oldest gives way.
pub const MOST: usize = 50;

/// One login session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Session {
    /// A keyed hash of the session's id: the id itself is only in the cookie.
    pub hash: String,
    /// When the password was entered (the `auth_time` of ID tokens).
    pub auth_time: UnixTime,
    /// When the session ends.
    pub expires_at: UnixTime,
}

/// All that is kept about a person's sessions.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Person {
    /// The version of this record: 1.
    pub version: u8,
    /// The sessions, oldest first.
    pub sessions: Vec<Session>,
}

/// What can be asked.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Command {
    /// Open a session.
    Open(Session),
    /// Find a session by its hash.
    Find {
        /// The hash.
        hash: String,
    },
    /// End a session.
    Close {
        /// The hash.
        hash: String,
    },
}

/// What is answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Reply {
    /// Recorded.
    Done,
    /// The session that was asked for.
    Found(Session),
    /// There is none.
    Unknown,
}

/// One step in the life of a person's sessions.
pub fn step(mut person: Person, command: Command, now: UnixTime) -> (Person, Reply) {
    person.version = 1;
    person.sessions.retain(|session| session.expires_at > now);
    match command {
        Command::Open(session) => {
            if person.sessions.len() >= MOST {
                person.sessions.remove(0);
            }
            person.sessions.push(session);
            (person, Reply::Done)
        }
        Command::Find { hash } => {
            let found = person.sessions.iter().find(|session| session.hash == hash);
            let reply = found.cloned().map_or(Reply::Unknown, Reply::Found);
            (person, reply)
        }
        Command::Close { hash } => {
            person.sessions.retain(|session| session.hash != hash);
            (person, Reply::Done)
        }
    }
}

/// When the last session ends; `None` when there is none.
pub fn ends_at(person: &Person) -> Option<UnixTime> {
    person
        .sessions
        .iter()
        .map(|session| session.expires_at)
        .max()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session(hash: &str, expires_at: i64) -> Session {
        Session {
            hash: hash.into(),
            auth_time: UnixTime(0),
            expires_at: UnixTime(expires_at),
        }
    }

    fn find(person: &Person, hash: &str, now: i64) -> Reply {
        step(
            person.clone(),
            Command::Find { hash: hash.into() },
            UnixTime(now),
        )
        .1
    }

    #[test]
    fn a_session_is_found_until_it_ends() {
        let (person, _) = step(
            Person::default(),
            Command::Open(session("a", 10)),
            UnixTime(0),
        );
        assert_eq!(find(&person, "a", 9), Reply::Found(session("a", 10)));
        assert_eq!(find(&person, "a", 10), Reply::Unknown);
        assert_eq!(find(&person, "b", 0), Reply::Unknown);
    }

    #[test]
    fn a_closed_session_is_gone_and_the_others_stay() {
        let (person, _) = step(
            Person::default(),
            Command::Open(session("a", 10)),
            UnixTime(0),
        );
        let (person, _) = step(person, Command::Open(session("b", 10)), UnixTime(0));
        let (person, _) = step(person, Command::Close { hash: "a".into() }, UnixTime(1));
        assert_eq!(find(&person, "a", 1), Reply::Unknown);
        assert_eq!(find(&person, "b", 1), Reply::Found(session("b", 10)));
    }

    #[test]
    fn the_oldest_session_gives_way_to_the_fifty_first() {
        let mut person = Person::default();
        for n in 0..=MOST {
            (person, _) = step(
                person,
                Command::Open(session(&n.to_string(), 10)),
                UnixTime(0),
            );
        }
        assert_eq!(person.sessions.len(), MOST);
        assert_eq!(find(&person, "0", 1), Reply::Unknown);
    }
}
