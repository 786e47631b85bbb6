//! Finding the token in a request: in the `Authorization` header and nowhere else (RFC 6750 §2).

use oauth_core::form;
use oauth_core::http::Incoming;

use crate::denied::Denied;

/// How a token is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scheme {
    /// Whoever bears it may use it (RFC 6750 §2.1).
    Bearer,
    /// With a proof of the client's key (RFC 9449 §7.1).
    Dpop,
}

impl Scheme {
    /// Its registered name.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Bearer => "Bearer",
            Self::Dpop => "DPoP",
        }
    }

    /// Reads a name; schemes have no case (RFC 9110 §11.1).
    fn parse(name: &str) -> Option<Self> {
        [Self::Bearer, Self::Dpop]
            .into_iter()
            .find(|scheme| name.eq_ignore_ascii_case(scheme.name()))
    }

    /// How a request came; one without credentials of ours might as well have come with a bearer token.
    pub(crate) fn of(request: &Incoming) -> Self {
        let header = request.headers.value("authorization").unwrap_or_default();
        let (name, _) = header.split_once(' ').unwrap_or((header, ""));
        Self::parse(name).unwrap_or(Self::Bearer)
    }
}

/// A token and how it was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Credentials<'a> {
    pub(crate) scheme: Scheme,
    pub(crate) token: &'a str,
}

/// The credentials of a request.
pub(crate) fn credentials(request: &Incoming) -> Result<Credentials<'_>, Denied> {
    if has_token_in_query(&request.query) {
        return Err(Denied::Malformed(
            "an access token belongs into the Authorization header",
        ));
    }
    let header = request
        .headers
        .value("authorization")
        .ok_or(Denied::NoCredentials)?;
    let (name, token) = header.split_once(' ').unwrap_or((header, ""));
    let token = token.trim_matches(' ');
    let Some(scheme) = Scheme::parse(name) else {
        // Well-formed credentials of another scheme are none of ours.
        return Err(if is_token(name) {
            Denied::NoCredentials
        } else {
            Denied::Malformed("the Authorization header is malformed")
        });
    };
    // Two headers arrive joined by a comma, which no token holds.
    if is_b64token(token) {
        Ok(Credentials { scheme, token })
    } else {
        Err(Denied::Malformed("the Authorization header is malformed"))
    }
}

/// RFC 6750 §2.3 warns of tokens in URLs: they end in logs and histories, so they are refused.
fn has_token_in_query(query: &str) -> bool {
    // Each name by itself: a query that is malformed elsewhere hides none.
    query.split('&').any(|pair| {
        let name = pair.split('=').next().unwrap_or_default();
        name == "access_token"
            || (name.contains(['%', '+'])
                && form::decode_component(name).as_deref() == Some("access_token"))
    })
}

/// `b64token` of RFC 6750 §2.1.
fn is_b64token(text: &str) -> bool {
    let unpadded = text.trim_end_matches('=');
    let legal = |byte: u8| {
        byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'+' | b'/')
    };
    !unpadded.is_empty() && unpadded.bytes().all(legal)
}

/// `token` of RFC 9110 §5.6.2, as far as schemes use it.
fn is_token(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
}

#[cfg(test)]
mod tests {
    use oauth_core::http::{Headers, Method};
    use proptest::prelude::*;

    use super::*;

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
                credentials(&request).unwrap(),
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
                matches!(credentials(&request), Err(Denied::NoCredentials)),
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
                matches!(credentials(&request), Err(Denied::Malformed(_))),
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
                    credentials(&request(header, query)),
                    Err(Denied::Malformed(_))
                ));
            }
        }
    }

    proptest! {
        #[test]
        fn reading_credentials_never_panics(header: String, query: String) {
            let _ = credentials(&request(Some(&header), &query));
        }
    }
}
