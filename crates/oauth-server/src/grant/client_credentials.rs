//! `grant_type=client_credentials` (RFC 6749 §4.4): a machine acts for itself.

use oauth_core::{
    Refusal, authorize,
    client::Client,
    form::Form,
    http::Answer,
    id::GrantId,
    lifecycle::grant::{Command, Facts, Issue, Lives, TokenFormat},
};

use super::issue::{self, Mint};
use crate::{
    client_auth::ClientAuthenticated,
    context::{Context, Stop},
    dpop::{self, Unspent},
    port::{AccessTokens, Audit, Grants, Keys, OneTime, Random, Seal, Tombstones, Users},
    vault::{Press as _, Pressed},
};

/// A machine has nothing to refresh (RFC 6749 §4.4.3).
const LIVES: Lives = Lives {
    refresh_idle: None,
    refresh_absolute: 0,
    grace: 0,
};

/// Issues a machine's access token. Its `sub` is the client, which can never be a user's id.
pub(crate) async fn exchange<P>(
    context: &Context<'_, P>,
    client: &ClientAuthenticated,
    form: &Form,
    proof: Option<Unspent>,
) -> Result<Answer, Stop>
where
    P: OneTime + Keys + Users + Random + Seal + Grants + AccessTokens + Tombstones + Audit,
{
    let client = client.client();
    if client.is_public() {
        return Err(Refusal::GrantTypeNotAllowed.into());
    }
    let facts = facts(context, client, form)?;
    let grant = GrantId::from_random(context.ports.random()?);
    let jkt = dpop::spend(context, proof).await?;
    match facts.format {
        TokenFormat::Jwt => by_signature(context, &grant, facts, jkt).await,
        TokenFormat::Opaque => {
            let command = Command::Start {
                facts: Box::new(facts),
                lives: LIVES,
                jkt,
            };
            let reply = context.ports.grant(&grant, command).await?;
            issue::conclude(context, &grant, &client.client_id, reply).await
        }
    }
}

fn facts<P>(context: &Context<'_, P>, client: &Client, form: &Form) -> Result<Facts, Refusal> {
    let resource = authorize::resource(form, client, context.settings)?;
    Ok(Facts {
        client_id: client.client_id.clone(),
        user_id: None,
        scope: authorize::scope(form, client)?,
        format: context.settings.token_format(&resource, client),
        resource,
        auth_time: None,
        begun_at: context.now,
    })
}

/// One signature and nothing written. The grant that the token's id names has no home as long as nobody
/// revokes the token.
async fn by_signature<P>(
    context: &Context<'_, P>,
    grant: &GrantId,
    facts: Facts,
    jkt: Option<String>,
) -> Result<Answer, Stop>
where
    P: Keys + Users + Random + Seal,
{
    let issue = Issue {
        scope: facts.scope.clone(),
        generation: None,
        nonce: None,
        answer_key: None,
        facts,
        jkt,
    };
    match (Mint { context, grant }).mint(issue).await? {
        Pressed::Minted(minted) => Ok(issue::delivered(minted.answer)),
        Pressed::Refused(refusal) => Err(refusal.into()),
        Pressed::PersonGone => Err(Refusal::UserDisabled.into()),
    }
}
