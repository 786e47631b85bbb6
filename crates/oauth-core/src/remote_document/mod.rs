//! What a stranger names by its URL: a client's metadata document, its keys. Which URLs this server asks for at all, and
//! which answers it takes (RFC 6890, RFC 9111, the draft of client ID metadata documents).
//!
//! A URL is not normalized: a spelling that readers of URLs might understand differently is refused.

mod address;
mod freshness;
mod resolution;

use crate::{form, jose::is_object_without_repeats};

pub use address::is_public;
pub use freshness::{LEAST_FRESH, MOST_FRESH, fresh_for};
pub use resolution::{Unresolved, question, read as read_resolution};

/// The most bytes of a document.
pub const LARGEST: usize = 16 * 1024;

/// The longest URL.
const LONGEST: usize = 2_048;

/// Names below which nothing public is, whatever a resolver says (RFC 6761, RFC 6762, RFC 8375, RFC 9476, ICANN).
const NOT_PUBLIC: [&str; 14] = [
    "alt",
    "arpa",
    "corp",
    "example",
    "home",
    "internal",
    "intranet",
    "invalid",
    "lan",
    "local",
    "localdomain",
    "localhost",
    "onion",
    "test",
];

/// The hosts that may be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Public ones, by https.
    Public,
    /// Those, and this machine by http, for development.
    AndThisMachine,
}

/// Why a URL is not asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotAllowed(pub &'static str);

/// A URL that may be asked for, as far as its text shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RemoteUrl<'a> {
    text: &'a str,
    host: &'a str,
    is_this_machine: bool,
}

impl<'a> RemoteUrl<'a> {
    /// Applies the rules.
    pub fn parse(text: &'a str, reach: Reach) -> Result<Self, NotAllowed> {
        check_characters(text)?;
        let (scheme, rest) = text.split_once("://").ok_or(NotAllowed("not a URL"))?;
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(end);
        check_path(path)?;
        let host = host(authority)?;
        let is_this_machine = match (scheme, reach) {
            ("https", _) => false,
            ("http", Reach::AndThisMachine) => {
                matches!(host, "localhost" | "127.0.0.1" | "[::1]")
            }
            _ => return Err(NotAllowed("not https")),
        };
        if !is_this_machine {
            if scheme == "http" {
                return Err(NotAllowed("not https"));
            }
            check_public_name(host)?;
        }
        Ok(Self {
            text,
            host,
            is_this_machine,
        })
    }

    /// The URL as it was written.
    pub const fn as_str(&self) -> &'a str {
        self.text
    }

    /// Its host.
    pub const fn host(&self) -> &'a str {
        self.host
    }

    /// Whether it is on this machine, for development: then there is no name to resolve.
    pub const fn is_this_machine(&self) -> bool {
        self.is_this_machine
    }
}

/// The scheme, host and port of a URL that [`RemoteUrl::parse`] accepts.
pub fn origin(url: &str) -> Option<&str> {
    let host = url.find("://")? + 3;
    let end = url.get(host..)?.find(['/', '?', '#']);
    end.map_or(Some(url), |end| url.get(..host + end))
}

fn check_characters(text: &str) -> Result<(), NotAllowed> {
    let illegal = |byte: u8| {
        !byte.is_ascii_graphic()
            || matches!(
                byte,
                b'"' | b'<' | b'>' | b'\\' | b'^' | b'`' | b'{' | b'|' | b'}'
            )
    };
    if text.len() > LONGEST || text.bytes().any(illegal) {
        Err(NotAllowed("too long, or not the characters of a URL"))
    } else if text.contains('#') {
        Err(NotAllowed("a fragment"))
    } else {
        Ok(())
    }
}

fn check_path(path_and_query: &str) -> Result<(), NotAllowed> {
    let path = path_and_query
        .split_once('?')
        .map_or(path_and_query, |(path, _)| path);
    let is_dots = |segment: &str| {
        let plain = segment.to_ascii_lowercase().replace("%2e", ".");
        matches!(plain.split(';').next(), Some("." | ".."))
    };
    if !path.starts_with('/') {
        Err(NotAllowed("no path"))
    } else if path.split('/').any(is_dots) {
        Err(NotAllowed("a dot segment"))
    } else if form::decode_component(path_and_query).is_none() {
        Err(NotAllowed("a malformed escape"))
    } else {
        Ok(())
    }
}

/// The host of an authority that has no userinfo, and no port but a sound one.
fn host(authority: &str) -> Result<&str, NotAllowed> {
    if authority.contains(['@', '%']) {
        return Err(NotAllowed("userinfo, or an escape in the host"));
    }
    let after_literal = authority.find(']').map_or(0, |end| end + 1);
    let colon = authority
        .get(after_literal..)
        .and_then(|rest| rest.find(':'))
        .map(|colon| after_literal + colon);
    let (host, port) = authority.split_at(colon.unwrap_or(authority.len()));
    let is_sound = |port: &str| {
        let is_number = port.bytes().all(|byte| byte.is_ascii_digit());
        is_number && !port.starts_with('0') && port.parse::<u16>().is_ok()
    };
    match port.strip_prefix(':') {
        Some(port) if !is_sound(port) => Err(NotAllowed("a port that is none")),
        Some(_) | None => Ok(host),
    }
}

/// A name that can be public: of several labels, the last of which is a top-level domain and no part of an address.
fn check_public_name(host: &str) -> Result<(), NotAllowed> {
    let is_label = |label: &str| {
        let legal = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_');
        (1..=63).contains(&label.len())
            && label.bytes().all(legal)
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    if host.len() > 253 || !host.split('.').all(is_label) {
        return Err(NotAllowed("not a host name in lower case"));
    }
    let (_, last) = host
        .rsplit_once('.')
        .ok_or(NotAllowed("a host name of one label"))?;
    // No top-level domain begins with a digit: such a name is an address, in whatever spelling.
    if last.starts_with(|first: char| first.is_ascii_digit()) {
        Err(NotAllowed("an address in place of a host name"))
    } else if NOT_PUBLIC.contains(&last) {
        Err(NotAllowed("a host name that is not public"))
    } else {
        Ok(())
    }
}

/// Whether an answer of this `Content-Type` is JSON: `application/json`, or of a type that is built on it (RFC 6839).
pub fn is_json(content_type: &str) -> bool {
    let media_type = content_type.split(';').next().unwrap_or_default().trim();
    let Some((kind, subtype)) = media_type.split_once('/') else {
        return false;
    };
    let subtype = subtype.to_ascii_lowercase();
    kind.eq_ignore_ascii_case("application") && (subtype == "json" || subtype.ends_with("+json"))
}

/// Checks an answer: status 200 and nothing else, one JSON object, no member twice.
pub fn check_answer(
    status: u16,
    content_type: Option<&str>,
    body: &[u8],
) -> Result<(), NotAllowed> {
    if status != 200 {
        Err(NotAllowed("a status other than 200"))
    } else if !content_type.is_some_and(is_json) {
        Err(NotAllowed("a Content-Type that is not JSON"))
    } else if !is_object_without_repeats(body) {
        Err(NotAllowed("not one JSON object that has each member once"))
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests;
