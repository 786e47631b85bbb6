//! GET /api/protected: describes the access token that the request carries.

use guarded_worker::{Answer, Call, HandlerFuture, Needs, Protected, Scope, Service};
use serde::Serialize;

pub(crate) const SERVICE: Service = Service {
    name: "protected",
    scopes: &[],
    routes: &[Protected::get("/api/protected", Needs::TOKEN, summarize)],
};

#[derive(Serialize)]
struct TokenSummary<'a> {
    message: &'static str,
    sub: &'a str,
    client_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<&'a Scope>,
}

fn summarize<'a>(call: &'a Call<'a>) -> HandlerFuture<'a> {
    Box::pin(async move {
        Ok(Answer::json(
            200,
            &TokenSummary {
                message: "the access token is valid",
                sub: call.access.subject(),
                client_id: call.access.client_id(),
                scope: call.access.scope(),
            },
        ))
    })
}
