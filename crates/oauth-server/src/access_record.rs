//! The record of an opaque access token, beside its grant: written once, under a keyed hash of the token.
//!
//! It decides nothing. A grant remembers its newest tokens itself; this describes the older ones.

use oauth_core::{
    UnixTime,
    credential::OpaqueToken,
    id::GrantId,
    lifecycle::grant::{GrantDetails, TokenRecord},
    scope::Scope,
};
use serde::{Deserialize, Serialize};

use crate::{context::Context, ports::AccessTokens};

/// The stored record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccessRecord {
    /// The version of this record: 1.
    #[serde(deserialize_with = "oauth_core::version::first")]
    pub version: u8,
    /// The client that it was issued to.
    pub client_id: String,
    /// The user, or the client itself.
    pub sub: String,
    /// Its scope.
    pub scope: Scope,
    /// The resource that it is for.
    pub aud: String,
    /// The time when it was issued.
    pub iat: UnixTime,
    /// The time when it expires.
    pub exp: UnixTime,
    /// The grant that it belongs to.
    pub grant: GrantId,
    /// The thumbprint of the key that it is bound to, where it is bound to one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jkt: Option<String>,
}

#[cfg(test)]
documented::stored!(AccessRecord);

/// Writes the record. If that fails, the token is issued all the same.
pub(crate) async fn keep<P: AccessTokens>(
    context: &Context<'_, P>,
    grant: &GrantId,
    details: &GrantDetails,
    token: &TokenRecord,
) {
    let record = AccessRecord {
        version: 1,
        client_id: details.client_id.to_string(),
        sub: details.subject().to_owned(),
        scope: token.scope.clone(),
        aud: details.resource.clone(),
        iat: token.issued_at,
        exp: token.expires_at,
        grant: grant.clone(),
        jkt: token.jkt.clone(),
    };
    let text = OpaqueToken {
        grant: grant.clone(),
        expires_at: token.expires_at,
        id: token.id.clone(),
    }
    .issue(context.keyring);
    let name = OpaqueToken::record_name(context.keyring, text.expose());
    context.ports.keep_access_token(name, record).await;
}
