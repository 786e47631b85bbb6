//! The user's account: their sessions, the applications that have access, and ways to end them.

use oauth_core::{
    Fault, Refusal, UnixTime,
    client::{DIRECT_LOGIN, RegisteredBy},
    client_document,
    concurrent::join_all,
    endpoint,
    form::{self, Form},
    http::{Answer, Incoming},
    id::ClientId,
    lifecycle::{
        grant::{Check, CheckReply, EndReason},
        person::{CountSessions, Entry, EntryKey, ListGrants},
    },
    scope::{Scope, ScopeToken},
    settings::Settings,
};

use crate::{
    audit::{AuditEvent, Event},
    context::{Context, Stop},
    cookie::Cookie,
    csrf::{self, Browser, FormName},
    ending::{self, Ended, Target},
    form_body::read_page_form,
    html_response, login,
    page::{self, Access, AccountPage, Application},
    ports::{Clients, Consents, Ending, Grants, People, Ports, RememberedConsent},
    scope_descriptions::{self, ScopesByResource},
    session::{self, Login},
};

/// The number of grants on one page.
const ON_A_PAGE: usize = 20;

/// Answers GET: the account, or the login page, which leads back here.
pub async fn page<P: Ports>(context: &Context<'_, P>, request: &Incoming) -> Result<Answer, Stop> {
    let query = Form::parse(request.query.as_bytes()).map_err(|_| Refusal::MalformedForm)?;
    let notice = notice(context, request, &query)?;
    let text = context.text();
    let Some(login) = session::current(context, &request.headers).await? else {
        return match notice {
            Some(notice) => Ok(html_response::page(200, page::signed_out(text, notice))),
            None => login::page_for_own(context, request, endpoint::ACCOUNT),
        };
    };
    let after = query.one("after")?.and_then(EntryKey::parse);
    let browser = Browser::current_or_new(context, &request.headers)?;
    let session = &login.cookie.session;
    let token = browser.session_token(context.keyring, "account", session);
    let listing = Listing::read(context, &login, after.clone()).await?;
    let shown = listing.shown();
    let described = scope_descriptions::of_all(context, shown.iter().map(|it| it.resource)).await;
    let (with_access, remembered): (Vec<_>, Vec<_>) =
        shown.into_iter().partition(|it| it.key.is_some());
    let (sessions, since) = sessions(context, &login).await?;
    let account = AccountPage {
        csrf: &token,
        user_name: login.user.display_name(),
        notice,
        now: context.now,
        sessions,
        since,
        applications: &applications(context, with_access, &described).await?,
        remembered: &applications(context, remembered, &described).await?,
        is_first: after.is_none(),
        next: listing.next.as_ref().map(EntryKey::as_str),
    };
    let page = page::account(text, &account);
    let mut answer = browser.with_cookie(html_response::page(200, page));
    answer.log.subject = Some(login.user.user_id.to_string());
    Ok(answer)
}

/// The list of one page: grants that give access, and the consents to clients in between that have none.
struct Listing {
    entries: Vec<(EntryKey, Entry, Option<UnixTime>)>,
    consents: Vec<RememberedConsent>,
    next: Option<EntryKey>,
}

impl Listing {
    async fn read<P: People + Grants + Consents>(
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

    fn shown(&self) -> Vec<Shown<'_>> {
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
struct Shown<'a> {
    key: Option<&'a str>,
    client_id: &'a ClientId,
    scope: &'a Scope,
    resource: &'a str,
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

async fn sessions<P: People>(
    context: &Context<'_, P>,
    login: &Login,
) -> Result<(usize, Option<UnixTime>), Fault> {
    let user_id = &login.user.user_id;
    let sessions = context.ports.person(user_id, CountSessions).await?;
    Ok((sessions.count, sessions.since))
}

/// Grants or consents by application; both come with each application's together.
async fn applications<'a, P: Clients>(
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
async fn name<P: Clients>(
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

/// The notice in the address, if this server wrote it for this browser. Any other text is ignored.
fn notice<'a, P>(
    context: &Context<'_, P>,
    request: &Incoming,
    query: &'a Form,
) -> Result<Option<&'a str>, Refusal> {
    let Some(text) = query.one("said")? else {
        return Ok(None);
    };
    let proof = query.one("proof")?;
    let form = FormName::notice(text);
    let genuine = csrf::check_form(context, &request.headers, form, proof).is_ok();
    Ok(Some(text).filter(|_| genuine))
}

/// Redirects to the account page, which shows `text` as a notice.
fn back<P>(context: &Context<'_, P>, browser: &Browser, text: &str) -> Answer {
    let form = FormName::notice(text);
    let proof = browser.form_token(context.keyring, form);
    let query = form::encode([("said", text), ("proof", &proof)]);
    Answer::see_other([endpoint::ACCOUNT, "?", &query].concat())
        .with("cache-control", "no-store")
        .with("referrer-policy", "no-referrer")
}

/// Answers POST: ends the access that the user chose to end.
pub async fn change<P: Ports>(
    context: &Context<'_, P>,
    request: &Incoming,
) -> Result<Answer, Stop> {
    let form = read_page_form(request)?;
    // The session ended while the page was open: ask for the password, then come back.
    let again = || Ok(Answer::see_other(endpoint::ACCOUNT).with("cache-control", "no-store"));
    let Some(login) = session::current(context, &request.headers).await? else {
        return again();
    };
    let (session, token) = (Some(login.cookie.session.as_str()), form.one("csrf")?);
    let sender = csrf::check_session_form(context, &request.headers, "account", session, token)?;
    // The user signed in again in another tab, perhaps as someone else: they choose on a page of that session.
    if !sender.is_in_session {
        return again();
    }
    let browser = sender.browser;
    let mut answer = match choice(&form)? {
        Choice::SignOut => sign_out(context, &browser, &login).await?,
        Choice::SignOutEverywhere(consents) => {
            sign_out_everywhere(context, &browser, &login, consents).await?
        }
        Choice::End(grant) => {
            let ended = end(context, &login, Target::One(&grant), EndReason::Revoked).await?;
            back(
                context,
                &browser,
                (context.text().account.access_ended)(ended),
            )
        }
        Choice::Withdraw(client_id) => withdraw(context, &browser, &login, &client_id).await?,
    };
    answer.log.subject = Some(login.user.user_id.to_string());
    Ok(answer)
}

/// The button that the user chose.
enum Choice {
    SignOut,
    SignOutEverywhere(ConsentsThen),
    End(EntryKey),
    Withdraw(ClientId),
}

/// The user's choice about their consents when they sign out everywhere.
enum ConsentsThen {
    Remembered,
    Withdrawn,
}

fn choice(form: &Form) -> Result<Choice, Refusal> {
    let unknown = Refusal::DecisionUnknown;
    match (
        form.one("sign_out")?,
        form.one("end")?,
        form.one("withdraw")?,
    ) {
        (Some("here"), None, None) => Ok(Choice::SignOut),
        (Some("everywhere"), None, None) => match form.one("forget")? {
            None => Ok(Choice::SignOutEverywhere(ConsentsThen::Remembered)),
            Some("yes") => Ok(Choice::SignOutEverywhere(ConsentsThen::Withdrawn)),
            Some(_) => Err(unknown),
        },
        (None, Some(key), None) => EntryKey::parse(key).map(Choice::End).ok_or(unknown),
        (None, None, Some(id)) => ClientId::parse(id).map(Choice::Withdraw).ok_or(unknown),
        _ => Err(unknown),
    }
}

async fn end<P: Ending>(
    context: &Context<'_, P>,
    login: &Login,
    what: Target<'_>,
    reason: EndReason,
) -> Result<Ended, Fault> {
    let user_id = &login.user.user_id;
    ending::end(context, user_id, what, reason, user_id.as_str()).await
}

/// Withdraws the consent, then ends the access: whatever fails later, the application must ask again.
async fn withdraw<P: Ports>(
    context: &Context<'_, P>,
    browser: &Browser,
    login: &Login,
    client_id: &ClientId,
) -> Result<Answer, Stop> {
    let (name, _) = name(context, client_id).await?;
    let user_id = &login.user.user_id;
    let event = AuditEvent {
        subject: Some(user_id.clone()),
        client_id: Some(client_id.to_string()),
        ..context.event(Event::ConsentWithdrawn)
    };
    let withdraw = |event| context.ports.withdraw(user_id, Some(client_id), event);
    withdraw(Some(event)).await?;
    let reason = EndReason::ConsentWithdrawn;
    let ended = end(context, login, Target::Of(client_id), reason).await?;
    // Again: a consent given at the same time may have been stored before the access ended.
    withdraw(None).await?;
    let notice = (context.text().account.consent_withdrawn)(&name, ended);
    Ok(back(context, browser, &notice))
}

async fn sign_out_everywhere<P: Ports>(
    context: &Context<'_, P>,
    browser: &Browser,
    login: &Login,
    consents: ConsentsThen,
) -> Result<Answer, Stop> {
    let text = &context.text().account;
    let everything = || end(context, login, Target::All, EndReason::SignedOut);
    let notice = match consents {
        ConsentsThen::Remembered => (text.everywhere)(everything().await?).to_owned(),
        ConsentsThen::Withdrawn => {
            let user_id = &login.user.user_id;
            let event = AuditEvent {
                subject: Some(user_id.clone()),
                ..context.event(Event::ConsentWithdrawn)
            };
            let withdraw = |event| context.ports.withdraw(user_id, None, event);
            withdraw(Some(event)).await?;
            let ended = everything().await?;
            // Again, as when one consent is withdrawn.
            withdraw(None).await?;
            [(text.everywhere)(ended), " ", text.all_withdrawn].concat()
        }
    };
    Ok(without_session(
        context.settings,
        back(context, browser, &notice),
    ))
}

/// Ends this session only. Applications keep their access.
async fn sign_out<P: Ending>(
    context: &Context<'_, P>,
    browser: &Browser,
    login: &Login,
) -> Result<Answer, Stop> {
    let user_id = &login.user.user_id;
    let act = ending::act(context, user_id, user_id.as_str())?;
    session::close(context, &login.cookie, Some(act)).await?;
    Ok(without_session(
        context.settings,
        back(context, browser, context.text().account.signed_out),
    ))
}

fn without_session(settings: &Settings, answer: Answer) -> Answer {
    answer
        .with("set-cookie", Cookie::Session.clear(settings))
        .with("set-cookie", Cookie::Fresh.clear(settings))
}
