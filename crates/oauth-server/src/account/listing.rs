//! What the account page lists: the applications that have access, and those that may get it again.

use oauth_core::{
    Fault, UnixTime,
    client::{DIRECT_LOGIN, RegisteredBy},
    client_document,
    concurrent::join_all,
    id::ClientId,
    lifecycle::{
        grant::{Check, CheckReply},
        person::{CountSessions, Entry, EntryKey, ListGrants},
    },
    scope::{Scope, ScopeToken},
};

use crate::{
    context::Context,
    page::{Access, Application},
    ports::{Clients, Consents, Grants, People, RememberedConsent},
    scope_descriptions::{self, ScopesByResource},
    session::Login,
};

/// The number of grants on one page.
const ON_A_PAGE: usize = 20;

/// The list of one page: grants that give access, and the consents to clients in between that have none.
pub(super) struct Listing {
    entries: Vec<(EntryKey, Entry, Option<UnixTime>)>,
    consents: Vec<RememberedConsent>,
    /// The last grant of this page, if there are more.
    pub(super) next: Option<EntryKey>,
}

impl Listing {
    /// Reads what comes after a grant, or the first page.
    pub(super) async fn read<P: People + Grants + Consents>(
        context: &Context<'_, P>,
        login: &Login,
        after: Option<EntryKey>,
    ) -> Result<Self, Fault> {
        let client_before = after.as_ref().and_then(client_of);
        let (entries, next) = listed(context, login, after).await?;
        let entries = giving_access(context, entries).await;
        // Grants and consents come in the order of their clients: what lies between two pages belongs to the first.
        let last_client = next.as_ref().and_then(client_of);
        let (user_id, ports) = (&login.user.user_id, context.ports);
        let consents =
            ports.consents_between(user_id, client_before.as_ref(), last_client.as_ref());
        let mut consents = consents.await?;
        consents.retain(|consent| {
            let mut clients = entries.iter().map(|(entry, _)| &entry.client_id);
            !clients.any(|client_id| *client_id == consent.client_id)
        });
        let entries = entries.into_iter();
        Ok(Self {
            entries: entries.map(|(it, used)| (it.key(), it, used)).collect(),
            consents,
            next,
        })
    }

    /// The grants, and after them the consents.
    pub(super) fn shown(&self) -> Vec<Shown<'_>> {
        let entries = self.entries.iter().map(|(key, entry, used_at)| Shown {
            key: Some(key.as_str()),
            client_id: &entry.client_id,
            scope: &entry.scope,
            resource: &entry.resource,
            since: entry.since,
            used_at: *used_at,
        });
        let consents = self.consents.iter().map(|consent| Shown {
            key: None,
            client_id: &consent.client_id,
            scope: &consent.scope,
            resource: &consent.resource,
            since: consent.since,
            used_at: None,
        });
        entries.chain(consents).collect()
    }
}

/// A grant, or a consent, which has no key.
pub(super) struct Shown<'a> {
    /// The key of the grant, by which it can be ended.
    pub(super) key: Option<&'a str>,
    client_id: &'a ClientId,
    scope: &'a Scope,
    /// The resource that it is for.
    pub(super) resource: &'a str,
    since: UnixTime,
    used_at: Option<UnixTime>,
}

fn client_of(key: &EntryKey) -> Option<ClientId> {
    key.parts().map(|(client_id, _)| client_id)
}

async fn listed<P: People>(
    context: &Context<'_, P>,
    login: &Login,
    after: Option<EntryKey>,
) -> Result<(Vec<Entry>, Option<EntryKey>), Fault> {
    let limit = ON_A_PAGE;
    let list = ListGrants { after, limit };
    let page = context.ports.person(&login.user.user_id, list).await?;
    Ok((page.entries, page.next))
}

/// The grants that give access now. One that a replay ended, or whose code was never redeemed, remains in the index
/// until its own object removes it. One that does not answer is shown: it may be active.
/// Each is with the time of its last use, where its object says so.
async fn giving_access<P: Grants>(
    context: &Context<'_, P>,
    entries: Vec<Entry>,
) -> Vec<(Entry, Option<UnixTime>)> {
    let check = Check {
        asks_about_use: true,
        ..Check::default()
    };
    let asked = entries
        .iter()
        .map(|entry| context.ports.grant(&entry.grant, check.clone()));
    let replies = join_all(asked).await;
    let shown = entries.into_iter().zip(replies);
    shown
        .filter_map(|(entry, reply)| match reply {
            Ok(CheckReply::Ended) => None,
            Ok(CheckReply::Alive(alive)) => Some((entry, alive.used_at)),
            Ok(CheckReply::Absent) | Err(_) => Some((entry, None)),
        })
        .collect()
}

/// How many sessions there are, and since when.
pub(super) async fn sessions<P: People>(
    context: &Context<'_, P>,
    login: &Login,
) -> Result<(usize, Option<UnixTime>), Fault> {
    let user_id = &login.user.user_id;
    let sessions = context.ports.person(user_id, CountSessions).await?;
    Ok((sessions.count, sessions.since))
}

/// Grants or consents by application; both come with each application's together.
pub(super) async fn applications<'a, P: Clients>(
    context: &Context<'_, P>,
    all: Vec<Shown<'a>>,
    described: &'a ScopesByResource<'_>,
) -> Result<Vec<Application<'a>>, Fault> {
    let mut applications: Vec<Application<'a>> = Vec::new();
    for shown in all {
        let client_id = shown.client_id.as_str();
        if applications
            .last()
            .is_none_or(|last| last.client_id != client_id)
        {
            let (name, registered_by) = name(context, shown.client_id).await?;
            applications.push(Application {
                client_id,
                name,
                is_unverified: registered_by == RegisteredBy::Itself,
                site: client_document::site(shown.client_id)
                    .filter(|_| registered_by == RegisteredBy::Document),
                accesses: Vec::new(),
            });
        }
        let scopes = shown.scope.iter().map(ScopeToken::as_str);
        let access = Access {
            key: shown.key,
            scopes: scopes
                .map(|scope| {
                    let text = context.text();
                    let line = scope_descriptions::line(text, described, shown.resource, scope);
                    (scope, line)
                })
                .collect(),
            resource: shown.resource,
            since: shown.since,
            used_at: shown.used_at,
        };
        if let Some(last) = applications.last_mut() {
            last.accesses.push(access);
        }
    }
    Ok(applications)
}

/// An application's name, and who registered it. One that was deleted or disabled is shown by its id.
pub(super) async fn name<P: Clients>(
    context: &Context<'_, P>,
    client_id: &ClientId,
) -> Result<(String, RegisteredBy), Fault> {
    if client_id.as_str() == DIRECT_LOGIN {
        let name = context.text().account.direct_login.to_owned();
        return Ok((name, RegisteredBy::Operator));
    }
    let client = match context.ports.client(client_id).await {
        // It stays on the page when its document is known no more.
        Err(_) if client_document::is_url(client_id) => {
            return Ok((client_id.to_string(), RegisteredBy::Document));
        }
        client => client?,
    };
    Ok(client.map_or_else(
        || (client_id.to_string(), RegisteredBy::Operator),
        |client| (client.client_name.clone(), client.registered_by),
    ))
}
