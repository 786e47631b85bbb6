//! JSON in which no object has two members of one name (RFC 7515 §4, RFC 7519 §4).
//!
//! Two parsers that disagree on which of two equal members counts can be played against each other.

use from_json::{Json, Mismatch};

/// The most members that an object may have: no token of anyone's comes near it, and each is compared with
/// all before it.
const MOST_MEMBERS: usize = 128;

/// Reads a text that is one JSON object without a repeated member at any depth. The parser bounds the depth, the caller
/// the length.
pub fn object_without_repeats(json: &[u8]) -> Result<Json<'_>, Mismatch> {
    let text = str::from_utf8(json).map_err(|_| Mismatch)?;
    let value = Json::parse(text)?;
    let is_object = matches!(value, Json::Object(_));
    (is_object && !has_repeats(&value))
        .then_some(value)
        .ok_or(Mismatch)
}

/// Whether the text is such an object.
pub fn is_object_without_repeats(json: &[u8]) -> bool {
    object_without_repeats(json).is_ok()
}

/// Whether an object in it has a member twice, or too many to look.
fn has_repeats(value: &Json<'_>) -> bool {
    match value {
        Json::List(list) => list.iter().any(has_repeats),
        Json::Object(object) => {
            object.len() > MOST_MEMBERS || object.has_repeats() || object.values().any(has_repeats)
        }
        Json::Null
        | Json::Bool(_)
        | Json::Unsigned(_)
        | Json::Negative(_)
        | Json::Float(_)
        | Json::Text(_) => false,
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
