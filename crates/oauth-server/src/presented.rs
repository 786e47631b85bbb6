//! An access token that comes to an endpoint of our own, from one who may use it: its bearer, or where it is bound
//! to a key, whoever proves to have that (RFC 6750 §2, RFC 9449 §7).

use oauth_core::{
    Refusal,
    form::Form,
    http::{Answer, Incoming, Method},
    jose::{AccessTokenClaims, Algorithm, Confirmation},
};

use crate::{
    access_token, answer,
    context::{Context, Stop},
    dpop,
    form_body::is_form,
    ports::Admitting,
};

/// How a token is presented.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scheme {
    /// Whoever has it may use it.
    Bearer,
    /// With a proof of its key.
    Dpop,
}

/// What the token of a request says. It counts now, and its sender may use it.
pub(crate) async fn admitted<P: Admitting>(
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
    match (&proof, &claims.cnf) {
        (None, None) => {}
        (None, Some(_)) => return Err(Refusal::TokenBound.into()),
        // No other binding is known here, and one that is not checked must not pass.
        (
            Some(proof),
            Some(Confirmation {
                jkt: Some(jkt),
                certificate: None,
            }),
        ) if jkt == proof.jkt() => {}
        (Some(_), Some(_) | None) => return Err(Refusal::TokenOfAnotherKey.into()),
    }
    dpop::spend(context, proof).await?;
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

fn challenge_of(scheme: Scheme, refusal: Refusal) -> Answer {
    let (error, description) = (refusal.code().as_str(), refusal.description());
    let reason = if refusal == Refusal::TokenMissing {
        String::new()
    } else {
        format!(", error=\"{error}\", error_description=\"{description}\"")
    };
    let scope = if refusal == Refusal::OpenidScopeMissing {
        ", scope=\"openid\""
    } else if refusal == Refusal::AdminScopeMissing {
        ", scope=\"admin\""
    } else {
        ""
    };
    let value = match scheme {
        Scheme::Bearer => format!("Bearer realm=\"ostiary\"{reason}{scope}"),
        Scheme::Dpop => {
            let algorithms = Algorithm::ALL.map(Algorithm::name).join(" ");
            format!("DPoP realm=\"ostiary\"{reason}{scope}, algs=\"{algorithms}\"")
        }
    };
    let mut answer = answer::refused(refusal).with("www-authenticate", value);
    if scheme == Scheme::Dpop {
        // Here a proof is a credential, and no parameter of a request (RFC 9449 §7.1).
        answer.status = 401;
    }
    answer
}

/// The token, from the header or, for POST, from the body (RFC 6750 §2); once, never from the query.
fn credentials(request: &Incoming) -> Result<(Scheme, String), Refusal> {
    let in_query = Form::parse(request.query.as_bytes())
        .map_err(|_| Refusal::MalformedForm)?
        .values("access_token")
        .next()
        .is_some();
    let has_form = request.method == Method::Post && is_form(request.headers.value("content-type"));
    let in_body = if has_form {
        let form = Form::parse(&request.body).map_err(|_| Refusal::MalformedForm)?;
        form.one("access_token")?.map(str::to_owned)
    } else {
        None
    };
    match (request.headers.value("authorization"), in_body, in_query) {
        (_, _, true) | (Some(_), Some(_), _) => Err(Refusal::TokenMalformed),
        (None, Some(token), false) => Ok((Scheme::Bearer, token)),
        (Some(header), None, false) => from_header(header),
        (None, None, false) => Err(Refusal::TokenMissing),
    }
}

fn from_header(header: &str) -> Result<(Scheme, String), Refusal> {
    let (scheme, token) = header.split_once(' ').ok_or(Refusal::TokenMalformed)?;
    let scheme = if scheme.eq_ignore_ascii_case("bearer") {
        Scheme::Bearer
    } else if scheme.eq_ignore_ascii_case("dpop") {
        Scheme::Dpop
    } else {
        return Err(Refusal::TokenMalformed);
    };
    let token = token.trim_matches(' ');
    if token.is_empty() || token.contains([' ', ',']) {
        return Err(Refusal::TokenMalformed);
    }
    Ok((scheme, token.to_owned()))
}
