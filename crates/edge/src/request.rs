//! Reads a platform request within bounds: a request that is too big gets an answer and is never a fault.

use std::{future::poll_fn, pin::Pin, time::Duration};

use futures_core::Stream;
use oauth_core::{
    concurrent::race,
    http::{Answer, Headers, Incoming, Method},
};
use worker::{ByteStream, Request};

/// The longest URL that is read.
pub const URL_LIMIT: usize = 16 * 1024;
/// The longest value of one header that is read.
pub const HEADER_LIMIT: usize = 16 * 1024;

/// How long a body may take to arrive. The platform sets no bound of its own.
const BODY_DEADLINE: Duration = Duration::from_secs(10);

/// How much of a body is taken and dropped beyond its limit.
const PATIENCE: usize = 1024 * 1024;

/// The headers that any of our handlers looks at. No other is copied.
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

/// The method, path and query of a request, known before anything else is read.
#[derive(Debug, PartialEq, Eq)]
pub struct Target {
    /// The method.
    pub method: Method,
    /// The path as the platform normalised it.
    pub path: String,
    /// The raw query.
    pub query: String,
}

/// Reads where a request goes. The URL's length is judged by [`is_too_long`].
pub fn target(request: &Request) -> Target {
    let url = request.inner().url();
    let (path, query) = path_and_query(&url);
    Target {
        method: Method::parse(&request.inner().method()),
        path: path.to_owned(),
        query: query.to_owned(),
    }
}

/// Whether path and query together pass [`URL_LIMIT`].
pub fn is_too_long(target: &Target) -> bool {
    target.path.len().saturating_add(target.query.len()) > URL_LIMIT
}

/// The id of a request: the platform's own, else a random one.
pub fn id(request: &Request) -> String {
    from_the_edge(request, "cf-ray")
        .filter(|ray| is_request_id(ray))
        .unwrap_or_else(crate::platform::token_hex)
}

/// The caller's network address, where the platform says it.
pub fn address(request: &Request) -> Option<String> {
    from_the_edge(request, "cf-connecting-ip").filter(|address| address.len() <= 64)
}

/// A header that Cloudflare's edge sets on every request that it takes in, whatever the caller sent. A request without
/// the edge's properties did not come through it: on a local socket the header is the caller's own invention.
fn from_the_edge(request: &Request, name: &str) -> Option<String> {
    request.cf()?;
    request.headers().get(name).ok().flatten()
}

/// Reads the headers that we use and the body, both bounded.
pub async fn read(
    mut request: Request,
    target: Target,
    request_id: &str,
    body_limit: usize,
) -> Result<Incoming, Answer> {
    let mut headers = Vec::new();
    for name in USED {
        if let Some(value) = request.headers().get(name).ok().flatten() {
            if value.len() > HEADER_LIMIT {
                return Err(crate::answer::refused(431, "a header is too long"));
            }
            headers.push((name.to_owned(), value));
        }
    }
    let address = address(&request);
    let body = match target.method {
        Method::Get | Method::Head | Method::Options => Vec::new(),
        Method::Post | Method::Put | Method::Patch | Method::Delete | Method::Other => {
            let reading = race(body(&mut request, body_limit), crate::sleep(BODY_DEADLINE));
            reading.await.ok_or_else(too_slow)??
        }
    };
    Ok(Incoming {
        method: target.method,
        path: target.path,
        query: target.query,
        headers: Headers::new(headers),
        body,
        address,
        request_id: request_id.to_owned(),
    })
}

async fn body(request: &mut Request, limit: usize) -> Result<Vec<u8>, Answer> {
    let length = request.headers().get("content-length").ok().flatten();
    if request.inner().body().is_none() {
        return Ok(Vec::new());
    }
    match length.map(|length| length.parse::<usize>()) {
        Some(Ok(length)) if length <= limit => match request.bytes().await {
            Ok(bytes) if bytes.len() <= limit => Ok(bytes),
            Ok(_) => Err(too_large()),
            Err(_) => Err(unreadable()),
        },
        Some(_) | None => match request.stream() {
            Ok(stream) => chunks(stream, limit, PATIENCE).await.map_err(Cut::answer),
            Err(_) => Err(unreadable()),
        },
    }
}

/// Why a body was not read to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cut {
    TooLong,
    Unreadable,
}

impl Cut {
    fn answer(self) -> Answer {
        match self {
            Self::TooLong => too_large(),
            Self::Unreadable => unreadable(),
        }
    }
}

/// A body that is too long, or of unannounced length, is taken chunk by chunk. What is over the
/// limit is dropped, not kept. Of a request it is taken for a while, because many callers only listen to
/// the answer once they have sent all: `patience` bytes beyond the limit.
pub(crate) async fn chunks(
    mut stream: ByteStream,
    limit: usize,
    patience: usize,
) -> Result<Vec<u8>, Cut> {
    let mut body = Vec::new();
    let mut taken: usize = 0;
    while let Some(chunk) = poll_fn(|context| Pin::new(&mut stream).poll_next(context)).await {
        let chunk = chunk.map_err(|_| Cut::Unreadable)?;
        taken = taken.saturating_add(chunk.len());
        if taken > limit.saturating_add(patience) {
            break;
        }
        if taken <= limit {
            body.extend_from_slice(&chunk);
        }
    }
    if taken > limit {
        Err(Cut::TooLong)
    } else {
        Ok(body)
    }
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

/// An id that goes into headers, pages and the log: short, and of harmless characters.
fn is_request_id(value: &str) -> bool {
    (8..=64).contains(&value.len())
        && value
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
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
    fn a_request_id_cannot_carry_markup_or_line_breaks() {
        assert!(is_request_id("8f0c1d2e3a4b5c6d-FRA"));
        for value in [
            "",
            "short",
            "<script>alert(1)</script>",
            "a\r\nset-cookie: x",
            &"a".repeat(65),
        ] {
            assert!(!is_request_id(value), "{value}");
        }
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
