//! Redeeming an authorization code (RFC 6749 §4.1.3, RFC 7636 §4.6, RFC 9700 §2.1.1).

use std::fmt;

use from_json::FromJson;
use serde::Serialize;

use super::{
    Active, ClientType, Code, EndReason, Family, Grant, GrantDetails, Minted, Presented, ProvedKey,
    RefreshPolicy, Reply, RequestSource,
    activation::{FirstTokens, redeemed},
    pushed_request,
};
use crate::{
    UnixTime,
    id::ClientId,
    pkce::{self, PkceSatisfied},
    refusal::Refusal,
};

/// Wrong verifiers or redirect URIs from an authenticated client that a code survives.
pub const TRIES: u8 = 5;

/// A token request with a code (RFC 6749 §4.1.3). It does not print its verifier.
#[derive(Clone, PartialEq, Eq, Serialize, FromJson)]
#[serde(deny_unknown_fields)]
pub struct Redemption {
    /// The client, authenticated.
    pub client_id: ClientId,
    /// Whether that proves anything.
    #[serde(default)]
    pub client_type: ClientType,
    /// The part of the code that only its grant can check.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<String>,
    /// The `redirect_uri` of the token request.
    pub redirect_uri: Option<String>,
    /// The `code_verifier` of the token request.
    pub code_verifier: Option<String>,
    /// The resource that the token request names (RFC 8707 §2.2), in its registered form.
    pub resource: Option<String>,
    /// Grants of this client that began no later are over: it was disabled then.
    pub not_before: Option<UnixTime>,
    /// The lifetimes of its refresh tokens.
    #[serde(rename = "lives")]
    pub refresh_policy: RefreshPolicy,
    /// The key of the proof that came with the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proved: Option<ProvedKey>,
}

impl fmt::Debug for Redemption {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Redemption")
            .field("client_id", &self.client_id)
            .finish_non_exhaustive()
    }
}

/// Begins a grant with a code, which is out from then on.
pub(super) fn begin(
    grant: Option<Grant>,
    from: RequestSource,
    details: &GrantDetails,
    code: &Code,
    now: UnixTime,
) -> (Option<Grant>, Reply) {
    let refusal = match (&grant, from) {
        (None, RequestSource::Browser) => None,
        // A grant's id is 128 random bits: the same one twice is a fault, and harmless.
        (Some(_), RequestSource::Browser) => Some(Refusal::GrantExists),
        (None, RequestSource::Pushed) => Some(Refusal::RequestUriUnknown),
        (Some(grant), RequestSource::Pushed) => {
            pushed_request::mismatch(grant, &details.client_id, now)
        }
    };
    if let Some(refusal) = refusal {
        return (grant, Reply::Refused(refusal));
    }
    let (details, code) = (details.clone(), code.clone());
    (Some(Grant::CodeIssued { details, code }), Reply::Begun)
}

/// The order is the defence: nothing that a stranger sends gets past the first check, so a stolen
/// code can neither be redeemed nor used to end its owner's grant.
pub(super) fn redeem(
    grant: Option<Grant>,
    request: &Redemption,
    minted: Option<Minted>,
    now: UnixTime,
) -> (Option<Grant>, Reply) {
    let (grant, details, code) = match live_code(grant, request, now) {
        Ok(live) => live,
        Err(refused) => return *refused,
    };
    // 5. The key that it is bound to: a caller without that key cannot use up an attempt.
    let jkt = request.proved.as_ref().map(|key| key.jkt.clone());
    if code.jkt.is_some() && code.jkt != jkt {
        return (Some(grant), Reply::Refused(Refusal::CodeOfAnotherKey));
    }
    // 6. The redirect URI, 7. the verifier: a slip does not burn the code, guessing does.
    let pkce = match matches(&code, request) {
        Ok(pkce) => pkce,
        Err(refusal) => {
            let after = match request.client_type {
                ClientType::Confidential => spend_try(grant, details, code),
                // Anyone can say its id, and a verifier cannot be guessed: tries would only be a way to burn its codes.
                ClientType::Public => grant,
            };
            return (Some(after), Reply::Refused(refusal));
        }
    };
    // 8. The resource: a request for another one spends nothing.
    if details.is_for_another(request.resource.as_deref()) {
        return (Some(grant), Reply::Refused(Refusal::ResourceNotAllowed));
    }
    let first = FirstTokens {
        family: Family::begun(
            request.refresh_policy.within(&details.scope),
            request.proved.as_ref(),
            now,
        ),
        details,
        nonce: code.nonce,
        jkt,
        secret: code.secret,
        code_challenge: match request.client_type {
            ClientType::Confidential => None,
            ClientType::Public => code.code_challenge,
        },
    };
    redeemed(grant, pkce, first, minted, now)
}

/// The grant after a refusal, and the refusal.
type Refused = (Option<Grant>, Reply);

/// The code that may be redeemed now, with its grant.
fn live_code(
    grant: Option<Grant>,
    request: &Redemption,
    now: UnixTime,
) -> Result<(Grant, GrantDetails, Code), Box<Refused>> {
    let refused = |grant, refusal| Err(Box::new((grant, Reply::Refused(refusal))));
    let Some(grant) = grant else {
        return refused(None, Refusal::CodeUnknown);
    };
    // 1. The client that it was issued to.
    if *grant.client_id() != request.client_id {
        return refused(Some(grant), Refusal::CodeOfAnotherClient);
    }
    // 2. A code of this grant.
    let part = request.part.clone();
    if !grant.has_made(&Presented::Code { part }) {
        return refused(Some(grant), Refusal::CodeUnknown);
    }
    // 3. Not used before.
    let (details, code) = match &grant {
        Grant::CodeIssued { details, code } => (details.clone(), code.clone()),
        Grant::Active(active) if may_end(active, request) => {
            let ended = grant.end(EndReason::CodeReplayed);
            return refused(Some(ended), Refusal::CodeReplayed);
        }
        Grant::Active(_) => return refused(Some(grant), Refusal::CodeUsed),
        Grant::Ended { .. } => return refused(Some(grant), Refusal::CodeEnded),
        Grant::Pushed { .. } => return refused(Some(grant), Refusal::CodeUnknown),
    };
    if details.is_outlived(request.not_before) {
        let ended = grant.end(EndReason::ClientDisabled);
        return refused(Some(ended), Refusal::CodeEnded);
    }
    // 4. In time.
    if now >= code.expires_at {
        return refused(Some(grant), Refusal::CodeExpired);
    }
    Ok((grant, details, code))
}

/// Whether the second use of a code ends its grant: by a client that has authenticated, or by whoever has the verifier.
/// Used codes lie in histories and logs, and anyone can say a public client's id.
fn may_end(active: &Active, request: &Redemption) -> bool {
    match request.client_type {
        ClientType::Confidential => true,
        ClientType::Public => active.code_challenge.as_ref().is_some_and(|challenge| {
            pkce::satisfy(Some(challenge), request.code_verifier.as_deref()).is_ok()
        }),
    }
}

fn matches(code: &Code, request: &Redemption) -> Result<PkceSatisfied, Refusal> {
    match &request.redirect_uri {
        Some(presented) if *presented != code.redirect_uri => {
            return Err(Refusal::RedirectUriDiffers);
        }
        None if code.redirect_uri_sent => return Err(Refusal::RedirectUriDiffers),
        Some(_) | None => {}
    }
    pkce::satisfy(
        code.code_challenge.as_ref(),
        request.code_verifier.as_deref(),
    )
}

fn spend_try(grant: Grant, details: GrantDetails, code: Code) -> Grant {
    match code.tries_left.saturating_sub(1) {
        0 => grant.end(EndReason::TooManyTries),
        tries_left => Grant::CodeIssued {
            details,
            code: Code { tries_left, ..code },
        },
    }
}
