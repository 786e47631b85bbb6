//! The page where a person decides what an application may do (OIDC Core §3.1.2.4).

use super::{html::Html, layout};

/// What the consent page shows.
#[derive(Clone, Copy, Debug)]
pub struct ConsentPage<'a> {
    /// The raw query of the authorization request that waits.
    pub request: &'a str,
    /// The token against cross-site request forgery.
    pub csrf: &'a str,
    /// The application's name.
    pub client_name: &'a str,
    /// Its id.
    pub client_id: &'a str,
    /// The host that the person returns to.
    pub redirect_host: &'a str,
    /// The person who is signed in.
    pub user_name: &'a str,
    /// Each scope with its description.
    pub scopes: &'a [(&'a str, &'a str)],
    /// The resource that the access is for.
    pub resource: &'a str,
}

/// The consent page.
pub fn consent(page: &ConsentPage<'_>) -> String {
    let main = Html::new()
        .html(&intro(page))
        .markup("<form class=\"sheet\" method=\"post\" action=\"/consent\">")
        .hidden("request", page.request)
        .hidden("csrf", page.csrf)
        .html(&scopes(page.scopes))
        .html(&facts(page))
        .markup("<div class=\"decision\">")
        .markup("<button type=\"submit\" name=\"decision\" value=\"deny\">Deny</button>")
        .markup("<button class=\"primary\" type=\"submit\" name=\"decision\" value=\"allow\">Allow</button>")
        .markup("</div></form>");
    layout::page("Allow access", &main)
}

fn intro(page: &ConsentPage<'_>) -> Html {
    Html::new()
        .markup("<div class=\"intro\"><h1>Allow access?</h1><p><strong>")
        .text(page.client_name)
        .markup("</strong> asks to act for you, <strong class=\"person\">")
        .text(page.user_name)
        .markup("</strong>.</p></div>")
}

fn scopes(scopes: &[(&str, &str)]) -> Html {
    if scopes.is_empty() {
        return Html::new().markup("<p>It asks for nothing beyond signing you in.</p>");
    }
    let list = Html::new().markup("<p class=\"name\" id=\"asks\">It asks to</p><ul class=\"scopes\" aria-labelledby=\"asks\">");
    scopes
        .iter()
        .fold(list, |list, (scope, description)| {
            list.markup("<li>")
                .text(description)
                .markup("<code>")
                .text(scope)
                .markup("</code></li>")
        })
        .markup("</ul>")
}

fn facts(page: &ConsentPage<'_>) -> Html {
    let fact = |list: Html, name: &'static str, value: &str| {
        list.markup("<dt>")
            .markup(name)
            .markup("</dt><dd class=\"wire\">")
            .text(value)
            .markup("</dd>")
    };
    let list = Html::new().markup("<dl>");
    let list = fact(list, "Application", page.client_id);
    let list = fact(list, "At", page.resource);
    fact(list, "Returns to", page.redirect_host).markup("</dl>")
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: ConsentPage<'_> = ConsentPage {
        request: "client_id=web-ui",
        csrf: "token",
        client_name: "<script>alert(1)</script>",
        client_id: "web-ui",
        redirect_host: "localhost:8787",
        user_name: "Ada",
        scopes: &[("read", "Read your profile")],
        resource: "http://localhost:8789",
    };

    #[test]
    fn both_decisions_are_buttons_with_values() {
        let html = consent(&PAGE);
        assert!(html.contains("name=\"decision\" value=\"allow\""));
        assert!(html.contains("name=\"decision\" value=\"deny\""));
    }

    #[test]
    fn a_person_reads_who_asks_for_what_and_where_it_goes() {
        let html = consent(&PAGE);
        for text in [
            "Ada",
            "web-ui",
            "localhost:8787",
            "http://localhost:8789",
            "Read your profile",
            "<code>read</code>",
        ] {
            assert!(html.contains(text), "{text}");
        }
    }

    #[test]
    fn markup_in_a_client_s_name_is_inert() {
        assert!(!consent(&PAGE).contains("<script>"));
    }
}
