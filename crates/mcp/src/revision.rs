//! The revisions of the protocol, and which of them a request speaks.

use crate::members::{object, quoted, string};
use crate::message::Request;
use crate::refused::{HEADER_MISMATCH, INVALID_PARAMS, Refused, UNSUPPORTED_REVISION};
use crate::server::Sent;

/// The latest revision: each request carries the revision that it speaks.
pub const LATEST: &str = "2026-07-28";

/// The revisions that are served, the latest first.
pub const REVISIONS: [&str; 5] = [
    LATEST,
    "2025-11-25",
    "2025-06-18",
    "2025-03-26",
    "2024-11-05",
];

/// The members of `_meta` that say how a request is to be read.
const VERSION: &str = "io.modelcontextprotocol/protocolVersion";
const CAPABILITIES: &str = "io.modelcontextprotocol/clientCapabilities";

/// The rules that a request follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Era {
    /// The revision was agreed on by `initialize`, or is in the header.
    Initialized,
    /// It is in the request, and in the headers again.
    PerRequest,
}

/// The revision to go on with after `initialize`: the client's if it is served that way, else the latest that is.
pub(crate) fn negotiated(asked: &str) -> &'static str {
    let [_, latest, ..] = REVISIONS;
    let mut served = REVISIONS.into_iter().skip(1);
    served.find(|known| *known == asked).unwrap_or(latest)
}

/// The rules of a request.
pub(crate) fn era(sent: &Sent<'_>, request: &Request<'_>) -> Result<Era, Refused> {
    let lacking = |message| Refused::new(400, INVALID_PARAMS, message);
    let meta = request.params.as_ref().and_then(|it| it.given("_meta"));
    let meta = meta.map(|json| object(json).ok_or_else(|| lacking("_meta must be an object.")));
    let meta = meta.transpose()?.unwrap_or_default();
    let spoken = meta.get(VERSION).map(|json| {
        string(json).ok_or_else(|| lacking("The protocol version in _meta must be a text."))
    });
    let spoken = spoken.transpose()?;
    match (sent.version, spoken.as_deref()) {
        (None, None) => return Ok(Era::Initialized),
        (Some(LATEST), None) => {
            return Err(lacking(
                "_meta lacks io.modelcontextprotocol/protocolVersion.",
            ));
        }
        (Some(header), None) => return initialized(header),
        (Some(header), Some(spoken)) if header == spoken && header != LATEST => {
            return initialized(header);
        }
        (Some(header), Some(spoken)) if header == spoken => {}
        (_, Some(_)) => return Err(mismatch("MCP-Protocol-Version")),
    }
    if meta.get(CAPABILITIES).and_then(object).is_none() {
        return Err(lacking(
            "_meta lacks io.modelcontextprotocol/clientCapabilities.",
        ));
    }
    if sent.method != Some(&request.method) {
        return Err(mismatch("Mcp-Method"));
    }
    Ok(Era::PerRequest)
}

fn initialized(version: &str) -> Result<Era, Refused> {
    if REVISIONS.contains(&version) {
        return Ok(Era::Initialized);
    }
    let supported = REVISIONS.map(quoted).join(",");
    let requested = quoted(version);
    let data = [
        "{\"supported\":[",
        &supported,
        "],\"requested\":",
        &requested,
        "}",
    ]
    .concat();
    Err(Refused {
        data: Some(data),
        ..Refused::new(400, UNSUPPORTED_REVISION, "Unsupported protocol version")
    })
}

/// Whether the header names what the body does. A name that no header can hold is in base64.
pub(crate) fn is_named(header: Option<&str>, name: &str) -> bool {
    let Some(header) = header else {
        return false;
    };
    let encoded = header.strip_prefix("=?base64?");
    let Some(encoded) = encoded.and_then(|rest| rest.strip_suffix("?=")) else {
        return header == name;
    };
    let unpadded = encoded.trim_end_matches('=');
    let alphabet = |letter| match letter {
        '+' => '-',
        '/' => '_',
        other => other,
    };
    let url_safe: String = unpadded.chars().map(alphabet).collect();
    oauth_core::base64url::decode(&url_safe).is_some_and(|bytes| bytes == name.as_bytes())
}

/// A header that is missing, or says something else than the body.
pub(crate) fn mismatch(header: &'static str) -> Refused {
    let message = match header {
        "Mcp-Method" => "Header mismatch: Mcp-Method must name the method of the body.",
        "Mcp-Name" => "Header mismatch: Mcp-Name must be params.name of the body.",
        _ => "Header mismatch: MCP-Protocol-Version must be the protocol version in _meta.",
    };
    Refused::new(400, HEADER_MISMATCH, message)
}
