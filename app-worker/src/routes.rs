//! Every route of this worker, and what applies to it.

use edge::route::{BODY_LIMIT, GET, GET_ONLY, POST};
use edge::{Cache, Cors, Route, Table};
use oauth_core::http::Method;

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

/// The paths that the pages' own router knows. Each is answered with the same document.
pub(crate) const PAGES: [&str; 8] = [
    "/",
    "/flow",
    "/callback",
    "/operator",
    "/device",
    "/attacks",
    "/inspect",
    "/admin",
];

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

/// The table. What it does not list is a file, or the document that says "not found".
pub(crate) const TABLE: Table<Desk> = Table {
    routes: &[
        json(GET, "/config.json", Desk::Config),
        json(GET, "/health", Desk::Health),
        json(POST, "/m2m/run", Desk::Run),
        json(GET, "/m2m/status", Desk::Status),
        json(POST, "/m2m/trouble", Desk::Trouble),
        json(GET_ONLY, "/fetch-data", Desk::Run),
        page("/"),
        page("/flow"),
        page("/callback"),
        page("/operator"),
        page("/device"),
        page("/attacks"),
        page("/inspect"),
        page("/admin"),
    ],
    fallback: Some(page("")),
};

#[cfg(test)]
mod tests {
    use edge::Resolved;

    use super::*;

    fn desk(method: Method, path: &str) -> Option<Desk> {
        match TABLE.resolve(method, path) {
            Resolved::Found(route) => Some(route.handler),
            Resolved::Preflight { .. } | Resolved::NotFound | Resolved::MethodNotAllowed { .. } => {
                None
            }
        }
    }

    #[test]
    fn every_page_is_in_the_table() {
        for path in PAGES {
            assert_eq!(desk(Method::Get, path), Some(Desk::Page), "{path}");
            let posted = TABLE.resolve(Method::Post, path);
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
            let resolved = TABLE.resolve(method, path);
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
