//! The route table: open routes, and routes behind the guard.

use edge::{Cache, Cors, Route, Routes};
use oauth_core::endpoint;
use oauth_core::http::{Answer, Incoming};
use oauth_guard::{Access, Denied};
use worker::wasm_bindgen::JsValue;
use worker::{Context, Env, Request, Response, web_sys};

use crate::call::{Call, Handler};
use crate::open;
use crate::ports::Ports;
use crate::protection::Protection;
use crate::service::{Api, Needs, Open, Run, Visit};

/// The open routes of every resource server.
const OPEN: &[Route<Run>] = &[
    open_route(endpoint::HEALTH, Cors::Closed, Cache::NoStore, |visit| {
        Box::pin(open::health(visit.api.checks, visit.env))
    }),
    open_route(
        endpoint::ICON,
        Cors::Closed,
        Cache::Public(86_400),
        |_visit| Box::pin(async { open::favicon() }),
    ),
    open_route(
        endpoint::PROTECTED_RESOURCE,
        Cors::Any,
        Cache::Public(300),
        |visit| {
            Box::pin(async {
                let found = visit.protection.metadata(visit.api, visit.path);
                found.unwrap_or_else(no_such_resource)
            })
        },
    ),
];

const fn open_route(path: &'static str, cors: Cors, cache: Cache, open: Open) -> Route<Run> {
    Route {
        methods: edge::route::GET,
        path,
        cors,
        cache,
        body_limit: 0,
        handler: Run::Open(open),
    }
}

/// Whether a route answers at this path. A resource's own path follows the well-known one (RFC 9728 §3.1).
fn is_at(route: &str, path: &str) -> bool {
    let rest = path.strip_prefix(route);
    rest.is_some_and(|rest| {
        rest.is_empty() || route == endpoint::PROTECTED_RESOURCE && rest.starts_with('/')
    })
}

impl Routes<Run> for Api {
    fn of_path(&self, path: &str) -> impl Iterator<Item = &Route<Run>> {
        let services = self
            .resource_at(path)
            .services
            .iter()
            .flat_map(|service| service.routes);
        let routes = OPEN
            .iter()
            .chain(services.map(|protected| &protected.route));
        routes.filter(move |route| is_at(route.path, path))
    }

    fn fallback(&self) -> Option<&Route<Run>> {
        None
    }
}

/// Answers one request. The settings are read once per isolate; while any of them is wrong, every answer is a 503, and
/// the log names all that are wrong.
pub async fn serve(
    api: &'static Api,
    request: Request,
    env: Env,
    context: Context,
) -> worker::Result<Response> {
    Ok(respond(api, request.inner(), &env, &context).await.into())
}

/// The same for a worker that exports its own `fetch`: an answer, or the promise of one where something is waited for. It
/// spares what `#[event(fetch)]` and [`Request`] do before and after.
pub fn answer(api: &'static Api, request: web_sys::Request, env: Env, context: Context) -> JsValue {
    edge::at_once(async move { respond(api, &request, &env, &context).await })
}

async fn respond(
    api: &'static Api,
    request: &web_sys::Request,
    env: &Env,
    context: &Context,
) -> web_sys::Response {
    let protection = match Protection::current(env) {
        Ok(protection) => protection,
        Err(faults) => return edge::misconfigured(request, &faults),
    };
    let ports = protection.ports(env, context, request);
    let site = &protection.site;
    edge::serve(api, site, request, async |run: Run, incoming| {
        let visit = Visit {
            api,
            env,
            protection: &protection,
            path: &incoming.path,
        };
        run_route(run, &visit, &ports, &incoming).await.into()
    })
    .await
}

async fn run_route(run: Run, visit: &Visit<'_>, ports: &Ports<'_>, request: &Incoming) -> Answer {
    match run {
        Run::Open(open) => open(visit).await,
        Run::Guarded(needs, _) if needs.listed_origins && is_foreign(visit, request) => {
            foreign_page()
        }
        Run::Guarded(needs, handle) => {
            let resource = visit.api.resource_at(visit.path);
            let guard = visit.protection.guard(resource);
            let access = match guard.admit(ports, request, edge::now()).await {
                Ok(access) => access,
                Err(denied) => {
                    let scope = resource.first_scope(needs);
                    return guard.refusal(&denied, request, scope.as_deref());
                }
            };
            let call = Call {
                access: &access,
                request,
                env: ports.env,
                guard: &guard,
                ports,
            };
            let handled = handled(&call, needs, handle).await;
            let answer = handled.unwrap_or_else(|denied| {
                let scope = resource.wider_scope(&denied, &access);
                guard.refusal(&denied, request, scope.as_deref())
            });
            logged(answer, &access)
        }
    }
}

fn no_such_resource() -> Answer {
    edge::answer::refused(404, "another resource's metadata would be at this path")
}

/// Whether a page that is not listed sends the request. Programs other than browsers send no origin.
fn is_foreign(visit: &Visit<'_>, request: &Incoming) -> bool {
    let origin = request.headers.value("origin");
    origin.is_some_and(|origin| !visit.protection.is_listed(origin))
}

fn foreign_page() -> Answer {
    let sentence = "pages of this origin may not call here; ALLOWED_ORIGINS lists those that may";
    let mut answer = edge::answer::refused(403, sentence);
    answer.log.refusal = Some("origin_not_listed");
    answer
}

/// With the client and the user, and with a check that could not be made although the token was admitted.
fn logged(mut answer: Answer, access: &Access) -> Answer {
    if let (Some(tolerated), None) = (access.tolerated_fault(), &answer.log.cause) {
        answer.log.cause = Some(tolerated.to_string());
    }
    answer.log.client_id = Some(access.client_id().to_owned());
    answer.log.subject = Some(access.subject().to_owned());
    answer
}

async fn handled(call: &Call<'_>, needs: Needs, handle: Handler) -> Result<Answer, Denied> {
    needs.check(call.access, edge::now())?;
    handle(call).await
}
