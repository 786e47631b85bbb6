//! The pages: one document, its files, and the headers that keep both in their place.

use edge::Reply;
use oauth_core::Fault;
use oauth_core::http::{Answer, Incoming};
use wire::{Config, Page};
use worker::{Env, Headers, RequestInit, RequestRedirect, Response};

use crate::setup::Setup;

/// Names that change with their content may be kept for ever.
const KEPT: &str = "public, max-age=31536000, immutable";
/// The document may be kept, but is asked for again each time.
const ASKED_AGAIN: &str = "no-cache";

/// That there is no icon is not asked more than once a day.
const KEPT_A_DAY: &str = "public, max-age=86400";

/// What the document may load and whom it may talk to.
pub(crate) fn content_security_policy(config: &Config) -> String {
    format!(
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; \
         img-src 'self' data:; connect-src 'self' {} {}; form-action 'self'; base-uri 'none'; \
         frame-ancestors 'none'; font-src 'self'; manifest-src 'self'",
        config.issuer, config.api
    )
}

/// How a path is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shown {
    /// The document, for a page that it knows.
    Page,
    /// A file.
    File,
    /// The document, which says that there is no such page.
    NotFound,
    /// No icon is better than the document as an icon.
    NoIcon,
}

/// Decides by what the store has: for what it lacks it gives the document.
fn shown(path: &str, is_document: bool) -> Shown {
    match path {
        _ if Page::at(path).is_some() => Shown::Page,
        "/favicon.ico" if is_document => Shown::NoIcon,
        _ if is_document => Shown::NotFound,
        _ => Shown::File,
    }
}

/// How long a browser may keep what it gets.
fn kept(shown: Shown, path: &str) -> &'static str {
    match shown {
        Shown::File if path.starts_with("/assets/") => KEPT,
        Shown::Page | Shown::File => ASKED_AGAIN,
        Shown::NotFound | Shown::NoIcon => "no-store",
    }
}

/// Answers with a file of the store or the document.
pub(crate) async fn show(setup: &Setup, env: &Env, incoming: &Incoming) -> Reply {
    match fetch(setup, env, incoming).await {
        Ok(response) => dress(setup, &incoming.path, response),
        Err(error) => edge::answer::unavailable(&Fault::new("assets", error)).into(),
    }
}

async fn fetch(setup: &Setup, env: &Env, incoming: &Incoming) -> worker::Result<Response> {
    // Every page is the same document; the store keeps it at the root.
    let path = if Page::at(&incoming.path).is_some() {
        "/"
    } else {
        &incoming.path
    };
    let headers = Headers::new();
    if let Some(tag) = incoming.headers.value("if-none-match") {
        headers.set("if-none-match", tag)?;
    }
    let mut init = RequestInit::new();
    init.with_headers(headers)
        .with_redirect(RequestRedirect::Manual);
    let url = format!("{}{path}", setup.settings.public.app);
    env.assets("ASSETS")?.fetch(url, Some(init)).await
}

fn dress(setup: &Setup, path: &str, response: Response) -> Reply {
    let headers = response.headers().clone();
    let shown = shown(path, is_document(&headers));
    if shown == Shown::NoIcon {
        return Answer::empty(204).with("cache-control", KEPT_A_DAY).into();
    }
    let mut all = vec![
        ("content-security-policy", setup.policy.as_str()),
        ("cross-origin-opener-policy", "same-origin"),
    ];
    // A missing document or a redirect of the store keeps the store's own word on caching.
    if matches!(response.status_code(), 200 | 304) {
        all.push(("cache-control", kept(shown, path)));
    }
    for (name, value) in all {
        if let Err(error) = headers.set(name, value) {
            return edge::answer::unavailable(&Fault::new("assets", error)).into();
        }
    }
    if shown != Shown::NotFound {
        return Reply::Platform(response.with_headers(headers));
    }
    // With a validator a browser would be told 304 where it must be told 404.
    let _absent = headers.delete("etag");
    Reply::Platform(response.with_headers(headers).with_status(404))
}

fn is_document(headers: &Headers) -> bool {
    headers
        .get("content-type")
        .ok()
        .flatten()
        .is_some_and(|kind| kind.starts_with("text/html"))
}

#[cfg(test)]
mod tests {
    use wire::OperatorAuth;

    use super::*;

    #[test]
    fn the_policy_lets_the_pages_talk_to_the_two_peers_only() {
        let policy = content_security_policy(&Config {
            issuer: "http://localhost:8788".into(),
            api: "http://localhost:8789".into(),
            app: "http://localhost:8787".into(),
            client_id: "web-ui".into(),
            redirect_uri: "http://localhost:8787/callback".into(),
            scopes: Vec::new(),
            operator_auth: OperatorAuth::Required,
        });
        assert!(policy.contains("connect-src 'self' http://localhost:8788 http://localhost:8789;"));
        assert!(!policy.contains("unsafe-inline") && !policy.contains("  "));
    }

    #[test]
    fn pages_files_and_strangers_are_told_apart() {
        assert_eq!(shown("/flow", true), Shown::Page);
        assert_eq!(shown("/assets/app-0a1b2c.js", false), Shown::File);
        assert_eq!(shown("/assets/gone.js", true), Shown::NotFound);
        assert_eq!(shown("/flow/", true), Shown::NotFound);
        assert_eq!(shown("/favicon.ico", true), Shown::NoIcon);
        assert_eq!(shown("/favicon.ico", false), Shown::File);
    }

    #[test]
    fn only_names_that_change_with_their_content_are_kept() {
        assert_eq!(kept(Shown::File, "/assets/app-0a1b2c.js"), KEPT);
        assert_eq!(kept(Shown::File, "/robots.txt"), ASKED_AGAIN);
        assert_eq!(kept(Shown::Page, "/"), ASKED_AGAIN);
        assert_eq!(kept(Shown::NotFound, "/assets/gone.js"), "no-store");
    }
}
