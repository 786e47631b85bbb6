//! The administration's API: JSON in and out, for the bearer of an access token with the scope `admin` whose
//! audience is this server (RFC 6750, RFC 8707).
//!
//! A client asks for such a token with our issuer as `resource`. It counts as long as its grant does, and as
//! long as the person has the role.

mod authorized;
mod clients;
mod grants;
mod keys;
mod users;

use oauth_core::{
    Refusal,
    http::{Answer, Incoming},
    id::{ClientId, UserId},
};
use serde::Serialize;

use self::authorized::{Administrator, authorized};
use crate::{
    answer,
    context::{Context, Stop},
    ending::Ended,
    json_body::Members,
    port::{
        AccessTokens, AccountState, Audit, AuditEvent, Clients, Grants, KeyAdministration, Keys,
        OneTime, People, Registry, Tombstones, Users,
    },
    presented,
};

/// What can be asked for, a path each below `/admin/api`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// `GET /grants?user_id=…`: what a person has given access to.
    Grants,
    /// `POST /grants/end`: end one of these.
    EndGrant,
    /// `POST /users/sign-out`: end all sessions and all grants of a person.
    SignOut,
    /// `POST /users/disable`: the same, and the person can no longer sign in.
    DisableUser,
    /// `POST /users/enable`: the person can sign in again. What has ended stays so.
    EnableUser,
    /// `POST /clients/disable`: nothing that was issued to the client counts any more.
    DisableClient,
    /// `POST /clients/enable`: the client can begin anew. What has ended stays so.
    EnableClient,
    /// `GET /keys`: our signing keys, without what is private in them.
    Keys,
    /// `POST /keys/rotate`: a key gets a successor.
    RotateKey,
    /// `POST /keys/drop`: nothing counts any more that a retired key has signed.
    DropKey,
}

/// Answers a request of an administrator.
pub async fn act<P>(context: &Context<'_, P>, request: &Incoming, act: Act) -> Answer
where
    P: Keys
        + KeyAdministration
        + Clients
        + Users
        + Registry
        + People
        + Grants
        + AccessTokens
        + OneTime
        + Tombstones
        + Audit,
{
    match acted(context, request, act).await {
        Err(Stop::Refused(refusal)) if matches!(refusal.code().status(), 401 | 403) => {
            presented::challenge(refusal)
        }
        other => answer::json(other),
    }
}

async fn acted<P>(context: &Context<'_, P>, request: &Incoming, act: Act) -> Result<Answer, Stop>
where
    P: Keys
        + KeyAdministration
        + Clients
        + Users
        + Registry
        + People
        + Grants
        + AccessTokens
        + OneTime
        + Tombstones
        + Audit,
{
    let by = authorized(context, request).await?;
    let outcome = match act {
        Act::Grants => grants::list(context, request).await,
        Act::EndGrant => grants::end(context, &Members::read(request)?, &by).await,
        Act::SignOut => users::sign_out(context, &Members::read(request)?, &by).await,
        Act::DisableUser => users::disable(context, &Members::read(request)?, &by).await,
        Act::EnableUser => users::enable(context, &Members::read(request)?, &by).await,
        Act::DisableClient => {
            clients::change(
                context,
                &Members::read(request)?,
                AccountState::Disabled,
                &by,
            )
            .await
        }
        Act::EnableClient => {
            clients::change(
                context,
                &Members::read(request)?,
                AccountState::Enabled,
                &by,
            )
            .await
        }
        Act::Keys => keys::list(context).await,
        Act::RotateKey => keys::rotate(context, &Members::read(request)?, &by).await,
        Act::DropKey => keys::drop_one(context, &Members::read(request)?, &by).await,
    };
    let mut answer = outcome?;
    answer.log.subject = Some(by.subject);
    answer.log.client_id = Some(by.client_id);
    Ok(answer)
}

/// The person that a request names.
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

/// How many grants an act has ended. They count no more; where not all could be told within one request,
/// the rest ends by itself within minutes.
#[derive(Serialize)]
struct Count {
    ended: usize,
    complete: bool,
}

/// An end, told; an unknown grant is a refusal.
fn told(ended: Ended) -> Result<Answer, Refusal> {
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

/// Done, and there is nothing to say.
fn done() -> Answer {
    Answer::empty(204).with("cache-control", "no-store")
}

async fn note<P: Audit>(
    context: &Context<'_, P>,
    event: &'static str,
    (subject, client_id): (Option<&UserId>, Option<&ClientId>),
    by: &Administrator,
) {
    let event = AuditEvent {
        event,
        subject,
        client_id,
        detail: &by.subject,
    };
    context.ports.note(event, context.now).await;
}
