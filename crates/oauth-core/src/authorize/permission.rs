//! The permission to issue a code, and the two ways to get one: an earlier consent, and a new one (OIDC Core §3.1.2.4).

use super::{AuthorizationRequest, Situation};
use crate::{Refusal, client::Receiver, form::Form, scope::Scope};

/// The proof that a code may be issued, and the scope that it may be issued for. It is made only by
/// [`granted_before`], where an earlier consent covers the request, and by [`NeedsConsent::given`].
///
/// ```
/// fn issue(may: oauth_core::authorize::MayIssue) -> String {
///     may.scope().to_string()
/// }
/// ```
///
/// Without an earlier consent or a new one there is none. Its field is private to this file, so that the decision too
/// can only ask for it:
///
/// ```compile_fail,E0451
/// use oauth_core::{authorize::MayIssue, scope::Scope};
///
/// let may = MayIssue { scope: Scope::default() };
/// ```
#[derive(Debug, PartialEq, Eq)]
pub struct MayIssue {
    scope: Scope,
}

impl MayIssue {
    /// One for a test of the decision.
    #[cfg(test)]
    pub(super) const fn of(scope: Scope) -> Self {
        Self { scope }
    }

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
    scope: Scope,
}

impl NeedsConsent {
    /// One for a test of the decision.
    #[cfg(test)]
    pub(super) const fn of(scope: Scope) -> Self {
        Self { scope }
    }

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

/// The permission that follows from an earlier consent, or the need for a new one: where none covers the request, the
/// client asks for one, or the answer could reach another program than the one that was agreed to.
pub(super) fn granted_before(
    request: &AuthorizationRequest,
    situation: Situation<'_>,
) -> Result<MayIssue, NeedsConsent> {
    let scope = situation.grantable.clone();
    let terms = request.terms(&scope);
    let agreed = situation
        .consented
        .is_some_and(|consented| terms.is_subset_of(consented));
    if !agreed || request.prompt.consent || request.receiver == Receiver::AnyProgram {
        Err(NeedsConsent { scope })
    } else {
        Ok(MayIssue { scope })
    }
}
