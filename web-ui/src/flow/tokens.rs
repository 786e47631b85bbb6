//! Step 6 (OIDC Core §3.1.3.7, RFC 9068): the tokens opened, their signatures verified in this browser
//! by the very code that the servers run.

use leptos::prelude::*;
use oauth_client::code_flow::{Check, Expectations, ProviderMetadata, check_id_token};
use oauth_client::{HttpCall, Tokens};
use oauth_core::UnixTime;
use oauth_core::jose::{AccessTokenClaims, JwkSet, JwtRefused, UntrustedJwt};
use webcrypto::WebCrypto;

use super::answer::checked;
use super::jwt_view::{Member, listed, members};
use super::state::Flow;
use super::step::{Button, Page, Step};
use crate::browser;
use crate::party::Party;
use crate::text::texts;

/// A token that was opened.
#[derive(Clone)]
pub(crate) struct Opened {
    title: &'static str,
    about: &'static str,
    header: Vec<Member>,
    claims: Vec<Member>,
    checks: Vec<Check>,
    verdict: Result<String, String>,
}

/// The step.
pub(crate) const STEP: Step = Step {
    id: "tokens",
    text: || &texts().flow.tokens,
    take: |flow| Box::pin(take(flow)),
    body: |flow| body(flow).into_any(),
    button: Button::Framed,
    page: Page::Stays,
};

/// Fetches the keys and opens both tokens.
async fn take(flow: Flow) -> Result<String, String> {
    let metadata = flow.discover().await?;
    let tokens = flow
        .tokens
        .get_untracked()
        .ok_or_else(|| texts().tokens.tokens_lost.to_owned())?;
    let url = metadata
        .jwks_uri
        .clone()
        .ok_or_else(|| texts().tokens.no_keys.to_owned())?;
    let answered = flow
        .ask(Party::Auth, texts().tokens.message_keys, HttpCall::get(url))
        .await?;
    let keys =
        JwkSet::parse(answered.body.as_bytes()).map_err(|_| texts().tokens.no_keys.to_owned())?;
    let crypto = WebCrypto::default();
    let mut opened = Vec::new();
    if let Some(token) = open_id_token(flow, &metadata, &tokens, &keys, &crypto).await {
        opened.push(token);
    }
    opened.push(open_access_token(tokens.access_token.expose(), &keys, &crypto).await);
    flow.note(texts().tokens.note_verified);
    let failed = opened.iter().find_map(|token| token.verdict.clone().err());
    flow.opened.set(opened);
    failed.map_or_else(|| Ok(texts().tokens.opened.to_owned()), Err)
}

async fn open_id_token(
    flow: Flow,
    metadata: &ProviderMetadata,
    tokens: &Tokens,
    keys: &JwkSet,
    crypto: &WebCrypto,
) -> Option<Opened> {
    let token = tokens.id_token.as_ref()?;
    let pending = flow.saved.with_untracked(|saved| saved.pending.clone())?;
    let expected = Expectations::of(
        &pending,
        metadata,
        &tokens.access_token,
        UnixTime(browser::now()),
    );
    let (checks, verdict) = match check_id_token(token, keys, crypto, &expected).await {
        Ok(accepted) => (
            accepted.checks,
            Ok(texts().tokens.id_token_accepted.to_owned()),
        ),
        Err(refused) => {
            let text = (texts().tokens.id_token_refused)(&refused);
            (refused.checks, Err(text))
        }
    };
    Some(Opened {
        title: texts().tokens.id_token,
        about: texts().tokens.about_id_token,
        header: members(token.expose(), 0),
        claims: members(token.expose(), 1),
        checks,
        verdict,
    })
}

async fn open_access_token(token: &str, keys: &JwkSet, crypto: &WebCrypto) -> Opened {
    Opened {
        title: texts().tokens.access_token,
        about: texts().tokens.about_access_token_opened,
        header: members(token, 0),
        claims: members(token, 1),
        checks: Vec::new(),
        verdict: verify_access_token(token, keys, crypto).await,
    }
}

async fn verify_access_token(
    token: &str,
    keys: &JwkSet,
    crypto: &WebCrypto,
) -> Result<String, String> {
    let untrusted = UntrustedJwt::parse(token).map_err(|_| texts().tokens.not_a_jwt.to_owned())?;
    let algorithm = untrusted.algorithm();
    let key = keys
        .find(untrusted.key_id(), algorithm)
        .ok_or_else(|| texts().tokens.no_such_key.to_owned())?;
    match untrusted.verify::<AccessTokenClaims>(crypto, key).await {
        Ok(_) => Ok((texts().tokens.signature_valid)(algorithm.name())),
        Err(JwtRefused::Jwt(_)) => Err(texts().tokens.signature_wrong.to_owned()),
        Err(JwtRefused::Fault(fault)) => Err((texts().tokens.not_checked)(&fault)),
    }
}

/// The opened tokens.
fn body(flow: Flow) -> impl IntoView {
    move || {
        flow.opened
            .with(|tokens| tokens.iter().map(shown).collect::<Vec<_>>())
    }
}

fn shown(token: &Opened) -> impl IntoView + use<> {
    let (class, text) = match &token.verdict {
        Ok(text) => ("status ok", text.clone()),
        Err(text) => ("status bad", text.clone()),
    };
    let checks: Vec<_> = token.checks.iter().map(checked).collect();
    view! {
        <div class="token">
            <h3>{token.title}</h3>
            <p class="small muted">{token.about}</p>
            <p class=class>{text}</p>
            {listed(texts().tokens.header, &token.header)}
            {listed(texts().tokens.claims, &token.claims)}
            {(!checks.is_empty()).then(|| view! {
                <details>
                    <summary>{texts().tokens.checks_made}</summary>
                    <dl class="values">{checks}</dl>
                </details>
            })}
        </div>
    }
}
