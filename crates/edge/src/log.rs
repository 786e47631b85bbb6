//! One structured line for each request, without secrets.

use oauth_core::http::{LogFacts, Method};
use serde::{Serialize, Serializer, ser::SerializeMap as _};

/// The line of one request.
#[derive(Debug)]
pub struct Line<'a> {
    /// When the request came, in milliseconds since the Unix epoch.
    pub ts: i64,
    /// The id that the answer carries too.
    pub request_id: &'a str,
    /// The method.
    pub method: &'static str,
    /// The path, cut. The query may contain codes and is left out.
    pub path: &'a str,
    /// The status of the answer.
    pub status: u16,
    /// The duration in milliseconds, as far as the platform's clock shows.
    pub ms: i64,
    facts: &'a LogFacts,
}

impl Serialize for Line<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut line = serializer.serialize_map(None)?;
        line.serialize_entry("ts", &self.ts)?;
        line.serialize_entry("request_id", self.request_id)?;
        line.serialize_entry("method", self.method)?;
        line.serialize_entry("path", self.path)?;
        line.serialize_entry("status", &self.status)?;
        line.serialize_entry("ms", &self.ms)?;
        for field in self.facts.fields() {
            if let Some(value) = field.value {
                line.serialize_entry(field.name, cut(value, field.longest))?;
            }
        }
        line.end()
    }
}

impl<'a> Line<'a> {
    /// The line of a request and its facts.
    pub fn new(
        (method, path): (Method, &'a str),
        request_id: &'a str,
        status: u16,
        facts: &'a LogFacts,
        (began, ended): (i64, i64),
    ) -> Self {
        Self {
            ts: began,
            request_id,
            method: method.name(),
            path: cut(path, 120),
            status,
            ms: ended.saturating_sub(began),
            facts,
        }
    }

    /// The line as JSON.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Writes the line where the platform collects it: faults as errors.
    pub fn write(&self) {
        if self.facts.cause.is_some() {
            error(self);
        } else {
            note(self);
        }
    }
}

/// Writes a line of any kind where the platform collects it. It must contain no secret.
pub fn note(line: &impl Serialize) {
    worker::web_sys::console::log_1(&text(line));
}

/// The same, as an error that an operator should look at.
pub fn error(line: &impl Serialize) {
    worker::web_sys::console::error_1(&text(line));
}

fn text(line: &impl Serialize) -> worker::wasm_bindgen::JsValue {
    let text = serde_json::to_string(line).unwrap_or_default();
    worker::wasm_bindgen::JsValue::from_str(&text)
}

/// At most `limit` bytes of `text`, at a character's end.
fn cut(text: &str, limit: usize) -> &str {
    let end = (0..=limit.min(text.len()))
        .rev()
        .find(|&end| text.is_char_boundary(end))
        .unwrap_or(0);
    text.get(..end).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_holds_what_is_known_and_nothing_empty() {
        let facts = LogFacts {
            refusal: Some("pkce_mismatch"),
            client_id: Some("web-ui".to_owned()),
            ..LogFacts::default()
        };
        let line = Line::new(
            (Method::Post, "/oauth/token"),
            "abc",
            400,
            &facts,
            (1000, 1003),
        );
        assert_eq!(
            line.to_json(),
            r#"{"ts":1000,"request_id":"abc","method":"POST","path":"/oauth/token","status":400,"ms":3,"client_id":"web-ui","refusal":"pkce_mismatch"}"#
        );
    }

    #[test]
    fn a_line_break_in_a_value_stays_inside_it() {
        let facts = LogFacts {
            client_id: Some("a\n{\"forged\":true}".to_owned()),
            ..LogFacts::default()
        };
        let line = Line::new((Method::Get, "/x"), "abc", 400, &facts, (0, 0)).to_json();
        assert!(!line.contains('\n'));
    }

    #[test]
    fn cutting_keeps_characters_whole() {
        assert_eq!(cut("漢字", 4), "漢");
        assert_eq!(cut("abc", 10), "abc");
        assert_eq!(cut("", 10), "");
    }
}
