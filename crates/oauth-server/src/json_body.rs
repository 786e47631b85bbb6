//! JSON bodies, for the endpoints outside the OAuth specifications: one object of strings and flags.

use from_json::FromJson;
use oauth_core::{Refusal, http::Incoming, jose::object_without_repeats};

use crate::form_body::is_in_utf_8;

/// The members of a request to any JSON endpoint. Unknown members are ignored; known members appear once, as strings,
/// or as booleans for flags.
///
/// One type for all endpoints: a parser for each would cost a kilobyte each. It has no `Debug` because some members are
/// secrets.
#[derive(Default, FromJson)]
#[serde(default)]
pub(crate) struct Members {
    /// A username.
    pub(crate) username: Option<String>,
    /// A password, as typed.
    pub(crate) password: Option<String>,
    /// A refresh token.
    pub(crate) refresh_token: Option<String>,
    /// A user.
    pub(crate) user_id: Option<String>,
    /// A client.
    pub(crate) client_id: Option<String>,
    /// A grant.
    pub(crate) grant: Option<String>,
    /// The algorithm of a key.
    pub(crate) algorithm: Option<String>,
    /// A key.
    pub(crate) kid: Option<String>,
    /// Whether a change takes effect at once.
    pub(crate) at_once: Option<bool>,
}

impl Members {
    /// Reads the body of a request, which the route has bounded.
    pub(crate) fn read(request: &Incoming) -> Result<Self, Refusal> {
        if !is_json(request.headers.value("content-type")) {
            return Err(Refusal::NotJson);
        }
        // Not an array, whose elements would be read as members by position; and of limited depth, which counts
        // for ignored members too.
        object_without_repeats(&request.body)
            .and_then(Self::from_json)
            .map_err(|_| Refusal::JsonMalformed)
    }
}

/// Whether a `Content-Type` is JSON, in UTF-8 if it names a charset (RFC 8259 §8.1, §11).
pub(crate) fn is_json(content_type: Option<&str>) -> bool {
    is_in_utf_8(content_type, "application/json")
}

#[cfg(test)]
mod tests {
    use oauth_core::http::{Headers, Method};

    use super::*;

    fn read(content_type: &str, body: &str) -> Result<Members, Refusal> {
        Members::read(&Incoming {
            method: Method::Post,
            path: "/login".to_owned(),
            query: String::new(),
            headers: Headers::new([("content-type".to_owned(), content_type.to_owned())]),
            body: body.as_bytes().to_vec(),
            address: None,
            request_id: String::new(),
        })
    }

    #[test]
    fn an_object_of_strings_is_read_and_unknown_members_are_ignored() {
        let body = r#" {"username":"ada","device":{"deep":[1]},"password":null}"#;
        let members = read("application/json; charset=utf-8", body).ok().unwrap();
        assert_eq!(members.username.as_deref(), Some("ada"));
        assert_eq!(members.password, None);
    }

    #[test]
    fn a_member_that_appears_twice_or_is_not_a_string_is_refused() {
        let deep = format!(r#"{{"x":{}{}}}"#, "[".repeat(9_000), "]".repeat(9_000));
        for body in [
            "",
            "{",
            "null",
            r#"["ada","lovelace"]"#,
            r#"{"username":"a","username":"b"}"#,
            r#"{"username":"a","\u0075sername":"b"}"#,
            r#"{"username":7}"#,
            r#"{"username":["ada"]}"#,
            r#"{"username":"ada"} {}"#,
            &deep,
        ] {
            let refusal = read("application/json", body).err();
            assert_eq!(refusal, Some(Refusal::JsonMalformed), "{body:.40}");
        }
    }

    #[test]
    fn only_json_in_utf_8_is_json() {
        for wrong in [
            "",
            "text/json",
            "application/json; charset=latin-1",
            "application/jsonp",
        ] {
            assert_eq!(read(wrong, "{}").err(), Some(Refusal::NotJson), "{wrong}");
        }
        assert!(is_json(Some("Application/JSON;charset=\"UTF-8\"")));
        assert!(!is_json(None));
    }
}
