//! Errors of JSON-RPC, with the status that HTTP gives them.

use oauth_core::http::Answer;

use crate::members::quoted;

/// The body is not JSON.
pub(crate) const PARSE: i32 = -32700;
/// It is not a request.
pub(crate) const INVALID_REQUEST: i32 = -32600;
/// There is no such method.
pub(crate) const METHOD_NOT_FOUND: i32 = -32601;
/// The parameters are not the method's.
pub(crate) const INVALID_PARAMS: i32 = -32602;
/// The headers say something else than the body, or are missing.
pub(crate) const HEADER_MISMATCH: i32 = -32020;
/// The request speaks a revision that is not served.
pub(crate) const UNSUPPORTED_REVISION: i32 = -32022;

/// A message that is answered with an error.
#[derive(Debug)]
pub(crate) struct Refused {
    pub(crate) status: u16,
    pub(crate) code: i32,
    pub(crate) message: &'static str,
    /// More, as JSON.
    pub(crate) data: Option<String>,
}

impl Refused {
    pub(crate) const fn new(status: u16, code: i32, message: &'static str) -> Self {
        Self {
            status,
            code,
            message,
            data: None,
        }
    }

    /// The answer; without the request's id where it could not be read.
    pub(crate) fn answer(self, id: Option<&str>) -> Answer {
        let code = self.code.to_string();
        let mut error = ["{\"code\":", &code, ",\"message\":", &quoted(self.message)].concat();
        if let Some(data) = self.data {
            error.push_str(",\"data\":");
            error.push_str(&data);
        }
        error.push('}');
        let mut answer = response(self.status, id, "error", &error);
        answer.log.refusal = Some(slug(self.code));
        answer
    }
}

/// The word for the log.
const fn slug(code: i32) -> &'static str {
    match code {
        PARSE => "mcp_parse",
        INVALID_REQUEST => "mcp_request",
        METHOD_NOT_FOUND => "mcp_method",
        INVALID_PARAMS => "mcp_params",
        HEADER_MISMATCH => "mcp_headers",
        _ => "mcp_revision",
    }
}

/// A JSON-RPC response: `value` is JSON, and so is `id`.
pub(crate) fn response(status: u16, id: Option<&str>, member: &str, value: &str) -> Answer {
    let id = id.map(|id| [",\"id\":", id].concat()).unwrap_or_default();
    let parts = [
        "{\"jsonrpc\":\"2.0\"",
        &id,
        ",\"",
        member,
        "\":",
        value,
        "}",
    ];
    Answer {
        body: parts.concat().into_bytes(),
        ..Answer::empty(status)
    }
    .with("content-type", "application/json")
}
