//! The public documents: the metadata (RFC 8414, OIDC Discovery) and the public keys (RFC 7517).

use oauth_core::{
    http::{Answer, Incoming},
    metadata,
};

use crate::{
    context::{Context, Stop},
    grant,
    page::text,
    ports::{Keys, Ports},
    scope_descriptions,
};

/// How long the metadata may be cached, in seconds.
const METADATA_MAX_AGE: &str = "public, max-age=3600";
/// How long the keys may be cached; a new key is published for longer than this before it signs.
const KEYS_MAX_AGE: &str = "public, max-age=300";

/// Answers with the metadata document.
pub async fn metadata<P: Ports>(context: &Context<'_, P>, _: &Incoming) -> Result<Answer, Stop> {
    let scopes = scope_descriptions::of_all(context, context.settings.identifiers()).await;
    let grant_types = grant::all::<P>().map(|grant| grant.name.name());
    let document = metadata::metadata(
        context.settings,
        grant_types,
        text::LANGUAGES.iter().map(|text| text.tag).collect(),
        scope_descriptions::names(&scopes),
    );
    Ok(Answer::json(200, &document).with("cache-control", METADATA_MAX_AGE))
}

/// Answers with the public keys.
pub async fn jwks<P: Keys>(context: &Context<'_, P>, _: &Incoming) -> Result<Answer, Stop> {
    let keys = context.ports.public_keys().await?;
    Ok(Answer::json(200, keys.as_ref()).with("cache-control", KEYS_MAX_AGE))
}
