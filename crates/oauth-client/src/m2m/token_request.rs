//! Asking the server for a token, under a lease of the board's (RFC 6749 §4.4).

use oauth_core::UnixTime;

use super::authentication::token_call;
use super::board::Command;
use super::errand::{Errand, NoLeave, Try};
use super::kept::Token;
use super::platform::{SendFailed, World};
use super::proof;
use super::retry::retry_after;
use super::settings::{Binding, Settings};
use super::token_failed::TokenFailed;
use super::token_source::PAUSE_AFTER_FAILURE;
use super::trace::{CacheUse, HopName};
use crate::http_call::{HttpCall, HttpReply};
use crate::origin::is_protected;
use crate::token_response::{TokenRefused, Tokens, read_token_of_type};

/// One try that gave no token.
struct Setback {
    failure: TokenFailed,
    again: Again,
    /// The seconds that the server asked for.
    retry_after: Option<u32>,
}

/// Whether another try may help.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Again {
    /// After a pause.
    Later,
    /// At once, with the nonce that the server has just given (RFC 9449 §8).
    WithNonce,
    Never,
}

impl Setback {
    const fn last(failure: TokenFailed) -> Self {
        Self {
            failure,
            again: Again::Never,
            retry_after: None,
        }
    }
}

impl<W: World> Errand<'_, W> {
    /// Asks until there is a token or no sense in asking. Whatever comes of it, the lease is given back.
    pub(super) async fn request(
        &mut self,
        lease: u64,
        why: &'static str,
    ) -> Result<Token, TokenFailed> {
        let began = self.world.milliseconds();
        let mut made = 0;
        let mut nonces = 0;
        let mut trying = self.first_try(why);
        loop {
            trying.left = self.left(began);
            let setback = match self.try_once(lease, &trying).await {
                Ok((tokens, asked_at)) => return Ok(self.keep(lease, why, tokens, asked_at).await),
                Err(setback) => setback,
            };
            made += 1;
            let wait = match setback.again {
                Again::WithNonce if nonces == 0 => {
                    (made, nonces) = (made - 1, 1);
                    Some(0)
                }
                Again::Later => self.back_off(made, began, setback.retry_after),
                Again::WithNonce | Again::Never => None,
            };
            let Some(wait) = wait else {
                self.give_up(lease, &setback).await;
                return Err(setback.failure);
            };
            self.world.pause(wait).await;
            self.rest.facts.retries += 1;
            trying.retries += 1;
            trying.waited = u64::from(wait);
        }
    }

    fn first_try(&self, why: &'static str) -> Try {
        let reason = match why {
            "ahead" => "the token there is was due to be renewed",
            "again" => "the token that isolates had has expired or was refused",
            _ => "no isolate had a token yet",
        };
        Try {
            peer: HopName::Token,
            retries: self.rest.facts.retries.min(1),
            waited: 0,
            left: 0,
            cache: CacheUse::Miss,
            cache_reason: Some(reason.to_owned()),
            renewal: Some(why),
        }
    }

    async fn try_once(&mut self, lease: u64, trying: &Try) -> Result<(Tokens, UnixTime), Setback> {
        self.note_cache(CacheUse::Miss);
        let (asked_at, began) = (self.world.now(), self.world.milliseconds());
        let call = match self.token_call().await {
            Ok(call) => call,
            Err(failure) => return Err(self.unsent(trying, began, failure)),
        };
        let admitted = match self.admit(HopName::Token, Some(lease)).await {
            Ok(admitted) => admitted,
            Err(NoLeave::Overtaken) => return Err(Setback::last(TokenFailed::Overtaken)),
            Err(NoLeave::Held(held)) => {
                let failure = TokenFailed::Send(SendFailed::Held(held));
                return Err(self.unsent(trying, began, failure));
            }
        };
        self.rest.facts.token_requests += 1;
        let (reply, hop) = self.send(admitted, trying, &call).await;
        let judged = self.judge_token(reply);
        let failure = judged.as_ref().err().map(|setback| &setback.failure);
        let words = failure.map(|failure| (failure.slug(), failure.to_string()));
        self.tell(trying, hop, words);
        judged.map(|tokens| (tokens, asked_at))
    }

    async fn token_call(&self) -> Result<HttpCall, TokenFailed> {
        let settings = self.source.settings();
        if !is_protected(&settings.token_endpoint) {
            return Err(TokenFailed::Unprotected);
        }
        let call = token_call(settings, self.world).await?;
        proof::bound(self.source, self.world, call).await
    }

    /// A try that sent nothing.
    fn unsent(&mut self, trying: &Try, began: u64, failure: TokenFailed) -> Setback {
        let url = &self.source.settings().token_endpoint;
        let breaker = self.source.breaker(HopName::Token);
        let hop = self.hop(trying, ("POST", url), began, breaker);
        self.tell(trying, hop, Some((failure.slug(), failure.to_string())));
        Setback::last(failure)
    }

    fn judge_token(&self, reply: Result<HttpReply, SendFailed>) -> Result<Tokens, Setback> {
        let reply = match reply {
            Ok(reply) => reply,
            Err(failed) => {
                let again = match failed {
                    SendFailed::TimedOut | SendFailed::Unreachable(_) => Again::Later,
                    SendFailed::TooLarge | SendFailed::Held(_) => Again::Never,
                };
                let failure = TokenFailed::Send(failed);
                return Err(Setback {
                    again,
                    ..Setback::last(failure)
                });
            }
        };
        read(self.source.settings(), &reply).map_err(|failure| Setback {
            failure,
            again: self.again(&reply),
            retry_after: retry_after(&reply, self.world.now()),
        })
    }

    /// A token request may be repeated whatever became of it: a token too many expires.
    fn again(&self, reply: &HttpReply) -> Again {
        match reply.status {
            429 | 500.. => Again::Later,
            _ if proof::wants_nonce(self.source, HopName::Token, reply) => Again::WithNonce,
            _ => Again::Never,
        }
    }

    /// Keeps a token: in memory, and sealed at the board, where others wait for it. The near copy can wait.
    async fn keep(
        &mut self,
        lease: u64,
        why: &'static str,
        tokens: Tokens,
        asked_at: UnixTime,
    ) -> Token {
        let token = Token::new(tokens.access_token, lease, asked_at, tokens.expires_in);
        self.source.adopt(&token);
        self.rest.facts.renewals += u32::from(why != "first");
        let command = match token.seal(self.world, self.source.purpose()).await {
            Some(kept) => {
                self.rest.copy = Some(kept.clone());
                Command::Keep(kept)
            }
            None => Command::GiveUp {
                lease,
                error: None,
                pause: None,
            },
        };
        self.ask(command).await;
        token
    }

    async fn give_up(&mut self, lease: u64, setback: &Setback) {
        if matches!(setback.failure, TokenFailed::Overtaken) {
            return;
        }
        let asked = setback.retry_after.map(i64::from);
        let spared = self.source.has_living(self.world.now());
        let give_up = Command::GiveUp {
            lease,
            error: Some(setback.failure.slug().to_owned()),
            pause: asked.or(spared.then_some(PAUSE_AFTER_FAILURE)),
        };
        self.ask(give_up).await;
    }
}

/// Reads the answer. A server may grant less than was asked for (RFC 6749 §3.3): better said here than by a 403.
fn read(settings: &Settings, reply: &HttpReply) -> Result<Tokens, TokenFailed> {
    let kind = match settings.binding {
        Binding::Bearer => "Bearer",
        Binding::Dpop => "DPoP",
    };
    let tokens = read_token_of_type(reply.status, &reply.body, kind).map_err(|refused| {
        if refused == TokenRefused::TokenType && settings.binding == Binding::Dpop {
            TokenFailed::NotBound
        } else {
            TokenFailed::Refused(refused)
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
