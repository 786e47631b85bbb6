//! What a client or a browser reads from an answer, and the header by which a client authenticates.

use base64ct::{Base64, Encoding as _};
use oauth_core::{form, http::Answer};

/// The `Authorization` header of a client with a secret (RFC 6749 §2.3.1).
pub fn basic(id: &str, secret: &str) -> String {
    let credentials = Base64::encode_string([id, ":", secret].concat().as_bytes());
    ["Basic ", &credentials].concat()
}

/// An answer's body as text.
pub fn text(answer: &Answer) -> String {
    String::from_utf8_lossy(&answer.body).into_owned()
}

/// A hidden field of a page, as a browser would send it back.
///
/// # Panics
///
/// If the page has no such field.
pub fn hidden(page: &Answer, name: &str) -> String {
    let page = text(page);
    let field = page
        .split("<input")
        .find(|tag| tag.contains(&format!("name=\"{name}\"")))
        .unwrap_or_else(|| panic!("no field {name} in {page}"));
    let value = field
        .split("value=\"")
        .nth(1)
        .and_then(|rest| rest.split('"').next());
    value
        .unwrap_or_default()
        .replace("&quot;", "\"")
        .replace("&#39;", "'")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&")
}

/// A parameter of an answer's `Location`.
///
/// # Panics
///
/// If the answer is no redirect, or its query cannot be read.
pub fn parameter(answer: &Answer, name: &str) -> String {
    let location = answer.header("location");
    let location = location.unwrap_or_else(|| panic!("{}: {}", answer.status, text(answer)));
    let query = location.split_once('?').map_or("", |(_, query)| query);
    let form = form::Form::parse(query.as_bytes()).expect("a query");
    form.one(name).ok().flatten().unwrap_or_default().to_owned()
}

/// A member of an answer's JSON, as text.
///
/// # Panics
///
/// If the body is no JSON.
pub fn member(answer: &Answer, name: &str) -> String {
    let json: serde_json::Value = serde_json::from_slice(&answer.body).expect("JSON");
    match json.get(name) {
        Some(serde_json::Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
        None => String::new(),
    }
}
