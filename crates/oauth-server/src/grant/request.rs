//! Before the commit: the parts of a token request that several grants read alike.

use oauth_core::{
    Refusal,
    client::Client,
    form::Form,
    grant_type::GrantType,
    lifecycle::grant::{ClientType, RefreshPolicy},
    settings::Settings,
};

/// How long refresh tokens of this client live.
pub(crate) fn refresh_policy(client: &Client, settings: &Settings) -> RefreshPolicy {
    let lifetimes = &settings.lifetimes;
    RefreshPolicy {
        refresh_idle: client
            .may_use(GrantType::RefreshToken)
            .then_some(lifetimes.refresh_idle),
        refresh_absolute: lifetimes.refresh_absolute,
        refreshable: client.refreshable(),
        grace: client.refresh_token_grace.unwrap_or(if client.is_public() {
            lifetimes.refresh_grace_public
        } else {
            lifetimes.refresh_grace
        }),
    }
}

/// Whether what this client said of itself proves anything.
pub(crate) fn client_type(client: &Client) -> ClientType {
    if client.is_public() {
        ClientType::Public
    } else {
        ClientType::Confidential
    }
}

/// The resource that a token request names (RFC 8707 §2.2); the grant compares it with its own.
pub(crate) fn resource(form: &Form, settings: &Settings) -> Result<Option<String>, Refusal> {
    form.one("resource")?
        .map(|named| {
            let known = settings.resource(Some(named));
            known.map(str::to_owned).ok_or(Refusal::ResourceNotAllowed)
        })
        .transpose()
}
