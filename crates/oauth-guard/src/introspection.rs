//! The reading of an introspection response (RFC 7662).

use from_json::{FromJson, Json, Mismatch};
use oauth_core::clock_skew::OF_JWT_ISSUERS;
use oauth_core::jose::claims::check_times;
use oauth_core::jose::{AccessTokenClaims, Audience, Confirmation, NumericDate};
use oauth_core::scope::Scope;
use oauth_core::{Fault, UnixTime};

use crate::config::Config;
use crate::denied::TokenProblem;

/// A response (RFC 7662 §2.2). Unknown members are ignored.
#[derive(FromJson)]
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
    auth_time: Option<Claim<NumericDate>>,
    acr: Option<Claim<String>>,
    cnf: Option<Claim<Confirmation>>,
}

/// A member that is ignored if it is malformed; the others are still read.
enum Claim<T> {
    Valid(T),
    Malformed,
}

impl<T: FromJson> FromJson for Claim<T> {
    fn from_json(value: Json<'_>) -> Result<Self, Mismatch> {
        Ok(T::from_json(value).map_or(Self::Malformed, Self::Valid))
    }
}

impl<T> Claim<T> {
    fn valid(self) -> Option<T> {
        match self {
            Self::Valid(value) => Some(value),
            Self::Malformed => None,
        }
    }
}

/// Reads a response: the claims of the token, or what is wrong with it.
pub(crate) fn judge(
    json: &[u8],
    config: &Config,
    now: UnixTime,
) -> Result<Result<AccessTokenClaims, TokenProblem>, Fault> {
    let unreadable = || Fault::new("guard.introspection", "the answer cannot be read");
    let described: Described = from_json::from_slice(json).map_err(|_| unreadable())?;
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
        auth_time: described.auth_time.and_then(Claim::valid),
        acr: described.acr.and_then(Claim::valid),
        cnf: described.cnf.and_then(Claim::valid),
    }))
}

/// The authorization server knows whether a token is valid; whether it is an access token for this resource is checked
/// here.
fn check(described: &Described, config: &Config, now: UnixTime) -> Result<(), TokenProblem> {
    let token_type = described.token_type.as_deref().unwrap_or_default();
    let is_bound = match &described.cnf {
        Some(Claim::Valid(binding)) => binding.jkt.is_some(),
        Some(Claim::Malformed) | None => false,
    };
    // A refresh token has no type.
    let is_ours = token_type.eq_ignore_ascii_case("bearer")
        || (token_type.eq_ignore_ascii_case("dpop") && is_bound);
    if !described.active {
        Err(TokenProblem::Inactive)
    } else if !is_ours {
        Err(TokenProblem::WrongType)
    } else if matches!(described.cnf, Some(Claim::Malformed)) {
        Err(TokenProblem::UnknownBinding)
    } else if described
        .iss
        .as_ref()
        .is_some_and(|iss| *iss != config.issuer)
    {
        Err(TokenProblem::WrongIssuer)
    } else if !described.aud.contains(&config.resource) {
        Err(TokenProblem::WrongAudience)
    } else {
        check_times(
            described.exp,
            described.nbf,
            described.iat,
            now,
            OF_JWT_ISSUERS,
        )
        .map_err(TokenProblem::Time)
    }
}
