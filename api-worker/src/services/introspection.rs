//! GET /api/introspection: what the authorization server says of the very token that the request came with (RFC 7662).
//! For clients that may not ask there themselves: public ones (RFC 7662 §2.1).

use guarded_worker::{Answer, Call, HandlerFuture, Needs, Protected, Service};

pub(crate) const SERVICE: Service = Service {
    name: "introspection",
    scopes: &[],
    routes: &[Protected::get("/api/introspection", Needs::TOKEN, said)],
};

fn said<'a>(call: &'a Call<'a>) -> HandlerFuture<'a> {
    Box::pin(async move {
        Ok(Answer {
            body: call.introspection().await?,
            ..Answer::empty(200)
        }
        .with("content-type", "application/json"))
    })
}
