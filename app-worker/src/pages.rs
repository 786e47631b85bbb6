//! The pages: one document, its files, and their headers.

use edge::Reply;
use oauth_core::Fault;
use oauth_core::http::Answer;
use wire::Page;
use worker::{Headers, RequestInit, RequestRedirect, Response};

use crate::call::Call;
use crate::isolate::Isolate;
use crate::refused::Refused;

/// A file whose name changes with its content may be cached for ever.
const IMMUTABLE: &str = "public, max-age=31536000, immutable";
/// The document may be cached, but is revalidated each time.
const REVALIDATED: &str = "no-cache";

/// The absence of an icon is cached for a day.
const A_DAY: &str = "public, max-age=86400";

/// Answers with the part of the configuration that the pages may read.
pub(crate) async fn config(call: &Call<'_>) -> Result<Answer, Refused> {
    Ok(Answer::json(200, &call.isolate.config.public))
}

/// The kind of answer to a path.
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

/// Decides by what the store answered: for a path that it lacks, it gives the document.
fn shown(path: &str, is_document: bool) -> Shown {
    match path {
        _ if Page::at(path).is_some() => Shown::Page,
        "/favicon.ico" if is_document => Shown::NoIcon,
        _ if is_document => Shown::NotFound,
        _ => Shown::File,
    }
}

/// The `Cache-Control` of an answer.
fn cache_control(shown: Shown, path: &str) -> &'static str {
    match shown {
        Shown::File if path.starts_with("/assets/") => IMMUTABLE,
        Shown::Page | Shown::File => REVALIDATED,
        Shown::NotFound | Shown::NoIcon => "no-store",
    }
}

/// Answers with a file of the store or the document.
pub(crate) async fn show(call: &Call<'_>) -> Result<Reply, Refused> {
    let response = fetch(call).await;
    response
        .and_then(|response| with_headers(call.isolate, &call.incoming.path, response))
        .map_err(|error| Refused::FileUnavailable(Fault::new("assets", error)))
}

async fn fetch(call: &Call<'_>) -> worker::Result<Response> {
    let incoming = call.incoming;
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
    let url = format!("{}{path}", call.isolate.config.public.app);
    call.env.assets("ASSETS")?.fetch(url, Some(init)).await
}

fn with_headers(isolate: &Isolate, path: &str, response: Response) -> worker::Result<Reply> {
    let headers = response.headers().clone();
    let shown = shown(path, is_document(&headers));
    if shown == Shown::NoIcon {
        return Ok(Answer::empty(204).with("cache-control", A_DAY).into());
    }
    let mut all = vec![
        ("content-security-policy", isolate.policy.as_str()),
        ("cross-origin-opener-policy", "same-origin"),
    ];
    // A missing document or a redirect keeps the store's own `Cache-Control`.
    if matches!(response.status_code(), 200 | 304) {
        all.push(("cache-control", cache_control(shown, path)));
    }
    for (name, value) in all {
        headers.set(name, value)?;
    }
    if shown != Shown::NotFound {
        return Ok(Reply::Platform(response.with_headers(headers)));
    }
    // With a validator the answer could be 304 where it must be 404.
    let _absent = headers.delete("etag");
    Ok(Reply::Platform(
        response.with_headers(headers).with_status(404),
    ))
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
    use super::*;

    #[test]
    fn pages_files_and_unknown_paths_differ() {
        assert_eq!(shown("/flow", true), Shown::Page);
        assert_eq!(shown("/assets/app-0a1b2c.js", false), Shown::File);
        assert_eq!(shown("/assets/gone.js", true), Shown::NotFound);
        assert_eq!(shown("/flow/", true), Shown::NotFound);
        assert_eq!(shown("/favicon.ico", true), Shown::NoIcon);
        assert_eq!(shown("/favicon.ico", false), Shown::File);
    }

    #[test]
    fn only_names_that_change_with_their_content_are_cache_control() {
        assert_eq!(
            cache_control(Shown::File, "/assets/app-0a1b2c.js"),
            IMMUTABLE
        );
        assert_eq!(cache_control(Shown::File, "/robots.txt"), REVALIDATED);
        assert_eq!(cache_control(Shown::Page, "/"), REVALIDATED);
        assert_eq!(
            cache_control(Shown::NotFound, "/assets/gone.js"),
            "no-store"
        );
    }
}
