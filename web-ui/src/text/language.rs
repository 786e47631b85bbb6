//! The choice of the language: the first one of the reader's own that there is.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::{LANGUAGES, Text, en};

static CHOSEN: AtomicUsize = AtomicUsize::new(0);

/// The texts of the reader's language.
pub(crate) fn texts() -> &'static Text {
    let chosen = LANGUAGES.get(CHOSEN.load(Ordering::Relaxed));
    chosen.copied().unwrap_or(&en::EN)
}

/// Chooses the language by the tags (BCP 47) that the reader prefers, the dearest first. Once, before anything is shown.
pub(crate) fn choose(preferred: impl IntoIterator<Item = String>) {
    let known = LANGUAGES.map(|text| text.tag);
    let first = preferred.into_iter().find_map(|tag| position(&known, &tag));
    CHOSEN.store(first.unwrap_or_default(), Ordering::Relaxed);
}

/// The place of a language: tags that differ by region only are the same to us.
fn position(known: &[&str], tag: &str) -> Option<usize> {
    let language = tag.split('-').next().unwrap_or_default();
    known
        .iter()
        .position(|known| known.eq_ignore_ascii_case(language))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_language_is_found_whatever_its_region_and_its_case() {
        assert_eq!(position(&["en", "es"], "es-MX"), Some(1));
        assert_eq!(position(&["en", "es"], "EN"), Some(0));
        assert_eq!(position(&["en", "es"], "de"), None);
        assert_eq!(position(&["en", "es"], ""), None);
    }

    #[test]
    fn a_reader_of_another_language_gets_the_first() {
        choose(["tlh".to_owned(), "x".to_owned()]);
        assert_eq!(texts().tag, "en");
    }
}
