//! The choice of a language for a user (RFC 4647 §3.4, lookup).
//!
//! `known` gives the language with a tag, in whatever case the tag comes. If it has `es` but not `es-MX`, a user who
//! prefers `es-MX` gets `es`. Languages that are not known, and anything malformed, are passed over.

use crate::accept::weight;

/// The first known language in a list of tags, the most wanted first, as in `ui_locales` (OIDC Core §3.1.2.1).
pub fn first<'a, T>(
    tags: impl IntoIterator<Item = &'a str>,
    known: impl Fn(&str) -> Option<T>,
) -> Option<T> {
    tags.into_iter().find_map(|tag| lookup(tag, &known))
}

/// The known language that an `Accept-Language` header prefers (RFC 9110 §12.5.4).
pub fn accepted<T>(header: &str, known: impl Fn(&str) -> Option<T>) -> Option<T> {
    let mut best = None;
    let mut most = 0;
    for entry in header.split(',') {
        let (tag, parameter) = entry.split_once(';').unwrap_or((entry, "q=1"));
        // Of two with the same weight, the first.
        let Some(weight) = weight(parameter).filter(|weight| *weight > most) else {
            continue;
        };
        if let Some(language) = lookup(tag.trim(), &known) {
            (best, most) = (Some(language), weight);
        }
    }
    best
}

fn lookup<T>(mut tag: &str, known: &impl Fn(&str) -> Option<T>) -> Option<T> {
    loop {
        if let Some(language) = known(tag) {
            return Some(language);
        }
        (tag, _) = tag.rsplit_once('-')?;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn known(tag: &str) -> Option<&'static str> {
        let mut tags = ["en", "es", "pt-BR"].into_iter();
        tags.find(|known| known.eq_ignore_ascii_case(tag))
    }

    #[test]
    fn the_first_known_of_a_list_is_chosen() {
        for (tags, language) in [
            ("es", Some("es")),
            ("es en", Some("es")),
            ("de fr es en", Some("es")),
            ("es-MX en", Some("es")),
            ("ES-419-x-plain", Some("es")),
            ("pt-br", Some("pt-BR")),
            ("pt", None),
            ("esperanto", None),
            ("*", None),
            ("", None),
            ("- -- es- <script>", Some("es")),
        ] {
            assert_eq!(first(tags.split(' '), known), language, "{tags}");
        }
    }

    #[test]
    fn the_weights_of_a_header_decide_and_then_the_order() {
        for (header, language) in [
            ("es", Some("es")),
            ("en, es", Some("en")),
            ("es-ES,es;q=0.9,en;q=0.8", Some("es")),
            ("en;q=0.8, es;q=0.9", Some("es")),
            ("de, en-GB;q=0.7, es-MX;q=0.701", Some("es")),
            ("de,*;q=0.5", None),
            ("*, es;q=0.1", Some("es")),
            ("es;q=0, en;q=0.1", Some("en")),
            ("es ; Q=0.5 , en;q=0.4", Some("es")),
            ("es;q=1.000, en", Some("es")),
            ("", None),
        ] {
            assert_eq!(accepted(header, known), language, "{header}");
        }
    }

    #[test]
    fn an_entry_with_a_malformed_weight_is_passed_over() {
        for parameter in [
            "q=", "q=2", "q=1.001", "q=-1", "q=0.1234", "q=.5", "q=0.x", "q", "x=1", "",
        ] {
            let header = ["es;", parameter, ", en;q=0.1"].concat();
            assert_eq!(accepted(&header, known), Some("en"), "{header}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read(text: String) {
            first(text.split(' '), known);
            accepted(&text, known);
        }
    }
}
