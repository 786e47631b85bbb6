//! The user's account: their sessions, the applications that have access, and ways to end them.

mod listing;

use oauth_core::{
    Fault, Refusal, endpoint,
    form::{self, Form},
    http::{Answer, Incoming},
    id::ClientId,
    lifecycle::{grant::EndReason, person::EntryKey},
    settings::Settings,
};

use self::listing::{Listing, applications, name, sessions};
use crate::{
    context::{Context, Stop},
    cookie::Cookie,
    csrf::{self, Browser, FormName},
    ending::{self, Ended, Target},
    form_body::read_page_form,
    html_response, login,
    page::{self, AccountPage},
    ports::{Ending, Ports},
    scope_descriptions,
    session::{self, Login},
};

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

/// Withdraws the consent to one application, and ends its access.
async fn withdraw<P: Ports>(
    context: &Context<'_, P>,
    browser: &Browser,
    login: &Login,
    client_id: &ClientId,
) -> Result<Answer, Stop> {
    let (name, _) = name(context, client_id).await?;
    let ended = ending::withdraw_consent(context, &login.user.user_id, Some(client_id)).await?;
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
    let notice = match consents {
        ConsentsThen::Remembered => {
            let ended = end(context, login, Target::All, EndReason::SignedOut).await?;
            (text.everywhere)(ended).to_owned()
        }
        ConsentsThen::Withdrawn => {
            let ended = ending::withdraw_consent(context, &login.user.user_id, None).await?;
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
