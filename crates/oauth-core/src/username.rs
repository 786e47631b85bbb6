//! Usernames as they are compared (RFC 8265 §3.3, UsernameCaseMapped).

use crate::password::Normalizer;

/// A username in the spelling that is stored and compared: in lower case and NFC, ASCII characters of ordinary width, without
/// blanks around it, which keyboards of phones add.
pub fn mapped(typed: &str, normalizer: &impl Normalizer) -> String {
    let letters = typed.trim().chars().map(narrow);
    let lower: String = letters.flat_map(char::to_lowercase).collect();
    if lower.is_ascii() {
        lower
    } else {
        normalizer.nfc(&lower)
    }
}

/// A fullwidth form of an ASCII character as that character.
fn narrow(letter: char) -> char {
    match letter {
        '\u{ff01}'..='\u{ff5e}' => u32::from(letter)
            .checked_sub(0xfee0)
            .and_then(char::from_u32)
            .unwrap_or(letter),
        _ => letter,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::password::tests::Tables;

    #[test]
    fn spellings_of_one_name_are_equal() {
        for (typed, name) in [
            ("ada", "ada"),
            ("Ada ", "ada"),
            ("ADA@Example.COM", "ada@example.com"),
            ("\u{ff21}\u{ff44}\u{ff41}", "ada"),
            ("E\u{301}mile", "\u{e9}mile"),
            ("\u{d6}laf", "\u{f6}laf"),
        ] {
            assert_eq!(mapped(typed, &Tables), name, "{typed}");
        }
    }

    #[test]
    fn different_names_stay_different() {
        // No compatibility mapping: that would make one user of two.
        for (one, other) in [("ada", "ad\u{430}"), ("\u{fb01}n", "fin"), ("a da", "ada")] {
            assert_ne!(mapped(one, &Tables), mapped(other, &Tables), "{one}");
        }
    }
}
