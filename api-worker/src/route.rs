//! The route table, and the only way from a route to its service: through the guard.

use std::future::Future;
use std::pin::Pin;

use edge::d1::Database;
use edge::route::{BODY_LIMIT, GET, POST};
use edge::{Cache, Cors, Route, Table};
use oauth_core::http::{Answer, Incoming, Method};
use oauth_guard::{Access, Denied};
use worker::Env;

use crate::config::Api;
use crate::sources::Remote;
use crate::{open, services};

/// An answer on its way.
pub(crate) type Later<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

/// What a service gets: the proof of admission, the request, the authorization server, the database.
pub(crate) struct Call<'a> {
    pub(crate) access: &'a Access,
    pub(crate) request: &'a Incoming,
    pub(crate) remote: &'a Remote<'a>,
    pub(crate) database: Database,
}

/// What a service gives.
pub(crate) type Served<'a> = Later<'a, Result<Answer, Denied>>;

/// Who answers on a route.
#[derive(Clone, Copy)]
pub(crate) enum Handler {
    /// Anyone may ask.
    Open(for<'a> fn(&'a Api, &'a Env) -> Later<'a, Answer>),
    /// Only who brings a good access token.
    Guarded(for<'a> fn(&'a Call<'a>) -> Served<'a>),
}

/// Every route of this worker.
pub(crate) const TABLE: Table<Handler> = Table {
    routes: &[
        public("/health", Cors::Closed, Cache::NoStore, open::health),
        public(
            "/favicon.ico",
            Cors::Closed,
            Cache::Public(86_400),
            open::favicon,
        ),
        public(
            "/.well-known/oauth-protected-resource",
            Cors::Any,
            Cache::Public(300),
            open::metadata,
        ),
        guarded("/api/protected", GET, services::protected::serve),
        guarded("/api/introspection", GET, services::introspection::serve),
        guarded("/api/data", GET, services::data::serve),
        guarded("/protected-data", GET, services::data::serve),
        guarded("/api/user/profile", GET, services::profile::serve),
        guarded("/api/user/update", POST, services::update::serve),
        guarded("/students", GET, services::students::serve),
        guarded("/posts", GET, services::posts::serve),
        guarded("/users", GET, services::users::serve),
    ],
    fallback: None,
};

const fn public(
    path: &'static str,
    cors: Cors,
    cache: Cache,
    handler: for<'a> fn(&'a Api, &'a Env) -> Later<'a, Answer>,
) -> Route<Handler> {
    Route {
        methods: GET,
        path,
        cors,
        cache,
        body_limit: 0,
        handler: Handler::Open(handler),
    }
}

const fn guarded(
    path: &'static str,
    methods: &'static [Method],
    service: for<'a> fn(&'a Call<'a>) -> Served<'a>,
) -> Route<Handler> {
    Route {
        methods,
        path,
        cors: Cors::Listed,
        cache: Cache::NoStore,
        body_limit: BODY_LIMIT,
        handler: Handler::Guarded(service),
    }
}

/// Answers a request that the table has placed.
pub(crate) async fn answer(handler: Handler, api: &Api, env: &Env, request: &Incoming) -> Answer {
    match handler {
        Handler::Open(open) => open(api, env).await,
        Handler::Guarded(service) => admitted(service, api, env, request).await,
    }
}

async fn admitted(
    service: for<'a> fn(&'a Call<'a>) -> Served<'a>,
    api: &Api,
    env: &Env,
    request: &Incoming,
) -> Answer {
    let sources = Remote {
        env,
        issuer: &api.issuer,
        authorization: api.authorization.as_ref(),
    };
    let access = match api.guard.admit(&sources, request, edge::now()).await {
        Ok(access) => access,
        Err(denied) => return api.guard.refusal(&denied),
    };
    let mut answer = served(service, &access, &sources, request)
        .await
        .unwrap_or_else(|denied| api.guard.refusal(&denied));
    if let (Some(doubt), None) = (access.doubt(), &answer.log.cause) {
        answer.log.cause = Some(doubt.to_string());
    }
    answer.log.client_id = Some(access.client_id().to_owned());
    answer.log.subject = Some(access.subject().to_owned());
    answer
}

async fn served(
    service: for<'a> fn(&'a Call<'a>) -> Served<'a>,
    access: &Access,
    remote: &Remote<'_>,
    request: &Incoming,
) -> Result<Answer, Denied> {
    let database = Database::open(remote.env)?;
    service(&Call {
        access,
        request,
        remote,
        database,
    })
    .await
}
