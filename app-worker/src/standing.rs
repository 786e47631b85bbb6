//! How the client stands: its token and its peers' breakers, as all isolates share them.

use oauth_client::m2m::board::View;
use oauth_client::m2m::{self, Binding, breaker_words};
use oauth_core::UnixTime;
use oauth_core::breaker::Breaker;
use wire::{HopName, PeerBreaker, TokenCache, TokenCacheState};

use crate::tell;
use crate::world::World;

/// What is shared, or what this isolate knows by itself while that cannot be reached.
pub(crate) struct Standing {
    view: View,
    alone: bool,
}

/// Looks. It takes one call.
pub(crate) async fn look(world: &World) -> Standing {
    let (view, alone) = m2m::look(&world.setup.source, world).await;
    Standing { view, alone }
}

impl Standing {
    /// The token cache.
    pub(crate) fn token_cache(&self, settings: &m2m::Settings, now: UnixTime) -> TokenCache {
        let (expires_at, renew_at) = self.view.token.unzip();
        TokenCache {
            state: state(&self.view, now),
            seconds_left: expires_at.map(|time| time.since(now)),
            renews_in: renew_at.map(|time| time.since(now).max(0)),
            scope: settings.scope.clone(),
            auth_method: settings.auth_method.name().to_owned(),
            sender_constrained: settings.binding == Binding::Dpop,
        }
    }

    /// Each peer's breaker.
    pub(crate) fn breakers(&self, now: UnixTime) -> Vec<PeerBreaker> {
        let peer = |hop, breaker: Breaker| PeerBreaker {
            hop,
            state: tell::breaker(breaker.state(now)),
            failures: breaker.failures().0,
            reason: breaker_words(breaker, now, self.alone),
            seconds_left: breaker.opens_in(now),
        };
        vec![
            peer(HopName::Token, self.view.token_endpoint),
            peer(HopName::Students, self.view.api),
        ]
    }

    /// The breaker of the peer that is worse off.
    pub(crate) fn breaker(&self, now: UnixTime) -> wire::Breaker {
        let api = self.view.api.state(now);
        tell::breaker(self.view.token_endpoint.state(now).max(api))
    }
}

fn state(view: &View, now: UnixTime) -> TokenCacheState {
    match view.token {
        _ if view.renewing => TokenCacheState::Renewing,
        Some((_, renew_at)) if now < renew_at => TokenCacheState::Fresh,
        Some(_) => TokenCacheState::Ageing,
        None => TokenCacheState::Empty,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixTime = UnixTime(1_800_000_000);

    #[test]
    fn a_token_is_fresh_then_ageing_then_gone() {
        let view = View {
            token: Some((NOW.plus(100), NOW.plus(90))),
            ..View::default()
        };
        assert_eq!(state(&view, NOW), TokenCacheState::Fresh);
        assert_eq!(state(&view, NOW.plus(90)), TokenCacheState::Ageing);
        assert_eq!(state(&View::default(), NOW), TokenCacheState::Empty);
        let renewing = View {
            renewing: true,
            ..view
        };
        assert_eq!(state(&renewing, NOW), TokenCacheState::Renewing);
    }
}
