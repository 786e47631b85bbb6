//! The in-memory host of a grant: the production loop over one text.

use oauth_core::{Fault, UnixTime, id::GrantId, lifecycle::grant};
use oauth_server::{Context, Mint, grant_host, ports::Grants};

use crate::memory::{Asked, Part, World};

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
        grant_host::run_command(&GrantRecord { world: self, id }, &mint, &call, || {
            self.now.get()
        })
        .await
    }
}

/// The record of one grant.
struct GrantRecord<'a> {
    world: &'a World,
    id: &'a GrantId,
}

impl grant_host::Record for GrantRecord<'_> {
    fn load(&self) -> Result<Option<String>, Fault> {
        Ok(self.world.grants.borrow().get(self.id).cloned())
    }

    fn save(&self, text: &str, _: UnixTime) -> Result<(), Fault> {
        self.world.took_down(Asked::GrantWritten);
        let mut grants = self.world.grants.borrow_mut();
        grants.insert(self.id.clone(), text.to_owned());
        Ok(())
    }
}
