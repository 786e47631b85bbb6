//! The page where a user decides what an application may do (OIDC Core §3.1.2.4).

use maud::html;
use oauth_core::{
    client::{Client, RegisteredBy},
    client_document, endpoint,
    redirect_uri::{Reach, ValidRedirect},
    scope::OFFLINE_ACCESS,
};

use super::{
    Page, Sources,
    layout::{self, hidden, scopes},
    text::Text,
};

/// The contents of the consent page.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ConsentPage<'a> {
    /// The query of the authorization request that is waiting.
    pub(crate) request: &'a str,
    /// The token against cross-site request forgery.
    pub(crate) csrf: &'a str,
    /// The mark of the terms that this page shows.
    pub(crate) terms: &'a str,
    /// The application.
    pub(crate) client: &'a Client,
    /// Where the user returns to.
    pub(crate) redirect: &'a ValidRedirect,
    /// The user who is signed in.
    pub(crate) user_name: &'a str,
    /// Each scope with its description.
    pub(crate) scopes: &'a [(&'a str, &'a str)],
    /// Whether the application gets a refresh token that it does not ask for.
    pub(crate) stays_connected: bool,
    /// The resource that the access is for.
    pub(crate) resource: &'a str,
}

/// The consent page.
pub(crate) fn consent(text: &Text, page: &ConsentPage<'_>) -> Page {
    let consent = &text.consent;
    let stays = (text.own_scope)(OFFLINE_ACCESS).unwrap_or(text.undescribed_scope);
    let main = html! {
        div.intro {
            h1 { (consent.heading) }
            p { ((consent.lead)(&page.client.client_name, page.user_name)) }
        }
        @if page.client.registered_by == RegisteredBy::Itself {
            div.notice role="note" {
                p { strong { (consent.unverified) } " " ((consent.about_unverified)(page.redirect.authority())) }
            }
        }
        form.sheet method="post" action=(endpoint::CONSENT) {
            (hidden("request", page.request))
            (hidden("csrf", page.csrf))
            (hidden("terms", page.terms))
            (scopes(consent, page.scopes, page.stays_connected.then_some(stays)))
            @if is_on_this_device(page.client, page.redirect) { p role="note" { (consent.device) } }
            dl {
                @if let Some(site) = site(page.client) {
                    dt { (consent.site) } dd.wire { (site) }
                }
                dt { (consent.application) } dd.wire { (page.client.client_id.as_str()) }
                dt { (consent.resource) } dd.wire { (page.resource) }
                dt { (consent.returns_to) } dd.wire { (page.redirect.authority()) }
            }
            div.decision {
                button type="submit" name="decision" value="deny" { (consent.deny) }
                button.primary type="submit" name="decision" value="allow" { (consent.allow) }
            }
        }
    };
    Page {
        sources: Sources {
            leaves: true,
            ..Sources::default()
        },
        ..layout::page(text, consent.title, &main)
    }
}

/// The site that a document's client is published by.
fn site(client: &Client) -> Option<&str> {
    let is_document = client.registered_by == RegisteredBy::Document;
    client_document::site(&client.client_id).filter(|_| is_document)
}

/// Whether this answer to a document's client goes to the user's own device, where anyone may wait for it, wherever others
/// go.
fn is_on_this_device(client: &Client, redirect: &ValidRedirect) -> bool {
    client.registered_by == RegisteredBy::Document && redirect.reach() != Reach::Site
}

#[cfg(test)]
mod tests {
    use oauth_core::{client::AuthMethod, id::ClientId, redirect_uri::RegisteredRedirectUri};

    use super::*;
    use crate::page::text::ENGLISH;

    fn html() -> String {
        page_of(false).html
    }

    fn page_of(stays_connected: bool) -> Page {
        let client_id = ClientId::parse("web-ui").unwrap();
        let name = "<script>alert(1)</script>".to_owned();
        let client = Client::new(client_id, name, vec![AuthMethod::None]);
        page_for(&client, stays_connected)
    }

    fn page_for(client: &Client, stays_connected: bool) -> Page {
        let redirect = RegisteredRedirectUri::parse("http://localhost:8790/cb").unwrap();
        consent(
            ENGLISH,
            &ConsentPage {
                request: "client_id=web-ui",
                csrf: "token",
                terms: "mark",
                client,
                redirect: &redirect.accept_default(),
                user_name: "Ada",
                scopes: &[("read", "Read your profile")],
                stays_connected,
                resource: "http://localhost:8789",
            },
        )
    }

    #[test]
    fn a_refresh_token_that_was_not_asked_for_is_mentioned_without_its_scope() {
        let html = page_of(true).html;
        assert!(html.contains("<li>Stay connected while you are away</li>"));
        assert!(!page_of(false).html.contains("Stay connected"));
    }

    #[test]
    fn row_123_a_document_s_client_is_shown_by_its_site_with_a_warning_where_it_is_on_this_device()
    {
        let id = ClientId::parse("https://xn--pypal-4ve.example.org:8443/client.json").unwrap();
        let mut client = Client::new(id, "P\u{430}ypal".into(), vec![AuthMethod::None]);
        assert_eq!(site(&client), None);
        client.registered_by = RegisteredBy::Document;
        assert_eq!(site(&client), Some("xn--pypal-4ve.example.org:8443"));
        let to = |client: &Client, uri: &str| {
            let uri = RegisteredRedirectUri::parse(uri).unwrap();
            is_on_this_device(client, &uri.accept_default())
        };
        assert!(to(&client, "http://localhost/cb") && to(&client, "app.example.org:/cb"));
        assert!(!to(&client, "https://xn--pypal-4ve.example.org/cb"));
        client.registered_by = RegisteredBy::Operator;
        assert!(!to(&client, "http://localhost/cb"));
    }

    #[test]
    fn both_decisions_are_buttons_with_values() {
        let html = html();
        assert!(html.contains("name=\"decision\" value=\"allow\""));
        assert!(html.contains("name=\"decision\" value=\"deny\""));
    }

    #[test]
    fn a_user_reads_who_asks_for_what_and_where_it_goes() {
        let html = html();
        for text in [
            "Ada",
            "web-ui",
            "localhost:8790",
            "http://localhost:8789",
            "Read your profile",
            "<code>read</code>",
        ] {
            assert!(html.contains(text), "{text}");
        }
    }

    #[test]
    fn row_89_an_application_that_registered_itself_is_shown_as_unverified_with_the_host_that_it_returns_to()
     {
        let shown = |registered_by| {
            let client_id = ClientId::parse("c_1").unwrap();
            let mut client = Client::new(client_id, "Your bank".to_owned(), vec![AuthMethod::None]);
            client.registered_by = registered_by;
            page_for(&client, false).html
        };
        let html = shown(RegisteredBy::Itself);
        assert!(html.contains("Unverified"), "{html}");
        assert!(html.matches("localhost:8790").count() >= 2, "{html}");
        assert!(!shown(RegisteredBy::Operator).contains("Unverified"));
    }

    #[test]
    fn markup_in_a_client_s_name_is_inert() {
        assert!(!html().contains("<script>"));
    }
}
