//! Reads a platform request within bounds: a request that is too big gets an answer and is never a fault.

use std::time::Duration;

use oauth_core::http::{Answer, Headers, Incoming, Method};
use worker::web_sys;

use crate::glue::{self, Bound, Cut};

/// The longest URL that is read.
pub const URL_LIMIT: usize = 16 * 1024;
/// The longest value of one header that is read.
pub const HEADER_LIMIT: usize = 16 * 1024;

/// How long a body may take to arrive. The platform sets no bound of its own.
const BODY_DEADLINE: Duration = Duration::from_secs(10);

/// How much of a body is taken and dropped beyond its limit, in bytes.
const PATIENCE: usize = 1024 * 1024;

/// The headers that any of our handlers looks at, in the order in which `glue.js` reads them.
const USED: [&str; 8] = [
    "authorization",
    "content-type",
    "cookie",
    "origin",
    "accept",
    "dpop",
    "sec-fetch-site",
    "if-none-match",
];

/// The method, path and query of a request.
#[derive(Debug, PartialEq, Eq)]
pub struct Target {
    /// The method.
    pub method: Method,
    /// The path as the platform normalised it.
    pub path: String,
    /// The raw query.
    pub query: String,
}

/// A request but for its body, before anything is judged.
#[derive(Debug, PartialEq, Eq)]
pub struct Head {
    /// Where it goes.
    pub target: Target,
    /// Its id: the platform's own, else a random one. `glue.js` lets nothing else into headers, pages and the log.
    pub request_id: String,
    /// The caller's network address, where the platform says it.
    pub address: Option<String>,
    /// The announced length of the body, if there is one; empty if it is not announced.
    length: Option<String>,
    /// The values of [`USED`].
    headers: [Option<String>; USED.len()],
}

/// Reads all but the body.
pub fn head(request: &web_sys::Request) -> Head {
    Head::parse(&glue::head(request))
}

impl Head {
    /// Reads the text that `glue.js` has made of a request: no header and no URL has a line break.
    fn parse(text: &str) -> Self {
        let mut lines = text.split('\n');
        let method = Method::parse(lines.next().unwrap_or_default());
        let (path, query) = path_and_query(lines.next().unwrap_or_default());
        let target = Target {
            method,
            path: path.to_owned(),
            query: query.to_owned(),
        };
        let mut value = || lines.next()?.strip_prefix(':').map(str::to_owned);
        Self {
            target,
            request_id: value().unwrap_or_default(),
            address: value().filter(|address| address.len() <= 64),
            length: value(),
            headers: USED.map(|_| value()),
        }
    }

    /// The page's origin, where a browser sends one.
    pub fn origin(&self) -> Option<&str> {
        self.headers.get(ORIGIN)?.as_deref()
    }
}

/// Where `origin` is among [`USED`].
const ORIGIN: usize = 3;

/// Whether path and query together pass [`URL_LIMIT`].
pub fn is_too_long(target: &Target) -> bool {
    target.path.len().saturating_add(target.query.len()) > URL_LIMIT
}

/// Takes the headers and reads the body, both bounded.
pub async fn read(
    request: &web_sys::Request,
    head: Head,
    body_limit: usize,
) -> Result<Incoming, Answer> {
    let too_long = |value: &String| value.len() > HEADER_LIMIT;
    if head.headers.iter().flatten().any(too_long) {
        return Err(crate::answer::refused(431, "a header is too long"));
    }
    let body = match head.target.method {
        Method::Get | Method::Head | Method::Options => Vec::new(),
        Method::Post | Method::Put | Method::Patch | Method::Delete | Method::Other => {
            match &head.length {
                Some(length) => body(request, length, body_limit).await?,
                None => Vec::new(),
            }
        }
    };
    let headers = USED.into_iter().zip(head.headers);
    let headers = headers.filter_map(|(name, value)| Some((name.to_owned(), value?)));
    Ok(Incoming {
        method: head.target.method,
        path: head.target.path,
        query: head.target.query,
        headers: Headers::new(headers),
        body,
        address: head.address,
        request_id: head.request_id,
    })
}

async fn body(request: &web_sys::Request, length: &str, limit: usize) -> Result<Vec<u8>, Answer> {
    let bound = Bound {
        is_short: length
            .parse::<usize>()
            .is_ok_and(|announced| announced <= limit),
        limit,
        patience: PATIENCE,
    };
    let read = glue::request_body(request, bound, BODY_DEADLINE).await;
    read.map_err(|cut| match cut {
        Cut::TooLong => too_large(),
        Cut::TooSlow => too_slow(),
        Cut::Unreadable => unreadable(),
    })
}

fn too_large() -> Answer {
    crate::answer::refused(413, "the body is too large")
}

fn too_slow() -> Answer {
    crate::answer::refused(408, "the body did not arrive in time").with("connection", "close")
}

fn unreadable() -> Answer {
    crate::answer::refused(400, "the body could not be read")
}

/// Splits a URL that the platform has already serialized: after the host comes the path.
fn path_and_query(url: &str) -> (&str, &str) {
    let without_fragment = url.split_once('#').map_or(url, |(before, _)| before);
    let after_scheme = without_fragment
        .split_once("://")
        .map_or(without_fragment, |(_, rest)| rest);
    let start = after_scheme.find(['/', '?']).unwrap_or(after_scheme.len());
    let (_, rest) = after_scheme.split_at(start);
    match rest.split_once('?') {
        Some(("", query)) => ("/", query),
        Some((path, query)) => (path, query),
        None if rest.is_empty() => ("/", ""),
        None => (rest, ""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_split_without_decoding() {
        for (url, path, query) in [
            (
                "http://localhost:8788/oauth/authorize?a=b%2Fc&d=?",
                "/oauth/authorize",
                "a=b%2Fc&d=?",
            ),
            ("http://localhost:8788", "/", ""),
            ("http://localhost:8788?x=1", "/", "x=1"),
            ("http://localhost:8788//oauth//token", "//oauth//token", ""),
            ("http://h/a?b#c?d", "/a", "b"),
            ("http://h/a%3Fb", "/a%3Fb", ""),
        ] {
            assert_eq!(path_and_query(url), (path, query), "{url}");
        }
    }

    #[test]
    fn what_javascript_has_read_of_a_request_is_taken_apart() {
        let text =
            "POST\nhttp://h/a?b\n:0123456789abcdef\n\n:12\n:Bearer x\n:\n\n:http://o\n\n\n\n";
        let head = Head::parse(text);
        assert_eq!(head.target.method, Method::Post);
        assert_eq!((&*head.target.path, &*head.target.query), ("/a", "b"));
        assert_eq!(head.request_id, "0123456789abcdef");
        assert_eq!(
            (head.address.as_deref(), head.length.as_deref()),
            (None, Some("12"))
        );
        assert_eq!(head.origin(), Some("http://o"));
        let present = head.headers.iter().map(Option::is_some);
        assert_eq!(
            present.collect::<Vec<_>>(),
            [true, true, false, true, false, false, false, false]
        );
        // An empty header is there.
        assert_eq!(head.headers.get(1), Some(&Some(String::new())));
    }

    #[test]
    fn the_headers_are_in_the_order_of_javascript() {
        let glue = include_str!("glue.js");
        let list = USED.map(|name| format!("{name:?}")).join(", ");
        assert!(glue.contains(&format!("const USED = [{list}];")));
        assert_eq!(USED.get(ORIGIN), Some(&"origin"));
    }

    #[test]
    fn path_and_query_count_together() {
        let target = |path: usize, query: usize| Target {
            method: Method::Get,
            path: "p".repeat(path),
            query: "q".repeat(query),
        };
        assert!(!is_too_long(&target(1, URL_LIMIT - 1)));
        assert!(is_too_long(&target(2, URL_LIMIT - 1)));
    }
}
