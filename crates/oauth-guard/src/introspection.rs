//! Asking the authorization server about a token (RFC 7662).

use oauth_core::jose::claims::check_times;
use oauth_core::jose::{AccessTokenClaims, Audience, NumericDate};
use oauth_core::scope::Scope;
use oauth_core::{Fault, UnixTime};
use serde::Deserialize;

use crate::config::Config;
use crate::denied::TokenProblem;
use crate::guard::LEEWAY;

/// An answer (RFC 7662 §2.2). Members that we do not know are none of ours.
#[derive(Deserialize)]
struct Described {
    active: bool,
    token_type: Option<String>,
    iss: Option<String>,
    sub: Option<String>,
    #[serde(default)]
    aud: Audience,
    client_id: Option<String>,
    scope: Option<Scope>,
    jti: Option<String>,
    iat: Option<NumericDate>,
    exp: Option<NumericDate>,
    nbf: Option<NumericDate>,
}

/// Reads an answer: what the token gives, or what is wrong with it.
pub(crate) fn judge(
    json: &[u8],
    config: &Config,
    now: UnixTime,
) -> Result<Result<AccessTokenClaims, TokenProblem>, Fault> {
    let unreadable = || Fault::new("guard.introspection", "the answer cannot be read");
    let described: Described = serde_json::from_slice(json).map_err(|_| unreadable())?;
    if let Err(problem) = check(&described, config, now) {
        return Ok(Err(problem));
    }
    let (Some(exp), Some(sub), Some(client_id)) =
        (described.exp, described.sub, described.client_id)
    else {
        return Err(unreadable());
    };
    Ok(Ok(AccessTokenClaims {
        iss: config.issuer.clone(),
        sub,
        aud: described.aud,
        client_id,
        scope: described.scope,
        jti: described.jti.unwrap_or_default(),
        iat: described.iat.unwrap_or(NumericDate(now)),
        exp,
        nbf: described.nbf,
        auth_time: None,
        acr: None,
        cnf: None,
    }))
}

/// The authorization server knows whether a token is good; whether it is an access token for us, we check.
fn check(described: &Described, config: &Config, now: UnixTime) -> Result<(), TokenProblem> {
    let is_bearer = |kind: &str| kind.eq_ignore_ascii_case("bearer");
    if !described.active {
        Err(TokenProblem::Inactive)
    } else if !described.token_type.as_deref().is_some_and(is_bearer) {
        // A refresh token has none, and one that is bound to a key another.
        Err(TokenProblem::WrongType)
    } else if described
        .iss
        .as_ref()
        .is_some_and(|iss| *iss != config.issuer)
    {
        Err(TokenProblem::WrongIssuer)
    } else if !described.aud.contains(&config.resource) {
        Err(TokenProblem::WrongAudience)
    } else {
        check_times(described.exp, described.nbf, described.iat, now, LEEWAY)
            .map_err(TokenProblem::Time)
    }
}
