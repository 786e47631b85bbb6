//! The token endpoint (RFC 6749 §3.2): form, client, grant, in this order.

use oauth_core::{
    Refusal,
    client::GrantType,
    form::Form,
    http::{Answer, Incoming},
};

use crate::{
    client_auth::{self, ClientAuthenticated},
    context::{Context, Stop},
    dpop::{self, Unspent},
    grant,
    port::{AccessTokens, Audit, Clients, Grants, Keys, OneTime, Random, Seal, Tombstones, Users},
};

/// Answers a token request.
pub async fn token<P>(context: &Context<'_, P>, request: &Incoming) -> Result<Answer, Stop>
where
    P: Clients
        + OneTime
        + Keys
        + Grants
        + Users
        + Random
        + Seal
        + AccessTokens
        + Tombstones
        + Audit,
{
    let form = read_form(request)?;
    let grant_type = form.one("grant_type")?;
    context.log(|log| {
        log.grant_type = grant_type.and_then(GrantType::parse).map(GrantType::name);
    });
    let client = client_auth::authenticate(context, request, &form).await?;
    let grant_type = GrantType::parse(grant_type.ok_or(Refusal::GrantTypeMissing)?)
        .ok_or(Refusal::GrantTypeUnsupported)?;
    if !client.client().may_use(grant_type) {
        return Err(Refusal::GrantTypeNotAllowed.into());
    }
    let proof = dpop::read(context, request, None).await?;
    if proof.is_none() && client.client().dpop_bound_access_tokens {
        return Err(Refusal::ProofMissing.into());
    }
    dispatch(context, grant_type, &client, &form, proof).await
}

async fn dispatch<P>(
    context: &Context<'_, P>,
    grant_type: GrantType,
    client: &ClientAuthenticated,
    form: &Form,
    proof: Option<Unspent>,
) -> Result<Answer, Stop>
where
    P: OneTime + Keys + Grants + Users + Random + Seal + AccessTokens + Tombstones + Audit,
{
    match grant_type {
        GrantType::AuthorizationCode => {
            grant::authorization_code::exchange(context, client, form, proof).await
        }
        GrantType::RefreshToken => {
            grant::refresh_token::exchange(context, client, form, proof).await
        }
        GrantType::ClientCredentials => {
            grant::client_credentials::exchange(context, client, form, proof).await
        }
    }
}

/// The body of a request to an OAuth endpoint: a form, each parameter once, nothing in the query.
pub(crate) fn read_form(request: &Incoming) -> Result<Form, Refusal> {
    if !request.query.is_empty() {
        return Err(Refusal::ParametersInQuery);
    }
    if !is_form(request.headers.value("content-type")) {
        return Err(Refusal::WrongContentType);
    }
    let form = Form::parse(&request.body).map_err(|_| Refusal::MalformedForm)?;
    if form.has_repeats() {
        return Err(Refusal::RepeatedParameter);
    }
    Ok(form)
}

/// Whether a `Content-Type` says form, in UTF-8 where it names a charset.
pub(crate) fn is_form(content_type: Option<&str>) -> bool {
    is_in_utf_8(content_type, "application/x-www-form-urlencoded")
}

/// Whether a `Content-Type` is `media_type`, in UTF-8 where it names a charset.
pub(crate) fn is_in_utf_8(content_type: Option<&str>, media_type: &str) -> bool {
    let mut parts = content_type.unwrap_or_default().split(';').map(str::trim);
    let named = parts.next().unwrap_or_default();
    named.eq_ignore_ascii_case(media_type)
        && parts.filter(|part| !part.is_empty()).all(|parameter| {
            let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            name.eq_ignore_ascii_case("charset")
                && value.trim_matches('"').eq_ignore_ascii_case("utf-8")
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_form_in_utf_8_is_a_form() {
        for sound in [
            "application/x-www-form-urlencoded",
            "application/x-www-form-urlencoded; charset=utf-8",
            "Application/X-WWW-Form-Urlencoded;charset=\"UTF-8\"",
        ] {
            assert!(is_form(Some(sound)), "{sound}");
        }
        for wrong in [
            "application/json",
            "multipart/form-data; boundary=x",
            "text/plain",
            "",
            "application/x-www-form-urlencoded; charset=latin-1",
            "application/x-www-form-urlencoded2",
        ] {
            assert!(!is_form(Some(wrong)), "{wrong}");
        }
        assert!(!is_form(None));
    }
}
