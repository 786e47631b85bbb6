//! Redirect URIs: what may be registered, and when a presented one is that
//! (RFC 6749 §3.1.2, RFC 8252 §7 and §8, RFC 9700 §2.1 and §4.1).
//!
//! Nothing is normalised. A presented URI is compared with the registered one byte for byte, as it was
//! received; the only exception is the port of a loopback address (RFC 8252 §7.3). What could hide
//! something from a reader (userinfo, dot segments, controls) cannot be registered in the first place.

mod error;
mod private_use;

use std::net::{Ipv4Addr, Ipv6Addr};

use from_json::FromJson;
use serde::Serialize;

use crate::form::{self, Form};

pub use error::RedirectUriError;

/// The longest redirect URI that may be registered.
pub const MOST_CHARACTERS: usize = 2_048;

/// Response parameters: a registered URI that carries one itself could forge an answer.
const RESERVED: [&str; 7] = [
    "code",
    "state",
    "iss",
    "error",
    "error_description",
    "error_uri",
    "response",
];

/// A redirect URI that passed the rules of registration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, FromJson)]
#[serde(try_from = "String", into = "String")]
pub struct RegisteredRedirectUri(String);

impl RegisteredRedirectUri {
    /// Applies the rules of registration.
    pub fn parse(text: &str) -> Result<Self, RedirectUriError> {
        let uri = Self::read(text)?;
        let redirect = uri.accept_default();
        let is_web = redirect.reach() != Reach::PrivateUseScheme;
        // It may be any address, and nobody who reads it could say which.
        if is_web && matches!(v4(redirect.host()), Some(Written::Otherwise)) {
            return Err(RedirectUriError::Host);
        }
        Ok(uri)
    }

    /// The same but for the spelling of addresses: there may be records with any.
    fn read(text: &str) -> Result<Self, RedirectUriError> {
        check_characters(text)?;
        let (scheme, rest) = text.split_once(':').ok_or(RedirectUriError::Scheme)?;
        match scheme {
            "https" => web_host(rest)?.check()?,
            "http" => web_host(rest)?.check_loopback()?,
            private => private_use::check(private, rest)?,
        }
        check_path_and_query(rest)?;
        Ok(Self(text.to_owned()))
    }

    /// Whether `presented` names this URI: byte for byte, but for the port of a loopback literal, and that of `localhost`
    /// where it was registered without one.
    pub fn matches(&self, presented: &str) -> bool {
        self.0 == presented || self.matches_on_another_port(presented)
    }

    /// The proof that `presented` names this URI.
    pub fn accept(&self, presented: &str) -> Option<ValidRedirect> {
        self.matches(presented)
            .then(|| ValidRedirect(presented.to_owned()))
    }

    /// The same for an application on the user's machine, which may listen on any port of `localhost` too.
    pub fn accept_native(&self, presented: &str) -> Option<ValidRedirect> {
        let pair = Loopback::of(&self.0).zip(Loopback::of(presented));
        let is_same =
            pair.is_some_and(|(ours, theirs)| ours.host == theirs.host && ours.path == theirs.path);
        (is_same || self.matches(presented)).then(|| ValidRedirect(presented.to_owned()))
    }

    /// The proof for a request that left `redirect_uri` out, where only one is registered
    /// (RFC 6749 §3.1.2.3).
    pub fn accept_default(&self) -> ValidRedirect {
        ValidRedirect(self.0.clone())
    }

    /// Where an answer at this URI arrives.
    pub fn reach(&self) -> Reach {
        self.accept_default().reach()
    }

    /// The URI as it was registered.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn matches_on_another_port(&self, presented: &str) -> bool {
        let ours = Loopback::of(&self.0);
        let theirs = Loopback::of(presented);
        ours.zip(theirs).is_some_and(|(ours, theirs)| {
            // A literal is always this machine. With `localhost` clients that listen on one port register that very port.
            let any_port = ours.host != LOCALHOST || !ours.has_port;
            any_port && ours.host == theirs.host && ours.path == theirs.path
        })
    }
}

impl TryFrom<String> for RegisteredRedirectUri {
    type Error = RedirectUriError;

    fn try_from(text: String) -> Result<Self, RedirectUriError> {
        Self::read(&text)
    }
}

impl From<RegisteredRedirectUri> for String {
    fn from(uri: RegisteredRedirectUri) -> Self {
        uri.0
    }
}

/// Where an answer may go: only a match with a registered URI makes one. It keeps the presented
/// string, port included, because the token request must repeat it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValidRedirect(String);

impl ValidRedirect {
    /// Finds the registered URI that `presented` names.
    pub fn among(registered: &[RegisteredRedirectUri], presented: &str) -> Option<Self> {
        registered.iter().find_map(|uri| uri.accept(presented))
    }

    /// The URI as it was presented.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The URI with response parameters added to its query (RFC 6749 §3.1.2: an existing query stays).
    pub fn with_params(&self, params: &[(&str, &str)]) -> String {
        let separator = match self.0.split_once('?') {
            None => "?",
            Some((_, "")) => "",
            Some((_, query)) if query.ends_with('&') => "",
            Some(_) => "&",
        };
        let query = form::encode(params.iter().copied());
        format!("{}{separator}{query}", self.0)
    }

    /// Host and port, for the consent page: for a private-use scheme, the scheme.
    pub fn authority(&self) -> &str {
        // What follows a private-use scheme is chosen by whoever registers it, and means nothing to the browser.
        let (scheme, rest) = self.0.split_once(':').unwrap_or((&self.0, ""));
        match (scheme, rest.strip_prefix("//")) {
            ("https" | "http", Some(rest)) => authority(rest),
            _ => scheme,
        }
    }

    /// The host: for a private-use scheme, the scheme.
    pub fn host(&self) -> &str {
        Host::split(self.authority()).name
    }

    /// Where an answer at this URI arrives.
    pub fn reach(&self) -> Reach {
        if !self.0.starts_with("https://") && !self.0.starts_with("http://") {
            Reach::PrivateUseScheme
        } else if is_this_machine(self.host()) {
            Reach::Loopback
        } else {
            Reach::Site
        }
    }
}

/// Where an answer at a redirect URI arrives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// At a site with a name.
    Site,
    /// At the user's own machine, at whatever program has the port (RFC 8252 §7.3).
    Loopback,
    /// At whatever program on the user's machine has registered the scheme (RFC 8252 §7.1).
    PrivateUseScheme,
}

/// Whether a browser looks for this host on its own machine: `localhost` and every name below it (RFC 6761 §6.3), and
/// the loopback and the unspecified address in any spelling.
fn is_this_machine(host: &str) -> bool {
    if let Some(literal) = host
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
    {
        return literal.parse::<Ipv6Addr>().map_or(true, |address| {
            address.is_loopback()
                || address.is_unspecified()
                || address.to_ipv4_mapped().is_some_and(is_own)
        });
    }
    match v4(host) {
        None => host.rsplit('.').next() == Some(LOCALHOST),
        Some(Written::Plainly(address)) => is_own(address),
        // It may be any.
        Some(Written::Otherwise) => true,
    }
}

/// An IPv4 address in place of a host name.
enum Written {
    /// As four numbers.
    Plainly(Ipv4Addr),
    /// In one of the spellings that browsers take beside this.
    Otherwise,
}

/// The IPv4 address that a host is. No top-level domain begins with a digit.
fn v4(host: &str) -> Option<Written> {
    let last = host.rsplit('.').next().unwrap_or(host);
    (!host.starts_with('[') && last.starts_with(|first: char| first.is_ascii_digit()))
        .then(|| host.parse().map_or(Written::Otherwise, Written::Plainly))
}

fn is_own(address: Ipv4Addr) -> bool {
    address.is_loopback() || address.is_unspecified()
}

/// The two halves of an authority.
struct Host<'a> {
    name: &'a str,
    port: Option<&'a str>,
}

impl<'a> Host<'a> {
    fn split(authority: &'a str) -> Self {
        let after_literal = authority.find(']').map_or(0, |end| end + 1);
        match authority
            .get(after_literal..)
            .and_then(|rest| rest.find(':'))
        {
            None => Self {
                name: authority,
                port: None,
            },
            Some(colon) => {
                let (name, port) = authority.split_at(after_literal + colon);
                Self {
                    name,
                    port: port.strip_prefix(':'),
                }
            }
        }
    }

    /// A registered name in canonical spelling, or an IPv6 literal.
    fn check(&self) -> Result<(), RedirectUriError> {
        if self.port.is_some_and(|port| !is_port(port)) {
            return Err(RedirectUriError::Port);
        }
        let labels = |name: &str| {
            name.split('.')
                .all(|label| !label.is_empty() && !label.starts_with('-') && !label.ends_with('-'))
        };
        let letters = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_');
        let literal = self
            .name
            .strip_prefix('[')
            .and_then(|name| name.strip_suffix(']'));
        let good = match literal {
            Some(address) => address.parse::<Ipv6Addr>().is_ok(),
            None => self.name.bytes().all(letters) && labels(self.name),
        };
        if good {
            Ok(())
        } else {
            Err(RedirectUriError::Host)
        }
    }

    /// `http` is for the user's own machine only (RFC 8252 §7.3, RFC 9700 §2.6).
    fn check_loopback(&self) -> Result<(), RedirectUriError> {
        self.check()?;
        if matches!(self.name, "localhost" | "127.0.0.1" | "[::1]") {
            Ok(())
        } else {
            Err(RedirectUriError::NotHttps)
        }
    }
}

fn check_characters(text: &str) -> Result<(), RedirectUriError> {
    if text.is_empty() || text.len() > MOST_CHARACTERS {
        return Err(RedirectUriError::Length);
    }
    let illegal = |byte: u8| {
        !byte.is_ascii_graphic()
            || matches!(
                byte,
                b'"' | b'<' | b'>' | b'\\' | b'^' | b'`' | b'{' | b'|' | b'}'
            )
    };
    if text.bytes().any(illegal) {
        Err(RedirectUriError::IllegalCharacter)
    } else if text.contains('#') {
        Err(RedirectUriError::Fragment)
    } else if text.contains('*') {
        Err(RedirectUriError::Wildcard)
    } else {
        Ok(())
    }
}

fn web_host(rest: &str) -> Result<Host<'_>, RedirectUriError> {
    let authority = authority(rest.strip_prefix("//").ok_or(RedirectUriError::Host)?);
    if authority.contains('@') || authority.to_ascii_lowercase().contains("%40") {
        return Err(RedirectUriError::Userinfo);
    }
    Ok(Host::split(authority))
}

fn check_path_and_query(rest: &str) -> Result<(), RedirectUriError> {
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    let dots = path.split('/').any(|segment| {
        let plain = segment.to_ascii_lowercase().replace("%2e", ".");
        matches!(plain.split(';').next(), Some("." | ".."))
    });
    if dots {
        return Err(RedirectUriError::DotSegment);
    }
    form::decode_component(path).ok_or(RedirectUriError::IllegalCharacter)?;
    let form = Form::parse(query.as_bytes()).map_err(|_| RedirectUriError::IllegalCharacter)?;
    if form.iter().any(|(name, _)| RESERVED.contains(&name)) {
        return Err(RedirectUriError::ReservedParameter);
    }
    Ok(())
}

fn authority(after_slashes: &str) -> &str {
    after_slashes
        .split(['/', '?', '#', '\\'])
        .next()
        .unwrap_or(after_slashes)
}

const LOCALHOST: &str = "localhost";

/// An `http` URI on a loopback address.
struct Loopback<'a> {
    host: &'static str,
    has_port: bool,
    /// What follows the port.
    path: &'a str,
}

impl<'a> Loopback<'a> {
    fn of(uri: &'a str) -> Option<Self> {
        let hosts = ["127.0.0.1", "[::1]", LOCALHOST];
        hosts.into_iter().find_map(|host| {
            let rest = uri.strip_prefix("http://")?.strip_prefix(host)?;
            let end = rest.find(['/', '?']).unwrap_or(rest.len());
            let (port, path) = rest.split_at(end);
            let has_port = !port.is_empty();
            let is_sound = !has_port || port.strip_prefix(':').is_some_and(is_port);
            is_sound.then_some(Self {
                host,
                has_port,
                path,
            })
        })
    }
}

fn is_port(text: &str) -> bool {
    let digits = !text.starts_with('0') && text.bytes().all(|byte| byte.is_ascii_digit());
    digits && text.parse::<u16>().is_ok()
}

#[cfg(test)]
mod tests;
