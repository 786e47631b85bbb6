//! What the change of a registration has ended: a user was disabled or deleted, or a client was.
//!
//! The change and the note of it are one transaction. The request that made it announces the end, and so does the schedule:
//! an answer, a worker or an isolate that is lost in between hides no end.

use oauth_core::{
    Fault,
    id::{ClientId, UserId},
    lifecycle::{
        grant::EndReason,
        person::{Act, EndAll},
    },
};

use crate::{
    context::Context,
    ports::{People, Tombstones, UnannouncedEnd, UnannouncedEnds},
    tombstone,
};

/// Announces what changes of registrations have ended, of one user or client or of all: each at least once, and once in
/// effect. One that fails holds up none of the others, and is announced the next time.
pub async fn announce<P: UnannouncedEnds + People + Tombstones>(
    context: &Context<'_, P>,
    of: Option<&str>,
) -> Result<(), Fault> {
    let mut outcome = Ok(());
    for ending in context.ports.unannounced_ends(of).await? {
        match announce_one(context, &ending).await {
            Ok(()) => context.ports.announced(&ending).await?,
            Err(fault) => outcome = Err(fault),
        }
    }
    outcome
}

async fn announce_one<P: People + Tombstones>(
    context: &Context<'_, P>,
    ending: &UnannouncedEnd,
) -> Result<(), Fault> {
    let subject = &ending.subject;
    if let Some(user_id) = UserId::parse(subject) {
        // The user's object announces it from here on, and ends the grants if nobody else does.
        let act = Act {
            id: ending.id.clone(),
            user_id: user_id.clone(),
            by: ending.actor.clone(),
        };
        let end = EndAll {
            reason: EndReason::UserDisabled,
            act: Some(act),
        };
        return context.ports.person(&user_id, end).await;
    }
    match ClientId::parse(subject) {
        // Its grants are not looked up: each ends when it is used next.
        Some(client_id) => tombstone::client_ended(context, &client_id, ending.at).await,
        None => Ok(()),
    }
}
