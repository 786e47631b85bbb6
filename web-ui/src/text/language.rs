//! The choice of the language: the first of those that the reader prefers that there is.

use std::sync::atomic::{AtomicUsize, Ordering};

use oauth_core::language;

use super::{LANGUAGES, Text, en};

static CHOSEN: AtomicUsize = AtomicUsize::new(0);

/// The texts of the reader's language.
pub(crate) fn texts() -> &'static Text {
    let chosen = LANGUAGES.get(CHOSEN.load(Ordering::Relaxed));
    chosen.copied().unwrap_or(&en::EN)
}

/// Chooses the language by the tags (BCP 47) that the reader prefers, the most wanted first. Once, before anything is
/// shown.
pub(crate) fn choose(preferred: &[String]) {
    let known = |tag: &str| {
        let mut languages = LANGUAGES.iter();
        languages.position(|text| text.tag.eq_ignore_ascii_case(tag))
    };
    let first = language::first(preferred.iter().map(String::as_str), known);
    CHOSEN.store(first.unwrap_or_default(), Ordering::Relaxed);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_of_another_language_gets_the_first() {
        for preferred in [vec![], vec!["tlh".to_owned()], vec!["EN-gb".to_owned()]] {
            choose(&preferred);
            assert_eq!(texts().tag, "en");
        }
    }
}
