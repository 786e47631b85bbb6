//! Forms that only the browser they were served to can send back.
//!
//! A form's token is the authentication code of the visit's cookie and, where someone is signed
//! in, of their session. Nothing is stored, and a token is worthless in another browser or session.

use oauth_core::{
    Fault, Refusal, base64url,
    http::{Answer, Headers},
    keyring::{Keyring, Purpose},
};

use crate::{cookie, ports::Random};

/// Which form a token is for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum FormName<'a> {
    /// The login form.
    Login,
    /// The consent form of one session.
    Consent {
        /// The session's id.
        session: &'a str,
    },
    /// The account form of one session.
    Account {
        /// The session's id.
        session: &'a str,
    },
    /// No form, but a sentence that a page is to say after one was sent.
    Said {
        /// The sentence.
        sentence: &'a str,
    },
}

/// A browser's visit.
#[derive(Debug)]
pub(crate) struct Visit {
    id: String,
    /// The `Set-Cookie` that a page must carry when the visit is new.
    set_cookie: Option<String>,
}

impl Visit {
    /// The browser's visit, begun now if it has none.
    pub(crate) fn current_or_new(headers: &Headers, random: &impl Random) -> Result<Self, Fault> {
        if let Some(visit) = Self::current(headers) {
            return Ok(visit);
        }
        let id = base64url::encode(&random.random::<16>()?);
        let set_cookie = Some(cookie::set(cookie::VISIT, &id, None));
        Ok(Self { id, set_cookie })
    }

    /// The browser's visit, if it has one.
    pub(crate) fn current(headers: &Headers) -> Option<Self> {
        let id = cookie::value(headers, cookie::VISIT)?;
        base64url::decode(id).filter(|bytes| bytes.len() == 16)?;
        Some(Self {
            id: id.to_owned(),
            set_cookie: None,
        })
    }

    /// Gives a page the cookie that a new visit needs.
    pub(crate) fn keep_with(self, page: Answer) -> Answer {
        match self.set_cookie {
            Some(cookie) => page.with("set-cookie", cookie),
            None => page,
        }
    }

    /// The token for a form served in this visit.
    pub(crate) fn form_token(&self, keyring: &Keyring, form: FormName<'_>) -> String {
        keyring.mac_text(Purpose::Csrf, &self.parts(form))
    }

    /// What a form's token is the code of.
    fn parts<'a>(&'a self, form: FormName<'a>) -> [&'a str; 3] {
        let (name, about) = match form {
            FormName::Login => ("login", ""),
            FormName::Consent { session } => ("consent", session),
            FormName::Account { session } => ("account", session),
            FormName::Said { sentence } => ("said", sentence),
        };
        [name, about, &self.id]
    }
}

/// Checks the token that came back with a form, which may have been served before the secret was rotated.
pub(crate) fn check_form(
    headers: &Headers,
    keyring: &Keyring,
    form: FormName<'_>,
    presented: Option<&str>,
) -> Result<Visit, Refusal> {
    let visit = Visit::current(headers).ok_or(Refusal::CsrfMismatch)?;
    let presented = presented.unwrap_or_default();
    if keyring.is_mac(Purpose::Csrf, &visit.parts(form), presented) {
        Ok(visit)
    } else {
        Err(Refusal::CsrfMismatch)
    }
}
