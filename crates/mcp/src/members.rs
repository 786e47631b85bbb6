//! JSON objects, read no deeper than they are looked at.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, Visitor};
use serde_json::value::RawValue;

/// The members of an object. One that is there twice is an error: two readers could take different ones.
#[derive(Debug, Default)]
pub(crate) struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'a> Members<'a> {
    /// Reads an object.
    pub(crate) fn read(text: &'a str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text)
    }

    /// The JSON text of a member.
    pub(crate) fn get(&self, name: &str) -> Option<&'a str> {
        let found = self.0.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.get())
    }

    /// The same, unless it is `null`.
    pub(crate) fn given(&self, name: &str) -> Option<&'a str> {
        self.get(name).filter(|text| *text != "null")
    }
}

/// The text that a JSON string stands for.
pub(crate) fn string(json: &str) -> Option<String> {
    serde_json::from_str(json).ok()
}

/// A text as a JSON string.
pub(crate) fn quoted(text: &str) -> String {
    // Writing a string into memory cannot fail.
    serde_json::to_string(text).unwrap_or_default()
}

/// The members of a JSON object; `None` if it is not one, or names a member twice.
pub(crate) fn object(json: &str) -> Option<Members<'_>> {
    Members::read(json).ok()
}

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Read)
    }
}

struct Read;

impl<'de> Visitor<'de> for Read {
    type Value = Members<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members<'de>, A::Error> {
        let mut members: Vec<(String, &RawValue)> = Vec::new();
        while let Some((name, value)) = map.next_entry::<String, &RawValue>()? {
            if members.iter().any(|(known, _)| *known == name) {
                return Err(A::Error::custom("a member is there twice"));
            }
            members.push((name, value));
            if members.len() > MOST {
                return Err(A::Error::custom("too many members"));
            }
        }
        Ok(Members(members))
    }
}

/// More members than any object of the protocol has.
const MOST: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_found_by_their_names_whatever_their_spelling() {
        let members = object(r#" {"a\u0062":[1, {"x":2}],"n":null} "#).unwrap();
        assert_eq!(members.get("ab"), Some(r#"[1, {"x":2}]"#));
        assert_eq!((members.get("n"), members.given("n")), (Some("null"), None));
        assert_eq!(members.get("x"), None);
    }

    #[test]
    fn what_is_no_plain_object_is_none() {
        let many: Vec<String> = (0..=MOST).map(|one| format!("\"{one}\":1")).collect();
        let many = format!("{{{}}}", many.join(","));
        for text in [
            "",
            "[]",
            "null",
            "{",
            "{} {}",
            r#"{"a":1,"\u0061":2}"#,
            &many,
        ] {
            assert!(object(text).is_none(), "{text}");
        }
    }

    #[test]
    fn depth_costs_no_stack() {
        let deep = format!("{{\"a\":{}{}}}", "[".repeat(30_000), "]".repeat(30_000));
        assert!(object(&deep).is_some());
    }
}
