//! The administration's API: JSON in and out, for the bearer of an access token with the scope `admin` whose
//! audience is this server (RFC 6750, RFC 8707).
//!
//! A client asks for such a token with the issuer as `resource`. It is valid as long as its grant is, and as long as
//! the user has the role. What changes anything needs a recent sign-in as well (RFC 9470), and nothing can lock the last
//! administrator out.

pub mod audit;
mod authorized;
pub mod clients;
pub mod grants;
pub mod keys;
pub mod users;

use oauth_core::{
    Refusal,
    http::Answer,
    id::{ClientId, UserId},
};
use serde::Serialize;

use self::authorized::{Administrator, authorized, authorized_to_change};
use crate::{
    audit::{AuditEvent, Event},
    context::Context,
    ending::Ended,
    json_body::Members,
};

/// The user that a request names.
fn user_id(named: Option<&str>) -> Result<UserId, Refusal> {
    named.and_then(UserId::parse).ok_or(Refusal::MemberInvalid)
}

/// The client that a request names.
fn client_id(members: &Members) -> Result<ClientId, Refusal> {
    let named = members.client_id.as_deref();
    named
        .and_then(ClientId::parse)
        .ok_or(Refusal::MemberInvalid)
}

/// The number of grants that an action has ended. Where one request could not end all of them, the rest end within
/// minutes.
#[derive(Serialize)]
struct Count {
    ended: usize,
    complete: bool,
}

/// The answer after ending grants; an unknown grant is a refusal.
fn ended_answer(ended: Ended) -> Result<Answer, Refusal> {
    let count = match ended {
        Ended::All(ended) => Count {
            ended,
            complete: true,
        },
        Ended::Some(ended) => Count {
            ended,
            complete: false,
        },
        Ended::Unknown => return Err(Refusal::GrantUnknown),
    };
    Ok(Answer::json(200, &count).with("cache-control", "no-store"))
}

/// The answer without content.
fn done() -> Answer {
    Answer::empty(204).with("cache-control", "no-store")
}

/// An act of an administrator. It is recorded in the transaction of what it changes.
fn act<P>(context: &Context<'_, P>, event: Event, by: &Administrator) -> AuditEvent {
    AuditEvent {
        actor: Some(by.subject.clone()),
        ..context.event(event)
    }
}
