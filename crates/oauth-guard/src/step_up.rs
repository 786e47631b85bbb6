//! Step-up authentication (RFC 9470).

use oauth_core::UnixTime;
use oauth_core::jose::AccessTokenClaims;

/// How well, and how lately, a user must have signed in (RFC 9470).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StepUp {
    /// One of these must be the token's `acr`; none means that any will do.
    pub acr_values: &'static [&'static str],
    /// At most so many seconds ago.
    pub max_age: Option<i64>,
}

impl StepUp {
    pub(crate) fn is_met(&self, claims: &AccessTokenClaims, now: UnixTime) -> bool {
        let acr = claims.acr.as_deref();
        let well =
            self.acr_values.is_empty() || acr.is_some_and(|acr| self.acr_values.contains(&acr));
        let lately = self.max_age.is_none_or(|most| {
            let signed_in = claims.auth_time;
            signed_in.is_some_and(|time| now.since(time.0) <= most)
        });
        well && lately
    }
}
