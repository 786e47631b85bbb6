//! One JSON-RPC message.

use serde_json::error::Category;

use crate::members::{Members, object, string};
use crate::refused::{INVALID_REQUEST, PARSE, Refused};

/// A message that a client sent.
#[derive(Debug)]
pub(crate) enum Message<'a> {
    Request(Request<'a>),
    /// It is not answered.
    Notification,
}

/// A request.
#[derive(Debug)]
pub(crate) struct Request<'a> {
    /// Its id, as JSON.
    pub(crate) id: &'a str,
    pub(crate) method: String,
    /// Its parameters; `None` if they are not an object.
    pub(crate) params: Option<Members<'a>>,
}

const BATCH: &str = "Batches are not taken: send each message by itself.";
const NOT_ONE: &str = "The body must be one JSON-RPC 2.0 request or notification.";

impl<'a> Message<'a> {
    /// Reads a body.
    pub(crate) fn read(body: &'a [u8]) -> Result<Self, Refused> {
        let invalid = |message| Refused::new(400, INVALID_REQUEST, message);
        let not_json = || Refused::new(400, PARSE, "The body is not JSON.");
        let text = str::from_utf8(body).map_err(|_| not_json())?;
        // The blanks of JSON (RFC 8259 §2): ASCII has more.
        let text = text.trim_matches([' ', '\t', '\n', '\r']);
        if text.starts_with('[') {
            return Err(invalid(BATCH));
        }
        let members = Members::read(text).map_err(|error| match error.classify() {
            Category::Data => invalid(NOT_ONE),
            Category::Io | Category::Syntax | Category::Eof => not_json(),
        })?;
        let version = members.get("jsonrpc").and_then(string);
        let method = members.get("method").and_then(string);
        let (Some("2.0"), Some(method)) = (version.as_deref(), method) else {
            return Err(invalid(NOT_ONE));
        };
        let Some(id) = members.get("id") else {
            return Ok(Self::Notification);
        };
        if !is_id(id) {
            return Err(invalid("The id must be a text or a number."));
        }
        let params = match members.get("params") {
            None => Some(Members::default()),
            Some(params) => object(params),
        };
        Ok(Self::Request(Request { id, method, params }))
    }
}

/// Whether JSON is a text or a number: it goes back as it came.
fn is_id(json: &str) -> bool {
    json.starts_with(|first: char| first == '"' || first == '-' || first.is_ascii_digit())
}
