//! The page after a login that no application asked for.

use maud::html;
use oauth_core::endpoint;

use super::{Page, layout, text::Text};

/// The contents of the page.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SignedInPage<'a> {
    /// The user who is signed in.
    pub(crate) user_name: &'a str,
}

/// The page.
pub(crate) fn signed_in(text: &Text, page: &SignedInPage<'_>) -> Page {
    let signed_in = &text.signed_in;
    let main = html! {
        div.intro {
            h1 { (signed_in.heading) }
            p { ((signed_in.lead)(page.user_name)) }
        }
        div.sheet {
            ul.links { li { a href=(endpoint::ACCOUNT) { (signed_in.account) } } }
        }
    };
    layout::page(text, signed_in.title, &main)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::text::ENGLISH;

    #[test]
    fn a_name_is_text() {
        assert!(
            signed_in(
                ENGLISH,
                &SignedInPage {
                    user_name: "<b>Ada"
                }
            )
            .html
            .contains("&lt;b&gt;Ada")
        );
    }
}
