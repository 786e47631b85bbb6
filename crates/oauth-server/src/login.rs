//! The login page: a name, a password, a session.

use oauth_core::{
    Fault, Refusal, base64url,
    credential::{FreshLogin, KnownBrowser, SessionCookie},
    form::Form,
    http::{Answer, Incoming},
    lifecycle::login_session::Session,
    password::{self, Normalizer, Password},
};

use crate::{
    attempts,
    authorize::Asked,
    context::{Context, Stop},
    cookie, document,
    page::{self, LoginFailure, LoginPage, SignedInPage},
    port::{Attempts, Audit, AuditEvent, Clients, Random, Sessions, User, Users},
    session,
    token::is_form,
    visit::{self, FormName, Visit},
};

/// How long the mark of a fresh login answers `prompt=login`, in seconds.
const FRESH_FOR: i64 = 600;
/// How long a browser is known after a login, in seconds: as long as browsers keep any cookie.
const KNOWN_FOR: i64 = 400 * 86_400;

/// Answers GET: the form, or who is signed in.
pub async fn page<P>(context: &Context<'_, P>, request: &Incoming) -> Answer
where
    P: Sessions + Users + Random,
{
    document::outcome(request, bare_page(context, request).await)
}

/// Answers POST: the form with a name and a password.
pub async fn login<P>(context: &Context<'_, P>, request: &Incoming) -> Answer
where
    P: Clients + Users + Sessions + Attempts + Normalizer + Random + Audit,
{
    document::outcome(request, sign_in(context, request).await)
}

async fn bare_page<P>(context: &Context<'_, P>, request: &Incoming) -> Result<Answer, Stop>
where
    P: Sessions + Users + Random,
{
    if let Some(login) = session::current(context, &request.headers).await? {
        let user_name = login.user.name.as_deref().unwrap_or(&login.user.username);
        let html = page::signed_in(&SignedInPage { user_name });
        return Ok(document::page(200, html, &[]));
    }
    show(context, request, &Shown::default())
}

/// The login page for an authorization request.
pub(crate) fn page_for<P: Random>(
    context: &Context<'_, P>,
    request: &Incoming,
    asked: &Asked,
) -> Result<Answer, Stop> {
    show(
        context,
        request,
        &Shown {
            asked: Some(asked),
            username: asked.request.login_hint.as_deref().unwrap_or_default(),
            failure: None,
        },
    )
}

/// What the login page shows.
#[derive(Default)]
struct Shown<'a> {
    asked: Option<&'a Asked>,
    username: &'a str,
    failure: Option<LoginFailure>,
}

fn show<P: Random>(
    context: &Context<'_, P>,
    request: &Incoming,
    shown: &Shown<'_>,
) -> Result<Answer, Stop> {
    let visit = Visit::current_or_new(&request.headers, context.ports)?;
    let csrf = visit.form_token(context.keyring, FormName::Login);
    let html = page::login(&LoginPage {
        request: shown.asked.map_or("", |asked| &asked.query),
        csrf: &csrf,
        client_name: shown.asked.map(|asked| asked.client_name.as_str()),
        username: shown.username,
        failure: shown.failure,
    });
    // The form leads to ourselves, and from there the browser may be sent on to the client.
    let onward = shown.asked.map(|asked| asked.request.redirect.origin());
    let status = match shown.failure {
        Some(LoginFailure::Throttled { .. }) => 429,
        Some(LoginFailure::Expired) => 403,
        // A wrong password is an answer like another: browsers report a 4xx page as a fault of the page.
        Some(LoginFailure::WrongCredentials) | None => 200,
    };
    let answer = document::page(
        status,
        html,
        &onward.as_deref().into_iter().collect::<Vec<_>>(),
    );
    Ok(visit.keep_with(answer))
}

/// What came back with the form.
struct Filled<'a> {
    username: &'a str,
    password: &'a str,
    remembered: bool,
}

async fn sign_in<P>(context: &Context<'_, P>, request: &Incoming) -> Result<Answer, Stop>
where
    P: Clients + Users + Sessions + Attempts + Normalizer + Random + Audit,
{
    if !is_form(request.headers.value("content-type")) {
        return Err(Refusal::WrongContentType.into());
    }
    let form = Form::parse(&request.body).map_err(|_| Refusal::MalformedForm)?;
    let asked = asked(context, form.one("request")?).await?;
    let csrf = form.one("csrf")?;
    let filled = Filled {
        username: form.one("username")?.unwrap_or_default(),
        password: form.one("password")?.unwrap_or_default(),
        remembered: form.one("remember")?.is_some(),
    };
    if visit::check_form(&request.headers, context.keyring, FormName::Login, csrf).is_err() {
        return failed(
            context,
            request,
            asked.as_ref(),
            &filled,
            LoginFailure::Expired,
        );
    }
    match check_password(context, request, &filled).await? {
        Checked::Right(user) => {
            open_session(context, request, asked.as_ref(), &user, filled.remembered).await
        }
        Checked::Wrong => failed(
            context,
            request,
            asked.as_ref(),
            &filled,
            LoginFailure::WrongCredentials,
        ),
        Checked::Throttled(seconds) => {
            let failure = LoginFailure::Throttled {
                retry_after_seconds: seconds,
            };
            failed(context, request, asked.as_ref(), &filled, failure)
        }
    }
}

/// The authorization request that the form carries, checked anew; none for a login of its own.
async fn asked<P: Clients>(
    context: &Context<'_, P>,
    query: Option<&str>,
) -> Result<Option<Asked>, Stop> {
    let Some(query) = query else {
        return Ok(None);
    };
    let form = Form::parse(query.as_bytes()).map_err(|_| Refusal::MalformedForm)?;
    Asked::read(context, &form).await.map(Some)
}

enum Checked {
    Right(Box<User>),
    Wrong,
    Throttled(i64),
}

/// Takes a try from the address and from the account, then looks at the password. Only a wrong one
/// keeps the tries: what was right, or could not be looked at for a fault of ours, gives them back.
async fn check_password<P>(
    context: &Context<'_, P>,
    request: &Incoming,
    filled: &Filled<'_>,
) -> Result<Checked, Fault>
where
    P: Users + Attempts + Normalizer + Audit,
{
    let limits = attempts::limits(context, request, filled.username);
    if let Some(seconds) = attempts::take(context, &limits).await? {
        return Ok(Checked::Throttled(seconds));
    }
    let found = whose_password(context, filled).await;
    if !matches!(found, Ok(None)) {
        attempts::give_back(context, &limits).await?;
    }
    if let Some(user) = found? {
        return Ok(Checked::Right(Box::new(user)));
    }
    let event = AuditEvent {
        event: "login_failed",
        subject: None,
        client_id: None,
        detail: "",
    };
    context.ports.note(event, context.now).await;
    Ok(Checked::Wrong)
}

/// The person with this name and this password. An unknown name costs the same work as a wrong password.
async fn whose_password<P: Users + Normalizer>(
    context: &Context<'_, P>,
    filled: &Filled<'_>,
) -> Result<Option<User>, Fault> {
    let found = context.ports.user_by_name(filled.username).await?;
    let stored = found.as_ref().map(|(_, hash)| hash.expose().as_str());
    let right = password::verify(&Password::typed(filled.password, context.ports), stored)?;
    Ok(found.filter(|_| right).map(|(user, _)| user))
}

fn failed<P: Random>(
    context: &Context<'_, P>,
    request: &Incoming,
    asked: Option<&Asked>,
    filled: &Filled<'_>,
    failure: LoginFailure,
) -> Result<Answer, Stop> {
    let shown = Shown {
        asked,
        username: filled.username,
        failure: Some(failure),
    };
    let mut answer = show(context, request, &shown)?;
    answer.log.refusal = Some(match failure {
        LoginFailure::WrongCredentials => Refusal::WrongCredentials.slug(),
        LoginFailure::Throttled { .. } => Refusal::LoginThrottled.slug(),
        LoginFailure::Expired => Refusal::CsrfMismatch.slug(),
    });
    if let LoginFailure::Throttled {
        retry_after_seconds,
    } = failure
    {
        answer = answer.with("retry-after", retry_after_seconds.to_string());
    }
    Ok(answer)
}

/// Opens a session under a new id, whatever session the browser had before (RFC 9700 §4.16 aside:
/// an id that was planted before the login is worth nothing after it).
async fn open_session<P>(
    context: &Context<'_, P>,
    request: &Incoming,
    asked: Option<&Asked>,
    user: &User,
    remembered: bool,
) -> Result<Answer, Stop>
where
    P: Sessions + Random + Audit,
{
    let lifetimes = &context.settings.lifetimes;
    let life = if remembered {
        lifetimes.session_remembered
    } else {
        lifetimes.session
    };
    let cookie = SessionCookie::new(user.user_id.clone(), context.ports.random()?);
    let session = Session {
        hash: session::hash(context.keyring, &cookie),
        auth_time: context.now,
        expires_at: context.now.plus(life),
    };
    context.ports.open_session(&user.user_id, session).await?;
    close_former(context, request).await?;
    let event = AuditEvent {
        event: "login",
        subject: Some(&user.user_id),
        client_id: None,
        detail: "",
    };
    context.ports.note(event, context.now).await;
    let known = KnownBrowser {
        account: attempts::account(context, &user.username),
        browser: base64url::encode(&context.ports.random::<16>()?),
    };
    let known = known.issue(context.keyring);
    let set = cookie::set(cookie::KNOWN, known.expose(), Some(KNOWN_FOR));
    let onward = onward(context, asked, &cookie, remembered.then_some(life), user);
    Ok(onward.with("set-cookie", set))
}

/// Ends the session that this browser had before.
async fn close_former<P: Sessions>(
    context: &Context<'_, P>,
    request: &Incoming,
) -> Result<(), Fault> {
    let former = cookie::value(&request.headers, cookie::SESSION)
        .and_then(|text| SessionCookie::read(context.keyring, text));
    match former {
        Some(former) => {
            let hash = session::hash(context.keyring, &former);
            context.ports.close_session(&former.user, &hash).await
        }
        None => Ok(()),
    }
}

/// Sends the browser on: back to the authorization request that asked for the login, or to the
/// page that says who is signed in.
fn onward<P>(
    context: &Context<'_, P>,
    asked: Option<&Asked>,
    cookie: &SessionCookie,
    max_age: Option<i64>,
    user: &User,
) -> Answer {
    let value = cookie.issue(context.keyring);
    let location = asked.map_or_else(
        || "/login".to_owned(),
        |asked| format!("/oauth/authorize?{}", asked.query),
    );
    let mut answer = Answer::see_other(location)
        .with("cache-control", "no-store")
        .with("referrer-policy", "no-referrer")
        .with(
            "set-cookie",
            cookie::set(cookie::SESSION, value.expose(), max_age),
        );
    if let Some(asked) = asked {
        let until = context.now.plus(FRESH_FOR).0;
        let mark = FreshLogin::new(context.keyring, &cookie.session, &asked.query, until);
        let mark = mark.issue(context.keyring);
        let set = cookie::set(cookie::FRESH, mark.expose(), Some(FRESH_FOR));
        answer = answer.with("set-cookie", set);
        answer.log.client_id = Some(asked.request.client_id.to_string());
    }
    answer.log.subject = Some(user.user_id.to_string());
    answer
}
