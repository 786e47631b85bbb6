//! The grants of the token endpoint, one file each; or one folder, with the endpoints and pages that only it has.
//!
//! To add one, write its file and add it to [`all`], and its name to `oauth_core::grant_type`.

mod authorization_code;
mod client_credentials;
pub(crate) mod delivery;
pub(crate) mod mint;
pub(crate) mod refresh_token;
pub(crate) mod request;

use std::pin::Pin;

use oauth_core::{client::Client, form::Form, grant_type::GrantType, http::Answer};

use crate::{
    client_auth::ClientAuthenticated,
    context::{Context, Stop},
    dpop::UnusedProof,
    ports::Ports,
};

/// A grant type, with everything that the token endpoint and the metadata know of it.
pub(crate) struct Grant<P> {
    /// Its name.
    pub(crate) name: GrantType,
    /// The clients that may use it, if their registration lists it.
    pub(crate) open_to: OpenTo,
    /// The parameters that it reads. It sees no others.
    pub(crate) parameters: &'static [&'static str],
    /// Exchanges what the client presents for tokens.
    pub(crate) exchange: for<'a> fn(TokenRequest<'a, P>) -> Exchange<'a>,
}

/// A running exchange.
type Exchange<'a> = Pin<Box<dyn Future<Output = Result<Answer, Stop>> + 'a>>;

/// The clients that a grant type is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OpenTo {
    /// Every client.
    AllClients,
    /// Confidential clients only.
    ConfidentialClients,
}

/// A token request whose client has been authenticated.
pub(crate) struct TokenRequest<'a, P> {
    /// The context.
    pub(crate) context: &'a Context<'a, P>,
    /// The client.
    pub(crate) client: &'a ClientAuthenticated,
    /// The parameters of the grant type.
    pub(crate) form: &'a Form,
    /// The DPoP proof that came with the request.
    pub(crate) proof: Option<UnusedProof>,
}

/// Every grant type.
pub(crate) fn all<P: Ports>() -> [Grant<P>; 3] {
    [
        authorization_code::grant(),
        refresh_token::grant(),
        client_credentials::grant(),
    ]
}

impl<P> Grant<P> {
    /// Whether a client may use this grant type.
    pub(crate) fn is_for(&self, client: &Client) -> bool {
        let is_meant = match self.open_to {
            OpenTo::AllClients => true,
            OpenTo::ConfidentialClients => !client.is_public(),
        };
        is_meant && client.may_use(self.name)
    }
}
