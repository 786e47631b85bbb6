//! Protection against cross-site request forgery: only the browser that was served a form can send it back.
//!
//! A form's token is a MAC over the browser's cookie and, where a user is signed in, their session. Nothing is stored,
//! and the token is useless in another browser or session.

use oauth_core::{
    Fault, Refusal, UnixTime, base64url,
    http::{Answer, Headers},
    keyring::{Keyring, Purpose},
};

use crate::{cookie, ports::Random};

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

    /// A form of one session, by the session's id. It ends with the session.
    pub(crate) const fn in_session(name: &'static str, session: &'a str) -> Self {
        Self {
            name,
            about: session,
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
    pub(crate) fn current_or_new(headers: &Headers, random: &impl Random) -> Result<Self, Fault> {
        if let Some(browser) = Self::current(headers) {
            return Ok(browser);
        }
        let id = base64url::encode(&random.random::<16>()?);
        let set_cookie = Some(cookie::set(cookie::BROWSER, &id, None));
        Ok(Self { id, set_cookie })
    }

    /// The browser that sent the request, if it has a cookie.
    pub(crate) fn current(headers: &Headers) -> Option<Self> {
        let id = cookie::value(headers, cookie::BROWSER)?;
        base64url::decode(id).filter(|bytes| bytes.len() == 16)?;
        Some(Self {
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
pub(crate) fn check_login(
    headers: &Headers,
    keyring: &Keyring,
    presented: Option<&str>,
    now: UnixTime,
) -> Result<Browser, Refusal> {
    let period = now.0 / LOGIN_PERIOD;
    let check = |period: i64| {
        let period = period.to_string();
        check_form(headers, keyring, FormName::login(&period), presented)
    };
    check(period).or_else(|_| check(period.saturating_sub(1)))
}

/// Checks the token that came back with a form. The form may have been served before the secret was rotated.
pub(crate) fn check_form(
    headers: &Headers,
    keyring: &Keyring,
    form: FormName<'_>,
    presented: Option<&str>,
) -> Result<Browser, Refusal> {
    let browser = Browser::current(headers).ok_or(Refusal::CsrfMismatch)?;
    let presented = presented.unwrap_or_default();
    if keyring.is_mac(Purpose::Csrf, &browser.parts(form), presented) {
        Ok(browser)
    } else {
        Err(Refusal::CsrfMismatch)
    }
}
