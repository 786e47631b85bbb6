//! Where a token comes from: this isolate's memory, the near copy, the board, and last of all the server.

use std::ops::ControlFlow;

use super::board::{Answer, Command, Kept};
use super::errand::{Errand, Try};
use super::kept::Token;
use super::platform::World;
use super::token_failed::TokenFailed;
use super::token_source::Next;
use super::trace::{CacheUse, HopName};

/// How often, and how many times, a caller looks whether another one's renewal is done: 10 s in all.
const LOOK_EVERY_MS: u32 = 25;
const LOOKS: u32 = 400;
/// The same for another isolate's renewal, which costs a call each time.
const ASK_EVERY_MS: u32 = 100;
const ASKS: u32 = 100;
/// After so many times it asks the server by itself.
const PATIENCE: u32 = 80;

const NONE_KEPT: &str = "no isolate had a token that lives";

impl<W: World> Errand<'_, W> {
    /// A token that lives, with a hop of how it was come by.
    pub(super) async fn token(&mut self) -> Result<Token, TokenFailed> {
        let began = self.world.milliseconds();
        let mut waited_for = None;
        for _ in 0..LOOKS {
            match self.source.decide(self.world.now(), waited_for) {
                Next::Use(token) => return Ok(self.hit(token, began, "this isolate's memory")),
                Next::Renew(renewal) => {
                    self.renewal = Some(renewal.number);
                    let outcome = self.obtain(began).await;
                    if let Err(failure) = &outcome {
                        self.source.note_failure(failure, self.world.now());
                    }
                    self.renewal = None;
                    return outcome;
                }
                Next::Fail(failure) => return Err(self.missed(began, failure)),
                Next::Wait(renewal) => {
                    waited_for.get_or_insert(renewal);
                    self.world.pause(LOOK_EVERY_MS).await;
                }
            }
        }
        Err(self.missed(began, TokenFailed::Waited))
    }

    /// Renews a token that lives, when the answers that it serves are out.
    pub(super) async fn renew_ahead(&mut self) {
        let Some(renewal) = self.source.renew_ahead(self.world.now()) else {
            return;
        };
        (self.renewal, self.ahead) = (Some(renewal.number), true);
        let began = self.world.milliseconds();
        if let Err(failure) = self.obtain(began).await {
            self.source.note_failure(&failure, self.world.now());
        }
        self.renewal = None;
    }

    async fn obtain(&mut self, began: u64) -> Result<Token, TokenFailed> {
        if let Some(token) = self.copied().await {
            return Ok(self.hit(token, began, "the copy that isolates share"));
        }
        let mut waited_for = None;
        for asked in 0..ASKS {
            if asked == PATIENCE {
                // Longer than any lease lasts whose holder is gone: what became of it was lost, more than once.
                self.source.shared.leave(self.world.now());
            }
            if let ControlFlow::Break(outcome) = self.want(began, &mut waited_for).await {
                return outcome;
            }
        }
        Err(self.missed(began, TokenFailed::Waited))
    }

    /// Asks the board once, and does what it says.
    async fn want(
        &mut self,
        began: u64,
        waited_for: &mut Option<u64>,
    ) -> ControlFlow<Result<Token, TokenFailed>> {
        let want = Command::Want {
            ahead: self.ahead,
            refused: self.source.refused(),
            waited_for: *waited_for,
        };
        let failure = match self.ask(want).await {
            Answer::Token(kept) => return self.boarded(&kept, began).await,
            Answer::Lease { number, renewal } => {
                return match self.request(number, why(self.ahead, renewal)).await {
                    Err(TokenFailed::Overtaken) => ControlFlow::Continue(()),
                    outcome => ControlFlow::Break(outcome),
                };
            }
            Answer::Busy { number } if !self.ahead => {
                *waited_for = Some(number);
                self.world.pause(ASK_EVERY_MS).await;
                return ControlFlow::Continue(());
            }
            Answer::Wait { seconds } => TokenFailed::AskedToWait(seconds),
            Answer::Failed { error } => TokenFailed::Elsewhere(error),
            Answer::Busy { .. }
            | Answer::Admission(_)
            | Answer::Overtaken
            | Answer::Done
            | Answer::Settled(_)
            | Answer::View(_) => TokenFailed::Waited,
        };
        ControlFlow::Break(Err(self.missed(began, failure)))
    }

    /// The board's token. One that cannot be read, or was refused meanwhile, is of no use to anyone.
    async fn boarded(
        &mut self,
        kept: &Kept,
        began: u64,
    ) -> ControlFlow<Result<Token, TokenFailed>> {
        let opened = Token::open(kept, self.world, self.source.purpose()).await;
        if let Some(token) = opened.filter(|token| self.source.adopt(token)) {
            return ControlFlow::Break(Ok(self.hit(token, began, "the board")));
        }
        self.source.refuse(kept.generation);
        ControlFlow::Continue(())
    }

    /// The near copy, if it is newer than what this isolate has and of use.
    async fn copied(&self) -> Option<Token> {
        let kept = self.world.read().await.ok()??;
        let now = self.world.now();
        let of_use = if self.ahead {
            now < kept.renew_at
        } else {
            now < kept.expires_at
        };
        if !of_use || kept.generation <= self.source.generation().max(self.source.refused()) {
            return None;
        }
        let token = Token::open(&kept, self.world, self.source.purpose()).await?;
        // The times that count are those that were sealed.
        (token.lives(now) && self.source.adopt(&token)).then_some(token)
    }

    /// Tells of a token that was there.
    fn hit(&mut self, token: Token, began: u64, from: &str) -> Token {
        let now = self.world.now();
        let seconds = token.expires_at.since(now);
        let fate = if token.is_fresh(now) {
            format!("renewed in {} s", token.renew_at.since(now))
        } else {
            self.rest.renew = true;
            "renewed once this call is answered".to_owned()
        };
        if self.ahead {
            return token;
        }
        self.note_cache(CacheUse::Hit);
        self.rest.facts.cache_hits += 1;
        let reason = format!("from {from}: it lives for another {seconds} s, and is {fate}");
        self.push_token_hop(began, CacheUse::Hit, Some(reason), None);
        token
    }

    /// Tells of a token that there is not, and that nobody was asked for by this caller.
    fn missed(&mut self, began: u64, failure: TokenFailed) -> TokenFailed {
        self.note_cache(CacheUse::Miss);
        let words = failure.to_string();
        self.push_token_hop(
            began,
            CacheUse::Miss,
            Some(NONE_KEPT.to_owned()),
            Some(words),
        );
        failure
    }

    pub(super) fn note_cache(&mut self, cache: CacheUse) {
        if self.rest.facts.cache == CacheUse::None {
            self.rest.facts.cache = cache;
        }
    }

    fn push_token_hop(
        &mut self,
        began: u64,
        cache: CacheUse,
        cache_reason: Option<String>,
        failure: Option<String>,
    ) {
        let trying = Try {
            peer: HopName::Token,
            retries: self.rest.facts.retries.min(1),
            waited: 0,
            left: 0,
            cache,
            cache_reason,
            renewal: None,
        };
        let url = &self.source.settings().token_endpoint;
        let breaker = self.source.breaker(HopName::Token);
        let mut hop = self.hop(&trying, ("POST", url), began, breaker);
        hop.failure = failure;
        self.hops.push(hop);
    }
}

/// Why a token is asked for, for the log.
const fn why(ahead: bool, renewal: bool) -> &'static str {
    match (ahead, renewal) {
        (true, _) => "ahead",
        (false, true) => "again",
        (false, false) => "first",
    }
}
