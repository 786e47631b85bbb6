//! Finding the token in a request: in the `Authorization` header and nowhere else (RFC 6750 §2).

use oauth_core::form;
use oauth_core::http::Incoming;

use crate::denied::Denied;

/// The bearer token of a request (RFC 6750 §2.1).
pub(crate) fn bearer(request: &Incoming) -> Result<&str, Denied> {
    if has_token_in_query(&request.query) {
        return Err(Denied::Malformed(
            "an access token belongs into the Authorization header",
        ));
    }
    let header = request
        .headers
        .value("authorization")
        .ok_or(Denied::NoCredentials)?;
    let (scheme, token) = header.split_once(' ').unwrap_or((header, ""));
    let token = token.trim_matches(' ');
    if !scheme.eq_ignore_ascii_case("bearer") {
        // Well-formed credentials of another scheme are none of ours.
        return Err(if is_token(scheme) {
            Denied::NoCredentials
        } else {
            Denied::Malformed("the Authorization header is malformed")
        });
    }
    // Two headers arrive joined by a comma, which no token holds.
    if is_b64token(token) {
        Ok(token)
    } else {
        Err(Denied::Malformed("the Authorization header is malformed"))
    }
}

/// RFC 6750 §2.3 warns of tokens in URLs: they end in logs and histories, so they are refused.
fn has_token_in_query(query: &str) -> bool {
    // Each name by itself: a query that is malformed elsewhere hides none.
    query.split('&').any(|pair| {
        let name = pair.split('=').next().unwrap_or_default();
        form::decode_component(name).as_deref() == Some("access_token")
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
        for scheme in ["Bearer", "bearer", "BEARER", "bEaReR"] {
            let request = request(Some(&format!("{scheme} abc.DEF-_~+/==")), "x=1");
            assert_eq!(bearer(&request).unwrap(), "abc.DEF-_~+/==");
        }
    }

    #[test]
    fn no_header_or_another_scheme_is_no_credentials() {
        for header in [
            None,
            Some("Basic YTpi"),
            Some("DPoP abc"),
            Some("Negotiate"),
        ] {
            let request = request(header, "");
            assert!(
                matches!(bearer(&request), Err(Denied::NoCredentials)),
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
        ] {
            let request = request(Some(header), "");
            assert!(
                matches!(bearer(&request), Err(Denied::Malformed(_))),
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
                    bearer(&request(header, query)),
                    Err(Denied::Malformed(_))
                ));
            }
        }
    }

    proptest! {
        #[test]
        fn reading_credentials_never_panics(header: String, query: String) {
            let _ = bearer(&request(Some(&header), &query));
        }
    }
}
