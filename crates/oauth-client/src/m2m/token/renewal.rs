//! The sources of a token, in order: this isolate's memory, the near copy, the shared state, the server.

use std::ops::ControlFlow;

use super::Token;
use super::failed::TokenFailed;
use super::request::{Reason, request};
use super::source::Next;
use crate::m2m::ports::World;
use crate::m2m::run::Run;
use crate::m2m::run::hop::{CacheUse, HopName};
use crate::m2m::shared_state::{SealedToken, Want, WantReply};

/// The pause between two looks at another caller's renewal, and the most looks: 10 s in all.
const LOOK_EVERY_MS: u32 = 25;
const LOOKS: u32 = 400;
/// The same for another isolate's renewal, where each look costs a call.
const ASK_EVERY_MS: u32 = 100;
const ASKS: u32 = 100;
/// After so many looks it asks the server by itself.
const PATIENCE: u32 = 80;

const NO_TOKEN: &str = "no isolate had a valid token";

/// A valid token, with a hop that shows where it came from.
pub(in crate::m2m) async fn token<W: World>(run: &mut Run<'_, W>) -> Result<Token, TokenFailed> {
    let began = run.world.milliseconds();
    let mut waited_for = None;
    for _ in 0..LOOKS {
        match run.source.decide(run.world.now(), waited_for) {
            Next::Use(token) => return Ok(hit(run, token, began, "this isolate's memory")),
            Next::Renew(renewal) => {
                run.renewal = Some(renewal.number);
                let outcome = obtain(run, began).await;
                if let Err(failure) = &outcome {
                    run.source.note_failure(failure, run.world.now());
                }
                run.renewal = None;
                return outcome;
            }
            Next::Fail(failure) => return Err(missed(run, began, failure)),
            Next::Wait(renewal) => {
                waited_for.get_or_insert(renewal);
                run.world.pause(LOOK_EVERY_MS).await;
            }
        }
    }
    Err(missed(run, began, TokenFailed::Waited))
}

/// Renews a token that is still valid, after the answer of the run.
pub(in crate::m2m) async fn renew_ahead<W: World>(run: &mut Run<'_, W>) {
    let Some(renewal) = run.source.renew_ahead(run.world.now()) else {
        return;
    };
    (run.renewal, run.ahead) = (Some(renewal.number), true);
    let began = run.world.milliseconds();
    if let Err(failure) = obtain(run, began).await {
        run.source.note_failure(&failure, run.world.now());
    }
    run.renewal = None;
}

async fn obtain<W: World>(run: &mut Run<'_, W>, began: u64) -> Result<Token, TokenFailed> {
    if let Some(token) = copied(run).await {
        return Ok(hit(run, token, began, "the copy that isolates share"));
    }
    let mut waited_for = None;
    for asked in 0..ASKS {
        if asked == PATIENCE {
            // Longer than any lease without a live holder: its outcome was lost more than once.
            run.source.shared.pause(run.world.now());
        }
        if let ControlFlow::Break(outcome) = want(run, began, &mut waited_for).await {
            return outcome;
        }
    }
    Err(missed(run, began, TokenFailed::Waited))
}

/// Asks the shared state once, and acts on the answer.
async fn want<W: World>(
    run: &mut Run<'_, W>,
    began: u64,
    waited_for: &mut Option<u64>,
) -> ControlFlow<Result<Token, TokenFailed>> {
    let want = Want {
        ahead: run.ahead,
        refused: run.source.refused(),
        waited_for: *waited_for,
    };
    let failure = match run.ask(want).await {
        Some(WantReply::Token(sealed)) => return shared(run, &sealed, began).await,
        Some(WantReply::Lease { number, renewal }) => {
            return match request(run, number, reason(run.ahead, renewal)).await {
                Err(TokenFailed::Overtaken) => ControlFlow::Continue(()),
                outcome => ControlFlow::Break(outcome),
            };
        }
        Some(WantReply::Busy(lease)) if !run.ahead => {
            *waited_for = Some(lease);
            run.world.pause(ASK_EVERY_MS).await;
            return ControlFlow::Continue(());
        }
        Some(WantReply::Wait(seconds)) => TokenFailed::AskedToWait(seconds),
        Some(WantReply::Failed(error)) => TokenFailed::Elsewhere(error),
        Some(WantReply::Busy(_)) | None => TokenFailed::Waited,
    };
    ControlFlow::Break(Err(missed(run, began, failure)))
}

/// The token of the shared state, unless it cannot be opened or was refused meanwhile.
async fn shared<W: World>(
    run: &mut Run<'_, W>,
    sealed: &SealedToken,
    began: u64,
) -> ControlFlow<Result<Token, TokenFailed>> {
    let opened = Token::open(sealed, run.world, run.source.purpose()).await;
    if let Some(token) = opened.filter(|token| run.source.adopt(token)) {
        return ControlFlow::Break(Ok(hit(run, token, began, "the shared state")));
    }
    run.source.refuse(sealed.generation);
    ControlFlow::Continue(())
}

/// The near copy, if it is valid and newer than this isolate's token.
async fn copied<W: World>(run: &Run<'_, W>) -> Option<Token> {
    let sealed = run.world.read().await.ok()??;
    let now = run.world.now();
    let is_useful = if run.ahead {
        now < sealed.renew_at
    } else {
        now < sealed.expires_at
    };
    if !is_useful || sealed.generation <= run.source.generation().max(run.source.refused()) {
        return None;
    }
    let token = Token::open(&sealed, run.world, run.source.purpose()).await?;
    // The sealed times decide, not those beside them.
    (token.is_valid(now) && run.source.adopt(&token)).then_some(token)
}

/// Records a token that a cache had.
fn hit<W: World>(run: &mut Run<'_, W>, token: Token, began: u64, from: &str) -> Token {
    let now = run.world.now();
    let seconds = token.expires_at.since(now);
    let renewed = if token.is_fresh(now) {
        format!("renewed in {} s", token.renew_at.since(now))
    } else {
        run.follow_up.renew = true;
        "renewed once this call is answered".to_owned()
    };
    if run.ahead {
        return token;
    }
    run.count_cache(CacheUse::Hit);
    run.follow_up.facts.cache_hits += 1;
    let reason = format!("from {from}: it lives for another {seconds} s, and is {renewed}");
    push_token_hop(run, began, CacheUse::Hit, reason, None);
    token
}

/// Records that there is no token and that this run requested none.
fn missed<W: World>(run: &mut Run<'_, W>, began: u64, failure: TokenFailed) -> TokenFailed {
    run.count_cache(CacheUse::Miss);
    let sentence = failure.to_string();
    push_token_hop(
        run,
        began,
        CacheUse::Miss,
        NO_TOKEN.to_owned(),
        Some(sentence),
    );
    failure
}

fn push_token_hop<W: World>(
    run: &mut Run<'_, W>,
    began: u64,
    cache: CacheUse,
    cache_reason: String,
    failure: Option<String>,
) {
    let start = run.token_hop_start(cache, cache_reason);
    let breaker = run.source.breaker(HopName::Token);
    let mut hop = run.hop(&start, began, breaker);
    hop.failure = failure;
    run.hops.push(hop);
}

const fn reason(ahead: bool, renewal: bool) -> Reason {
    match (ahead, renewal) {
        (true, _) => Reason::Ahead,
        (false, true) => Reason::Again,
        (false, false) => Reason::First,
    }
}
