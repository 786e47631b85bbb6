//! The client of direct login, which is built in: one public client that needs no registration.

use oauth_core::{
    Fault,
    client::{self, AuthMethod, Client},
    grant_type::GrantType,
    id::ClientId,
    scope::Scope,
};

/// The scope of its tokens: everything that needs no role.
const SCOPE: &str = "openid profile email read write read:students read:posts read:users";

/// The built-in client of direct login; `None` if `client_id` is another.
pub(crate) fn by_id(client_id: &ClientId) -> Option<Client> {
    (client_id.as_str() == client::DIRECT_LOGIN)
        .then(client)?
        .ok()
}

/// The client itself.
pub(super) fn client() -> Result<Client, Fault> {
    let unsound = || Fault::new("direct_login.client", "the built-in client is not sound");
    let scope = Scope::parse(SCOPE).map_err(|_| unsound())?;
    let client_id = ClientId::parse(client::DIRECT_LOGIN).ok_or_else(unsound)?;
    Ok(Client {
        grant_types: vec![GrantType::RefreshToken],
        default_scope: scope.clone(),
        scope,
        // The account page has its name in the user's language.
        ..Client::new(
            client_id,
            client::DIRECT_LOGIN.to_owned(),
            vec![AuthMethod::None],
        )
    })
}
