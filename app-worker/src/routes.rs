//! The route table: every path of the app's worker, what applies to it, who is admitted, and the function that answers.

use std::future::Future;
use std::pin::Pin;

use edge::route::{BODY_LIMIT, GET, GET_ONLY, POST};
use edge::{Cache, Cors, Reply, Route, Routes, Table};
use oauth_core::http::{Answer, Method};
use wire::Page;

use crate::call::Call;
use crate::config::Troubles;
use crate::operator::Operator;
use crate::refused::Refused;
use crate::{health, m2m, pages};

/// A running endpoint.
type Running<'a, T> = Pin<Box<dyn Future<Output = Result<T, Refused>> + 'a>>;

/// A function that answers anyone.
type Run = for<'a> fn(&'a Call<'a>) -> Running<'a, Reply>;

/// A function that answers an operator.
type RunForOperator = for<'a> fn(&'a Call<'a>, &'a Operator) -> Running<'a, Answer>;

/// An endpoint: the function that answers, and those whom it answers.
#[derive(Clone, Copy)]
pub(crate) enum Endpoint {
    /// Anyone.
    Anyone(Run),
    /// Operators.
    Operator(RunForOperator),
    /// Operators, where `TROUBLE` is on. Elsewhere there is no such endpoint.
    Trouble(RunForOperator),
}

/// Runs an endpoint, and renders its refusal.
pub(crate) async fn answer(endpoint: Endpoint, call: &Call<'_>) -> Reply {
    let reply = match endpoint {
        Endpoint::Anyone(run) => run(call).await,
        Endpoint::Trouble(_) if call.isolate.config.troubles == Troubles::Off => {
            Err(Refused::TroubleOff)
        }
        Endpoint::Operator(run) | Endpoint::Trouble(run) => for_operator(run, call).await,
    };
    reply.unwrap_or_else(|refused| refused.answer(call).into())
}

/// Admits the operator, who is then in the log line, also if the endpoint refuses.
async fn for_operator(run: RunForOperator, call: &Call<'_>) -> Result<Reply, Refused> {
    let operator = Operator::admit(call).await?;
    let answer = run(call, &operator).await;
    let mut answer = answer.unwrap_or_else(|refused| refused.answer(call));
    answer.log.subject = operator.subject().map(str::to_owned);
    Ok(answer.into())
}

/// A route that answers with JSON, which no other origin may read and no cache may store.
const fn json(
    methods: &'static [Method],
    path: &'static str,
    handler: Endpoint,
) -> Route<Endpoint> {
    Route {
        methods,
        path,
        cors: Cors::Closed,
        cache: Cache::NoStore,
        body_limit: BODY_LIMIT,
        handler,
    }
}

/// The endpoint that answers anyone with a function.
macro_rules! anyone {
    ($run:path) => {
        Endpoint::Anyone(|call| Box::pin(async { $run(call).await.map(Into::into) }))
    };
}

/// The endpoint that answers operators with a function.
macro_rules! operator {
    ($variant:ident, $run:path) => {
        Endpoint::$variant(|call, operator| Box::pin($run(call, operator)))
    };
}

/// A page, or a file of the pages. Its own headers say how long it may be cached.
const fn page(path: &'static str) -> Route<Endpoint> {
    Route {
        cache: Cache::Own,
        ..json(GET, path, anyone!(pages::show))
    }
}

/// One route for each page.
#[expect(
    clippy::indexing_slicing,
    reason = "a constant: an index out of bounds does not compile"
)]
const PAGES: [Route<Endpoint>; Page::ALL.len()] = {
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

impl Routes<Endpoint> for AppRoutes {
    fn of_path(&self, path: &str) -> impl Iterator<Item = &Route<Endpoint>> {
        let routes = LISTED.routes.iter().chain(&PAGES);
        routes.filter(move |route| route.path == path)
    }

    fn fallback(&self) -> Option<&Route<Endpoint>> {
        LISTED.fallback.as_ref()
    }
}

/// The routes that are not pages.
const LISTED: Table<Endpoint> = Table {
    routes: &[
        json(GET, "/config.json", anyone!(pages::config)),
        json(GET, "/health", anyone!(health::report)),
        json(POST, "/m2m/run", operator!(Operator, m2m::run::run)),
        json(GET, "/m2m/status", operator!(Operator, m2m::status::status)),
        json(
            POST,
            "/m2m/trouble",
            operator!(Trouble, m2m::trouble::provoke),
        ),
        json(GET_ONLY, "/fetch-data", operator!(Operator, m2m::run::run)),
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
