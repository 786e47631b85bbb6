//! The page at the root.

use maud::html;
use oauth_core::endpoint;

use super::{Page, layout, text::Text};

/// The page, which names the issuer.
pub(crate) fn home(text: &Text, issuer: &str) -> Page {
    let home = &text.home;
    let main = html! {
        div.intro {
            h1 { (home.heading) }
            p { (home.lead) }
        }
        div.sheet {
            dl { dt { (home.issuer) } dd.wire { (issuer) } }
            ul.links {
                li { a href=(endpoint::OPENID_CONFIGURATION) { (home.openid_metadata) } }
                li { a href=(endpoint::OAUTH_METADATA) { (home.oauth_metadata) } }
                li { a href=(endpoint::JWKS) { (home.keys) } }
                li { a href=(endpoint::HEALTH) { (home.health) } }
                li { a href=(endpoint::LOGIN) { (home.sign_in) } }
            }
        }
    };
    layout::page(text, home.title, &main)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::text::ENGLISH;

    #[test]
    fn the_issuer_is_shown() {
        assert!(
            home(ENGLISH, "http://localhost:8788")
                .html
                .contains("http://localhost:8788")
        );
    }
}
