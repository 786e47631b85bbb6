//! GET /api/introspection: what the authorization server says of the very token that the request came with (RFC 7662).
//! For clients that may not ask there themselves: public ones (RFC 7662 §2.1).

use oauth_core::http::Answer;
use oauth_guard::{Denied, Introspection as _};

use crate::route::{Call, Served};

pub(crate) fn serve<'a>(call: &'a Call<'a>) -> Served<'a> {
    Box::pin(async move {
        // The guard has admitted it, so it is there and in this form.
        let header = call.request.headers.value("authorization");
        let token = header.and_then(|header| header.split_once(' '));
        let (_, token) = token.ok_or(Denied::NoCredentials)?;
        Ok(Answer {
            body: call.remote.introspect(token.trim_matches(' ')).await?,
            ..Answer::empty(200)
        }
        .with("content-type", "application/json"))
    })
}
