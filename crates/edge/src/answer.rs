//! Writes an [`Answer`] as HTTP, in one place, with the headers that every answer carries.

use oauth_core::{
    Fault, endpoint,
    http::{Answer, RETRY_AFTER, UNAVAILABLE},
};
use serde::Serialize;
use worker::web_sys::{Request, Response};

use crate::{config::ConfigFaults, glue, route::Cache};

/// The policy of every answer that is not a page: a browser must neither run nor frame it.
const INERT: &str =
    "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

/// The body of an answer that no endpoint has given.
#[derive(Serialize)]
struct Body {
    error: &'static str,
    error_description: &'static str,
}

impl Body {
    const fn new(error: &'static str, error_description: &'static str) -> Self {
        Self {
            error,
            error_description,
        }
    }
}

/// A refusal that no endpoint has decided on: the request did not get that far.
pub fn refused(status: u16, sentence: &'static str) -> Answer {
    let slug = match status {
        404 => "not_found",
        405 => "method_not_allowed",
        408 => "body_too_slow",
        413 => "body_too_large",
        414 => "url_too_long",
        431 => "header_too_long",
        _ => "unreadable_request",
    };
    let error = if status == 404 {
        "not_found"
    } else {
        "invalid_request"
    };
    let mut answer = Answer::json(status, &Body::new(error, sentence));
    answer.log.refusal = Some(slug);
    answer
}

/// A failure of this server: `503` with `Retry-After`, whatever the request was.
pub fn unavailable(fault: &Fault) -> Answer {
    let body = Body::new("temporarily_unavailable", UNAVAILABLE);
    let mut answer = Answer::json(503, &body).with("retry-after", RETRY_AFTER);
    answer.log.cause = Some(fault.to_string());
    answer
}

/// The answer of a worker whose configuration is at fault. The log names all faults, `/health` those that anyone may read.
pub fn misconfigured(path: &str, faults: &ConfigFaults) -> Answer {
    #[derive(Serialize)]
    struct Health<'a> {
        status: &'static str,
        configuration: &'a str,
    }

    let unavailable = unavailable(&Fault::new("configuration", faults));
    if path != endpoint::HEALTH {
        return unavailable;
    }
    let public = faults.public();
    let health = Health {
        status: "down",
        configuration: if public.is_empty() { "down" } else { &public },
    };
    Answer {
        body: Answer::json(503, &health).body,
        ..unavailable
    }
}

/// The headers that an answer gets for its own good, unless its handler has set them.
///
/// `secure` says that our own origin is https: only then may HSTS be sent (RFC 6797 §7.2).
pub fn protective(secure: bool, request_id: &str) -> Vec<(&'static str, String)> {
    let mut headers = vec![
        ("x-content-type-options", "nosniff".to_owned()),
        ("referrer-policy", "no-referrer".to_owned()),
        ("x-frame-options", "DENY".to_owned()),
        ("content-security-policy", INERT.to_owned()),
        ("x-request-id", request_id.to_owned()),
    ];
    if secure {
        headers.push((
            "strict-transport-security",
            "max-age=63072000; includeSubDomains".to_owned(),
        ));
    }
    headers
}

/// The caching headers that an answer gets. Only a success may be cached.
pub fn caching(cache: Cache, status: u16) -> Option<String> {
    match cache {
        Cache::Public(seconds) if (200..300).contains(&status) => {
            Some(format!("public, max-age={seconds}"))
        }
        Cache::Public(_) | Cache::NoStore => Some("no-store".to_owned()),
        Cache::Own | Cache::Document => (status >= 400).then(|| "no-store".to_owned()),
    }
}

/// Adds `extra` where the answer does not say otherwise.
#[must_use]
pub fn completed(mut answer: Answer, extra: Vec<(&'static str, String)>) -> Answer {
    for (name, value) in extra {
        if answer.header(name).is_none() {
            answer.headers.push((name, value));
        }
    }
    answer
}

/// Turns an answer into the platform's response; `bodiless` for `HEAD`.
pub fn write(answer: &Answer, bodiless: bool) -> Response {
    respond(head(answer).as_deref(), answer, bodiless)
}

/// The same; and the next requests with this URL are answered likewise for so many milliseconds, before any of this code runs.
pub(crate) fn write_for_all(answer: &Answer, request: &Request, milliseconds: u32) -> Response {
    let head = head(answer);
    if let Some(head) = &head {
        glue::keep(request, milliseconds, head, &answer.body);
    }
    respond(head.as_deref(), answer, false)
}

fn respond(head: Option<&str>, answer: &Answer, bodiless: bool) -> Response {
    match head {
        Some(head) => glue::respond(head, &answer.body, bodiless || answer.body.is_empty()),
        None => glue::respond("503", &[], true),
    }
}

/// The status and the headers, a line each. None is sent where a value has a line break or NUL.
fn head(answer: &Answer) -> Option<String> {
    let mut head = answer.status.to_string();
    for (name, value) in &answer.headers {
        if value.contains(['\n', '\r', '\0']) {
            return None;
        }
        head.extend(["\n", name, "\n", value]);
    }
    Some(head)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hsts_is_sent_under_https_only() {
        let has = |secure| {
            protective(secure, "id")
                .iter()
                .any(|(name, _)| *name == "strict-transport-security")
        };
        assert!(has(true));
        assert!(!has(false));
    }

    #[test]
    fn a_failure_is_never_kept_in_a_cache() {
        assert_eq!(
            caching(Cache::Public(60), 200).as_deref(),
            Some("public, max-age=60")
        );
        assert_eq!(
            caching(Cache::Public(60), 204).as_deref(),
            Some("public, max-age=60")
        );
        for status in [302, 304, 404, 503] {
            assert_eq!(
                caching(Cache::Public(60), status).as_deref(),
                Some("no-store")
            );
        }
        assert_eq!(caching(Cache::NoStore, 200).as_deref(), Some("no-store"));
        assert_eq!(caching(Cache::Own, 200), None);
        assert_eq!(caching(Cache::Own, 503).as_deref(), Some("no-store"));
    }

    #[test]
    fn a_handler_s_own_header_wins_and_cookies_stay_apart() {
        let answer = Answer::empty(200)
            .with("content-security-policy", "style-src 'self'")
            .with("set-cookie", "a=1")
            .with("set-cookie", "b=2");
        let answer = completed(answer, protective(false, "id"));
        assert_eq!(
            answer.header("content-security-policy"),
            Some("style-src 'self'")
        );
        let cookies = answer
            .headers
            .iter()
            .filter(|(name, _)| *name == "set-cookie");
        assert_eq!(cookies.count(), 2);
    }

    #[test]
    fn a_fault_is_a_503_that_says_when_to_come_back() {
        let answer = unavailable(&Fault::new("d1.read_client", "no such table"));
        assert_eq!(answer.status, 503);
        assert_eq!(answer.header("retry-after"), Some("2"));
        assert!(
            !String::from_utf8(answer.body)
                .unwrap()
                .contains("no such table")
        );
    }
}
