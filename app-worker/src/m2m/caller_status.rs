//! The status of the client: its token and its peers' breakers, as all isolates share them.

use oauth_client::m2m::shared_state::View;
use oauth_client::m2m::{self, Binding, breaker_reason};
use oauth_core::UnixTime;
use oauth_core::breaker::Breaker;
use wire::{HopName, PeerBreaker, TokenCache, TokenCacheState};

use crate::ports::Ports;

/// The shared state, or what this isolate knows while that is unreachable.
pub(crate) struct CallerStatus {
    view: View,
    alone: bool,
}

/// Looks at the shared state, which takes one call.
pub(crate) async fn look(ports: &Ports) -> CallerStatus {
    let (view, alone) = m2m::look(&ports.isolate.source, ports).await;
    CallerStatus { view, alone }
}

impl CallerStatus {
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
            state: breaker.state(now).into(),
            failures: breaker.failures().0,
            reason: breaker_reason(breaker, now, self.alone),
            seconds_left: breaker.opens_in(now),
        };
        vec![
            peer(HopName::Token, self.view.token_endpoint),
            peer(HopName::Api, self.view.api),
        ]
    }

    /// The breaker that lets less through.
    pub(crate) fn breaker(&self, now: UnixTime) -> wire::Breaker {
        let api = self.view.api.state(now);
        self.view.token_endpoint.state(now).max(api).into()
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
