//! A request that a worker has read and bounded, and an answer that it has still to write.

use serde::Serialize;

/// The seconds after which a client may try again when a server's own dependency is down and nothing more is known.
pub const RETRY_AFTER_SECONDS: i64 = 2;
/// The same, as the value of `Retry-After` (RFC 9110 §10.2.3).
pub const RETRY_AFTER: &str = "2";
/// The description in an answer with status 503.
pub const UNAVAILABLE: &str = "a service that this answer needs is not available, try again";

/// The request methods that are distinguished (RFC 9110 §9).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// `GET`
    Get,
    /// `HEAD`
    Head,
    /// `POST`
    Post,
    /// `PUT`
    Put,
    /// `PATCH`
    Patch,
    /// `DELETE`
    Delete,
    /// `OPTIONS`
    Options,
    /// Any other method: it is never allowed.
    Other,
}

impl Method {
    /// Reads a method's name; methods are case-sensitive.
    pub fn parse(name: &str) -> Self {
        match name {
            "GET" => Self::Get,
            "HEAD" => Self::Head,
            "POST" => Self::Post,
            "PUT" => Self::Put,
            "PATCH" => Self::Patch,
            "DELETE" => Self::Delete,
            "OPTIONS" => Self::Options,
            _ => Self::Other,
        }
    }

    /// The method's name, for `Allow` and the log.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Head => "HEAD",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
            Self::Options => "OPTIONS",
            Self::Other => "OTHER",
        }
    }
}

/// Request headers, by lower-case name.
#[derive(Clone, Debug, Default)]
pub struct Headers(Vec<(String, String)>);

impl Headers {
    /// Takes headers as the platform lists them: one entry a name, repeats joined by a comma.
    pub fn new(entries: impl IntoIterator<Item = (String, String)>) -> Self {
        Self(
            entries
                .into_iter()
                .map(|(name, value)| (name.to_ascii_lowercase(), value))
                .collect(),
        )
    }

    /// The value of the header with this lower-case name.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }
}

/// A request whose body has been read within its bound.
#[derive(Clone, Debug)]
pub struct Incoming {
    /// The request method.
    pub method: Method,
    /// The path, as the platform normalised it.
    pub path: String,
    /// The raw query without its question mark; empty when there is none.
    pub query: String,
    /// The request headers.
    pub headers: Headers,
    /// The body's bytes.
    pub body: Vec<u8>,
    /// The caller's network address, where the platform knows it.
    pub address: Option<String>,
    /// The id under which this request is logged; pages show it to users.
    pub request_id: String,
}

/// The fields that a request adds to its log line. None may be a secret.
#[derive(Clone, Debug, Default)]
pub struct LogFacts {
    /// The slug of the refusal, if the request was refused.
    pub refusal: Option<&'static str>,
    /// The cause, if the answer reports a fault.
    pub cause: Option<String>,
    /// The client that the request named.
    pub client_id: Option<String>,
    /// The client id that a refused request presented and did not prove.
    pub client_id_presented: Option<String>,
    /// The user on whose behalf it came.
    pub subject: Option<String>,
    /// The grant type of a token request.
    pub grant_type: Option<&'static str>,
}

/// A field of a log line.
#[derive(Clone, Copy, Debug)]
pub struct LogField<'a> {
    /// Its name.
    pub name: &'static str,
    /// Its value, if there is one.
    pub value: Option<&'a str>,
    /// The most bytes of it that are logged.
    pub longest: usize,
}

impl LogFacts {
    /// The fields, in the order of the log line.
    pub fn fields(&self) -> [LogField<'_>; 6] {
        let field = |name, value, longest| LogField {
            name,
            value,
            longest,
        };
        [
            field("client_id", self.client_id.as_deref(), 120),
            field(
                "client_id_presented",
                self.client_id_presented.as_deref(),
                120,
            ),
            field("subject", self.subject.as_deref(), 120),
            field("grant_type", self.grant_type, 120),
            field("refusal", self.refusal, 120),
            field("cause", self.cause.as_deref(), 400),
        ]
    }

    /// Takes every fact from `other` that is missing here.
    pub fn fill(&mut self, other: Self) {
        let Self {
            refusal,
            cause,
            client_id,
            client_id_presented,
            subject,
            grant_type,
        } = other;
        self.refusal = self.refusal.or(refusal);
        self.cause = self.cause.take().or(cause);
        self.client_id = self.client_id.take().or(client_id);
        self.client_id_presented = self.client_id_presented.take().or(client_id_presented);
        self.subject = self.subject.take().or(subject);
        self.grant_type = self.grant_type.or(grant_type);
    }
}

/// An answer that a worker turns into HTTP.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// Response headers; `Set-Cookie` may appear more than once.
    pub headers: Vec<(&'static str, String)>,
    /// The body's bytes.
    pub body: Vec<u8>,
    /// The fields of this request's log line.
    pub log: LogFacts,
}

impl Answer {
    /// An answer without a body.
    pub fn empty(status: u16) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: Vec::new(),
            log: LogFacts::default(),
        }
    }

    /// A JSON answer. A value that cannot be serialized becomes an empty 500: our records always can.
    pub fn json(status: u16, value: &impl Serialize) -> Self {
        match serde_json::to_vec(value) {
            Ok(body) => Self {
                body,
                ..Self::empty(status)
            }
            .with("content-type", "application/json"),
            Err(_) => Self::empty(500),
        }
    }

    /// A page.
    pub fn html(status: u16, page: String) -> Self {
        Self {
            body: page.into_bytes(),
            ..Self::empty(status)
        }
        .with("content-type", "text/html; charset=utf-8")
    }

    /// `303 See Other`: the browser continues with GET, whatever it sent (RFC 9700 §4.12).
    pub fn see_other(location: impl Into<String>) -> Self {
        Self::empty(303).with("location", location)
    }

    /// Adds a header.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// The first value of a header that this answer carries.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }
}
