//! `grant_type=authorization_code` (RFC 6749 §4.1.3, RFC 7636 §4.5).

use oauth_core::{
    Fault, Refusal,
    credential::AuthorizationCode,
    form::Form,
    http::Answer,
    lifecycle::grant::{Command, Reply},
};

use super::issue::{self, Issue, Signers};
use crate::{
    client_auth::ClientAuthenticated,
    context::{Context, Stop},
    port::{Audit, AuditEvent, Grants, Keys, Random},
};

/// Redeems a code.
pub(crate) async fn exchange<P>(
    context: &Context<'_, P>,
    client: &ClientAuthenticated,
    form: &Form,
) -> Result<Answer, Stop>
where
    P: Keys + Grants + Random + Audit,
{
    let code = form.one("code")?.ok_or(Refusal::CodeMissing)?;
    let code = AuthorizationCode::read(context.keyring, code).ok_or(Refusal::CodeUnknown)?;
    let signers = Signers::ready(context.ports).await?;
    let client = client.client();
    let command = Command::Redeem {
        client_id: client.client_id.clone(),
        redirect_uri: form.one("redirect_uri")?.map(str::to_owned),
        code_verifier: form.one("code_verifier")?.map(str::to_owned),
        lives: issue::lives(client, context.settings),
    };
    match context.ports.grant(&code.grant, command).await? {
        Reply::Issue {
            facts,
            scope,
            generation,
        } => {
            let issue = Issue {
                grant: &code.grant,
                facts: &facts,
                scope: &scope,
                generation,
            };
            let mut answer = issue::tokens(context, &signers, issue).await?.answer();
            answer.log.subject = Some(facts.user_id.to_string());
            Ok(answer)
        }
        Reply::Refused(refusal) => {
            if refusal == Refusal::CodeReplayed {
                let event = AuditEvent {
                    event: "code_replayed",
                    subject: None,
                    client_id: Some(&client.client_id),
                    detail: code.grant.as_str(),
                };
                context.ports.note(event, context.now).await;
            }
            Err(refusal.into())
        }
        Reply::Begun | Reply::Alive(_) | Reply::Ended => Err(unexpected().into()),
    }
}

/// A reply that the command cannot have: two versions of us do not understand each other.
pub(crate) fn unexpected() -> Fault {
    Fault::new(
        "grant.reply",
        "the grant answered something else than was asked",
    )
}
