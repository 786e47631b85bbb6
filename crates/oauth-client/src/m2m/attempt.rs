//! The attempts at one request: the only loop that tries again, for the token endpoint and for the API alike.

use std::fmt;

use oauth_core::UnixTime;
use oauth_core::breaker::{Breaker, Held, Pass, PeerFailed};

use super::hop::{Hop, HopName};
use super::ports::{SendFailed, World};
use super::proof;
use super::retry::{may_repeat, retry_after};
use super::run::{Circumstances, Run};
use super::shared_state::{Admission, Answer, AttemptOutcome, Command};
use crate::http_call::{HttpCall, HttpReply};

/// The longest that one attempt may take, in milliseconds.
const LONGEST_ATTEMPT: u32 = 5_000;

/// A request that is attempted until its outcome is final, and what has become of it so far. A caller may go on with
/// another token: the deadline and the counts stay.
pub(super) struct Attempts {
    pub(super) circumstances: Circumstances,
    /// Whether making it twice does no harm.
    pub(super) idempotent: bool,
    /// The lease that it is made under.
    pub(super) lease: Option<u64>,
    /// The generation of the token that it carries.
    pub(super) generation: Option<u64>,
    /// When the last attempt began.
    pub(super) started: UnixTime,
    /// The seconds that the last answer asked to wait.
    pub(super) retry_after: Option<u32>,
    began: u64,
    made: u32,
    nonce_used: bool,
}

impl Attempts {
    pub(super) fn new(world: &impl World, circumstances: Circumstances, idempotent: bool) -> Self {
        Self {
            circumstances,
            idempotent,
            lease: None,
            generation: None,
            started: world.now(),
            retry_after: None,
            began: world.milliseconds(),
            made: 0,
            nonce_used: false,
        }
    }

    /// Counts one more attempt, which follows after this pause.
    pub(super) fn count_retry<W: World>(&mut self, run: &mut Run<'_, W>, waited: u32) {
        run.follow_up.facts.retries += 1;
        self.circumstances.retries += 1;
        self.circumstances.waited = waited.into();
    }
}

/// A failure of an attempt.
pub(super) trait Failure: From<SendFailed> + fmt::Display {
    /// A fixed word for the log.
    fn slug(&self) -> &str;
}

/// Why attempts end without success.
pub(super) enum Ended<F> {
    /// The lease or the token has been superseded. The last attempt sent nothing.
    Superseded,
    /// This failure is final.
    Failed(F),
}

/// The failure of one attempt, and whether another may help.
struct Setback<F> {
    ended: Ended<F>,
    again: Again,
}

#[derive(Clone, Copy)]
enum Again {
    /// After a pause.
    Later,
    /// At once, with the nonce that the server has just given (RFC 9449 §8, §9).
    WithNonce,
    Never,
}

/// Permission to make one request.
struct Permit {
    pass: Pass,
    breaker: Breaker,
}

/// Why a request may not be made.
enum Denied {
    /// The peer's breaker is open.
    Held(Held),
    /// The lease belongs to another isolate, or the token has been refused.
    Superseded,
}

/// Attempts a request until it succeeds or its failure is final: makes it, sends it if the peer's breaker permits,
/// and has `read` judge the answer.
pub(super) async fn attempt<W: World, T, F: Failure>(
    run: &mut Run<'_, W>,
    attempts: &mut Attempts,
    make: impl AsyncFn() -> Result<HttpCall, F>,
    read: impl Fn(HttpReply) -> Result<T, F>,
) -> Result<T, Ended<F>> {
    loop {
        attempts.started = run.world.now();
        let setback = match once(run, attempts, &make, &read).await {
            Ok(output) => return Ok(output),
            Err(setback) => setback,
        };
        let wait = match setback.again {
            Again::WithNonce if !attempts.nonce_used => {
                attempts.nonce_used = true;
                Some(0)
            }
            Again::Later => {
                attempts.made += 1;
                back_off(run, attempts)
            }
            Again::WithNonce | Again::Never => None,
        };
        let Some(wait) = wait else {
            return Err(setback.ended);
        };
        run.world.pause(wait).await;
        attempts.count_retry(run, wait);
    }
}

async fn once<W: World, T, F: Failure>(
    run: &mut Run<'_, W>,
    attempts: &mut Attempts,
    make: &impl AsyncFn() -> Result<HttpCall, F>,
    read: &impl Fn(HttpReply) -> Result<T, F>,
) -> Result<T, Setback<F>> {
    let began = run.world.milliseconds();
    attempts.retry_after = None;
    let call = match make().await {
        Ok(call) => call,
        Err(failure) => return Err(unsent(run, attempts, began, failure)),
    };
    let permit = match admit(run, attempts).await {
        Ok(permit) => permit,
        Err(Denied::Held(held)) => {
            return Err(unsent(run, attempts, began, SendFailed::Held(held).into()));
        }
        Err(Denied::Superseded) => {
            return Err(Setback {
                ended: Ended::Superseded,
                again: Again::Never,
            });
        }
    };
    let (reply, hop) = send(run, attempts, permit, &call).await;
    let again = again(run, attempts, &reply);
    let output = reply.map_err(F::from).and_then(read);
    let failure = output.as_ref().err();
    let failure = failure.map(|failure| (failure.slug(), failure.to_string()));
    run.record(&attempts.circumstances, hop, failure);
    output.map_err(|failure| Setback {
        ended: Ended::Failed(failure),
        again,
    })
}

/// Records an attempt that sent nothing.
fn unsent<W: World, F: Failure>(
    run: &mut Run<'_, W>,
    attempts: &Attempts,
    began: u64,
    failure: F,
) -> Setback<F> {
    let circumstances = &attempts.circumstances;
    let breaker = run.source.breaker(circumstances.peer);
    let hop = run.hop(circumstances, began, breaker);
    run.record(
        circumstances,
        hop,
        Some((failure.slug(), failure.to_string())),
    );
    Setback {
        ended: Ended::Failed(failure),
        again: Again::Never,
    }
}

/// Asks whether the peer may be called. The answer also says which tokens other isolates have seen refused.
async fn admit<W: World>(run: &mut Run<'_, W>, attempts: &Attempts) -> Result<Permit, Denied> {
    let peer = attempts.circumstances.peer;
    let lease = attempts.lease;
    let answer = run.ask(Command::Admit { peer, lease }).await;
    if answer == Answer::Overtaken {
        return Err(Denied::Superseded);
    }
    let admission = admission(run, &answer);
    run.source.refuse(admission.refused);
    run.source.see(peer, admission.breaker);
    let refused = run.source.refused();
    if attempts.generation.is_some_and(|token| token <= refused) {
        return Err(Denied::Superseded);
    }
    let breaker = admission.breaker;
    let pass = admission.pass.map_err(Denied::Held)?;
    Ok(Permit { pass, breaker })
}

/// The shared state answers nothing else; a breaker that is not known prevents no request.
fn admission<W: World>(run: &Run<'_, W>, answer: &Answer) -> Admission {
    if let Answer::Admission(admission) = answer {
        return *admission;
    }
    let (breaker, pass) = Breaker::default().admit(run.world.now());
    Admission {
        pass,
        breaker,
        refused: 0,
    }
}

async fn send<W: World>(
    run: &mut Run<'_, W>,
    attempts: &mut Attempts,
    permit: Permit,
    call: &HttpCall,
) -> (Result<HttpReply, SendFailed>, Hop) {
    run.keep_renewal_alive();
    let peer = attempts.circumstances.peer;
    run.follow_up.facts.token_requests += u32::from(peer == HopName::Token);
    let began = run.world.milliseconds();
    let limit = LONGEST_ATTEMPT.min(left(run, attempts));
    let reply = run.world.send(call, limit).await;
    let ended = run.world.milliseconds();
    if let Ok(reply) = &reply {
        proof::remember_nonce(run.source, peer, reply);
        attempts.retry_after = retry_after(reply, run.world.now());
    }
    let breaker = report(run, permit, peer, peer_failure(&reply)).await;
    run.source.see(peer, breaker);
    let mut hop = run.hop(&attempts.circumstances, began, breaker);
    hop.milliseconds = ended.saturating_sub(began);
    hop.status = reply.as_ref().ok().map(|reply| reply.status);
    (reply, hop)
}

/// Reports how a request went: at once if the peer failed, because the next attempt depends on it, otherwise after the
/// answer of the run.
async fn report<W: World>(
    run: &mut Run<'_, W>,
    permit: Permit,
    peer: HopName,
    failed: Option<PeerFailed>,
) -> Breaker {
    let pass = permit.pass;
    let outcome = AttemptOutcome { peer, pass, failed };
    let settled = failed.map_or(Ok(()), Err);
    let foreseen = permit.breaker.settle(pass, settled, run.world.now());
    if failed.is_none() {
        run.follow_up.outcomes.push(outcome);
        return foreseen;
    }
    if let Answer::Reported(breaker) = run.ask(Command::Report(outcome)).await {
        breaker
    } else {
        foreseen
    }
}

/// A peer that answers works, whatever it thinks of the request (4xx).
fn peer_failure(reply: &Result<HttpReply, SendFailed>) -> Option<PeerFailed> {
    match reply {
        Ok(reply) if reply.status >= 500 => Some(PeerFailed::ServerError),
        Err(SendFailed::TimedOut) => Some(PeerFailed::TimedOut),
        Err(SendFailed::Unreachable(_)) => Some(PeerFailed::Unreachable),
        Ok(_) | Err(SendFailed::TooLarge | SendFailed::Held(_)) => None,
    }
}

fn again<W: World>(
    run: &Run<'_, W>,
    attempts: &Attempts,
    reply: &Result<HttpReply, SendFailed>,
) -> Again {
    let peer = attempts.circumstances.peer;
    match reply {
        Ok(reply) if proof::wants_nonce(run.source, peer, reply) => Again::WithNonce,
        _ if may_repeat(attempts.idempotent, reply) => Again::Later,
        _ => Again::Never,
    }
}

/// The pause before the next attempt, if there is to be one.
fn back_off<W: World>(run: &Run<'_, W>, attempts: &Attempts) -> Option<u32> {
    // Without randomness every isolate waits the longest, rather than all of them sooner and at once.
    let random = run.world.random();
    let random = random.map_or(u32::MAX, |[a, b, c, d, ..]| {
        u32::from_le_bytes([a, b, c, d])
    });
    let elapsed = run.world.milliseconds().saturating_sub(attempts.began);
    let policy = run.source.settings().retry;
    policy.wait(attempts.made, elapsed, attempts.retry_after, random)
}

/// The rest of the deadline, in milliseconds.
fn left<W: World>(run: &Run<'_, W>, attempts: &Attempts) -> u32 {
    let elapsed = run.world.milliseconds().saturating_sub(attempts.began);
    run.source.settings().retry.left(elapsed).max(1)
}
