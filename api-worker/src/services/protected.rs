//! GET /api/protected: whoever brings a good token is told whose it is.

use oauth_core::http::Answer;
use oauth_core::scope::Scope;
use serde::Serialize;

use crate::route::{Call, Served};

#[derive(Serialize)]
struct Protected<'a> {
    message: &'static str,
    sub: &'a str,
    client_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<&'a Scope>,
}

pub(crate) fn serve<'a>(call: &'a Call<'a>) -> Served<'a> {
    Box::pin(async move {
        Ok(Answer::json(
            200,
            &Protected {
                message: "the access token is good",
                sub: call.access.subject(),
                client_id: call.access.client_id(),
                scope: call.access.scope(),
            },
        ))
    })
}
