//! The choice of the language: the first of those that the reader prefers that there is.

use std::sync::OnceLock;

use oauth_core::language;

use super::{LANGUAGES, Text, en};

static CHOSEN: OnceLock<&'static Text> = OnceLock::new();

/// The texts of the reader's language.
pub(crate) fn texts() -> &'static Text {
    CHOSEN.get().copied().unwrap_or(&en::EN)
}

/// Chooses the language by the tags (BCP 47) that the reader prefers, the most wanted first. Once, before anything is
/// shown.
pub(crate) fn choose(preferred: &[String]) {
    // Nothing chooses a second time.
    let _ = CHOSEN.set(choice(preferred));
}

fn choice(preferred: &[String]) -> &'static Text {
    let known = |tag: &str| {
        let mut languages = LANGUAGES.into_iter();
        languages.find(|text| text.tag.eq_ignore_ascii_case(tag))
    };
    let tags = preferred.iter().map(String::as_str);
    language::first(tags, known).unwrap_or(&en::EN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_of_another_language_gets_the_first() {
        assert_eq!(texts().tag, "en");
        for preferred in [vec![], vec!["tlh".to_owned()], vec!["EN-gb".to_owned()]] {
            assert_eq!(choice(&preferred).tag, "en");
        }
    }
}
