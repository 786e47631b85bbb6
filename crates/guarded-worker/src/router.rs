//! The way of a request: to an open route, or through the guard to a handler.

use edge::{Cache, Cors, Route, Routes};
use oauth_core::http::{Answer, Incoming};
use oauth_guard::Denied;
use worker::{Context, Env, Request, Response};

use crate::call::{Call, Handle};
use crate::open;
use crate::ports::Ports;
use crate::protection::Protection;
use crate::service::{Api, Handler, Needs};

/// The open routes of every resource server.
const OPEN: &[Route<Handler>] = &[
    open_route("/health", Cors::Closed, Cache::NoStore, Handler::Health),
    open_route(
        "/favicon.ico",
        Cors::Closed,
        Cache::Public(86_400),
        Handler::Favicon,
    ),
    open_route(
        "/.well-known/oauth-protected-resource",
        Cors::Any,
        Cache::Public(300),
        Handler::Metadata,
    ),
];

const fn open_route(
    path: &'static str,
    cors: Cors,
    cache: Cache,
    handler: Handler,
) -> Route<Handler> {
    Route {
        methods: edge::route::GET,
        path,
        cors,
        cache,
        body_limit: 0,
        handler,
    }
}

impl Routes<Handler> for Api {
    fn of_path(&self, path: &str) -> impl Iterator<Item = &Route<Handler>> {
        let services = self.services.iter().flat_map(|service| service.routes);
        let routes = OPEN
            .iter()
            .chain(services.map(|protected| &protected.route));
        routes.filter(move |route| route.path == path)
    }

    fn fallback(&self) -> Option<&Route<Handler>> {
        None
    }
}

/// Answers one request. The settings are read once an isolate; while something is wrong with them, every answer is a
/// 503, and the log says all that is wrong.
pub async fn serve(
    api: &'static Api,
    request: Request,
    env: Env,
    context: Context,
) -> worker::Result<Response> {
    let protection = match Protection::current(&env) {
        Ok(protection) => protection,
        Err(faults) => return Ok(edge::misconfigured(&request, &faults)),
    };
    let ports = protection.ports(&env, &context, &request);
    let site = &protection.site;
    let response = edge::serve(api, site, request, async |handler, incoming| {
        let answer = match handler {
            Handler::Health => open::health(api.checks, &env).await,
            Handler::Favicon => open::favicon(),
            Handler::Metadata => protection.metadata(api.name, &described(api)),
            Handler::Guarded(needs, handle) => {
                guarded(&protection, &ports, &incoming, (needs, handle)).await
            }
        };
        answer.into()
    })
    .await;
    Ok(response)
}

/// The scopes of an API, each with its description.
fn described(api: &Api) -> Vec<(&'static str, &'static str)> {
    let scopes = api.scopes();
    scopes
        .iter()
        .map(|scope| (scope.name, scope.description))
        .collect()
}

async fn guarded(
    protection: &Protection,
    ports: &Ports<'_>,
    request: &Incoming,
    (needs, handle): (Needs, Handle),
) -> Answer {
    let access = match protection.admit(ports, request).await {
        Ok(access) => access,
        Err(denied) => return protection.refusal(&denied, request),
    };
    let call = Call {
        access: &access,
        request,
        env: ports.env,
        protection,
        ports,
    };
    let mut answer = handled(&call, needs, handle)
        .await
        .unwrap_or_else(|denied| protection.refusal(&denied, request));
    if let (Some(tolerated), None) = (access.tolerated_fault(), &answer.log.cause) {
        answer.log.cause = Some(tolerated.to_string());
    }
    answer.log.client_id = Some(access.client_id().to_owned());
    answer.log.subject = Some(access.subject().to_owned());
    answer
}

async fn handled(call: &Call<'_>, needs: Needs, handle: Handle) -> Result<Answer, Denied> {
    needs.check(call.access, edge::now())?;
    handle(call).await
}
