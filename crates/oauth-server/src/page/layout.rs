//! The frame of every page: the head, the name of this server, the main part.

use maud::{DOCTYPE, Markup, html};
use oauth_core::endpoint;

use super::{
    Page, STYLE, Sources,
    text::{ConsentText, Text},
};

/// Puts a page's main part into its frame. The page uses no other origin.
pub(crate) fn page(text: &Text, title: &str, main: &Markup) -> Page {
    let style = [endpoint::STYLE, "?v=", &style_version()].concat();
    let page = html! {
        (DOCTYPE)
        html lang=(text.tag) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="robots" content="noindex";
                title { (title) " · Ostiary" }
                link rel="stylesheet" href=(style);
                link rel="icon" href=(endpoint::ICON) type="image/svg+xml";
            }
            body {
                header.strip { strong { "Ostiary" } span { (text.kind) } }
                main { (main) }
            }
        }
    };
    Page {
        language: text.tag,
        html: page.into_string(),
        sources: Sources::default(),
    }
}

/// A hidden form field.
pub(crate) fn hidden(name: &str, value: &str) -> Markup {
    html! { input type="hidden" name=(name) value=(value); }
}

/// The scopes that an application asks for, each with its description, and what it gets `besides`.
pub(crate) fn scopes(text: &ConsentText, scopes: &[(&str, &str)], besides: Option<&str>) -> Markup {
    html! {
        @if scopes.is_empty() && besides.is_none() {
            p { (text.asks_nothing) }
        } @else {
            p.name #asks { (text.asks) }
            ul.scopes aria-labelledby="asks" {
                @for (scope, description) in scopes {
                    li { (description) code { (scope) } }
                }
                @if let Some(description) = besides { li { (description) } }
            }
        }
    }
}

/// A version that follows from the content, so that browsers may cache the stylesheet for a year.
fn style_version() -> String {
    const VERSION: u32 = checksum(STYLE.as_bytes());
    format!("{VERSION:08x}")
}

/// FNV-1a: it distinguishes versions and is no security.
const fn checksum(mut bytes: &[u8]) -> u32 {
    let mut sum: u32 = 0x811c_9dc5;
    while let [first, rest @ ..] = bytes {
        sum = (sum ^ *first as u32).wrapping_mul(0x0100_0193);
        bytes = rest;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::text::ENGLISH;

    #[test]
    fn a_page_names_its_language_and_title() {
        let page = page(ENGLISH, "<Sign in>", &html! { h1 { "Hello" } }).html;
        assert!(page.starts_with("<!DOCTYPE html><html lang=\"en\">"));
        assert!(page.contains("<title>&lt;Sign in&gt; · Ostiary</title>"));
        assert!(!page.contains("<script") && !page.contains("style=\""));
    }

    #[test]
    fn text_can_leave_neither_an_element_nor_an_attribute() {
        let text = "</p><script>alert('&\"')</script>";
        let html = html! { p title=(text) { (text) } }.into_string();
        let escaped = "&lt;/p&gt;&lt;script&gt;alert('&amp;&quot;')&lt;/script&gt;";
        assert_eq!(html, format!("<p title=\"{escaped}\">{escaped}</p>"));
    }

    #[test]
    fn other_characters_stay_as_they_are() {
        let html = html! { ("é 漢 😀 %2F") }.into_string();
        assert_eq!(html, "é 漢 😀 %2F");
    }

    #[test]
    fn a_hidden_value_comes_back_whole() {
        let html = hidden("request", "state=%22&x=\"").into_string();
        assert_eq!(
            html,
            "<input type=\"hidden\" name=\"request\" value=\"state=%22&amp;x=&quot;\">"
        );
    }

    #[test]
    fn the_checksum_is_fnv_1a() {
        assert_eq!(checksum(b""), 0x811c_9dc5);
        assert_eq!(checksum(b"foobar"), 0xbf9c_f968);
    }
}
