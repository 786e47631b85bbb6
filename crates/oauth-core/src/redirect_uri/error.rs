//! Why a text is no redirect URI.

use std::fmt;

/// Why a redirect URI cannot be registered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RedirectUriError {
    /// Empty, or longer than [`MOST_CHARACTERS`](super::MOST_CHARACTERS).
    Length,
    /// A blank, a control, a non-ASCII or another character that no URI holds (RFC 3986 §2).
    IllegalCharacter,
    /// No scheme, or one that runs or embeds what it is given.
    Scheme,
    /// `http` to anything but this machine.
    NotHttps,
    /// A name or a password before the host, plain or encoded.
    Userinfo,
    /// A host that is absent or malformed.
    Host,
    /// A port that is not a number between 1 and 65535.
    Port,
    /// A `.` or `..` segment, in any spelling.
    DotSegment,
    /// A fragment (RFC 6749 §3.1.2).
    Fragment,
    /// An asterisk: there are no wildcards.
    Wildcard,
    /// A query that carries a parameter of the response itself.
    ReservedParameter,
}

impl fmt::Display for RedirectUriError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Length => "the redirect URI is empty or too long",
            Self::IllegalCharacter => "the redirect URI holds an illegal character",
            Self::Scheme => "the redirect URI's scheme is not allowed",
            Self::NotHttps => "the redirect URI must use https unless it is on loopback",
            Self::Userinfo => "the redirect URI must not hold userinfo",
            Self::Host => "the redirect URI's host is malformed",
            Self::Port => "the redirect URI's port is malformed",
            Self::DotSegment => "the redirect URI must not hold dot segments",
            Self::Fragment => "the redirect URI must not hold a fragment",
            Self::Wildcard => "the redirect URI must not hold a wildcard",
            Self::ReservedParameter => "the redirect URI's query holds a response parameter",
        })
    }
}

impl std::error::Error for RedirectUriError {}
