//! Tokens say the truth.

use oauth_core::client::DIRECT_LOGIN;

use super::{
    About, Act, Call, Invariant, Oracle, Place, generation_of,
    judge::{Verdict, violated},
};

/// The scope that the grants of a client have in the stories.
fn granted(client: &str) -> &'static str {
    match client {
        DIRECT_LOGIN => "email openid profile read read:posts read:students read:users write",
        _ => "openid profile read",
    }
}

impl Oracle {
    /// What a token says must be so.
    pub(super) fn judge_about(&self, call: &Call, about: &About) -> Verdict {
        let Some(issued) = call.grant().and_then(|grant| self.issued(&grant)) else {
            return Ok(());
        };
        let sub = ["u_", issued.person].concat();
        let delivered = call.presented().and_then(|token| self.delivered(token));
        let narrowed = delivered.as_ref().and_then(|token| token.scope);
        // What is said of a refresh token has no key in it.
        let is_access = call.presented().and_then(generation_of).is_none();
        let is_bound_elsewhere = is_access
            && matches!(
                call.act,
                Act::Probe {
                    at: Place::Introspection,
                    ..
                }
            )
            && delivered.is_some_and(|token| token.jkt != about.jkt);
        let lies = about.sub.as_ref().is_some_and(|said| *said != sub)
            || about
                .client_id
                .as_ref()
                .is_some_and(|said| said != issued.client)
            || about
                .scope
                .as_ref()
                .is_some_and(|said| said != narrowed.unwrap_or(granted(issued.client)))
            || about
                .aud
                .as_ref()
                .is_some_and(|said| said != issued.resource)
            || is_bound_elsewhere;
        if lies {
            let seen = format!("a token of {issued:?} says {about:?}");
            return violated(Invariant::TokensSayTheTruth, seen);
        }
        Ok(())
    }
}
