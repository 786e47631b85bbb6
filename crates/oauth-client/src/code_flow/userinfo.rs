//! The UserInfo request (OIDC Core §5.3).
//!
//! A call to an API is [`HttpCall::get`] with [`HttpCall::with_bearer`].

use oauth_core::secret::Secret;

use super::metadata::ProviderMetadata;
use crate::http_call::HttpCall;

/// A UserInfo request; `None` where the server has no such endpoint.
pub fn userinfo_request(
    metadata: &ProviderMetadata,
    access_token: &Secret<String>,
) -> Option<HttpCall> {
    let endpoint = metadata.userinfo_endpoint.as_ref()?;
    Some(HttpCall::get(endpoint).with_bearer(access_token))
}
