//! The page after a login that no application asked for.

use maud::html;
use oauth_core::endpoint;

use super::{layout, text::texts};

/// The contents of the page.
#[derive(Clone, Copy, Debug)]
pub struct SignedInPage<'a> {
    /// The user who is signed in.
    pub user_name: &'a str,
}

/// The page.
pub fn signed_in(page: &SignedInPage<'_>) -> String {
    let text = &texts().signed_in;
    let main = html! {
        div.intro {
            h1 { (text.heading) }
            p { ((text.lead)(page.user_name)) }
        }
        div.sheet {
            ul.links { li { a href=(endpoint::ACCOUNT) { (text.account) } } }
        }
    };
    layout::page(text.title, &main)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_text() {
        assert!(
            signed_in(&SignedInPage {
                user_name: "<b>Ada"
            })
            .contains("&lt;b&gt;Ada")
        );
    }
}
