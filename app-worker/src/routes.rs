//! The route table: every path of the app's worker, what applies to it, and the function that answers it.

use std::future::Future;
use std::pin::Pin;

use edge::route::{BODY_LIMIT, GET, GET_ONLY, POST};
use edge::{Cache, Cors, Reply, Route, Routes, Table};
use oauth_core::http::Method;
use wire::Page;

use crate::call::Call;
use crate::{health, m2m, pages};

/// A function that answers a request.
pub(crate) type Run = for<'a> fn(&'a Call<'a>) -> Pin<Box<dyn Future<Output = Reply> + 'a>>;

/// A route that answers with JSON, which no other origin may read and no cache may store.
const fn json(methods: &'static [Method], path: &'static str, handler: Run) -> Route<Run> {
    Route {
        methods,
        path,
        cors: Cors::Closed,
        cache: Cache::NoStore,
        body_limit: BODY_LIMIT,
        handler,
    }
}

/// A page, or a file of the pages. Its own headers say how long it may be cached.
const fn page(path: &'static str) -> Route<Run> {
    Route {
        cache: Cache::Own,
        ..json(GET, path, |call| Box::pin(pages::show(call)))
    }
}

/// One route for each page.
#[expect(
    clippy::indexing_slicing,
    reason = "a constant: an index out of bounds does not compile"
)]
const PAGES: [Route<Run>; Page::ALL.len()] = {
    let mut routes = [page(""); Page::ALL.len()];
    let mut index = 0;
    while index < routes.len() {
        routes[index] = page(Page::ALL[index].path());
        index += 1;
    }
    routes
};

/// The route table. A path that it does not list is a file, or the document that says "not found".
#[derive(Clone, Copy, Debug)]
pub(crate) struct AppRoutes;

impl Routes<Run> for AppRoutes {
    fn of_path(&self, path: &str) -> impl Iterator<Item = &Route<Run>> {
        let routes = LISTED.routes.iter().chain(&PAGES);
        routes.filter(move |route| route.path == path)
    }

    fn fallback(&self) -> Option<&Route<Run>> {
        LISTED.fallback.as_ref()
    }
}

/// The function of the table that runs an endpoint.
macro_rules! run {
    ($endpoint:path) => {
        |call| Box::pin(async { $endpoint(call).await.into() })
    };
}

/// The routes that are not pages.
const LISTED: Table<Run> = Table {
    routes: &[
        json(GET, "/config.json", |call| {
            Box::pin(async { pages::config(call).into() })
        }),
        json(GET, "/health", run!(health::report)),
        json(POST, "/m2m/run", run!(m2m::run::run)),
        json(GET, "/m2m/status", run!(m2m::status::status)),
        json(POST, "/m2m/trouble", run!(m2m::trouble::provoke)),
        json(GET_ONLY, "/fetch-data", run!(m2m::run::run)),
    ],
    fallback: Some(page("")),
};

#[cfg(test)]
mod tests {
    use edge::Resolved;

    use super::*;

    /// The path of the entry that takes a request: empty for the fallback.
    fn entry(method: Method, path: &str) -> Option<&'static str> {
        match AppRoutes.resolve(method, path) {
            Resolved::Found(route) => Some(route.path),
            Resolved::Preflight { .. } | Resolved::NotFound | Resolved::MethodNotAllowed { .. } => {
                None
            }
        }
    }

    #[test]
    fn every_page_is_in_the_table() {
        for path in Page::ALL.map(Page::path) {
            assert_eq!(entry(Method::Get, path), Some(path), "{path}");
            let posted = AppRoutes.resolve(Method::Post, path);
            assert!(
                matches!(posted, Resolved::MethodNotAllowed { .. }),
                "{path}"
            );
        }
    }

    #[test]
    fn a_run_has_an_effect_and_so_no_head() {
        assert_eq!(entry(Method::Post, "/m2m/run"), Some("/m2m/run"));
        assert_eq!(entry(Method::Get, "/fetch-data"), Some("/fetch-data"));
        for (method, path) in [
            (Method::Get, "/m2m/run"),
            (Method::Head, "/fetch-data"),
            (Method::Post, "/config.json"),
            (Method::Delete, "/m2m/status"),
            (Method::Get, "/m2m/trouble"),
        ] {
            let resolved = AppRoutes.resolve(method, path);
            assert!(
                matches!(resolved, Resolved::MethodNotAllowed { .. }),
                "{path}"
            );
        }
    }

    #[test]
    fn what_is_not_listed_can_only_be_read() {
        assert_eq!(entry(Method::Get, "/nowhere"), Some(""));
        assert_eq!(entry(Method::Post, "/nowhere"), None);
        // Another spelling of a listed path is another path.
        assert_eq!(entry(Method::Get, "/config.json/"), Some(""));
    }
}
