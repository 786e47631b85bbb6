//! The decision on an authorization request: sign in, consent, issue or refuse (OIDC Core §3.1.2.3, §3.1.2.4).

use super::AuthorizationRequest;
use crate::{Refusal, UnixTime, form::Form, id::UserId, redirect_uri::ValidRedirect, scope::Scope};

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

/// The proof that a code may be issued, and the scope that it may be issued for. It is made only by [`next`], where
/// an earlier consent covers the request, and by [`NeedsConsent::given`].
///
/// ```
/// fn issue(may: oauth_core::authorize::MayIssue) -> String {
///     may.scope().to_string()
/// }
/// ```
///
/// Without a decision or a consent there is none:
///
/// ```compile_fail,E0451
/// use oauth_core::{authorize::MayIssue, scope::Scope};
///
/// let may = MayIssue { scope: Scope::default() };
/// ```
#[derive(Debug, PartialEq, Eq)]
pub struct MayIssue {
    pub(super) scope: Scope,
}

impl MayIssue {
    /// The scope that may be issued.
    pub const fn scope(&self) -> &Scope {
        &self.scope
    }

    /// Uses the permission up: the scope of the code.
    pub fn into_scope(self) -> Scope {
        self.scope
    }
}

/// A request that can be granted once its user consents.
///
/// ```
/// use oauth_core::authorize::{Allowed, MayIssue, NeedsConsent};
///
/// fn consented(needs: NeedsConsent, allowed: Allowed) -> MayIssue {
///     needs.given(allowed)
/// }
/// ```
///
/// The consent cannot be left out:
///
/// ```compile_fail,E0061
/// use oauth_core::authorize::{MayIssue, NeedsConsent};
///
/// fn consented(needs: NeedsConsent) -> MayIssue {
///     needs.given()
/// }
/// ```
#[derive(Debug, PartialEq, Eq)]
pub struct NeedsConsent {
    pub(super) scope: Scope,
}

impl NeedsConsent {
    /// The scope that the user is asked to grant.
    pub const fn scope(&self) -> &Scope {
        &self.scope
    }

    /// The user has consented.
    pub fn given(self, _: Allowed) -> MayIssue {
        MayIssue { scope: self.scope }
    }
}

/// The user's decision on the consent page (OIDC Core §3.1.2.4).
#[derive(Debug, PartialEq, Eq)]
pub enum Consent {
    /// The user allows the request.
    Allow(Allowed),
    /// The user denies it.
    Deny,
}

impl Consent {
    /// Reads the decision in the consent form.
    pub fn read(form: &Form) -> Result<Self, Refusal> {
        match form.one("decision")? {
            Some("allow") => Ok(Self::Allow(Allowed(()))),
            Some("deny") => Ok(Self::Deny),
            Some(_) | None => Err(Refusal::DecisionUnknown),
        }
    }
}

/// The proof that a user allowed a request. Only [`Consent::read`] makes one, from a form that says so.
///
/// ```compile_fail,E0423
/// let allowed = oauth_core::authorize::Allowed(());
/// ```
#[derive(Debug, PartialEq, Eq)]
pub struct Allowed(());

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
        return ask(request, Next::SignIn, Refusal::OtherPersonSignedIn);
    }
    let too_old = request
        .max_age
        .is_some_and(|max_age| now.since(signed_in.auth_time) > max_age || max_age == 0);
    if (too_old || request.prompt.login) && !signed_in.for_this_request {
        return ask(request, Next::SignIn, Refusal::LoginNeeded);
    }
    let agreed = situation
        .consented
        .is_some_and(|consented| situation.grantable.is_subset_of(consented));
    let scope = situation.grantable.clone();
    if !agreed || request.prompt.consent || is_native(&request.redirect) {
        let needs = NeedsConsent { scope };
        return ask(request, Next::Consent(needs), Refusal::ConsentNeeded);
    }
    Next::Issue(MayIssue { scope })
}

fn ask(request: &AuthorizationRequest, page: Next, refusal: Refusal) -> Next {
    if request.prompt.none {
        Next::Refuse(refusal)
    } else {
        page
    }
}

/// Whether any program on the user's machine could receive the answer. A consent that was given to one of them
/// says nothing about the next (RFC 8252 §8.6).
fn is_native(redirect: &ValidRedirect) -> bool {
    let uri = redirect.as_str();
    let web = uri.starts_with("https://") || uri.starts_with("http://");
    !web || matches!(redirect.host(), "127.0.0.1" | "[::1]" | "::1")
}
