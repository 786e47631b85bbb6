//! The page at the root.

use maud::html;
use oauth_core::endpoint;

use super::{layout, text::texts};

/// The page, which names the issuer.
pub fn home(issuer: &str) -> String {
    let text = &texts().home;
    let main = html! {
        div.intro {
            h1 { (text.heading) }
            p { (text.lead) }
        }
        div.sheet {
            dl { dt { (text.issuer) } dd.wire { (issuer) } }
            ul.links {
                li { a href=(endpoint::OPENID_CONFIGURATION) { (text.openid_metadata) } }
                li { a href=(endpoint::OAUTH_METADATA) { (text.oauth_metadata) } }
                li { a href=(endpoint::JWKS) { (text.keys) } }
                li { a href=(endpoint::HEALTH) { (text.health) } }
                li { a href=(endpoint::LOGIN) { (text.sign_in) } }
            }
        }
    };
    layout::page(text.title, &main)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_issuer_is_shown() {
        assert!(home("http://localhost:8788").contains("http://localhost:8788"));
    }
}
