//! Inside the commit: minting the token response (RFC 6749 §5.1, OIDC Core §3.1.3.3) that a grant is to commit.

use oauth_core::{
    Fault, Refusal, Secret, UnixTime, base64url,
    credential::{OpaqueToken, RefreshToken},
    id::GrantId,
    jose::{
        self, AccessTokenClaims, Algorithm, Audience, Confirmation, IdTokenClaims, Signer as _,
        access_token::TOKEN_TYPE, at_hash,
    },
    lifecycle::{
        grant::{AnswerKey, GrantSecret, Issue, Minted, TokenFormat, TokenRecord},
        one_time::Present,
    },
    scope::{OPENID, Scope},
};
use serde::Serialize;

use crate::{
    context::Context,
    dpop,
    grant_host::{MintOutcome, Minter},
    ports::{Minting, Random},
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
    pub(crate) fn text(&self) -> Result<String, Fault> {
        serde_json::to_string(self).map_err(|error| Fault::new("token.write", error))
    }
}

/// Mints for one grant.
pub struct Mint<'a, P> {
    /// The context of the request.
    pub context: &'a Context<'a, P>,
    /// The grant.
    pub grant: &'a GrantId,
}

impl<P: Minting> Minter for Mint<'_, P> {
    async fn spend(&self, proof: &[Present]) -> Result<Result<(), Refusal>, Fault> {
        dpop::spend(self.context.ports, proof.to_vec()).await
    }

    async fn mint(&self, issue: Issue) -> Result<MintOutcome, Fault> {
        match self.still_open(&issue).await? {
            Open::Within(scope) => {
                let minted = self.tokens(issue, scope).await?;
                Ok(MintOutcome::Minted(Box::new(minted)))
            }
            Open::Nothing => Ok(MintOutcome::Refused(Refusal::ScopeNotAllowed)),
            Open::PersonGone => Ok(MintOutcome::PersonGone),
        }
    }
}

/// The scope that a user may still grant.
enum Open {
    /// This much of it.
    Within(Scope),
    /// None of it.
    Nothing,
    /// The user was disabled.
    PersonGone,
}

impl<P: Minting> Mint<'_, P> {
    /// A disabled user continues in no application, and a role that was removed allows nothing any more.
    async fn still_open(&self, issue: &Issue) -> Result<Open, Fault> {
        let Some(user_id) = &issue.details.user_id else {
            return Ok(Open::Within(issue.scope.clone()));
        };
        let Some(user) = self.context.ports.user(user_id).await? else {
            return Ok(Open::PersonGone);
        };
        let left = user.roles.limit(&issue.scope);
        if left.is_empty() && !issue.scope.is_empty() {
            return Ok(Open::Nothing);
        }
        Ok(Open::Within(left))
    }

    async fn tokens(&self, issue: Issue, scope: Scope) -> Result<Minted, Fault> {
        let expires_in = self.access_token_life(&issue);
        let expires_at = self.context.now.plus(expires_in);
        let (access_token, token) = match issue.details.format {
            TokenFormat::Jwt => (self.jwt(&issue, &scope, expires_at).await?, None),
            TokenFormat::Opaque => {
                let (text, record) = self.opaque(&issue, &scope, expires_at)?;
                (text, Some(record))
            }
        };
        let id_token = self.id_token(&issue, &scope, &access_token).await?;
        let answer = TokenResponse {
            access_token,
            token_type: token_type(issue.jkt.as_deref()),
            expires_in,
            scope: scope.to_string(),
            refresh_token: issue
                .generation
                .map(|generation| self.refresh_token(generation, issue.secret.as_ref())),
            id_token,
        }
        .text()?;
        Ok(Minted {
            sealed: self.sealed(&issue, &answer).await?,
            answer,
            token,
            expires_at,
            issue,
        })
    }

    /// The lifetime of an access token, in seconds.
    fn access_token_life(&self, issue: &Issue) -> i64 {
        let lifetimes = &self.context.settings.lifetimes;
        match (&issue.details.user_id, issue.details.format) {
            (None, _) => lifetimes.machine_access_token,
            (Some(_), TokenFormat::Jwt) => lifetimes.access_token,
            (Some(_), TokenFormat::Opaque) => lifetimes.opaque_access_token,
        }
    }

    async fn jwt(
        &self,
        issue: &Issue,
        scope: &Scope,
        expires_at: UnixTime,
    ) -> Result<String, Fault> {
        let claims = AccessTokenClaims {
            iss: self.context.settings.issuer.clone(),
            sub: issue.details.subject().to_owned(),
            aud: Audience::one(&issue.details.resource),
            client_id: issue.details.client_id.to_string(),
            scope: Some(scope.clone()),
            jti: token_id(self.grant, self.context.ports)?,
            iat: self.context.now.into(),
            exp: expires_at.into(),
            nbf: None,
            auth_time: issue.details.auth_time.map(Into::into),
            acr: None,
            cnf: issue.jkt.clone().map(bound_to),
        };
        let signer = self.context.ports.signer(Algorithm::Es256).await?;
        jose::mint(signer.as_ref(), TOKEN_TYPE, &claims).await
    }

    fn opaque(
        &self,
        issue: &Issue,
        scope: &Scope,
        expires_at: UnixTime,
    ) -> Result<(String, TokenRecord), Fault> {
        let random = self.context.ports.random::<12>()?;
        let id = match &issue.secret {
            Some(secret) => secret.access_token(random),
            None => base64url::encode(&random),
        };
        let token = OpaqueToken {
            grant: self.grant.clone(),
            expires_at,
            id: id.clone(),
        };
        let record = TokenRecord {
            id,
            scope: scope.clone(),
            issued_at: self.context.now,
            expires_at,
            jkt: issue.jkt.clone(),
        };
        Ok((token.issue(self.context.keyring).expose().clone(), record))
    }

    fn refresh_token(&self, generation: u32, secret: Option<&GrantSecret>) -> String {
        let token = RefreshToken {
            grant: self.grant.clone(),
            generation,
            part: secret.map(|secret| secret.refresh_token(generation)),
        };
        token.issue(self.context.keyring).expose().clone()
    }

    async fn id_token(
        &self,
        issue: &Issue,
        scope: &Scope,
        access_token: &str,
    ) -> Result<Option<String>, Fault> {
        let (Some(user_id), true) = (&issue.details.user_id, scope.contains(OPENID)) else {
            return Ok(None);
        };
        let signer = self.context.ports.signer(Algorithm::Rs256).await?;
        let lifetime = self.context.settings.lifetimes.id_token;
        let claims = IdTokenClaims {
            iss: self.context.settings.issuer.clone(),
            sub: user_id.to_string(),
            aud: Audience::one(issue.details.client_id.as_str()),
            azp: None,
            exp: self.context.now.plus(lifetime).into(),
            iat: self.context.now.into(),
            auth_time: issue.details.auth_time.map(Into::into),
            nonce: issue.nonce.clone(),
            at_hash: at_hash(signer.algorithm(), access_token),
            sid: None,
        };
        jose::mint(signer.as_ref(), "JWT", &claims).await.map(Some)
    }

    /// The answer, sealed for a retry, if the grant stores one.
    async fn sealed(&self, issue: &Issue, answer: &str) -> Result<Option<String>, Fault> {
        let Some(key) = &issue.answer_key else {
            return Ok(None);
        };
        let key = answer_key(key)?;
        let sealed = self
            .context
            .ports
            .seal(&key, answer.as_bytes(), self.grant.as_str().as_bytes())
            .await?;
        Ok(Some(base64url::encode(&sealed)))
    }
}

/// The `token_type` of an access token (RFC 6750 §6.1.1, RFC 9449 §5), by the key that it is bound to.
pub(crate) const fn token_type(jkt: Option<&str>) -> &'static str {
    match jkt {
        Some(_) => "DPoP",
        None => "Bearer",
    }
}

/// The confirmation claim of a token that is bound to a key (RFC 9449 §6.1).
pub(crate) fn bound_to(jkt: String) -> Confirmation {
    Confirmation {
        jkt: Some(jkt),
        certificate: None,
    }
}

pub(super) fn answer_key(key: &AnswerKey) -> Result<Secret<[u8; 32]>, Fault> {
    base64url::decode(key.expose())
        .and_then(|bytes| bytes.try_into().ok())
        .map(Secret::new)
        .ok_or_else(|| Fault::new("grant.answer_key", "the key cannot be read"))
}

/// An access token's id names its grant, so that its validity can be checked there.
pub(crate) fn token_id(grant: &GrantId, random: &impl Random) -> Result<String, Fault> {
    Ok(format!(
        "{grant}.{}",
        base64url::encode(&random.random::<12>()?)
    ))
}
