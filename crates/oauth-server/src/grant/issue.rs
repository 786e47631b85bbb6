//! Mints what a grant's reply allows, and writes the token response (RFC 6749 §5.1).

use std::rc::Rc;

use oauth_core::{
    Fault, Refusal, base64url,
    client::{Client, GrantType},
    credential::RefreshToken,
    form::Form,
    http::Answer,
    id::{ClientId, GrantId},
    jose::{
        self, AccessTokenClaims, Algorithm, Audience, IdTokenClaims, access_token::TOKEN_TYPE,
        at_hash,
    },
    lifecycle::grant::{Facts, Lives, Reply},
    scope::Scope,
    settings::Settings,
};
use serde::Serialize;

use crate::{
    context::{Context, Stop},
    port::{Audit, AuditEvent, Keys, Random},
};

/// A token response (RFC 6749 §5.1, OIDC Core §3.1.3.3).
#[derive(Serialize)]
pub(crate) struct TokenResponse {
    pub(crate) access_token: String,
    pub(crate) token_type: &'static str,
    pub(crate) expires_in: i64,
    pub(crate) scope: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) refresh_token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) id_token: Option<String>,
}

impl TokenResponse {
    /// The response as it travels.
    pub(crate) fn answer(&self) -> Answer {
        Answer::json(200, self)
            .with("cache-control", "no-store")
            .with("pragma", "no-cache")
    }
}

/// How long tokens of this client live.
pub(crate) fn lives(client: &Client, settings: &Settings) -> Lives {
    let lifetimes = &settings.lifetimes;
    Lives {
        access_token: lifetimes.access_token,
        refresh_idle: client
            .may_use(GrantType::RefreshToken)
            .then_some(lifetimes.refresh_idle),
        refresh_absolute: lifetimes.refresh_absolute,
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

/// The signers for one response. They are had before the grant is asked, so that after its commit
/// nothing can fail but the arithmetic of a signature.
pub(crate) struct Signers<K: Keys> {
    access_token: Rc<K::Signer>,
    id_token: Rc<K::Signer>,
}

impl<K: Keys> Signers<K> {
    /// The active signers.
    pub(crate) async fn ready(keys: &K) -> Result<Self, Fault> {
        Ok(Self {
            access_token: keys.signer(Algorithm::Es256).await?,
            id_token: keys.signer(Algorithm::Rs256).await?,
        })
    }
}

/// Turns a grant's reply into the answer to a token request.
pub(crate) async fn conclude<P>(
    context: &Context<'_, P>,
    signers: &Signers<P>,
    grant: &GrantId,
    client_id: &ClientId,
    reply: Reply,
) -> Result<Answer, Stop>
where
    P: Keys + Random + Audit,
{
    match reply {
        Reply::Issue {
            facts,
            scope,
            generation,
        } => {
            let issue = Issue {
                grant,
                facts: &facts,
                scope: &scope,
                generation,
            };
            let mut answer = tokens(context, signers, issue).await?.answer();
            answer.log.subject = Some(facts.user_id.to_string());
            Ok(answer)
        }
        Reply::Refused(refusal) => {
            note_theft(context, grant, client_id, refusal).await;
            Err(refusal.into())
        }
        Reply::Begun | Reply::Alive(_) | Reply::Ended => Err(unexpected().into()),
    }
}

/// A credential that was used before is in two hands: the audit keeps it (RFC 9700 §4.14.2).
async fn note_theft<P: Audit>(
    context: &Context<'_, P>,
    grant: &GrantId,
    client_id: &ClientId,
    refusal: Refusal,
) {
    if matches!(refusal, Refusal::CodeReplayed | Refusal::RefreshTokenReused) {
        let event = AuditEvent {
            event: refusal.slug(),
            subject: None,
            client_id: Some(client_id),
            detail: grant.as_str(),
        };
        context.ports.note(event, context.now).await;
    }
}

/// A reply that the command cannot have: two versions of us do not understand each other.
pub(crate) fn unexpected() -> Fault {
    Fault::new(
        "grant.reply",
        "the grant answered something else than was asked",
    )
}

/// What a grant allows to be issued now.
struct Issue<'a> {
    grant: &'a GrantId,
    facts: &'a Facts,
    scope: &'a Scope,
    generation: Option<u32>,
}

impl Issue<'_> {
    /// Whether it answers the code. The `nonce` belongs to that answer alone (OIDC Core §12.2).
    fn is_first(&self) -> bool {
        self.generation.is_none_or(|generation| generation == 0)
    }
}

/// Mints the tokens of one response.
async fn tokens<P: Keys + Random>(
    context: &Context<'_, P>,
    signers: &Signers<P>,
    issue: Issue<'_>,
) -> Result<TokenResponse, Fault> {
    let lifetime = context.settings.lifetimes.access_token;
    let claims = AccessTokenClaims {
        iss: context.settings.issuer.clone(),
        sub: issue.facts.user_id.to_string(),
        aud: Audience::one(&issue.facts.resource),
        client_id: issue.facts.client_id.to_string(),
        scope: Some(issue.scope.clone()),
        jti: token_id(issue.grant, context.ports)?,
        iat: context.now.into(),
        exp: context.now.plus(lifetime).into(),
        nbf: None,
        auth_time: Some(issue.facts.auth_time.into()),
    };
    let access_token = jose::mint(signers.access_token.as_ref(), TOKEN_TYPE, &claims).await?;
    let id_token = id_token(context, signers, &issue, &access_token).await?;
    let refresh_token = issue.generation.map(|generation| {
        let token = RefreshToken {
            grant: issue.grant.clone(),
            generation,
        };
        token.issue(context.keyring).expose().clone()
    });
    Ok(TokenResponse {
        access_token,
        token_type: "Bearer",
        expires_in: lifetime,
        scope: issue.scope.to_string(),
        refresh_token,
        id_token,
    })
}

/// An access token's id names its grant, so that whoever must know can ask whether it still counts.
fn token_id(grant: &GrantId, random: &impl Random) -> Result<String, Fault> {
    Ok(format!(
        "{grant}.{}",
        base64url::encode(&random.random::<12>()?)
    ))
}

/// The grant that an access token's id names; `None` for a machine's token.
pub(crate) fn grant_of(token_id: &str) -> Option<GrantId> {
    GrantId::parse(token_id.split_once('.')?.0)
}

async fn id_token<P: Keys>(
    context: &Context<'_, P>,
    signers: &Signers<P>,
    issue: &Issue<'_>,
    access_token: &str,
) -> Result<Option<String>, Fault> {
    if !issue.scope.contains("openid") {
        return Ok(None);
    }
    let claims = IdTokenClaims {
        iss: context.settings.issuer.clone(),
        sub: issue.facts.user_id.to_string(),
        aud: Audience::one(issue.facts.client_id.as_str()),
        azp: None,
        exp: context.now.plus(context.settings.lifetimes.id_token).into(),
        iat: context.now.into(),
        auth_time: Some(issue.facts.auth_time.into()),
        nonce: issue.facts.nonce.clone().filter(|_| issue.is_first()),
        at_hash: Some(at_hash(access_token)),
        sid: None,
    };
    jose::mint(signers.id_token.as_ref(), "JWT", &claims)
        .await
        .map(Some)
}
