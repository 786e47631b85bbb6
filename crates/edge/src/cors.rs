//! The CORS protocol of the Fetch standard, without credentials always.

use oauth_core::http::Answer;

use crate::route::Cors;

/// The headers that scripts of other origins may read besides the safelisted ones.
const EXPOSED: &str = "WWW-Authenticate, DPoP-Nonce, Retry-After, X-Request-Id";
/// The headers that they may send: any, because no request has credentials of the browser's. Tracing libraries add their own to
/// every request. The wildcard does not cover `Authorization` (Fetch §4.8), and older browsers do not know it.
const ACCEPTED: &str = "Authorization, Content-Type, DPoP, *";

/// The answer to a preflight, still without the origin.
pub fn preflight(allow: &str) -> Answer {
    Answer::empty(204)
        .with("access-control-allow-methods", allow)
        .with("access-control-allow-headers", ACCEPTED)
        .with("access-control-max-age", "7200")
}

/// The CORS headers that an answer gets.
pub fn headers(cors: Cors, origin: Option<&str>, listed: &[String]) -> Vec<(&'static str, String)> {
    let mut headers = Vec::new();
    match (cors, origin) {
        (Cors::Closed, _) => return headers,
        (Cors::Any, _) => headers.push(("access-control-allow-origin", "*".to_owned())),
        (Cors::Listed, origin) => {
            // A cache must not show one origin's answer to another, so even a refusal varies.
            headers.push(("vary", "Origin".to_owned()));
            match origin.filter(|origin| listed.iter().any(|known| known == origin)) {
                Some(origin) => headers.push(("access-control-allow-origin", origin.to_owned())),
                None => return headers,
            }
        }
    }
    headers.push(("access-control-expose-headers", EXPOSED.to_owned()));
    headers
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(cors: Cors, origin: Option<&str>) -> Option<String> {
        headers(cors, origin, &["http://localhost:8790".to_owned()])
            .into_iter()
            .find(|(name, _)| *name == "access-control-allow-origin")
            .map(|(_, value)| value)
    }

    #[test]
    fn a_closed_answer_has_no_cors_header_at_all() {
        assert!(headers(Cors::Closed, Some("http://localhost:8790"), &[]).is_empty());
    }

    #[test]
    fn listed_origins_match_exactly() {
        let app = "http://localhost:8790";
        assert_eq!(allowed(Cors::Listed, Some(app)).as_deref(), Some(app));
        for other in [
            "http://localhost:87900",
            "http://LOCALHOST:8790",
            "null",
            "https://localhost:8790",
        ] {
            assert_eq!(allowed(Cors::Listed, Some(other)), None, "{other}");
        }
        assert_eq!(allowed(Cors::Listed, None), None);
    }

    #[test]
    fn credentials_are_never_allowed() {
        for cors in [Cors::Closed, Cors::Any, Cors::Listed] {
            let all = headers(
                cors,
                Some("http://localhost:8790"),
                &["http://localhost:8790".to_owned()],
            );
            assert!(
                all.iter()
                    .all(|(name, _)| *name != "access-control-allow-credentials")
            );
        }
    }
}
