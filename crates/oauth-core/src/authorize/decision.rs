//! The decision on an authorization request: sign in, consent, issue or refuse (OIDC Core §3.1.2.3, §3.1.2.4).

use super::{
    AuthorizationRequest,
    permission::{MayIssue, NeedsConsent, granted_before},
};
use crate::{Refusal, UnixTime, id::UserId, scope::Scope};

/// A user who is signed in at this browser.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// The user.
    pub user_id: UserId,
    /// When they entered their password.
    pub auth_time: UnixTime,
    /// Whether they did so for this very request.
    pub for_this_request: bool,
}

/// The next step of an authorization request.
#[derive(Debug, PartialEq, Eq)]
pub enum Next {
    /// Ask for the password.
    SignIn,
    /// Ask for consent.
    Consent(NeedsConsent),
    /// Issue a code.
    Issue(MayIssue),
    /// Refuse: the client asked for `prompt=none`, and a page would be needed.
    Refuse(Refusal),
}

/// The user who is signed in, and what they have agreed to.
#[derive(Clone, Copy, Debug)]
pub struct Situation<'a> {
    /// The user who is signed in.
    pub signed_in: &'a SignedIn,
    /// The user that a verified `id_token_hint` names.
    pub hinted: Option<&'a UserId>,
    /// The scope that the user consented to before, for this client and resource.
    pub consented: Option<&'a Scope>,
    /// The scope that the user can be asked to grant: the requested scope within their roles.
    pub grantable: &'a Scope,
}

/// The next step of a request where no one is signed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignedOut {
    /// Ask for the password.
    SignIn,
    /// Refuse: the client asked for `prompt=none`.
    Refuse(Refusal),
}

/// Decides the next step where no one is signed in (OIDC Core §3.1.2.3).
pub const fn signed_out(request: &AuthorizationRequest) -> SignedOut {
    if request.prompt.none {
        SignedOut::Refuse(Refusal::LoginNeeded)
    } else {
        SignedOut::SignIn
    }
}

/// Decides the next step where a user is signed in (OIDC Core §3.1.2.3, §3.1.2.4).
pub fn next(request: &AuthorizationRequest, situation: Situation<'_>, now: UnixTime) -> Next {
    let signed_in = situation.signed_in;
    if situation
        .hinted
        .is_some_and(|hinted| *hinted != signed_in.user_id)
    {
        return ask(request, Next::SignIn, Refusal::OtherUserSignedIn);
    }
    let too_old = request
        .max_age
        .is_some_and(|max_age| now.since(signed_in.auth_time) > max_age || max_age == 0);
    if (too_old || request.prompt.login) && !signed_in.for_this_request {
        return ask(request, Next::SignIn, Refusal::LoginNeeded);
    }
    match granted_before(request, situation) {
        Ok(may) => Next::Issue(may),
        Err(needs) => ask(request, Next::Consent(needs), Refusal::ConsentNeeded),
    }
}

fn ask(request: &AuthorizationRequest, page: Next, refusal: Refusal) -> Next {
    if request.prompt.none {
        Next::Refuse(refusal)
    } else {
        page
    }
}
