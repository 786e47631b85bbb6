//! The route table: every path of the authorization server, and what applies to it.

use std::{future::Future, pin::Pin};

use edge::{
    Cache, Cors, Route, Table,
    route::{BODY_LIMIT, GET, GET_ONLY, POST},
};
use oauth_core::{
    endpoint,
    http::{Answer, Incoming, Method},
};
use oauth_server::{
    Context, Render, Stop, account, admin, authorize, consent, direct_login, discovery, home,
    introspect, login, page, par, ports::Rate, rate::Counted, register, respond, revoke, token,
    userinfo,
};

use crate::{config::Config, health, ports::Ports};

/// The context of a request to this worker.
type Call<'a> = Context<'a, Ports>;

/// A running endpoint.
type Running<'a> = Pin<Box<dyn Future<Output = Result<Answer, Stop>> + 'a>>;

/// A function that runs an endpoint.
type Run = for<'a> fn(&'a Call<'a>, &'a Incoming) -> Running<'a>;

/// An endpoint, and how its errors are rendered.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Endpoint {
    run: Run,
    render: Render,
    counted: Counted,
}

impl Endpoint {
    /// Whether its answer is the same for everyone and needs no secret: a document or a file.
    pub(crate) fn is_public(self) -> bool {
        self.counted == Counted::Not
    }
}

/// `PUT` alone.
const PUT: &[Method] = &[Method::Put];
/// `DELETE` alone.
const DELETE: &[Method] = &[Method::Delete];

const DAY: u32 = 86_400;

/// The bound of a pushed request: about as much as a browser would carry (RFC 9126 §2.3).
const PUSHED_REQUEST_LIMIT: usize = 16 * 1024;

/// The bound of what a client says about itself.
const REGISTRATION_LIMIT: usize = 16 * 1024;

/// The path of each registration.
const REGISTRATION: &str = "/oauth/register/*";

/// The bound of a request to the administration.
const ADMIN_LIMIT: usize = 4 * 1024;

/// Pages count by network.
const PAGES: Counted = Counted::ByNetwork(Rate::Pages);
/// So do requests of applications that cannot authenticate.
const STRANGERS: Counted = Counted::ByNetwork(Rate::Strangers);
/// Other requests count by their caller, and those of strangers by network.
const CALLERS: Counted = Counted::ByCaller(Rate::Strangers);
/// The same, where something is made for whoever asks.
const MAKERS: Counted = Counted::ByCaller(Rate::Making);

/// The authorization endpoint takes these alone: not even `HEAD` may have an effect.
const GET_AND_POST: &[Method] = &[Method::Get, Method::Post];

/// A route that no other origin may read and no cache may store.
const fn private(
    methods: &'static [Method],
    path: &'static str,
    (render, counted): (Render, Counted),
    run: Run,
) -> Route<Endpoint> {
    Route {
        methods,
        path,
        cors: Cors::Closed,
        cache: Cache::NoStore,
        body_limit: BODY_LIMIT,
        handler: Endpoint {
            run,
            render,
            counted,
        },
    }
}

/// A page, for the user in front of it.
const fn page(methods: &'static [Method], path: &'static str, run: Run) -> Route<Endpoint> {
    private(methods, path, (Render::Page, PAGES), run)
}

/// An endpoint for clients that are not pages: no other origin reads its answers.
const fn json(
    methods: &'static [Method],
    path: &'static str,
    counted: Counted,
    run: Run,
) -> Route<Endpoint> {
    private(methods, path, (Render::Json, counted), run)
}

/// An endpoint for clients that may be pages of any origin.
const fn open(
    methods: &'static [Method],
    path: &'static str,
    render: (Render, Counted),
    run: Run,
) -> Route<Endpoint> {
    Route {
        cors: Cors::Any,
        ..private(methods, path, render, run)
    }
}

/// An endpoint for clients that register themselves.
const fn registration(methods: &'static [Method], path: &'static str, run: Run) -> Route<Endpoint> {
    Route {
        body_limit: REGISTRATION_LIMIT,
        ..open(methods, path, (Render::Challenge, MAKERS), run)
    }
}

/// A public document: any origin may read it, and caches may store it for as long as it says.
const fn document(path: &'static str, run: Run) -> Route<Endpoint> {
    Route {
        cache: Cache::Document,
        ..open(GET, path, (Render::Json, Counted::Not), run)
    }
}

/// A static file.
const fn file(path: &'static str, seconds: u32, run: Run) -> Route<Endpoint> {
    Route {
        cache: Cache::Public(seconds),
        ..private(GET, path, (Render::Page, Counted::Not), run)
    }
}

/// A request of an administrator.
const fn administration(
    methods: &'static [Method],
    path: &'static str,
    run: Run,
) -> Route<Endpoint> {
    Route {
        body_limit: ADMIN_LIMIT,
        ..private(methods, path, (Render::Challenge, CALLERS), run)
    }
}

/// The function of the table that runs an endpoint.
macro_rules! run {
    ($endpoint:path) => {
        |call, request| Box::pin($endpoint(call, request))
    };
}

/// The routes.
pub(crate) const TABLE: Table<Endpoint> = Table {
    routes: &[
        page(
            GET_AND_POST,
            endpoint::AUTHORIZE,
            run!(authorize::authorize),
        ),
        open(
            POST,
            endpoint::TOKEN,
            (Render::Json, CALLERS),
            run!(token::token),
        ),
        // Resource servers introspect, and no page is one.
        json(
            POST,
            endpoint::INTROSPECT,
            CALLERS,
            run!(introspect::introspect),
        ),
        open(
            POST,
            endpoint::REVOKE,
            (Render::Json, CALLERS),
            run!(revoke::revoke),
        ),
        // Libraries for pages push as well as servers and installed applications.
        Route {
            body_limit: PUSHED_REQUEST_LIMIT,
            ..open(POST, endpoint::PAR, (Render::Json, MAKERS), run!(par::par))
        },
        registration(POST, endpoint::REGISTER, run!(register::register)),
        registration(GET_ONLY, REGISTRATION, run!(register::read)),
        registration(PUT, REGISTRATION, run!(register::replace)),
        registration(DELETE, REGISTRATION, run!(register::remove)),
        open(
            GET,
            endpoint::USERINFO,
            (Render::Challenge, CALLERS),
            run!(userinfo::userinfo),
        ),
        open(
            POST,
            endpoint::USERINFO,
            (Render::Challenge, CALLERS),
            run!(userinfo::userinfo),
        ),
        document(endpoint::JWKS, run!(discovery::jwks)),
        document(endpoint::OPENID_CONFIGURATION, run!(discovery::metadata)),
        document(endpoint::OAUTH_METADATA, run!(discovery::metadata)),
        page(GET, endpoint::LOGIN, run!(login::page)),
        private(
            POST,
            endpoint::LOGIN,
            (Render::ByContentType, PAGES),
            run!(login::login),
        ),
        json(
            POST,
            endpoint::DIRECT_TOKEN,
            STRANGERS,
            run!(direct_login::token),
        ),
        json(
            DELETE,
            endpoint::DIRECT_LOGOUT,
            STRANGERS,
            run!(direct_login::logout),
        ),
        page(GET, endpoint::ACCOUNT, run!(account::page)),
        page(POST, endpoint::ACCOUNT, run!(account::change)),
        administration(GET_ONLY, endpoint::admin::GRANTS, run!(admin::grants::list)),
        administration(POST, endpoint::admin::END_GRANT, run!(admin::grants::end)),
        administration(
            POST,
            endpoint::admin::SIGN_OUT,
            run!(admin::users::sign_out),
        ),
        administration(
            POST,
            endpoint::admin::DISABLE_USER,
            run!(admin::users::disable),
        ),
        administration(
            POST,
            endpoint::admin::ENABLE_USER,
            run!(admin::users::enable),
        ),
        administration(
            POST,
            endpoint::admin::DISABLE_CLIENT,
            run!(admin::clients::disable),
        ),
        administration(
            POST,
            endpoint::admin::ENABLE_CLIENT,
            run!(admin::clients::enable),
        ),
        administration(GET_ONLY, endpoint::admin::KEYS, run!(admin::keys::list)),
        administration(POST, endpoint::admin::ROTATE_KEY, run!(admin::keys::rotate)),
        administration(POST, endpoint::admin::DROP_KEY, run!(admin::keys::drop_one)),
        administration(GET_ONLY, endpoint::admin::AUDIT, run!(admin::audit::list)),
        page(GET, endpoint::CONSENT, |_, _| {
            Box::pin(async { Err(consent::page()) })
        }),
        page(POST, endpoint::CONSENT, run!(consent::consent)),
        page(GET, endpoint::HEALTH, |call, _| {
            Box::pin(async { Ok(health::health(call.ports).await) })
        }),
        page(GET, endpoint::HOME, run!(home::page)),
        file(endpoint::STYLE, 365 * DAY, |_, _| {
            Box::pin(async { Ok(asset("text/css; charset=utf-8", page::STYLE)) })
        }),
        file(endpoint::ICON, DAY, |_, _| {
            Box::pin(async { Ok(asset("image/svg+xml", page::ICON)) })
        }),
    ],
    fallback: None,
};

/// Runs the endpoint of a request.
pub(crate) async fn answer(
    endpoint: Endpoint,
    config: &Config,
    ports: &Ports,
    request: &Incoming,
) -> Answer {
    let call = Context::new(&config.settings, &config.keyring, ports, edge::now())
        .counted_as(endpoint.counted);
    let running = (endpoint.run)(&call, request);
    respond(&call, request, endpoint.render, running).await
}

fn asset(content_type: &'static str, text: &'static str) -> Answer {
    Answer {
        body: text.as_bytes().to_vec(),
        ..Answer::empty(200)
    }
    .with("content-type", content_type)
}

#[cfg(test)]
mod tests;
