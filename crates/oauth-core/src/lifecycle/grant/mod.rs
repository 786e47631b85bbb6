//! A grant's life: a pushed request (RFC 9126), an authorization code (RFC 6749 §4.1), then the family
//! of refresh tokens that descends from it (RFC 6749 §6, RFC 9700 §4.14), then nothing, for ever.
//!
//! Where tokens are to be issued, [`step`] first answers [`Reply::Mint`] and changes nothing. The host of the
//! grant mints and signs, which takes time, and steps again with what was [`Minted`]: every check runs
//! again, and what is committed then is final, with nothing after it that could fail but delivery.

mod access_token;
mod activation;
mod announcement;
mod authorization_code;
mod command;
mod minting;
mod object;
mod policy;
mod pushed_request;
mod record;
mod refresh_family;
mod reply;
mod revocation;
mod secret;
mod state;

use crate::UnixTime;

pub use access_token::Check;
pub use announcement::{RevocationSource, Unannounced};
pub use authorization_code::{Redemption, TRIES};
pub use command::{
    Begin, Call, CheckReply, Command, OpenPushed, Push, RefreshReply, RevocationReply, Start,
    TokenReply,
};
pub use object::GrantKind;
pub use policy::{ClientType, ProvedKey, RefreshBinding, RefreshPolicy, Refreshable};
pub use pushed_request::RequestSource;
pub use record::Unreadable;
pub use refresh_family::{Renewal, Rotation, STORED_ANSWERS};
pub use reply::{Alive, AnswerKey, EndedWhen, Issue, Issued, Minted, Reply};
pub use revocation::Revocation;
pub use secret::{GrantSecret, Presented};
pub use state::{
    Active, Code, EndReason, Family, Grant, GrantDetails, REMEMBERED, StoredAnswer, TokenFormat,
    TokenRecord,
};

/// One step of a grant's life. Total: whatever arrives in whatever state has an answer, and what is
/// refused for being another client's changes nothing.
pub fn step(
    grant: Option<Grant>,
    command: &Command,
    minted: Option<Minted>,
    now: UnixTime,
) -> (Option<Grant>, Reply) {
    let was_over = matches!(grant, Some(Grant::Ended { .. }));
    let issued_at = grant.as_ref().and_then(Grant::issued_at);
    let (after, reply) = stepped(grant, command, minted, now);
    if was_over {
        return (after, reply);
    }
    // Every way to end a grant passes here.
    let after = after.map(|after| after.ended_by(command, issued_at, now));
    (after, reply)
}

fn stepped(
    grant: Option<Grant>,
    command: &Command,
    minted: Option<Minted>,
    now: UnixTime,
) -> (Option<Grant>, Reply) {
    match command {
        Command::Push(Push {
            client_id,
            request,
            expires_at,
        }) => pushed_request::push(grant, client_id, request, *expires_at),
        Command::Open(request) => pushed_request::open(grant, request, now),
        Command::Begin(Begin {
            from,
            details,
            code,
        }) => authorization_code::begin(grant, *from, details, code, now),
        Command::Start(start) => activation::start(grant, start, minted, now),
        Command::Redeem(request) => authorization_code::redeem(grant, request, minted, now),
        Command::Refresh(request) => refresh_family::refresh(grant, request, minted, now),
        Command::Check(check) => access_token::check(grant, check, now),
        Command::Revoke(revocation) => revocation::revoke(grant, revocation),
    }
}

#[cfg(test)]
mod tests;
