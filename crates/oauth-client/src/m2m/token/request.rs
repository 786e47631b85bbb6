//! The token request of the renewal that holds the lease (RFC 6749 §4.4).

use oauth_core::UnixTime;

use super::Token;
use super::authentication::token_call;
use super::failed::{TokenFailed, without_echoes};
use super::source::{PAUSE_AFTER_FAILURE, TokenSource};
use crate::http_call::{HttpCall, HttpReply};
use crate::m2m::attempt::proof;
use crate::m2m::attempt::{Attempts, Ended, Failure, attempt};
use crate::m2m::ports::World;
use crate::m2m::run::hop::CacheUse;
use crate::m2m::run::{HopStart, Run};
use crate::m2m::settings::{Binding, Settings};
use crate::m2m::shared_state::{GiveUp, Keep};
use crate::origin::is_protected;
use crate::token_response::{TokenRefused, Tokens, read_token_of_type};

/// The reason why a token is requested.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reason {
    /// No isolate had a token yet.
    First,
    /// The token has expired or was refused.
    Again,
    /// The token is still valid, and due to be renewed.
    Ahead,
}

impl Reason {
    /// A fixed word for the log.
    const fn slug(self) -> &'static str {
        match self {
            Self::First => "first",
            Self::Again => "again",
            Self::Ahead => "ahead",
        }
    }

    /// The reason why no cache had a token, for people.
    const fn of_the_miss(self) -> &'static str {
        match self {
            Self::First => "no isolate had a token yet",
            Self::Again => "the token that isolates had has expired or was refused",
            Self::Ahead => "the token there is was due to be renewed",
        }
    }
}

impl Failure for TokenFailed {
    fn slug(&self) -> &str {
        self.slug()
    }
}

/// Requests a token under a lease, and gives the lease back, whether there is a token or not.
pub(super) async fn request<W: World>(
    run: &mut Run<'_, W>,
    lease: u64,
    reason: Reason,
) -> Result<Token, TokenFailed> {
    let (source, world) = (run.source, run.world);
    run.count_cache(CacheUse::Miss);
    // A token request may be repeated after any failure: an unused token expires.
    let start = HopStart {
        renewal: Some(reason.slug()),
        ..run.token_hop_start(CacheUse::Miss, reason.of_the_miss().to_owned())
    };
    let mut attempts = Attempts::new(world, start, true);
    attempts.lease = Some(lease);
    let make = async || make(source, world).await;
    let read = |reply: HttpReply| read(source.settings(), &reply);
    match attempt(run, &mut attempts, make, read).await {
        Ok(tokens) => Ok(share(run, lease, reason, tokens, attempts.started).await),
        Err(Ended::Superseded) => Err(TokenFailed::Overtaken),
        Err(Ended::Failed(failure)) => {
            give_up(run, lease, &failure, attempts.retry_after).await;
            Err(failure)
        }
    }
}

async fn make(source: &TokenSource, world: &impl World) -> Result<HttpCall, TokenFailed> {
    let settings = source.settings();
    if !is_protected(&settings.token_endpoint) {
        return Err(TokenFailed::Unprotected);
    }
    let call = token_call(settings, world).await?;
    proof::bound(source, world, call).await
}

/// Keeps a token in memory and, sealed, in the shared state, where other isolates wait for it. The near copy can wait.
async fn share<W: World>(
    run: &mut Run<'_, W>,
    lease: u64,
    reason: Reason,
    tokens: Tokens,
    asked_at: UnixTime,
) -> Token {
    let token = Token::new(tokens.access_token, lease, asked_at, tokens.expires_in);
    run.source.adopt(&token);
    run.follow_up.facts.renewals += u32::from(reason != Reason::First);
    if let Some(sealed) = token.seal(run.world, run.source.purpose()).await {
        run.follow_up.copy = Some(sealed.clone());
        run.ask(Keep(sealed)).await;
    } else {
        let give_up = GiveUp {
            lease,
            error: None,
            pause: None,
        };
        run.ask(give_up).await;
    }
    token
}

async fn give_up<W: World>(
    run: &mut Run<'_, W>,
    lease: u64,
    failure: &TokenFailed,
    retry_after: Option<u32>,
) {
    let spared = run.source.has_valid(run.world.now());
    let give_up = GiveUp {
        lease,
        error: Some(failure.slug().to_owned()),
        pause: retry_after
            .map(i64::from)
            .or(spared.then_some(PAUSE_AFTER_FAILURE)),
    };
    run.ask(give_up).await;
}

/// Reads the answer. A server may grant less scope than was asked for (RFC 6749 §3.3): that fails here, not at the API.
fn read(settings: &Settings, reply: &HttpReply) -> Result<Tokens, TokenFailed> {
    let kind = match settings.binding {
        Binding::Bearer => "Bearer",
        Binding::Dpop => "DPoP",
    };
    let tokens = read_token_of_type(reply.status, &reply.body, kind).map_err(|refused| {
        if refused == TokenRefused::TokenType && settings.binding == Binding::Dpop {
            TokenFailed::NotBound
        } else {
            TokenFailed::Refused(without_echoes(refused))
        }
    })?;
    let granted = tokens.scope.as_deref().unwrap_or(&settings.scope);
    let mut wanted = settings.scope.split(' ');
    if wanted.all(|scope| granted.split(' ').any(|known| known == scope)) {
        Ok(tokens)
    } else {
        Err(TokenFailed::Scope)
    }
}
