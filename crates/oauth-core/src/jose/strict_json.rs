//! JSON in which no object has two members of one name (RFC 7515 §4, RFC 7519 §4).
//!
//! Two parsers that disagree on which of two equal members counts can be played against each other.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};

/// Whether the text is one JSON object without a repeated member at any depth. The parser bounds
/// the depth, the caller the length.
pub fn is_object_without_repeats(json: &[u8]) -> bool {
    let starts_as_object = json
        .iter()
        .find(|byte| !byte.is_ascii_whitespace())
        .is_some_and(|byte| *byte == b'{');
    starts_as_object && serde_json::from_slice::<Unrepeated>(json).is_ok()
}

/// The most members that an object may have: no token of anyone's comes near it, and each is compared with
/// all before it.
const MOST_MEMBERS: usize = 128;

struct Unrepeated;

impl<'de> Deserialize<'de> for Unrepeated {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Walk)
    }
}

struct Walk;

impl<'de> Visitor<'de> for Walk {
    type Value = Unrepeated;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON without repeated members")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Unrepeated, A::Error> {
        let mut names = Vec::new();
        while let Some(name) = map.next_key::<String>()? {
            if names.len() == MOST_MEMBERS || names.contains(&name) {
                return Err(A::Error::custom(
                    "a member is repeated, or there are too many",
                ));
            }
            names.push(name);
            map.next_value::<Unrepeated>()?;
        }
        Ok(Unrepeated)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Unrepeated, A::Error> {
        while seq.next_element::<Unrepeated>()?.is_some() {}
        Ok(Unrepeated)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Unrepeated, E> {
        Ok(Unrepeated)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Unrepeated, E> {
        Ok(Unrepeated)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Unrepeated, E> {
        Ok(Unrepeated)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Unrepeated, E> {
        Ok(Unrepeated)
    }

    fn visit_str<E>(self, _: &str) -> Result<Unrepeated, E> {
        Ok(Unrepeated)
    }

    fn visit_unit<E>(self) -> Result<Unrepeated, E> {
        Ok(Unrepeated)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeats_are_found_at_any_depth_and_in_any_spelling() {
        for json in [
            r#"{"a":1,"a":1}"#,
            r#"{"a":1,"\u0061":2}"#,
            r#"{"a":{"b":[{"c":1,"c":2}]}}"#,
        ] {
            assert!(!is_object_without_repeats(json.as_bytes()), "{json}");
        }
        assert!(is_object_without_repeats(
            br#" {"a":{"a":[1,-2,3.5,null,true,"x"]},"b":{}}"#
        ));
    }

    #[test]
    fn only_one_whole_object_will_do() {
        for json in ["", "[]", "1", "\"x\"", "{", "{} {}", "{}x", "{\"a\":1,}"] {
            assert!(!is_object_without_repeats(json.as_bytes()), "{json}");
        }
    }

    #[test]
    fn the_number_of_members_is_bounded() {
        let object = |count: usize| {
            let members: Vec<String> = (0..count).map(|n| format!("\"{n}\":0")).collect();
            format!("{{{}}}", members.join(","))
        };
        assert!(is_object_without_repeats(object(MOST_MEMBERS).as_bytes()));
        assert!(!is_object_without_repeats(
            object(MOST_MEMBERS + 1).as_bytes()
        ));
    }

    #[test]
    fn depth_is_bounded() {
        let json = format!("{{\"a\":{}{}}}", "[".repeat(5_000), "]".repeat(5_000));
        assert!(!is_object_without_repeats(json.as_bytes()));
    }
}
