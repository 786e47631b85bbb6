//! The page at the root: what this origin is, for whoever types its address.

use super::{html::Html, layout};

/// The page, naming the issuer.
pub fn home(issuer: &str) -> String {
    let main = Html::new()
        .markup("<div class=\"intro\"><h1>An authorization server</h1><p>Applications send people here ")
        .markup("to sign in and to decide what each application may do. It speaks OAuth 2.1 and OpenID Connect.")
        .markup("</p></div><div class=\"sheet\"><dl><dt>Issuer</dt><dd class=\"wire\">")
        .text(issuer)
        .markup("</dd></dl><ul class=\"links\">")
        .markup("<li><a href=\"/.well-known/openid-configuration\">OpenID Connect metadata</a></li>")
        .markup("<li><a href=\"/.well-known/oauth-authorization-server\">OAuth metadata</a></li>")
        .markup("<li><a href=\"/oauth/jwks\">Public keys</a></li>")
        .markup("<li><a href=\"/health\">Health</a></li>")
        .markup("<li><a href=\"/login\">Sign in</a></li></ul></div>");
    layout::page("Authorization server", &main)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_issuer_is_shown() {
        assert!(home("http://localhost:8788").contains("http://localhost:8788"));
    }
}
