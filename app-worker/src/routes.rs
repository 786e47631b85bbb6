//! Every route of this worker, and what applies to it.

use edge::route::{BODY_LIMIT, GET, GET_ONLY, POST};
use edge::{Cache, Cors, Route, Routes, Table};
use oauth_core::http::Method;
use wire::Page;

/// Who takes a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Desk {
    /// The pages and their files.
    Page,
    /// What the pages must know first.
    Config,
    /// Whether this worker and its peers are well.
    Health,
    /// The machine-to-machine run.
    Run,
    /// The state of the machine-to-machine caller.
    Status,
    /// Trouble on demand.
    Trouble,
}

const fn json(methods: &'static [Method], path: &'static str, handler: Desk) -> Route<Desk> {
    Route {
        methods,
        path,
        cors: Cors::Closed,
        cache: Cache::NoStore,
        body_limit: BODY_LIMIT,
        handler,
    }
}

const fn page(path: &'static str) -> Route<Desk> {
    Route {
        cache: Cache::Own,
        ..json(GET, path, Desk::Page)
    }
}

/// One route for each page.
#[expect(
    clippy::indexing_slicing,
    reason = "a constant: an index out of bounds does not compile"
)]
const PAGES: [Route<Desk>; Page::ALL.len()] = {
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

impl Routes<Desk> for AppRoutes {
    fn of_path(&self, path: &str) -> impl Iterator<Item = &Route<Desk>> {
        let routes = LISTED.routes.iter().chain(&PAGES);
        routes.filter(move |route| route.path == path)
    }

    fn fallback(&self) -> Option<&Route<Desk>> {
        LISTED.fallback.as_ref()
    }
}

/// The routes that are not pages.
const LISTED: Table<Desk> = Table {
    routes: &[
        json(GET, "/config.json", Desk::Config),
        json(GET, "/health", Desk::Health),
        json(POST, "/m2m/run", Desk::Run),
        json(GET, "/m2m/status", Desk::Status),
        json(POST, "/m2m/trouble", Desk::Trouble),
        json(GET_ONLY, "/fetch-data", Desk::Run),
    ],
    fallback: Some(page("")),
};

#[cfg(test)]
mod tests {
    use edge::Resolved;

    use super::*;

    fn desk(method: Method, path: &str) -> Option<Desk> {
        match AppRoutes.resolve(method, path) {
            Resolved::Found(route) => Some(route.handler),
            Resolved::Preflight { .. } | Resolved::NotFound | Resolved::MethodNotAllowed { .. } => {
                None
            }
        }
    }

    #[test]
    fn every_page_is_in_the_table() {
        for path in Page::ALL.map(Page::path) {
            assert_eq!(desk(Method::Get, path), Some(Desk::Page), "{path}");
            let posted = AppRoutes.resolve(Method::Post, path);
            assert!(
                matches!(posted, Resolved::MethodNotAllowed { .. }),
                "{path}"
            );
        }
    }

    #[test]
    fn a_run_has_an_effect_and_so_no_head() {
        assert_eq!(desk(Method::Post, "/m2m/run"), Some(Desk::Run));
        assert_eq!(desk(Method::Get, "/fetch-data"), Some(Desk::Run));
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
        assert_eq!(desk(Method::Get, "/nowhere"), Some(Desk::Page));
        assert_eq!(desk(Method::Post, "/nowhere"), None);
        // Another spelling of a listed path is another path.
        assert_eq!(desk(Method::Get, "/config.json/"), Some(Desk::Page));
    }
}
