//! Access tokens in requests, and the challenges that answer them (RFC 6750, RFC 9449 §7).
//!
//! The resource server's guard, UserInfo and the administration read credentials here and nowhere else:
//!
//! | request | answer |
//! | --- | --- |
//! | no `Authorization`, or a well-formed one of another scheme | 401, a challenge without an error code (RFC 6750 §3.1) |
//! | `Bearer` or `DPoP` with anything but one `b64token` (RFC 6750 §2.1) | 400 `invalid_request` |
//! | a token in the query (RFC 6750 §2.3) | 400 `invalid_request` |
//! | a well-formed token that is not valid | 401 `invalid_token` |

use std::fmt::Write as _;

use crate::{Refusal, form, http::Incoming, jose::Algorithm};

/// How an access token is presented.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// Its bearer may use it (RFC 6750 §2.1).
    Bearer,
    /// With a proof of the client's key (RFC 9449 §7.1).
    Dpop,
}

impl Scheme {
    /// Its registered name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Bearer => "Bearer",
            Self::Dpop => "DPoP",
        }
    }

    /// Reads a name; schemes are case-insensitive (RFC 9110 §11.1).
    fn parse(name: &str) -> Option<Self> {
        [Self::Bearer, Self::Dpop]
            .into_iter()
            .find(|scheme| name.eq_ignore_ascii_case(scheme.name()))
    }

    /// The scheme of a request; [`Scheme::Bearer`] where it names neither.
    pub fn of(request: &Incoming) -> Self {
        let header = request.headers.value("authorization").unwrap_or_default();
        let (name, _) = header.split_once(' ').unwrap_or((header, ""));
        Self::parse(name).unwrap_or(Self::Bearer)
    }
}

/// An access token, and how it was presented.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Credentials<'a> {
    /// The scheme.
    pub scheme: Scheme,
    /// The token.
    pub token: &'a str,
}

/// The reason why no credentials could be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unread {
    /// There are none of these schemes.
    Absent,
    /// The token is in the query.
    InQuery,
    /// The `Authorization` header is malformed.
    Malformed,
}

/// The description of a refusal of [`Unread::InQuery`] or [`Unread::Malformed`].
pub const MALFORMED: &str = Refusal::TokenMalformed.description();

/// The credentials in the `Authorization` header of a request.
pub fn from_header(request: &Incoming) -> Result<Credentials<'_>, Unread> {
    if has_token_in_query(&request.query) {
        return Err(Unread::InQuery);
    }
    let header = request.headers.value("authorization");
    let header = header.ok_or(Unread::Absent)?;
    let (name, token) = header.split_once(' ').unwrap_or((header, ""));
    let Some(scheme) = Scheme::parse(name) else {
        return Err(if is_token(name) {
            Unread::Absent
        } else {
            Unread::Malformed
        });
    };
    let token = token.trim_matches(' ');
    // Two headers arrive joined by a comma, which no token contains.
    if is_b64token(token) {
        Ok(Credentials { scheme, token })
    } else {
        Err(Unread::Malformed)
    }
}

/// A challenge (RFC 6750 §3, RFC 9449 §7.1, RFC 9728 §5.1). Its strings must need no escaping.
#[derive(Clone, Debug)]
pub struct Challenge {
    scheme: Scheme,
    text: String,
}

impl Challenge {
    /// A challenge without an error.
    pub fn new(scheme: Scheme, realm: &str) -> Self {
        let challenge = Self {
            scheme,
            text: scheme.name().to_owned(),
        };
        challenge.parameter(" ", "realm", realm)
    }

    /// Adds a parameter.
    #[must_use]
    pub fn with(self, name: &str, value: &str) -> Self {
        self.parameter(", ", name, value)
    }

    /// Adds the error.
    #[must_use]
    pub fn error(self, code: &str, description: &str) -> Self {
        self.with("error", code)
            .with("error_description", description)
    }

    fn parameter(mut self, separator: &str, name: &str, value: &str) -> Self {
        // Writing to a string cannot fail.
        let _ = write!(self.text, "{separator}{name}=\"{value}\"");
        self
    }

    /// Adds the algorithms of proofs, where the scheme has proofs (RFC 9449 §7.1).
    #[must_use]
    pub fn algorithms(self) -> Self {
        match self.scheme {
            Scheme::Bearer => self,
            Scheme::Dpop => self.with("algs", &Algorithm::ALL.map(Algorithm::name).join(" ")),
        }
    }

    /// The finished challenge.
    pub fn finish(self) -> String {
        self.text
    }
}

/// The error of a challenge for an access token (RFC 6750 §3.1, RFC 9449 §7.1, §9).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChallengeError {
    /// `invalid_token`.
    InvalidToken,
    /// `insufficient_scope`.
    InsufficientScope,
    /// `use_dpop_nonce`.
    UseDpopNonce,
}

impl ChallengeError {
    /// Reads a `WWW-Authenticate` header, which may hold challenges of other schemes as well (RFC 9110 §11.6.1).
    pub fn read(header: &str) -> Option<Self> {
        let mut is_ours = false;
        for part in parts(header) {
            let Some((name, value)) = part.split_once('=') else {
                is_ours = Scheme::parse(part.trim()).is_some();
                continue;
            };
            let mut words = name.split_ascii_whitespace();
            let name = match (words.next(), words.next()) {
                (Some(scheme), Some(name)) => {
                    is_ours = Scheme::parse(scheme).is_some();
                    name
                }
                (Some(name), None) => name,
                (None, _) => continue,
            };
            if is_ours && name.eq_ignore_ascii_case("error") {
                match value.trim().trim_matches('"') {
                    "invalid_token" => return Some(Self::InvalidToken),
                    "insufficient_scope" => return Some(Self::InsufficientScope),
                    "use_dpop_nonce" => return Some(Self::UseDpopNonce),
                    // Another challenge may say more.
                    _ => {}
                }
            }
        }
        None
    }
}

/// The parts of a header between commas that are not in a quoted string.
fn parts(header: &str) -> impl Iterator<Item = &str> {
    let (mut quoted, mut escaped) = (false, false);
    header.split(move |character| {
        let literal = std::mem::take(&mut escaped);
        match character {
            '"' if !literal => quoted = !quoted,
            '\\' if quoted && !literal => escaped = true,
            _ => {}
        }
        character == ',' && !quoted
    })
}

/// Tokens in URLs end in logs and histories (RFC 6750 §2.3).
fn has_token_in_query(query: &str) -> bool {
    // Each name by itself: a query that is malformed elsewhere hides none.
    query.split('&').any(|pair| {
        let name = pair.split('=').next().unwrap_or_default();
        name == "access_token"
            || (name.contains(['%', '+'])
                && form::decode_component(name).as_deref() == Some("access_token"))
    })
}

/// Whether a text is a `b64token` (RFC 6750 §2.1).
pub fn is_b64token(text: &str) -> bool {
    let unpadded = text.trim_end_matches('=');
    let legal = |byte: u8| {
        byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'+' | b'/')
    };
    !unpadded.is_empty() && unpadded.bytes().all(legal)
}

/// Whether a text is a `token` (RFC 9110 §5.6.2), as far as schemes use it.
fn is_token(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::http::{Headers, Method};

    fn request(authorization: Option<&str>, query: &str) -> Incoming {
        let header = authorization.map(|value| ("Authorization".to_owned(), value.to_owned()));
        Incoming {
            method: Method::Get,
            path: "/api/data".into(),
            query: query.into(),
            headers: Headers::new(header),
            body: Vec::new(),
            address: None,
            request_id: "r".into(),
        }
    }

    #[test]
    fn the_scheme_has_no_case() {
        for (name, scheme) in [
            ("Bearer", Scheme::Bearer),
            ("bearer", Scheme::Bearer),
            ("BEARER", Scheme::Bearer),
            ("bEaReR", Scheme::Bearer),
            ("DPoP", Scheme::Dpop),
            ("dpop", Scheme::Dpop),
            ("DPOP", Scheme::Dpop),
        ] {
            let request = request(Some(&format!("{name} abc.DEF-_~+/==")), "x=1");
            let token = "abc.DEF-_~+/==";
            assert_eq!(
                from_header(&request).unwrap(),
                Credentials { scheme, token }
            );
            assert_eq!(Scheme::of(&request), scheme);
        }
    }

    #[test]
    fn no_header_or_another_scheme_is_no_credentials() {
        for header in [None, Some("Basic YTpi"), Some("Negotiate")] {
            let request = request(header, "");
            assert!(
                matches!(from_header(&request), Err(Unread::Absent)),
                "{header:?}"
            );
        }
    }

    #[test]
    fn a_malformed_header_is_a_bad_request() {
        for header in [
            "",
            "Bearer",
            "Bearer ",
            "Bearer  ",
            "Bearer a b",
            "Bearer a, Bearer b",
            "Bearer é",
            "Bearer =",
            "Bearer a=b",
            "Bearer\ta",
            "Bearer a\"",
            "Bearer,a",
            "DPoP",
            "DPoP a, DPoP b",
            "DPoP a\"",
        ] {
            let request = request(Some(header), "");
            assert!(
                matches!(
                    from_header(&request),
                    Err(Unread::Malformed | Unread::InQuery)
                ),
                "{header:?}"
            );
        }
    }

    #[test]
    fn a_token_in_the_query_is_refused_however_it_is_spelt() {
        for query in [
            "access_token=abc",
            "a=1&access_token",
            "%61ccess_token=abc",
            "a=%ff&access_token=abc",
            "access_token=%zz",
        ] {
            for header in [None, Some("Bearer abc")] {
                assert!(matches!(
                    from_header(&request(header, query)),
                    Err(Unread::Malformed | Unread::InQuery)
                ));
            }
        }
    }

    #[test]
    fn the_error_of_a_challenge_is_read_from_its_parameter_alone() {
        use ChallengeError::{InsufficientScope, InvalidToken, UseDpopNonce};
        let written = Challenge::new(Scheme::Bearer, "https://api.example")
            .error("invalid_token", "It has expired, or never was.")
            .finish();
        for (header, error) in [
            (written.as_str(), Some(InvalidToken)),
            (r#"DPoP error="use_dpop_nonce""#, Some(UseDpopNonce)),
            (
                r#"Bearer error="invalid_request", DPoP error="use_dpop_nonce""#,
                Some(UseDpopNonce),
            ),
            (
                r#"Basic realm="a", bearer Error=insufficient_scope"#,
                Some(InsufficientScope),
            ),
            (
                r#"Bearer realm="\", error=\"", error="invalid_token""#,
                Some(InvalidToken),
            ),
            (
                r#"Negotiate, DPoP  error = "invalid_token""#,
                Some(InvalidToken),
            ),
            (r#"Bearer realm="invalid_token""#, None),
            (r#"Bearer scope="a error=invalid_token""#, None),
            (
                r#"Bearer error="invalid_request", error_description="not invalid_token""#,
                None,
            ),
            (r#"Digest error="invalid_token""#, None),
            (r#"Bearer, Digest error="invalid_token""#, None),
            ("Bearer", None),
            ("", None),
        ] {
            assert_eq!(ChallengeError::read(header), error, "{header}");
        }
    }

    proptest! {
        #[test]
        fn reading_a_challenge_never_panics(header: String) {
            let _ = ChallengeError::read(&header);
        }

        #[test]
        fn reading_credentials_never_panics(header: String, query: String) {
            let _ = from_header(&request(Some(&header), &query));
        }
    }
}
