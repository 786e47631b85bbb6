//! Secrets are masked until someone asks to see them: on a shared screen nothing usable shows.

use oauth_client::{Body, HttpCall};

use crate::text::texts;

/// Names of parameters, members and headers whose values are secrets.
const SECRETS: [&str; 10] = [
    "code",
    "code_verifier",
    "access_token",
    "refresh_token",
    "id_token",
    "id_token_hint",
    "client_secret",
    "client_assertion",
    // What is revoked or introspected (RFC 7009 §2.1, RFC 7662 §2.1).
    "token",
    "authorization",
];

/// Whether secrets are shown.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Secrets {
    /// Secrets are masked.
    Masked,
    /// Everything is shown as it travels.
    Shown,
}

impl Secrets {
    /// The value as it may be shown.
    pub(crate) fn of(self, name: &str, value: &str) -> String {
        if self == Self::Masked && SECRETS.contains(&name) && !value.is_empty() {
            (texts().wire.hidden)(value.chars().count())
        } else {
            value.to_owned()
        }
    }

    /// A URL whose query may carry a code.
    pub(crate) fn of_url(self, url: &str) -> String {
        match url.split_once('?') {
            Some((path, query)) => format!("{path}?{}", self.of_pairs(query)),
            None => url.to_owned(),
        }
    }

    fn of_pairs(self, encoded: &str) -> String {
        let pairs: Vec<String> = encoded
            .split('&')
            .map(|pair| match pair.split_once('=') {
                Some((name, value)) => format!("{name}={}", self.of(name, value)),
                None => pair.to_owned(),
            })
            .collect();
        pairs.join("&")
    }

    /// The body of a request, on one line, as it travels.
    pub(crate) fn of_sent_body(self, call: &HttpCall) -> Option<String> {
        let body = call.body_text()?;
        Some(match call.body {
            Body::Form(_) => self.of_pairs(&body),
            Body::Json(_) | Body::Empty => body,
        })
    }

    /// The body of an answer: JSON with a member a line, anything else as it came.
    pub(crate) fn of_received_body(self, body: &str) -> String {
        let Some(pretty) = indented(body) else {
            return body.to_owned();
        };
        let lines: Vec<String> = pretty.lines().map(|line| self.of_member(line)).collect();
        lines.join("\n")
    }

    fn of_member(self, line: &str) -> String {
        let Some((before, value)) = line.split_once("\": \"") else {
            return line.to_owned();
        };
        let name = before.trim_start().trim_start_matches('"');
        let (value, comma) = match value.strip_suffix(',') {
            Some(value) => (value, ","),
            None => (value, ""),
        };
        let value = value.strip_suffix('"').unwrap_or(value);
        format!("{before}\": \"{}\"{comma}", self.of(name, value))
    }

    /// The other way of looking.
    pub(crate) const fn toggled(self) -> Self {
        match self {
            Self::Masked => Self::Shown,
            Self::Shown => Self::Masked,
        }
    }
}

/// JSON with a member a line; `None` for what is not JSON.
pub(crate) fn indented(text: &str) -> Option<String> {
    let value = js_sys::JSON::parse(text).ok()?;
    js_sys::JSON::stringify_with_replacer_and_space(&value, &wasm_bindgen::JsValue::NULL, &2.into())
        .ok()?
        .as_string()
}
