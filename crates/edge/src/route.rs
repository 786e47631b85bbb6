//! The route table: the paths of a worker, and what applies to each.
//!
//! Paths match byte for byte: another case, a trailing slash or a doubled slash is another path,
//! and that path does not exist. A path that ends with `/*` stands for all with one segment more.

use oauth_core::http::Method;

/// `GET`, and `HEAD` like it without the body.
pub const GET: &[Method] = &[Method::Get, Method::Head];
/// `GET` alone, where even `HEAD` must have no effect.
pub const GET_ONLY: &[Method] = &[Method::Get];
/// `POST` alone.
pub const POST: &[Method] = &[Method::Post];

/// The usual limit of a body: 64 KB.
pub const BODY_LIMIT: usize = 64 * 1024;

/// Which other origins may read an answer (the Fetch standard's CORS protocol).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cors {
    /// None.
    Closed,
    /// Every origin, never with credentials.
    Any,
    /// The origins that the configuration lists, never with credentials.
    Listed,
}

/// How long an answer may be cached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cache {
    /// Not at all.
    NoStore,
    /// By anyone for this many seconds, if it is a success.
    Public(u32),
    /// The handler decides, about a success.
    Own,
    /// The handler decides, about a success that is the same for everyone.
    Document,
}

impl Cache {
    /// How long a worker may answer with what it has answered before, in milliseconds: what is compiled in or set stays so, and
    /// a document may change at any time.
    pub(crate) const fn repeats(self) -> u32 {
        match self {
            Self::NoStore | Self::Own => 0,
            Self::Document => 1_000,
            Self::Public(_) => 60_000,
        }
    }
}

/// One entry: a path, its methods, and what applies to them.
#[derive(Clone, Copy, Debug)]
pub struct Route<H> {
    /// The methods that the handler takes.
    pub methods: &'static [Method],
    /// The exact path, or one that ends with `/*`.
    pub path: &'static str,
    /// Who may read the answer from another origin.
    pub cors: Cors,
    /// Who may cache it.
    pub cache: Cache,
    /// The most bytes that a body may have.
    pub body_limit: usize,
    /// The handler.
    pub handler: H,
}

/// Every route of a worker. A path may have several entries with different methods.
#[derive(Debug)]
pub struct Table<H: 'static> {
    /// The entries.
    pub routes: &'static [Route<H>],
    /// The route for every other path; without one they are 404.
    pub fallback: Option<Route<H>>,
}

/// The outcome of resolving a request.
#[derive(Debug)]
pub enum Resolved<'a, H> {
    /// The entry for the request.
    Found(&'a Route<H>),
    /// A browser asks whether it may send one of `allow` (a CORS preflight).
    Preflight {
        /// The entry for the request that would follow.
        route: &'a Route<H>,
        /// The methods of the path, for `Access-Control-Allow-Methods`.
        allow: String,
    },
    /// There is no such path.
    NotFound,
    /// The path exists, but not with this method.
    MethodNotAllowed {
        /// The methods of the path, for `Allow` (RFC 9110 §10.2.1).
        allow: String,
        /// Who may read that from another origin: who may read the path's answers.
        cors: Cors,
    },
}

/// A table of routes.
pub trait Routes<H: 'static> {
    /// The entries of a path.
    fn of_path(&self, path: &str) -> impl Iterator<Item = &Route<H>>;

    /// The route for a path that has no entry.
    fn fallback(&self) -> Option<&Route<H>>;

    /// Finds the entry for a request.
    fn resolve(&self, method: Method, path: &str) -> Resolved<'_, H> {
        let mut allow: Vec<&str> = Vec::new();
        let mut readable = None;
        for route in self.of_path(path) {
            if route.methods.contains(&method) {
                return Resolved::Found(route);
            }
            allow.extend(route.methods.iter().map(|method| method.name()));
            if route.cors != Cors::Closed {
                readable.get_or_insert(route);
            }
        }
        let allow = allow.join(", ");
        match (readable, self.fallback()) {
            (Some(route), _) if method == Method::Options => Resolved::Preflight { route, allow },
            _ if !allow.is_empty() => Resolved::MethodNotAllowed {
                allow,
                cors: readable.map_or(Cors::Closed, |route| route.cors),
            },
            (_, Some(route)) if route.methods.contains(&method) => Resolved::Found(route),
            _ => Resolved::NotFound,
        }
    }
}

impl<H> Table<H> {
    /// Finds the entry for a request.
    pub fn resolve(&self, method: Method, path: &str) -> Resolved<'_, H> {
        Routes::resolve(self, method, path)
    }
}

impl<H> Routes<H> for Table<H> {
    fn of_path(&self, path: &str) -> impl Iterator<Item = &Route<H>> {
        self.routes
            .iter()
            .filter(move |route| is_of(route.path, path))
    }

    fn fallback(&self) -> Option<&Route<H>> {
        self.fallback.as_ref()
    }
}

fn is_of(route: &str, path: &str) -> bool {
    let segment = route
        .strip_suffix('*')
        .and_then(|before| path.strip_prefix(before));
    route == path || segment.is_some_and(|segment| !segment.is_empty() && !segment.contains('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    enum TestHandler {
        Read,
        Write,
        Token,
    }

    const fn route(
        methods: &'static [Method],
        path: &'static str,
        cors: Cors,
        handler: TestHandler,
    ) -> Route<TestHandler> {
        Route {
            methods,
            path,
            cors,
            cache: Cache::NoStore,
            body_limit: BODY_LIMIT,
            handler,
        }
    }

    const TABLE: Table<TestHandler> = Table {
        routes: &[
            route(GET, "/login", Cors::Closed, TestHandler::Read),
            route(POST, "/login", Cors::Closed, TestHandler::Write),
            route(POST, "/oauth/token", Cors::Any, TestHandler::Token),
        ],
        fallback: None,
    };

    fn found(method: Method, path: &str) -> Option<TestHandler> {
        match TABLE.resolve(method, path) {
            Resolved::Found(route) => Some(route.handler),
            Resolved::Preflight { .. } | Resolved::NotFound | Resolved::MethodNotAllowed { .. } => {
                None
            }
        }
    }

    #[test]
    fn one_path_has_an_entry_for_each_method() {
        assert_eq!(found(Method::Get, "/login"), Some(TestHandler::Read));
        assert_eq!(found(Method::Head, "/login"), Some(TestHandler::Read));
        assert_eq!(found(Method::Post, "/login"), Some(TestHandler::Write));
    }

    #[test]
    fn variants_of_a_path_do_not_exist() {
        for path in [
            "/login/",
            "//login",
            "/Login",
            "/login%20",
            "/oauth//token",
            "/oauth/token/",
            "/oauth%2Ftoken",
            "",
            "/",
        ] {
            assert!(
                matches!(TABLE.resolve(Method::Post, path), Resolved::NotFound),
                "{path}"
            );
        }
    }

    #[test]
    fn a_path_with_an_asterisk_stands_for_one_segment() {
        for (path, is_one) in [
            ("/a/x", true),
            ("/a/c_%41", true),
            ("/a/", false),
            ("/a", false),
            ("/a/x/y", false),
            ("/b/x", false),
        ] {
            assert_eq!(is_of("/a/*", path), is_one, "{path}");
        }
        assert!(!is_of("/a/x", "/a/*"));
    }

    #[test]
    fn another_method_gets_405_and_allow() {
        assert!(
            matches!(TABLE.resolve(Method::Delete, "/login"), Resolved::MethodNotAllowed { allow, cors: Cors::Closed } if allow == "GET, HEAD, POST")
        );
        assert!(
            matches!(TABLE.resolve(Method::Get, "/oauth/token"), Resolved::MethodNotAllowed { allow, cors: Cors::Any } if allow == "POST")
        );
    }

    #[test]
    fn only_readable_paths_answer_a_preflight() {
        assert!(matches!(
            TABLE.resolve(Method::Options, "/oauth/token"),
            Resolved::Preflight { .. }
        ));
        assert!(matches!(
            TABLE.resolve(Method::Options, "/login"),
            Resolved::MethodNotAllowed { .. }
        ));
        assert!(matches!(
            TABLE.resolve(Method::Options, "/none"),
            Resolved::NotFound
        ));
    }
}
