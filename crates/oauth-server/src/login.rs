//! The login page: a username and a password open a session.

use oauth_core::{
    Fault, Refusal, base64url,
    credential::{FreshLogin, KnownBrowser, SessionCookie},
    endpoint,
    form::Form,
    http::{Answer, Incoming},
    lifecycle::person::{AddReply, OpenSession, Session},
    username,
};

use crate::{
    attempts,
    audit::{AuditEvent, Event},
    context::{Context, Stop},
    cookie::Cookie,
    csrf::{self, Browser},
    direct_login,
    form_body::read_page_form,
    html_response,
    json_body::is_json,
    page::{self, LoginFailure, LoginPage, SignedInPage},
    password_check::{self, Checked, Known},
    ports::{People, Ports, Random, User},
    session,
    validated_request::ValidatedRequest,
};

/// The seconds for which a fresh login satisfies `prompt=login`.
const FRESH_FOR: i64 = 600;
/// The seconds for which a browser is known after a login: browsers store no cookie for longer.
const KNOWN_FOR: i64 = 400 * 86_400;

/// Answers GET: the form, or the user who is signed in.
pub async fn page<P: Ports>(context: &Context<'_, P>, request: &Incoming) -> Result<Answer, Stop> {
    if let Some(login) = session::current(context, &request.headers).await? {
        let user_name = login.user.display_name();
        let page = page::signed_in(context.text(), &SignedInPage { user_name });
        return Ok(html_response::page(200, page));
    }
    show(context, request, &Shown::default())
}

/// The login page for an authorization request.
pub(crate) fn page_for<P: Random>(
    context: &Context<'_, P>,
    request: &Incoming,
    asked: &ValidatedRequest,
) -> Result<Answer, Stop> {
    show(
        context,
        request,
        &Shown {
            onward: Some(Onward::Request(asked)),
            username: asked.request.login_hint.as_deref().unwrap_or_default(),
            failure: None,
        },
    )
}

/// The login page in place of another page of this server, to which it leads back.
pub(crate) fn page_for_own<P: Random>(
    context: &Context<'_, P>,
    request: &Incoming,
    target: &str,
) -> Result<Answer, Stop> {
    show(
        context,
        request,
        &Shown {
            onward: Some(Onward::Own(target)),
            ..Shown::default()
        },
    )
}

/// Where the browser goes after the login.
#[derive(Clone, Copy)]
enum Onward<'a> {
    /// Back to an authorization request.
    Request(&'a ValidatedRequest),
    /// To a page of this server: a path and a query.
    Own(&'a str),
}

impl<'a> Onward<'a> {
    const fn request(self) -> Option<&'a ValidatedRequest> {
        match self {
            Self::Request(asked) => Some(asked),
            Self::Own(_) => None,
        }
    }

    /// The value of the form's field `request`. The query of an authorization request begins with no slash.
    fn field(self) -> &'a str {
        match self {
            Self::Request(asked) => &asked.query,
            Self::Own(target) => target,
        }
    }
}

/// Longest path and query of a page that a login leads back to, in bytes.
const LONGEST_PAGE: usize = 2_048;

/// Whether a form's `request` is a page that a login may lead back to. It is compared before a browser could read it as
/// another path or host.
fn is_own_page(request: &str) -> bool {
    let path = request.split('?').next().unwrap_or_default();
    endpoint::BEHIND_LOGIN.contains(&path)
        && request.len() <= LONGEST_PAGE
        && request.bytes().all(|byte| byte.is_ascii_graphic())
}

/// The parts of the login page that vary.
#[derive(Default)]
struct Shown<'a> {
    onward: Option<Onward<'a>>,
    username: &'a str,
    failure: Option<LoginFailure>,
}

fn show<P: Random>(
    context: &Context<'_, P>,
    request: &Incoming,
    shown: &Shown<'_>,
) -> Result<Answer, Stop> {
    let browser = Browser::current_or_new(context, &request.headers)?;
    let csrf = browser.login_token(context.keyring, context.now);
    let asked = shown.onward.and_then(Onward::request);
    let page = LoginPage {
        request: shown.onward.map_or("", Onward::field),
        csrf: &csrf,
        client_name: asked.map(|asked| asked.client.client_name.as_str()),
        username: shown.username,
        failure: shown.failure,
    };
    let page = page::login(context.text(), &page);
    let status = match shown.failure {
        Some(LoginFailure::Throttled { .. }) => 429,
        Some(LoginFailure::Expired | LoginFailure::NoCookies) => 403,
        // Not 4xx: browsers report that as an error of the page, and a wrong password is an ordinary answer.
        Some(LoginFailure::WrongCredentials | LoginFailure::SignedOut) | None => 200,
    };
    Ok(browser.with_cookie(html_response::page(status, page)))
}

/// The fields of the login form.
struct Filled<'a> {
    username: &'a str,
    password: &'a str,
    remembered: bool,
}

/// Answers POST: a username and a password, from the form or, as JSON, from a first-party application.
pub async fn login<P: Ports>(context: &Context<'_, P>, request: &Incoming) -> Result<Answer, Stop> {
    // Both use this path; the content type distinguishes them.
    if is_json(request.headers.value("content-type")) {
        return direct_login::login(context, request).await;
    }
    let form = read_page_form(request)?;
    let request_field = form.one("request")?;
    let asked = asked(context, request_field).await?;
    let onward = match &asked {
        Some(asked) => Some(Onward::Request(asked)),
        None => request_field.map(Onward::Own),
    };
    let token = form.one("csrf")?;
    let filled = Filled {
        username: form.one("username")?.unwrap_or_default(),
        password: form.one("password")?.unwrap_or_default(),
        remembered: form.one("remember")?.is_some(),
    };
    if csrf::check_login(context, &request.headers, token).is_err() {
        return not_from_here(context, request, onward, &filled).await;
    }
    let checked = password_check::check(context, request, filled.username, filled.password).await?;
    let failure = match checked {
        Checked::Right(known) => {
            let opened = open_session(context, &known, filled.remembered).await?;
            match opened {
                Some(opened) => return welcome(context, request, onward, &opened).await,
                None => LoginFailure::SignedOut,
            }
        }
        Checked::Wrong => LoginFailure::WrongCredentials,
        Checked::Throttled(seconds) => LoginFailure::Throttled {
            retry_after_seconds: seconds,
        },
    };
    failed(context, request, onward, &filled, failure)
}

/// The answer to a form that was not served to this browser, or too long ago. The user who has signed in meanwhile, in
/// another tab, goes on.
async fn not_from_here<P: Ports>(
    context: &Context<'_, P>,
    request: &Incoming,
    onward: Option<Onward<'_>>,
    filled: &Filled<'_>,
) -> Result<Answer, Stop> {
    let login = session::current(context, &request.headers).await?;
    let typed = username::mapped(filled.username, context.ports);
    if login.is_some_and(|login| typed.is_empty() || typed == login.user.username) {
        let mut answer = onward_to(onward);
        answer.log.refusal = Some(Refusal::CsrfMismatch.slug());
        return Ok(answer);
    }
    let failure = match request.headers.value("cookie") {
        None | Some("") => LoginFailure::NoCookies,
        Some(_) => LoginFailure::Expired,
    };
    failed(context, request, onward, filled, failure)
}

/// The authorization request in the form, validated again; `None` for a login without one, which may be for a page of this
/// server.
async fn asked<P: Ports>(
    context: &Context<'_, P>,
    query: Option<&str>,
) -> Result<Option<ValidatedRequest>, Stop> {
    let Some(query) = query.filter(|query| !is_own_page(query)) else {
        return Ok(None);
    };
    let form = Form::parse(query.as_bytes()).map_err(|_| Refusal::MalformedForm)?;
    ValidatedRequest::read(context, &form).await.map(Some)
}

fn failed<P: Random>(
    context: &Context<'_, P>,
    request: &Incoming,
    onward: Option<Onward<'_>>,
    filled: &Filled<'_>,
    failure: LoginFailure,
) -> Result<Answer, Stop> {
    let shown = Shown {
        onward,
        username: filled.username,
        failure: Some(failure),
    };
    let mut answer = show(context, request, &shown)?;
    answer.log.refusal = Some(match failure {
        LoginFailure::WrongCredentials => Refusal::WrongCredentials.slug(),
        LoginFailure::Throttled { .. } => Refusal::LoginThrottled.slug(),
        LoginFailure::Expired | LoginFailure::NoCookies => Refusal::CsrfMismatch.slug(),
        LoginFailure::SignedOut => Refusal::SessionEnded.slug(),
    });
    if let LoginFailure::Throttled {
        retry_after_seconds,
    } = failure
    {
        answer = answer.with("retry-after", retry_after_seconds.to_string());
    }
    Ok(answer)
}

/// A session that was opened, and the lifetime of its cookie.
struct Opened<'a> {
    user: &'a User,
    cookie: SessionCookie,
    max_age: Option<i64>,
}

/// Opens a session under a new id, whatever session the browser had before: an id that was planted before the login is
/// useless after it. `None` if the user was signed out everywhere since the password was checked.
async fn open_session<'a, P: Ports>(
    context: &Context<'_, P>,
    known: &'a Known,
    remembered: bool,
) -> Result<Option<Opened<'a>>, Fault> {
    let lifetimes = &context.settings.lifetimes;
    let life = if remembered {
        lifetimes.session_remembered
    } else {
        lifetimes.session
    };
    let user = &known.user;
    let cookie = SessionCookie::new(user.user_id.clone(), context.ports.random()?);
    let session = Session {
        hash: session::hash(context.keyring, &cookie),
        auth_time: context.now,
        expires_at: context.now.plus(life),
    };
    let mark = known.mark;
    let open = OpenSession { session, mark };
    let reply = context.ports.person(&user.user_id, open).await?;
    Ok((reply == AddReply::Added).then_some(Opened {
        user,
        cookie,
        max_age: remembered.then_some(life),
    }))
}

/// Completes a login: ends the former session, marks the browser as known and sends it on.
async fn welcome<P: Ports>(
    context: &Context<'_, P>,
    request: &Incoming,
    onward: Option<Onward<'_>>,
    opened: &Opened<'_>,
) -> Result<Answer, Stop> {
    close_former(context, request).await?;
    context.record(AuditEvent {
        subject: Some(opened.user.user_id.clone()),
        ..context.event(Event::Login)
    });
    let known = KnownBrowser {
        account: attempts::account(context, &opened.user.username),
        browser: base64url::encode(&context.ports.random::<16>()?),
    };
    let known = known.issue(context.keyring);
    let set = Cookie::Known.set(context.settings, known.expose(), Some(KNOWN_FOR));
    Ok(sent_on(context, onward, opened).with("set-cookie", set))
}

/// Ends the session that this browser had before.
async fn close_former<P: People>(
    context: &Context<'_, P>,
    request: &Incoming,
) -> Result<(), Fault> {
    let former = Cookie::Session
        .value(context.settings, &request.headers)
        .and_then(|text| SessionCookie::read(context.keyring, text));
    match former {
        Some(former) => session::close(context, &former, None).await,
        None => Ok(()),
    }
}

/// Sends the browser back to what asked for the login, or to the user's account.
fn onward_to(onward: Option<Onward<'_>>) -> Answer {
    match onward {
        Some(Onward::Request(asked)) => asked.repeat(),
        Some(Onward::Own(target)) => Answer::see_other(target),
        None => Answer::see_other(endpoint::ACCOUNT),
    }
}

/// Sends the browser on with its session: back to what asked for the login, or to the user's account.
fn sent_on<P>(context: &Context<'_, P>, onward: Option<Onward<'_>>, opened: &Opened<'_>) -> Answer {
    let value = opened.cookie.issue(context.keyring);
    let mut answer = onward_to(onward)
        .with("cache-control", "no-store")
        .with("referrer-policy", "no-referrer")
        .with(
            "set-cookie",
            Cookie::Session.set(context.settings, value.expose(), opened.max_age),
        );
    if let Some(asked) = onward.and_then(Onward::request) {
        let until = context.now.plus(FRESH_FOR).0;
        let session = &opened.cookie.session;
        let mark = FreshLogin::new(context.keyring, session, &asked.query, until);
        let mark = mark.issue(context.keyring);
        let set = Cookie::Fresh.set(context.settings, mark.expose(), Some(FRESH_FOR));
        answer = answer.with("set-cookie", set);
        answer.log.client_id = Some(asked.request.client_id.to_string());
    }
    answer.log.subject = Some(opened.user.user_id.to_string());
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_page_behind_the_login_is_led_back_to() {
        for own in ["/account", "/account?after=a.b"] {
            assert!(is_own_page(own), "{own}");
        }
        for other in [
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "client_id=spa&x=/",
            "/account\r\nb",
            "/account?a b",
            "/account/../oauth/authorize",
            "/oauth/authorize?client_id=spa",
            "",
        ] {
            assert!(!is_own_page(other), "{other}");
        }
    }
}
