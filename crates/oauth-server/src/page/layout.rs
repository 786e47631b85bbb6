//! What all pages have: the head, the strip that says whose page this is, the main part.

use super::{STYLE, html::Html};

/// Puts a page's main part into its frame.
pub(super) fn page(title: &str, main: &Html) -> String {
    Html::new()
        .markup("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n")
        .markup("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n")
        .markup("<meta name=\"robots\" content=\"noindex\">\n<title>")
        .text(title)
        .markup(" · Ostiary</title>\n<link rel=\"stylesheet\" href=\"/style.css?v=")
        .text(&style_version())
        .markup("\">\n<link rel=\"icon\" href=\"/favicon.ico\" type=\"image/svg+xml\">\n</head>\n<body>\n")
        .markup("<header class=\"strip\"><strong>Ostiary</strong>")
        .markup("<span>authorization server</span></header>\n<main>\n")
        .html(main)
        .markup("\n</main>\n</body>\n</html>\n")
        .into_string()
}

/// Changes whenever the stylesheet does, so that it may be kept for long.
fn style_version() -> String {
    const VERSION: u32 = checksum(STYLE.as_bytes());
    format!("{VERSION:08x}")
}

/// FNV-1a: not for security, only to tell one stylesheet from the next.
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

    #[test]
    fn a_page_names_its_language_and_title() {
        let page = page("<Sign in>", &Html::new().markup("<h1>Hello</h1>"));
        assert!(page.starts_with("<!doctype html>\n<html lang=\"en\">"));
        assert!(page.contains("<title>&lt;Sign in&gt; · Ostiary</title>"));
        assert!(!page.contains("<script") && !page.contains("style=\""));
    }

    #[test]
    fn the_checksum_is_fnv_1a() {
        assert_eq!(checksum(b""), 0x811c_9dc5);
        assert_eq!(checksum(b"foobar"), 0xbf9c_f968);
    }
}
