//! The page after a login that no application asked for.

use super::{html::Html, layout};

/// What the page shows.
#[derive(Clone, Copy, Debug)]
pub struct SignedInPage<'a> {
    /// The person who is signed in.
    pub user_name: &'a str,
}

/// The page.
pub fn signed_in(page: &SignedInPage<'_>) -> String {
    let main = Html::new()
        .markup("<div class=\"intro\"><h1>You are signed in</h1><p>as <strong class=\"person\">")
        .text(page.user_name)
        .markup("</strong>. Applications that use this authorization server can now continue ")
        .markup("without asking for your password again. You can close this page.</p></div>")
        .markup(
            "<div class=\"sheet\"><ul class=\"links\"><li><a href=\"/account\">Your account</a>",
        )
        .markup("</li></ul></div>");
    layout::page("Signed in", &main)
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
