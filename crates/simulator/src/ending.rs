//! The end of everything, or of what one client has, as whoever asks for it goes through with it: first the
//! person's index, then each grant, then the index forgets them.

use oauth_core::{
    Fault,
    http::Answer,
    id::ClientId,
    lifecycle::{
        grant::{self, Death, Revocation},
        person::{Command, Entry, Reply},
    },
};
use oauth_server::port::{Grants as _, People as _};

use crate::{actor::App, machine::Machine};

/// Ends it all.
pub(crate) async fn end(machine: &Machine, app: Option<App>) -> Answer {
    match ended(machine, app).await {
        Ok(()) => Answer::empty(200),
        Err(fault) => {
            let mut answer = Answer::empty(503);
            answer.log.cause = Some(fault.to_string());
            answer
        }
    }
}

async fn ended(machine: &Machine, app: Option<App>) -> Result<(), Fault> {
    let ada = machine.world.template.ada.user_id.clone();
    let client_id = app.and_then(|app| ClientId::parse(app.name()));
    if let Some(client_id) = &client_id {
        let mut consents = machine.world.consents.borrow_mut();
        consents.retain(|(_, of, _), _| of != client_id);
    }
    let command = match client_id {
        None => Command::EndAll {
            reason: Death::SignedOut,
        },
        Some(client_id) => Command::EndOf {
            client_id,
            reason: Death::ConsentWithdrawn,
        },
    };
    machine.person(&ada, command).await?;
    while let Reply::Ending { entries, reason } =
        machine.person(&ada, Command::Ending { limit: 200 }).await?
    {
        for entry in &entries {
            revoke(machine, entry, reason).await?;
        }
        let grants = entries.iter().map(Entry::key).collect();
        machine.person(&ada, Command::Forget { grants }).await?;
    }
    Ok(())
}

async fn revoke(machine: &Machine, entry: &Entry, reason: Death) -> Result<(), Fault> {
    let command = grant::Command::Revoke(Revocation {
        client_id: Some(entry.client_id.clone()),
        reason,
        until: Some(entry.until),
    });
    machine.grant(&entry.grant, command).await.map(drop)
}
