//! Services: their scopes, their routes, and what each route [`Needs`].

use edge::route::{BODY_LIMIT, GET, POST};
use edge::{Cache, Cors, Route};
use oauth_core::UnixTime;
use oauth_core::http::{Answer, Method};
use oauth_guard::{Access, Denied, StepUp};
use worker::Env;

use crate::call::{Handler, Later};
use crate::open::Check;
use crate::protection::Protection;
use crate::resource::Resource;

/// A scope, and what it allows in one line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScopeInfo {
    pub(crate) name: &'static str,
    pub(crate) description: &'static str,
}

impl ScopeInfo {
    /// A scope (RFC 6749 §3.3), described in one line: it is shown on the consent page.
    pub const fn new(name: &'static str, description: &'static str) -> Self {
        Self { name, description }
    }

    pub(crate) fn described(&self) -> (&'static str, &'static str) {
        (self.name, self.description)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Holder {
    Anyone,
    User,
}

/// The requirements of a route, beyond a valid access token.
#[derive(Clone, Copy, Debug)]
pub struct Needs {
    pub(crate) scope: Option<ScopeInfo>,
    holder: Holder,
    sign_in: StepUp,
    /// Whether pages of other origins than the listed ones are refused.
    pub(crate) listed_origins: bool,
}

impl Needs {
    /// Any valid access token.
    pub const TOKEN: Self = Self {
        scope: None,
        holder: Holder::Anyone,
        sign_in: StepUp {
            acr_values: &[],
            max_age: None,
        },
        listed_origins: false,
    };

    /// The access token of a user, not of a machine.
    pub const USER: Self = Self::TOKEN.of_a_user();

    /// A token with this scope.
    pub const fn scope(scope: &'static ScopeInfo) -> Self {
        Self {
            scope: Some(*scope),
            ..Self::TOKEN
        }
    }

    /// And that it is a user's.
    #[must_use]
    pub const fn of_a_user(self) -> Self {
        Self {
            holder: Holder::User,
            ..self
        }
    }

    /// And that they have signed in within so many seconds (RFC 9470).
    #[must_use]
    pub const fn signed_in_within(self, seconds: i64) -> Self {
        let sign_in = StepUp {
            max_age: Some(seconds),
            ..self.sign_in
        };
        Self { sign_in, ..self }
    }

    /// And that they have signed in by one of these means: the token's `acr` (RFC 9470).
    #[must_use]
    pub const fn signed_in_by(self, acr_values: &'static [&'static str]) -> Self {
        let sign_in = StepUp {
            acr_values,
            ..self.sign_in
        };
        Self { sign_in, ..self }
    }

    /// And that no page sends it but those of this origin and of `ALLOWED_ORIGINS`: for protocols that ask for it against
    /// names that are bound to another address afterwards (DNS rebinding).
    #[must_use]
    pub const fn from_listed_origins(self) -> Self {
        Self {
            listed_origins: true,
            ..self
        }
    }

    /// Checks an admitted request.
    pub(crate) fn check(&self, access: &Access, now: UnixTime) -> Result<(), Denied> {
        if let Some(scope) = self.scope {
            access.require(scope.name)?;
        }
        if self.holder == Holder::User {
            access.require_user()?;
        }
        access.require_authentication(&self.sign_in, now)
    }
}

/// The function that answers on a route.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Run {
    /// For every request.
    Open(Open),
    /// For requests that the guard admits and that meet these needs.
    Guarded(Needs, Handler),
}

/// A function that answers without a token.
pub(crate) type Open = for<'a> fn(&'a Visit<'a>) -> Later<'a, Answer>;

/// The argument of an open route's function.
pub(crate) struct Visit<'a> {
    pub(crate) api: &'static Api,
    pub(crate) env: &'a Env,
    pub(crate) protection: &'a Protection,
    pub(crate) path: &'a str,
}

impl Run {
    /// The requirements, where the route is behind the guard.
    fn needs(self) -> Option<Needs> {
        match self {
            Self::Open(_) => None,
            Self::Guarded(needs, _) => Some(needs),
        }
    }
}

/// A route behind the guard.
#[derive(Clone, Copy, Debug)]
pub struct Protected {
    pub(crate) route: Route<Run>,
}

impl Protected {
    /// Answers `GET`, and `HEAD` without the body.
    pub const fn get(path: &'static str, needs: Needs, handle: Handler) -> Self {
        Self::new(GET, path, needs, handle)
    }

    /// Answers `POST`.
    pub const fn post(path: &'static str, needs: Needs, handle: Handler) -> Self {
        Self::new(POST, path, needs, handle)
    }

    /// Answers these methods. The path is compared byte for byte.
    pub const fn new(
        methods: &'static [Method],
        path: &'static str,
        needs: Needs,
        handle: Handler,
    ) -> Self {
        Self {
            route: Route {
                methods,
                path,
                cors: Cors::Listed,
                cache: Cache::NoStore,
                body_limit: BODY_LIMIT,
                handler: Run::Guarded(needs, handle),
            },
        }
    }

    /// With another limit for the body than 64 KB, in bytes.
    #[must_use]
    pub const fn with_body_limit(self, bytes: usize) -> Self {
        Self {
            route: Route {
                body_limit: bytes,
                ..self.route
            },
        }
    }

    pub(crate) fn scope(&self) -> Option<ScopeInfo> {
        self.route.handler.needs()?.scope
    }
}

/// Routes that belong together, with their scopes.
#[derive(Clone, Copy, Debug)]
pub struct Service {
    /// Its name, for readers of the code.
    pub name: &'static str,
    /// Its scopes. A scope that a route needs is published even if it is missing here.
    pub scopes: &'static [ScopeInfo],
    /// Its routes.
    pub routes: &'static [Protected],
}

/// A resource server: its name, its services and its health checks.
#[derive(Clone, Copy, Debug)]
pub struct Api {
    pub(crate) own: Resource,
    pub(crate) others: &'static [Resource],
    pub(crate) checks: &'static [Check],
}

impl Api {
    /// A resource server; the name is shown in its metadata.
    pub const fn new(name: &'static str, services: &'static [Service]) -> Self {
        Self {
            own: Resource::new("", name, services),
            others: &[],
            checks: &[],
        }
    }

    /// With resources of their own below the origin.
    #[must_use]
    pub const fn with_resources(self, others: &'static [Resource]) -> Self {
        Self { others, ..self }
    }

    /// With the checks of `/health`.
    #[must_use]
    pub const fn with_checks(self, checks: &'static [Check]) -> Self {
        Self { checks, ..self }
    }

    /// The resource that a path belongs to.
    pub(crate) fn resource_at(&self, path: &str) -> &Resource {
        let mut others = self.others.iter();
        others.find(|other| other.has(path)).unwrap_or(&self.own)
    }
}

#[cfg(test)]
mod tests {
    use edge::{Resolved, Routes as _};

    use super::*;
    use crate::call::{Call, HandlerFuture};

    const READ: ScopeInfo = ScopeInfo::new("read", "Read");
    const WRITE: ScopeInfo = ScopeInfo::new("write", "Write");
    const HINT: ScopeInfo = ScopeInfo::new("hint", "Is asked for by no route");

    static API: Api = Api::new(
        "Test",
        &[
            Service {
                name: "one",
                scopes: &[READ, HINT],
                routes: &[
                    Protected::get("/one", Needs::scope(&READ), handle),
                    Protected::post("/one", Needs::scope(&WRITE), handle).with_body_limit(7),
                ],
            },
            Service {
                name: "two",
                scopes: &[READ],
                routes: &[Protected::get("/two", Needs::USER, handle)],
            },
        ],
    );

    fn handle<'a>(_: &'a Call<'a>) -> HandlerFuture<'a> {
        Box::pin(async { Ok(Answer::empty(204)) })
    }

    #[test]
    fn every_scope_is_published_once_even_if_only_a_route_names_it() {
        assert_eq!(API.own.scopes(), [READ, HINT, WRITE]);
    }

    #[test]
    fn a_route_has_its_own_body_limit_and_scope() {
        let Resolved::Found(route) = API.resolve(Method::Post, "/one") else {
            panic!("the route is there");
        };
        assert_eq!(route.body_limit, 7);
        assert!(matches!(route.handler, Run::Guarded(needs, _) if needs.scope == Some(WRITE)));
        assert_eq!(route.cache, Cache::NoStore);
    }

    #[test]
    fn what_no_service_has_is_not_there() {
        for path in ["/", "/one/", "/ONE", "/three"] {
            let found = API.resolve(Method::Get, path);
            assert!(matches!(found, Resolved::NotFound), "{path}");
        }
        let two = API.resolve(Method::Post, "/two");
        assert!(matches!(two, Resolved::MethodNotAllowed { allow, .. } if allow == "GET, HEAD"));
    }

    #[test]
    fn health_metadata_and_the_icon_are_open_and_nothing_else() {
        for path in [
            "/health",
            "/favicon.ico",
            "/.well-known/oauth-protected-resource",
        ] {
            let Resolved::Found(route) = API.resolve(Method::Get, path) else {
                panic!("{path} is there");
            };
            assert!(!matches!(route.handler, Run::Guarded(..)), "{path}");
        }
    }
}
