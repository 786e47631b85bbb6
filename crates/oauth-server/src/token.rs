//! The token endpoint (RFC 6749 §3.2): form, client, grant, in this order.

use oauth_core::{
    Refusal,
    grant_type::GrantType,
    http::{Answer, Incoming},
};

use crate::{
    client_auth,
    context::{Context, Stop},
    dpop,
    form_body::read_form,
    grant::{self, TokenRequest},
    ports::Ports,
};

/// Answers a token request.
pub async fn token<P: Ports>(context: &Context<'_, P>, request: &Incoming) -> Result<Answer, Stop> {
    let form = read_form(request)?;
    let grant_type = form.one("grant_type")?;
    let named = grant_type.and_then(GrantType::parse);
    context.log(|log| log.grant_type = named.map(GrantType::name));
    let client = client_auth::authenticate(context, request, &form).await?;
    if grant_type.is_none() {
        return Err(Refusal::GrantTypeMissing.into());
    }
    let grant = grant::all()
        .into_iter()
        .find(|grant| Some(grant.name) == named)
        .ok_or(Refusal::GrantTypeUnsupported)?;
    if !grant.is_for(client.client()) {
        return Err(Refusal::GrantTypeNotAllowed.into());
    }
    let proof = dpop::read(context, request, None).await?;
    if proof.is_none() && client.client().dpop_bound_access_tokens {
        return Err(Refusal::ProofMissing.into());
    }
    let request = TokenRequest {
        context,
        client: &client,
        form: &form.only(grant.parameters),
        proof,
    };
    (grant.exchange)(request).await
}
