//! Codes, refresh tokens and session cookies: `kind.part.part.mac`.
//!
//! The kind is under the authentication code, so that a code is never taken for a refresh token;
//! whatever we did not make ourselves is recognised before any store is asked.

use crate::{
    Secret, UnixTime, base64url,
    id::{GrantId, UserId},
    keyring::{Keyring, Purpose},
    lifecycle::grant::AnswerKey,
};

/// Longest credential that we look at, in bytes.
const LONGEST: usize = 1_024;

/// An authorization code: `c2.<grant>.<part>.<mac>`, or `c1.<grant>.<mac>` of a grant without random bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthorizationCode {
    /// The grant that it redeems.
    pub grant: GrantId,
    /// The part that only its grant can make and check.
    pub part: Option<String>,
}

impl AuthorizationCode {
    const KIND: &'static str = "c2";
    const KIND_WITHOUT_PART: &'static str = "c1";

    /// The code as it travels.
    pub fn issue(&self, keyring: &Keyring) -> Secret<String> {
        let grant = self.grant.as_str();
        match &self.part {
            Some(part) => seal(keyring, &[Self::KIND, grant, part]),
            None => seal(keyring, &[Self::KIND_WITHOUT_PART, grant]),
        }
    }

    /// Reads a code that has our authentication code.
    pub fn read(keyring: &Keyring, text: &str) -> Option<Self> {
        let (grant, part) = if let Some([grant, part]) = open(keyring, Self::KIND, text) {
            (grant, Some(part.to_owned()))
        } else {
            let [grant] = open(keyring, Self::KIND_WITHOUT_PART, text)?;
            (grant, None)
        };
        Some(Self {
            grant: GrantId::parse(grant)?,
            part,
        })
    }
}

/// A refresh token: `r2.<grant>.<generation>.<part>.<mac>`, or `r1.<grant>.<generation>.<mac>` of a grant without random
/// bytes. Every generation ever issued is recognised without being stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefreshToken {
    /// The grant whose family it belongs to.
    pub grant: GrantId,
    /// Its place in the line, from 0.
    pub generation: u32,
    /// The part that only its grant can make and check.
    pub part: Option<String>,
}

impl RefreshToken {
    const KIND: &'static str = "r2";
    const KIND_WITHOUT_PART: &'static str = "r1";

    /// The token as it travels.
    pub fn issue(&self, keyring: &Keyring) -> Secret<String> {
        let (grant, generation) = (self.grant.as_str(), self.generation.to_string());
        match &self.part {
            Some(part) => seal(keyring, &[Self::KIND, grant, &generation, part]),
            None => seal(keyring, &[Self::KIND_WITHOUT_PART, grant, &generation]),
        }
    }

    /// The keys under which the answer to this token, as it was presented, may be stored for a retry, the
    /// current one first. The record alone does not open it: that takes the token.
    pub fn answer_keys(keyring: &Keyring, text: &str) -> Vec<AnswerKey> {
        let keys = keyring.mac_texts(Purpose::Answer, &[text]);
        keys.into_iter().map(AnswerKey::new).collect()
    }

    /// Reads a refresh token that has our authentication code.
    pub fn read(keyring: &Keyring, text: &str) -> Option<Self> {
        let with_part = open(keyring, Self::KIND, text);
        let (grant, generation, part) = if let Some([grant, generation, part]) = with_part {
            (grant, generation, Some(part.to_owned()))
        } else {
            let [grant, generation] = open(keyring, Self::KIND_WITHOUT_PART, text)?;
            (grant, generation, None)
        };
        Some(Self {
            grant: GrantId::parse(grant)?,
            generation: generation.parse().ok()?,
            part,
        })
    }
}

/// The reference to a pushed request, inside its `request_uri` (RFC 9126 §2.2): `p1.<grant>.<mac>`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestUri {
    /// The grant that began with it.
    pub grant: GrantId,
}

impl RequestUri {
    const KIND: &'static str = "p1";
    /// The prefix of every `request_uri` that this server issues (RFC 9126 §2.2).
    pub const PREFIX: &'static str = "urn:ietf:params:oauth:request_uri:";

    /// The `request_uri` as it travels.
    pub fn issue(&self, keyring: &Keyring) -> String {
        let id = seal(keyring, &[Self::KIND, self.grant.as_str()]);
        [Self::PREFIX, id.expose()].concat()
    }

    /// Reads a `request_uri` that we issued.
    pub fn read(keyring: &Keyring, text: &str) -> Option<Self> {
        let [grant] = open(keyring, Self::KIND, text.strip_prefix(Self::PREFIX)?)?;
        Some(Self {
            grant: GrantId::parse(grant)?,
        })
    }
}

/// An opaque access token: `a1.<grant>.<expiry>.<id>.<mac>`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpaqueToken {
    /// The grant that it belongs to.
    pub grant: GrantId,
    /// When it expires.
    pub expires_at: UnixTime,
    /// Its own id: 96 random bits in base64url, and the part that only its grant can make and check.
    pub id: String,
}

impl OpaqueToken {
    const KIND: &'static str = "a1";

    /// The token as it travels.
    pub fn issue(&self, keyring: &Keyring) -> Secret<String> {
        let expires_at = self.expires_at.0.to_string();
        seal(
            keyring,
            &[Self::KIND, self.grant.as_str(), &expires_at, &self.id],
        )
    }

    /// Reads a token that we issued.
    pub fn read(keyring: &Keyring, text: &str) -> Option<Self> {
        let [grant, expires_at, id] = open(keyring, Self::KIND, text)?;
        Some(Self {
            grant: GrantId::parse(grant)?,
            expires_at: UnixTime(expires_at.parse().ok()?),
            id: id.to_owned(),
        })
    }

    /// Whether `text` has the form of such a token.
    pub fn is_like(text: &str) -> bool {
        text.split_once('.')
            .is_some_and(|(kind, _)| kind == Self::KIND)
    }

    /// Whether `text` has all parts of such a token, each of its length and alphabet. That needs no secret: a resource
    /// server sees by it what is not worth a question.
    pub fn has_form(text: &str) -> bool {
        let mut parts = text.split('.');
        let mut is_next = |check: fn(&str) -> bool| parts.next().is_some_and(check);
        let is_whole = is_next(|kind| kind == Self::KIND)
            && is_next(|grant| GrantId::parse(grant).is_some())
            && is_next(|expiry| expiry.parse::<i64>().is_ok())
            && is_next(|id| base64url::decode(id).is_some_and(|id| matches!(id.len(), 12 | 28)))
            && is_next(|mac| base64url::decode(mac).is_some_and(|mac| mac.len() == 32));
        is_whole && parts.next().is_none()
    }

    /// The name under which a token's record is stored: a keyed hash.
    pub fn record_name(keyring: &Keyring, text: &str) -> String {
        keyring.mac_text(Purpose::Name, &["token", text])
    }

    /// The names under which it may be stored, the current one first.
    pub fn record_names(keyring: &Keyring, text: &str) -> Vec<String> {
        keyring.mac_texts(Purpose::Name, &["token", text])
    }
}

/// The value of a login session's cookie: `s1.<user>.<session>.<mac>`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionCookie {
    /// Whose session it is.
    pub user: UserId,
    /// The session's own id, 128 random bits in base64url.
    pub session: String,
}

impl SessionCookie {
    const KIND: &'static str = "s1";

    /// A new session's cookie.
    pub fn new(user: UserId, random: [u8; 16]) -> Self {
        Self {
            user,
            session: base64url::encode(&random),
        }
    }

    /// The cookie's value.
    pub fn issue(&self, keyring: &Keyring) -> Secret<String> {
        seal(keyring, &[Self::KIND, self.user.as_str(), &self.session])
    }

    /// Reads a cookie that we set.
    pub fn read(keyring: &Keyring, text: &str) -> Option<Self> {
        let [user, session] = open(keyring, Self::KIND, text)?;
        Some(Self {
            user: UserId::parse(user)?,
            session: session.to_owned(),
        })
    }
}

/// The cookie of a browser that has signed in to an account before: `k1.<account>.<browser>.<mac>`. Its attempts
/// are counted separately, so that strangers who guess cannot lock the owner out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownBrowser {
    /// The account, as a keyed hash of its name.
    pub account: String,
    /// The browser's own id, 128 random bits in base64url.
    pub browser: String,
}

impl KnownBrowser {
    const KIND: &'static str = "k1";

    /// The cookie's value.
    pub fn issue(&self, keyring: &Keyring) -> Secret<String> {
        seal(keyring, &[Self::KIND, &self.account, &self.browser])
    }

    /// Reads a cookie that we set.
    pub fn read(keyring: &Keyring, text: &str) -> Option<Self> {
        let [account, browser] = open(keyring, Self::KIND, text)?;
        Some(Self {
            account: account.to_owned(),
            browser: browser.to_owned(),
        })
    }
}

/// A mark that one user has just entered their password for one authorization request:
/// `f1.<session>.<hash of the request>.<expiry>.<mac>`. It answers `prompt=login` and `max_age`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FreshLogin {
    /// The session that the login opened.
    pub session: String,
    /// The request for which it was asked, as a keyed hash.
    pub request: String,
    /// When the mark expires, in Unix seconds.
    pub expires_at: i64,
}

impl FreshLogin {
    const KIND: &'static str = "f1";

    /// The mark for a login into `session`, made for the authorization request `query`.
    pub fn new(keyring: &Keyring, session: &str, query: &str, expires_at: i64) -> Self {
        Self {
            session: session.to_owned(),
            request: keyring.mac_text(Purpose::Name, &["authorize", query]),
            expires_at,
        }
    }

    /// The mark as a cookie's value.
    pub fn issue(&self, keyring: &Keyring) -> Secret<String> {
        let expires_at = self.expires_at.to_string();
        seal(
            keyring,
            &[Self::KIND, &self.session, &self.request, &expires_at],
        )
    }

    /// Whether `text` is our mark for this session and this request, and still counts at `now`.
    pub fn answers(keyring: &Keyring, text: &str, session: &str, query: &str, now: i64) -> bool {
        let Some([of_session, request, expires_at]) = open(keyring, Self::KIND, text) else {
            return false;
        };
        let Ok(expires_at) = expires_at.parse::<i64>() else {
            return false;
        };
        of_session == session
            && keyring.is_mac(Purpose::Name, &["authorize", query], request)
            && now < expires_at
    }
}

/// A credential of these parts, the first of which is its kind.
pub(crate) fn seal(keyring: &Keyring, parts: &[&str]) -> Secret<String> {
    let body = parts.join(".");
    let mac = keyring.mac_text(Purpose::Credential, &[&body]);
    Secret::new(format!("{body}.{mac}"))
}

/// The parts of a credential that we issued, after its kind.
pub(crate) fn open<'a, const N: usize>(
    keyring: &Keyring,
    kind: &str,
    text: &'a str,
) -> Option<[&'a str; N]> {
    if text.len() > LONGEST {
        return None;
    }
    let (body, mac) = text.rsplit_once('.')?;
    let mut parts = body.split('.');
    if parts.next()? != kind || !keyring.is_mac(Purpose::Credential, &[body], mac) {
        return None;
    }
    let rest: Vec<&str> = parts.collect();
    rest.try_into().ok()
}

#[cfg(test)]
mod tests;
