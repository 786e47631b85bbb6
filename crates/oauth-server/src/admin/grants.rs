//! The grants of a user, as an administrator sees and ends them.

use oauth_core::{
    Refusal, UnixTime,
    form::Form,
    http::{Answer, Incoming},
    id::GrantId,
    lifecycle::{
        grant::EndReason,
        person::{Entry, EntryKey, GrantsPage, ListGrants},
    },
    scope::Scope,
};
use serde::Serialize;

use super::{authorized, authorized_to_change, client_id, ended_answer, user_id};
use crate::{
    context::{Context, Stop},
    ending::{self, Target},
    json_body::Members,
    ports::Administering,
};

/// The greatest number of grants in one answer.
const ON_A_PAGE: usize = 100;

/// A page of active grants. It may be short, or empty, and still have a next one.
#[derive(Serialize)]
struct Page<'a> {
    grants: Vec<Row<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<&'a str>,
}

#[derive(Serialize)]
struct Row<'a> {
    grant: &'a GrantId,
    client_id: &'a str,
    scope: &'a Scope,
    resource: &'a str,
    since: UnixTime,
    until: UnixTime,
}

/// `GET /admin/api/grants?user_id=…`: the active grants of a user; `after` is the `next` of the page before.
pub async fn list<P: Administering>(
    context: &Context<'_, P>,
    request: &Incoming,
) -> Result<Answer, Stop> {
    authorized(context, request).await?;
    let query = Form::parse(request.query.as_bytes()).map_err(|_| Refusal::MalformedForm)?;
    let user_id = user_id(query.one("user_id")?)?;
    let after = match query.one("after")? {
        Some(text) => Some(EntryKey::parse(text).ok_or(Refusal::MemberInvalid)?),
        None => None,
    };
    if !context.ports.is_user(&user_id).await? {
        return Err(Refusal::UserUnknown.into());
    }
    let limit = ON_A_PAGE;
    let list = ListGrants { after, limit };
    let GrantsPage { entries, next } = context.ports.person(&user_id, list).await?;
    let page = Page {
        grants: entries.iter().map(row).collect(),
        next: next.as_ref().map(EntryKey::as_str),
    };
    Ok(Answer::json(200, &page).with("cache-control", "no-store"))
}

/// The public part of an entry, without the hash of its session.
fn row(entry: &Entry) -> Row<'_> {
    Row {
        grant: &entry.grant,
        client_id: entry.client_id.as_str(),
        scope: &entry.scope,
        resource: &entry.resource,
        since: entry.since,
        until: entry.until,
    }
}

/// `POST /admin/api/grants/end`: ends a grant of a user.
pub async fn end<P: Administering>(
    context: &Context<'_, P>,
    request: &Incoming,
) -> Result<Answer, Stop> {
    let by = authorized_to_change(context, request).await?;
    let members = Members::read(request)?;
    let user_id = user_id(members.user_id.as_deref())?;
    let grant = members.grant.as_deref().and_then(GrantId::parse);
    let grant = grant.ok_or(Refusal::MemberInvalid)?;
    let key = EntryKey::new(&client_id(&members)?, &grant);
    let what = Target::One(&key);
    let ended = ending::end(context, &user_id, what, EndReason::Revoked, &by.subject).await?;
    Ok(ended_answer(ended)?)
}
