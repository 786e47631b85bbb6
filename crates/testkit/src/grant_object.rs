//! The in-memory host of a grant: the production loop over one text.

use oauth_core::{
    Fault, UnixTime,
    id::GrantId,
    lifecycle::{
        grant,
        object::{Store, Woken},
        rows::{Change, RECORD, Rows},
    },
};
use oauth_server::{Context, Mint, Turns, grant_host, ports::Grants};

use crate::{
    crypto::run,
    memory::{Asked, Part, World},
};

impl Grants for World {
    async fn send_to_grant(
        &self,
        id: &GrantId,
        command: grant::Command,
    ) -> Result<grant::Reply, Fault> {
        self.up(Part::Grants)?;
        let context = Context::new(&self.settings, &self.keyring, self, self.now.get());
        let mint = Mint {
            context: &context,
            grant: id,
        };
        let call = grant::Call {
            id: id.clone(),
            command,
        };
        let store = GrantStore { world: self, id };
        let reply = grant_host::run_command(&store, &mint, &call, || self.now.get()).await?;
        if reply.may_be_over() && !self.dies_after_commit.get() {
            let turn = Turns::default().take().expect("nobody has it");
            let _later = grant_host::announce(&store, &context, turn).await;
        }
        Ok(reply)
    }
}

impl World {
    /// Lets the alarms of the grants go off that are due.
    ///
    /// # Panics
    ///
    /// If one fails.
    pub fn wake_grants(&self) {
        let now = self.now.get();
        let alarms = self.grant_alarms.borrow().clone();
        for (id, _) in alarms.iter().filter(|(_, at)| **at <= now) {
            self.grant_alarms.borrow_mut().remove(id);
            let context = Context::new(&self.settings, &self.keyring, self, now);
            let store = GrantStore { world: self, id };
            let woken =
                run(grant_host::on_alarm(&store, &context, &Turns::default())).expect("the alarm");
            if woken == Woken::Forget {
                self.grants.borrow_mut().remove(id);
            }
        }
    }
}

/// The store of one grant.
struct GrantStore<'a> {
    world: &'a World,
    id: &'a GrantId,
}

impl Rows for GrantStore<'_> {
    fn row(&self, _: &str) -> Result<Option<String>, Fault> {
        Ok(self.world.grants.borrow().get(self.id).cloned())
    }

    fn rows(&self, _: &str, _: Option<&str>, _: usize) -> Result<Vec<(String, String)>, Fault> {
        let record = self.row(RECORD)?;
        Ok(record
            .map(|text| (RECORD.to_owned(), text))
            .into_iter()
            .collect())
    }
}

impl Store for GrantStore<'_> {
    fn commit(&self, changes: &[Change]) -> Result<(), Fault> {
        self.world.took_down(Asked::GrantWritten);
        let mut grants = self.world.grants.borrow_mut();
        for change in changes {
            match change {
                Change::Put { text, .. } => grants.insert(self.id.clone(), text.clone()),
                Change::Delete { .. } => grants.remove(self.id),
            };
        }
        Ok(())
    }

    fn wake_at(&self, time: UnixTime) -> Result<(), Fault> {
        let mut alarms = self.world.grant_alarms.borrow_mut();
        alarms.insert(self.id.clone(), time);
        Ok(())
    }
}
