//! The page at the root.

use oauth_core::http::{Answer, Incoming};

use crate::{
    context::{Context, Stop},
    html_response, page,
};

/// Answers with the page.
#[expect(clippy::unused_async, reason = "the shape of an endpoint")]
pub async fn page<P>(context: &Context<'_, P>, _: &Incoming) -> Result<Answer, Stop> {
    let text = context.text();
    Ok(html_response::page(
        200,
        page::home(text, &context.settings.issuer),
    ))
}
