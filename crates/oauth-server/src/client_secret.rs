//! The secrets of clients that use `client_secret_jwt`, sealed: an assertion can be checked only with the secret itself.
//! For every other method a keyed hash is all that is stored.

use oauth_core::{Fault, Secret, base64url, client::Client, id::ClientId, keyring::Purpose};

use crate::{
    context::Context,
    ports::{ClientAuthentication, Seal},
};

/// What is opened where there is no secret, so that the time says nothing: as long as a sealed secret of 43 characters.
const NOBODYS: [u8; 71] = [0; 71];

/// The associated data: a sealed secret is of no use in another client's record.
pub fn about(client_id: &ClientId) -> Vec<u8> {
    ["client_secret:", client_id.as_str()].concat().into_bytes()
}

/// A secret as it is stored.
pub async fn sealed<P: Seal>(
    context: &Context<'_, P>,
    client_id: &ClientId,
    secret: &Secret<Vec<u8>>,
) -> Result<String, Fault> {
    let key = context.keyring.key(Purpose::Seal);
    let about = about(client_id);
    let sealed = context.ports.seal(&key, secret.expose(), &about).await?;
    Ok(base64url::encode(&sealed))
}

/// A secret that was opened.
#[derive(Debug)]
pub(crate) struct Opened<'a> {
    /// The secret.
    pub(crate) secret: Secret<Vec<u8>>,
    sealed: &'a str,
    is_former: bool,
}

/// The secrets of a client that can be opened. For a client without one, and for none, the work is the same.
pub(crate) async fn opened<'a, P: Seal>(
    context: &Context<'_, P>,
    client: Option<&'a Client>,
) -> Vec<Opened<'a>> {
    let mut all = Vec::new();
    let Some(client) = client.filter(|client| !client.sealed_secrets.is_empty()) else {
        let key = context.keyring.key(Purpose::Seal);
        let _unreadable = context.ports.open(&key, &NOBODYS, b"client_secret:").await;
        return all;
    };
    let about = about(&client.client_id);
    for sealed in &client.sealed_secrets {
        let bytes = base64url::decode(sealed).unwrap_or_default();
        let keys = context.keyring.keys(Purpose::Seal);
        for (key, is_former) in keys.iter().zip([false, true]) {
            if let Ok(secret) = context.ports.open(key, &bytes, &about).await {
                all.push(Opened {
                    secret,
                    sealed,
                    is_former,
                });
                break;
            }
        }
    }
    all
}

/// Seals anew what was sealed under the secret of this server before the current one. Where that fails, it is done the
/// next time.
pub(crate) async fn renew<P: ClientAuthentication>(
    context: &Context<'_, P>,
    client_id: &ClientId,
    opened: &[Opened<'_>],
) {
    for former in opened.iter().filter(|opened| opened.is_former) {
        if let Ok(renewed) = sealed(context, client_id, &former.secret).await {
            let ports = context.ports;
            ports
                .renew_secret_hash(client_id, former.sealed, &renewed)
                .await;
        }
    }
}
