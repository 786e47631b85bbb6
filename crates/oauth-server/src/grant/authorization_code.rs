//! `grant_type=authorization_code` (RFC 6749 §4.1.3, RFC 7636 §4.5).

use oauth_core::{
    Refusal,
    credential::AuthorizationCode,
    form::Form,
    http::Answer,
    lifecycle::grant::{Command, Redemption},
};

use super::issue;
use crate::{
    client_auth::ClientAuthenticated,
    context::{Context, Stop},
    dpop::{self, Unspent},
    port::{AccessTokens, Audit, Grants, OneTime, Tombstones},
};

/// Redeems a code.
pub(crate) async fn exchange<P>(
    context: &Context<'_, P>,
    client: &ClientAuthenticated,
    form: &Form,
    proof: Option<Unspent>,
) -> Result<Answer, Stop>
where
    P: OneTime + Grants + AccessTokens + Tombstones + Audit,
{
    let code = form.one("code")?.ok_or(Refusal::CodeMissing)?;
    let code = AuthorizationCode::read(context.keyring, code).ok_or(Refusal::CodeUnknown)?;
    let client = client.client();
    let command = Command::Redeem(Box::new(Redemption {
        client_id: client.client_id.clone(),
        redirect_uri: form.one("redirect_uri")?.map(str::to_owned),
        code_verifier: form.one("code_verifier")?.map(str::to_owned),
        resource: issue::resource(form, context.settings)?,
        not_before: client.not_before,
        lives: issue::refresh_policy(client, context.settings),
        proved: dpop::proved(context, client, proof).await?,
    }));
    let reply = context.ports.grant(&code.grant, command).await?;
    issue::conclude(context, &code.grant, &client.client_id, reply).await
}
