//! The page for a request that cannot be answered by a redirect (RFC 6749 §4.1.2.1).

use maud::html;

use super::{Page, layout, text::Text};

/// The contents of the error page.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ErrorPage<'a> {
    /// The problem, in a few words.
    pub(crate) title: &'a str,
    /// The reason.
    pub(crate) sentence: &'a str,
    /// The next step for the user.
    pub(crate) remedy: &'a str,
    /// The RFC's error code.
    pub(crate) error: &'a str,
    /// The id of the request in the log.
    pub(crate) request_id: &'a str,
    /// Where the user may return to, and its place by name.
    pub(crate) back: Option<(&'a str, &'a str)>,
}

/// The error page.
pub(crate) fn error(text: &Text, page: &ErrorPage<'_>) -> Page {
    let main = html! {
        div.intro { h1 { (page.title) } }
        div.sheet {
            p { (page.sentence) }
            p { (page.remedy) }
            @if let Some((uri, place)) = page.back {
                ul.links { li { a href=(uri) rel="noreferrer" { ((text.error.back)(place)) } } }
            }
            dl {
                dt { (text.error.error) } dd.wire { (page.error) }
                dt { (text.error.request) } dd.wire { (page.request_id) }
            }
        }
    };
    layout::page(text, page.title, &main)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::text::ENGLISH;

    #[test]
    fn what_was_sent_is_never_markup() {
        let html = error(
            ENGLISH,
            &ErrorPage {
                title: "This link does not work",
                sentence: "The application is not known here: <img src=x onerror=alert(1)>",
                remedy: "Go back to the application and try again.",
                error: "invalid_request",
                request_id: "8f0c1d2e3a4b5c6d",
                back: Some(("https://app.example/cb?error=x&a=\"", "app.example")),
            },
        );
        let html = html.html;
        assert!(!html.contains("<img") && html.contains("&lt;img"));
        assert!(html.contains("Return to app.example") && !html.contains("a=\"\""));
        assert!(html.contains("8f0c1d2e3a4b5c6d") && html.contains("invalid_request"));
    }
}
