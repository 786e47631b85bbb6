//! Access tokens at UserInfo, the administration and direct login: from their bearer or, if they are bound to a key, with
//! a proof of it (RFC 6750 §2, RFC 9449 §7).

use oauth_core::{
    Refusal,
    bearer::{self, Challenge, Credentials, Scheme, Unread, is_b64token},
    form::Form,
    http::{Answer, Incoming, Method},
    jose::AccessTokenClaims,
    scope::{ADMIN, OPENID},
    token_binding::{self, BindingError, Dpop, Policy},
};

use crate::{
    access_token, answer,
    context::{Context, Stop},
    dpop,
    form_body::is_form,
    ports::Admitting,
    rate,
};

/// The bindings of tokens at this server's own endpoints. It sees no certificates.
const BINDINGS: Policy = Policy {
    dpop: Dpop::Accepted,
    certificates: false,
};

/// The claims of the token of a request. It is valid now, and its sender may use it.
pub(crate) async fn admitted<P: Admitting>(
    context: &Context<'_, P>,
    request: &Incoming,
) -> Result<AccessTokenClaims, Stop> {
    let outcome = of_request(context, request).await;
    match &outcome {
        Ok(claims) => rate::of_caller(context, &claims.sub)?,
        Err(Stop::Refused(_) | Stop::Answer(_)) => rate::of_stranger(context, request)?,
        Err(Stop::Fault(_)) => {}
    }
    outcome
}

async fn of_request<P: Admitting>(
    context: &Context<'_, P>,
    request: &Incoming,
) -> Result<AccessTokenClaims, Stop> {
    let (scheme, token) = credentials(request)?;
    match (examined(context, request, scheme, &token).await, scheme) {
        (Err(Stop::Refused(refusal)), Scheme::Dpop)
        | (Err(Stop::Refused(refusal @ Refusal::TokenBound)), Scheme::Bearer) => {
            Err(challenge_of(Scheme::Dpop, refusal).into())
        }
        (outcome, Scheme::Bearer | Scheme::Dpop) => outcome,
    }
}

async fn examined<P: Admitting>(
    context: &Context<'_, P>,
    request: &Incoming,
    scheme: Scheme,
    token: &str,
) -> Result<AccessTokenClaims, Stop> {
    let proof = match scheme {
        Scheme::Bearer => None,
        Scheme::Dpop => Some(
            dpop::read(context, request, Some(token))
                .await?
                .ok_or(Refusal::ProofMissing)?,
        ),
    };
    let claims = access_token::live(context, token).await?;
    let refusal = match scheme {
        Scheme::Bearer => Refusal::TokenBound,
        Scheme::Dpop => Refusal::TokenOfAnotherKey,
    };
    let required = token_binding::judge(scheme, claims.cnf.as_ref(), BINDINGS)
        .map_err(|_: BindingError| refusal)?;
    if required.key != proof.as_ref().map(dpop::UnusedProof::jkt) {
        return Err(refusal.into());
    }
    dpop::use_once(context, proof).await?;
    Ok(claims)
}

/// The token of its bearer.
pub(crate) fn bearer(request: &Incoming) -> Result<String, Refusal> {
    match credentials(request)? {
        (Scheme::Bearer, token) => Ok(token),
        (Scheme::Dpop, _) => Err(Refusal::TokenMalformed),
    }
}

/// A refusal with the challenge of RFC 6750 §3: bare where no token came.
pub(crate) fn challenge(refusal: Refusal) -> Answer {
    challenge_of(Scheme::Bearer, refusal)
}

/// The refusal of a token whose user signed in more than `max_age` seconds ago (RFC 9470 §3).
pub(crate) fn sign_in_again(max_age: i64) -> Answer {
    let refusal = Refusal::SignInTooOld;
    let challenge = Challenge::new(Scheme::Bearer, "ostiary")
        .error(refusal.code().as_str(), refusal.description())
        .with("max_age", &max_age.to_string());
    answer::refused(refusal).with("www-authenticate", challenge.finish())
}

fn challenge_of(scheme: Scheme, refusal: Refusal) -> Answer {
    let mut challenge = Challenge::new(scheme, "ostiary");
    if refusal != Refusal::TokenMissing {
        challenge = challenge.error(refusal.code().as_str(), refusal.description());
    }
    if let Some(scope) = needed_scope(refusal) {
        challenge = challenge.with("scope", scope);
    }
    let challenge = challenge.algorithms().finish();
    let mut answer = answer::refused(refusal).with("www-authenticate", challenge);
    if scheme == Scheme::Dpop {
        // Here a proof is a credential, and not a parameter of a request (RFC 9449 §7.1).
        answer.status = 401;
    }
    answer
}

/// The scope that a refusal asks for (RFC 6750 §3).
fn needed_scope(refusal: Refusal) -> Option<&'static str> {
    [
        (Refusal::OpenidScopeMissing, OPENID),
        (Refusal::AdminScopeMissing, ADMIN),
    ]
    .into_iter()
    .find_map(|(missing, scope)| (missing == refusal).then_some(scope))
}

/// The token, from the header or, for POST, from the body (RFC 6750 §2.2), but not from both.
fn credentials(request: &Incoming) -> Result<(Scheme, String), Refusal> {
    match (bearer::from_header(request), in_body(request)?) {
        (Ok(Credentials { scheme, token }), None) => Ok((scheme, token.to_owned())),
        (Err(Unread::Absent), Some(token))
            if request.headers.value("authorization").is_none() && is_b64token(&token) =>
        {
            Ok((Scheme::Bearer, token))
        }
        (Err(Unread::Absent), None) => Err(Refusal::TokenMissing),
        (Ok(_) | Err(Unread::Absent), Some(_)) | (Err(Unread::InQuery | Unread::Malformed), _) => {
            Err(Refusal::TokenMalformed)
        }
    }
}

fn in_body(request: &Incoming) -> Result<Option<String>, Refusal> {
    if request.method != Method::Post || !is_form(request.headers.value("content-type")) {
        return Ok(None);
    }
    let form = Form::parse(&request.body).map_err(|_| Refusal::MalformedForm)?;
    Ok(form.one("access_token")?.map(str::to_owned))
}
