//! Protection against cross-site request forgery: only the browser that was served a form can send it back.
//!
//! A form's token is a MAC over the browser's cookie and, where a user is signed in, their session. Nothing is stored,
//! and the token is useless in another browser or session.

use oauth_core::{
    Fault, Refusal, UnixTime, base64url,
    http::{Answer, Headers},
    keyring::{Keyring, Purpose},
    settings::Settings,
};

use crate::{context::Context, cookie, ports::Random};

/// The period whose login forms share a token, in seconds.
const LOGIN_PERIOD: i64 = 12 * 3_600;

/// The form that a token is for: its name, and what else the token is bound to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FormName<'a> {
    name: &'static str,
    about: &'a str,
}

impl<'a> FormName<'a> {
    /// The login form of a period of time.
    const fn login(period: &'a str) -> Self {
        Self {
            name: "login",
            about: period,
        }
    }

    /// Not a form: the notice that a page shows after one was sent.
    pub(crate) const fn notice(text: &'a str) -> Self {
        Self {
            name: "said",
            about: text,
        }
    }
}

/// A browser, as its cookie identifies it.
#[derive(Debug)]
pub(crate) struct Browser {
    id: String,
    /// The `Set-Cookie` header for a browser that had no cookie.
    set_cookie: Option<String>,
}

impl Browser {
    /// The browser that sent the request; one without a cookie gets a new id.
    pub(crate) fn current_or_new<P: Random>(
        context: &Context<'_, P>,
        headers: &Headers,
    ) -> Result<Self, Fault> {
        if let Some(browser) = Self::every(context.settings, headers).next() {
            return Ok(browser);
        }
        let id = base64url::encode(&context.ports.random::<16>()?);
        let set_cookie = Some(cookie::set_visit(context.settings, &id));
        Ok(Self { id, set_cookie })
    }

    /// The browser that sent the request, under each of its ids.
    fn every(settings: &Settings, headers: &Headers) -> impl Iterator<Item = Self> {
        cookie::visits(settings, headers)
            .filter(|id| base64url::decode(id).is_some_and(|bytes| bytes.len() == 16))
            .map(|id| Self {
                id: id.to_owned(),
                set_cookie: None,
            })
    }

    /// Adds the cookie of a new browser to a page.
    pub(crate) fn with_cookie(self, page: Answer) -> Answer {
        match self.set_cookie {
            Some(cookie) => page.with("set-cookie", cookie),
            None => page,
        }
    }

    /// The token for a login form that is served to this browser now.
    pub(crate) fn login_token(&self, keyring: &Keyring, now: UnixTime) -> String {
        let period = (now.0 / LOGIN_PERIOD).to_string();
        self.form_token(keyring, FormName::login(&period))
    }

    /// The token for a form of one session: a part that this browser alone can send, and a part that ends with the session.
    pub(crate) fn session_token(
        &self,
        keyring: &Keyring,
        name: &'static str,
        session: &str,
    ) -> String {
        let parts = ["", session].map(|about| self.form_token(keyring, FormName { name, about }));
        parts.join(".")
    }

    /// The token for a form that is served to this browser.
    pub(crate) fn form_token(&self, keyring: &Keyring, form: FormName<'_>) -> String {
        keyring.mac_text(Purpose::Csrf, &self.parts(form))
    }

    /// The parts that the MAC covers.
    fn parts<'a>(&'a self, form: FormName<'a>) -> [&'a str; 3] {
        [form.name, form.about, &self.id]
    }
}

/// Checks the token that came back with a login form, which counts for the period of its page and the next one.
pub(crate) fn check_login<P>(
    context: &Context<'_, P>,
    headers: &Headers,
    presented: Option<&str>,
) -> Result<Browser, Refusal> {
    let period = context.now.0 / LOGIN_PERIOD;
    let check = |period: i64| {
        let period = period.to_string();
        check_form(context, headers, FormName::login(&period), presented)
    };
    check(period).or_else(|_| check(period.saturating_sub(1)))
}

/// The browser that sent a form of a session back.
#[derive(Debug)]
pub(crate) struct Sender {
    /// The browser, to which the form was served.
    pub(crate) browser: Browser,
    /// Whether it was served in the session that is current. If not, another login came between, or the session ended.
    pub(crate) is_in_session: bool,
}

/// Checks the token that came back with a form of a session.
pub(crate) fn check_session_form<P>(
    context: &Context<'_, P>,
    headers: &Headers,
    name: &'static str,
    session: Option<&str>,
    presented: Option<&str>,
) -> Result<Sender, Refusal> {
    let presented = presented.and_then(|presented| presented.split_once('.'));
    let (of_browser, of_session) = presented.ok_or(Refusal::CsrfMismatch)?;
    let form = FormName { name, about: "" };
    let browser = check_form(context, headers, form, Some(of_browser))?;
    let is_in_session = session.is_some_and(|about| {
        let form = FormName { name, about };
        let parts = browser.parts(form);
        context.keyring.is_mac(Purpose::Csrf, &parts, of_session)
    });
    Ok(Sender {
        browser,
        is_in_session,
    })
}

/// Checks the token that came back with a form. The form may have been served before the secret was rotated.
pub(crate) fn check_form<P>(
    context: &Context<'_, P>,
    headers: &Headers,
    form: FormName<'_>,
    presented: Option<&str>,
) -> Result<Browser, Refusal> {
    let presented = presented.unwrap_or_default();
    let is_served = |browser: &Browser| {
        let parts = browser.parts(form);
        context.keyring.is_mac(Purpose::Csrf, &parts, presented)
    };
    let mut browsers = Browser::every(context.settings, headers);
    browsers.find(is_served).ok_or(Refusal::CsrfMismatch)
}
