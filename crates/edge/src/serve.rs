//! The way of every request through a worker: table, bounds, handler, headers, log line.

use oauth_core::http::{Answer, Incoming, LogFacts, Method};
use worker::{
    Response,
    web_sys::{self, Request},
};

use crate::{
    answer, cors, glue,
    log::Line,
    platform::now_millis,
    request::{self, Head},
    route::{Cache, Cors, Resolved, Routes},
};

/// A worker's own origin and the origins that it admits.
#[derive(Clone, Debug)]
pub struct Site {
    /// Whether its own origin is https.
    pub secure: bool,
    /// The origins that [`Cors::Listed`] routes admit.
    pub origins: Vec<String>,
}

/// The outcome of a handler.
#[derive(Debug)]
pub enum Reply {
    /// An answer that is still to be written.
    Answer(Answer),
    /// A response of the platform (a static asset): passed on, with the protective headers.
    Platform(Response),
}

impl From<Answer> for Reply {
    fn from(answer: Answer) -> Self {
        Self::Answer(answer)
    }
}

struct Frame {
    cors: Cors,
    cache: Cache,
    origin: Option<String>,
    /// How long the next requests may be answered likewise.
    repeats: u32,
}

/// Serves one request: finds the route, reads within bounds, asks `handler`, writes and logs.
///
/// A handler sees `HEAD` as `GET`; the body is dropped here.
pub async fn serve<H: Copy + 'static>(
    routes: &impl Routes<H>,
    site: &Site,
    request: &Request,
    handler: impl AsyncFnOnce(H, Incoming) -> Reply,
) -> web_sys::Response {
    let began = now_millis();
    let head = request::head(request);
    let (method, path) = (head.target.method, head.target.path.clone());
    let request_id = head.request_id.clone();
    let (reply, frame) = exchange(routes, request, head, handler).await;
    let (response, status, facts) = match reply {
        Reply::Answer(answer) => finish(answer, &frame, site, &request_id, (request, method)),
        Reply::Platform(response) => shield(response, site.secure, &request_id),
    };
    Line::new(
        (method, &path),
        &request_id,
        status,
        &facts,
        (began, now_millis()),
    )
    .write();
    response
}

/// Has the next request of each document reach its handler, where one may have changed.
pub fn forget_documents() {
    glue::forget();
}

/// The answer of a worker whose configuration is at fault.
pub fn misconfigured(request: &Request, faults: &crate::ConfigFaults) -> web_sys::Response {
    let Head {
        target, request_id, ..
    } = request::head(request);
    let answer = answer::misconfigured(&target.path, faults);
    let moment = now_millis();
    Line::new(
        (target.method, &target.path),
        &request_id,
        503,
        &answer.log,
        (moment, moment),
    )
    .write();
    let answer = answer::completed(answer, answer::protective(false, &request_id));
    answer::write(
        &answer.with("cache-control", "no-store"),
        target.method == Method::Head,
    )
}

async fn exchange<H: Copy + 'static>(
    routes: &impl Routes<H>,
    request: &Request,
    head: Head,
    handler: impl AsyncFnOnce(H, Incoming) -> Reply,
) -> (Reply, Frame) {
    let mut frame = Frame {
        cors: Cors::Closed,
        cache: Cache::NoStore,
        origin: head.origin().map(str::to_owned),
        repeats: 0,
    };
    if request::is_too_long(&head.target) {
        return (answer::refused(414, "the URL is too long").into(), frame);
    }
    let route = match routes.resolve(head.target.method, &head.target.path) {
        Resolved::Found(route) => route,
        Resolved::Preflight { route, allow } => {
            frame.cors = route.cors;
            return (cors::preflight(&allow).into(), frame);
        }
        Resolved::NotFound => {
            return (
                answer::refused(404, "there is nothing at this path").into(),
                frame,
            );
        }
        Resolved::MethodNotAllowed { allow, cors } => {
            frame.cors = cors;
            let refused = answer::refused(405, "this path does not take this method");
            return (refused.with("allow", allow).into(), frame);
        }
    };
    frame.cors = route.cors;
    frame.cache = route.cache;
    if head.target.method == Method::Get && head.target.query.is_empty() {
        frame.repeats = route.cache.repeats();
    }
    let reply = match request::read(request, head, route.body_limit).await {
        Ok(incoming) => handler(route.handler, as_get(incoming)).await,
        Err(refused) => refused.into(),
    };
    (reply, frame)
}

fn as_get(mut incoming: Incoming) -> Incoming {
    if incoming.method == Method::Head {
        incoming.method = Method::Get;
    }
    incoming
}

fn finish(
    mut answer: Answer,
    frame: &Frame,
    site: &Site,
    request_id: &str,
    (request, method): (&Request, Method),
) -> (web_sys::Response, u16, LogFacts) {
    let facts = std::mem::take(&mut answer.log);
    let mut extra = answer::protective(site.secure, request_id);
    extra.extend(cors::headers(
        frame.cors,
        frame.origin.as_deref(),
        &site.origins,
    ));
    extra.extend(answer::caching(frame.cache, answer.status).map(|value| ("cache-control", value)));
    let answer = answer::completed(answer, extra);
    let response = if frame.repeats > 0 && answer.status == 200 && frame.cors != Cors::Listed {
        answer::write_for_all(&answer, request, frame.repeats)
    } else {
        answer::write(&answer, method == Method::Head)
    };
    (response, answer.status, facts)
}

/// Adds the protective headers that a platform response lacks.
fn shield(
    response: Response,
    secure: bool,
    request_id: &str,
) -> (web_sys::Response, u16, LogFacts) {
    let headers = response.headers().clone();
    for (name, value) in answer::protective(secure, request_id) {
        if !headers.has(name).unwrap_or(false) {
            // These names and values are constants and valid: setting them cannot fail.
            let _set = headers.set(name, &value);
        }
    }
    let status = response.status_code();
    (
        response.with_headers(headers).into(),
        status,
        LogFacts::default(),
    )
}
