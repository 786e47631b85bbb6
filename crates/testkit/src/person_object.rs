//! The in-memory host of a user's object: the production steps and alarms over rows.

use oauth_core::{
    Fault, UnixTime,
    id::UserId,
    lifecycle::{
        object::{self, Store, Woken},
        person::{self, PersonKind},
        rows::{Change, Rows, apply},
    },
};
use oauth_server::{Context, Turns, person_host, ports::People};

use crate::{
    crypto::run,
    memory::{Asked, Part, World},
};

impl People for World {
    async fn send_to_person(
        &self,
        user_id: &UserId,
        command: person::Command,
    ) -> Result<person::Reply, Fault> {
        self.up(Part::Sessions)?;
        let now = self.now.get();
        let is_an_end = command.is_an_end();
        let store = PersonStore {
            world: self,
            user_id,
        };
        let reply = object::run::<PersonKind>(&store, command, now)?;
        if is_an_end
            && !self.dies_after_commit.get()
            && let Some(turn) = self.turns_of(user_id).take()
        {
            let context = Context::new(&self.settings, &self.keyring, self, now);
            let _later = person_host::announce(&store, &context, turn).await;
        }
        Ok(reply)
    }
}

impl World {
    fn turns_of(&self, user_id: &UserId) -> Turns {
        let mut turns = self.person_turns.borrow_mut();
        turns.entry(user_id.clone()).or_default().clone()
    }

    /// Lets the alarms of the users' objects go off that are due.
    ///
    /// # Panics
    ///
    /// If one fails.
    pub fn wake_people(&self) {
        let now = self.now.get();
        let alarms = self.person_alarms.borrow().clone();
        for (user_id, _) in alarms.iter().filter(|(_, at)| **at <= now) {
            self.person_alarms.borrow_mut().remove(user_id);
            let context = Context::new(&self.settings, &self.keyring, self, now);
            let store = PersonStore {
                world: self,
                user_id,
            };
            let woken = run(person_host::on_alarm(
                &store,
                &context,
                &self.turns_of(user_id),
            ))
            .expect("the alarm");
            if woken == Woken::Forget {
                self.people.borrow_mut().remove(user_id);
            }
        }
    }
}

/// The store of one user's object.
struct PersonStore<'a> {
    world: &'a World,
    user_id: &'a UserId,
}

impl Rows for PersonStore<'_> {
    fn row(&self, key: &str) -> Result<Option<String>, Fault> {
        let people = self.world.people.borrow();
        people
            .get(self.user_id)
            .map_or(Ok(None), |rows| rows.row(key))
    }

    fn rows(
        &self,
        prefix: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<(String, String)>, Fault> {
        let people = self.world.people.borrow();
        let rows = people.get(self.user_id);
        rows.map_or(Ok(Vec::new()), |rows| rows.rows(prefix, after, limit))
    }
}

impl Store for PersonStore<'_> {
    fn commit(&self, changes: &[Change]) -> Result<(), Fault> {
        self.world.took_down(Asked::PersonWritten);
        let mut people = self.world.people.borrow_mut();
        apply(
            people.entry(self.user_id.clone()).or_default(),
            changes.to_vec(),
        );
        Ok(())
    }

    fn wake_at(&self, time: UnixTime) -> Result<(), Fault> {
        let mut alarms = self.world.person_alarms.borrow_mut();
        alarms.insert(self.user_id.clone(), time);
        Ok(())
    }
}
