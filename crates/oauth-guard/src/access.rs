//! The proof that a request came with a good access token.

use std::rc::Rc;

use oauth_core::id::USER_PREFIX;
use oauth_core::jose::AccessTokenClaims;
use oauth_core::scope::Scope;
use oauth_core::{Fault, UnixTime};

use crate::denied::Denied;
use crate::step_up::StepUp;

/// A failed check that does not stop the request.
pub(crate) type NonFatal = Option<Fault>;

/// The access of a valid token. Only a guard makes one.
#[derive(Clone, Debug)]
pub struct Access {
    claims: Rc<AccessTokenClaims>,
    tolerated: NonFatal,
}

impl Access {
    pub(crate) const fn of(claims: Rc<AccessTokenClaims>, tolerated: NonFatal) -> Self {
        Self { claims, tolerated }
    }

    /// A check that could not be made although the token was admitted: the log should say so.
    pub fn tolerated_fault(&self) -> Option<&Fault> {
        self.tolerated.as_ref()
    }

    /// The user, or the client itself where no user is involved.
    pub fn subject(&self) -> &str {
        &self.claims.sub
    }

    /// The client that the token was issued to.
    pub fn client_id(&self) -> &str {
        &self.claims.client_id
    }

    /// The token's scope.
    pub fn scope(&self) -> Option<&Scope> {
        self.claims.scope.as_ref()
    }

    /// Everything that the token says.
    pub fn claims(&self) -> &AccessTokenClaims {
        &self.claims
    }

    /// Whether the token was issued to a user and not to a machine.
    pub fn is_user(&self) -> bool {
        self.claims.sub.starts_with(USER_PREFIX) && self.claims.sub != self.claims.client_id
    }

    /// Demands a scope (RFC 6750 §3.1 `insufficient_scope`). Scopes compare as whole words.
    pub fn require(&self, scope: &'static str) -> Result<(), Denied> {
        if self.scope().is_some_and(|held| held.contains(scope)) {
            Ok(())
        } else {
            Err(Denied::InsufficientScope { scope })
        }
    }

    /// Demands that the user signed in so (RFC 9470 §3). A token that does not say it does not meet it.
    pub fn require_authentication(&self, needed: &StepUp, now: UnixTime) -> Result<(), Denied> {
        if needed.is_met(&self.claims, now) {
            Ok(())
        } else {
            Err(Denied::InsufficientAuthentication(*needed))
        }
    }

    /// The user, where the token was issued to one; otherwise a refusal.
    pub fn require_user(&self) -> Result<&str, Denied> {
        if self.is_user() {
            Ok(self.subject())
        } else {
            Err(Denied::NotAUser)
        }
    }
}
