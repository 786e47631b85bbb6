//! The attempts at one request: the only loop that tries again, for the token endpoint and for the API alike.

pub(super) mod proof;
mod retry;

use std::fmt;

use oauth_core::UnixTime;
use oauth_core::breaker::{Breaker, Open, PeerFailed, Permit};

use crate::http_call::{HttpCall, HttpReply};

use crate::m2m::ports::{SendFailed, World};
use crate::m2m::run::hop::{Hop, HopName};
use crate::m2m::run::{HopStart, Run};
use crate::m2m::shared_state::{Admission, Admit, AttemptOutcome, Overtaken, Report};
pub use retry::RetryPolicy;
use retry::{may_repeat, retry_after};

/// The longest that one attempt may take, in milliseconds.
const LONGEST_ATTEMPT: u32 = 5_000;

/// A request that is attempted until its outcome is final, and what has become of it so far. A caller may go on with
/// another token: the deadline and the counts stay.
pub(super) struct Attempts {
    /// The start of the next attempt's hop.
    pub(super) start: HopStart,
    /// Whether making it twice does no harm.
    pub(super) idempotent: bool,
    /// The lease that it is made under.
    pub(super) lease: Option<u64>,
    /// The generation of the token that it carries.
    pub(super) generation: Option<u64>,
    /// The time when the last attempt began.
    pub(super) started: UnixTime,
    /// The seconds that the last answer asked to wait.
    pub(super) retry_after: Option<u32>,
    began: u64,
    made: u32,
    nonce_used: bool,
}

impl Attempts {
    pub(super) fn new(world: &impl World, start: HopStart, idempotent: bool) -> Self {
        Self {
            start,
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
        self.start.retries += 1;
        self.start.waited = waited.into();
    }
}

/// A failure of an attempt.
pub(super) trait Failure: From<SendFailed> + fmt::Display {
    /// A fixed word for the log.
    fn slug(&self) -> &str;
}

/// The reason why attempts end without success.
pub(super) enum Ended<F> {
    /// The lease or the token has been superseded. The last attempt sent nothing.
    Superseded,
    /// This failure is final.
    Failed(F),
}

/// The failure of one attempt, and whether another may help.
struct AttemptFailed<F> {
    ended: Ended<F>,
    retry: Retry,
}

#[derive(Clone, Copy)]
enum Retry {
    /// After a pause.
    Later,
    /// At once, with the nonce that the server has just given (RFC 9449 §8, §9).
    WithNonce,
    Never,
}

/// Permission to make one request, and the peer's breaker that gave it.
struct Admitted {
    permit: Permit,
    breaker: Breaker,
}

/// The reason why a request may not be made.
enum Denied {
    /// The peer's breaker is open.
    Open(Open),
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
        let failed = match once(run, attempts, &make, &read).await {
            Ok(output) => return Ok(output),
            Err(failed) => failed,
        };
        let wait = match failed.retry {
            Retry::WithNonce if !attempts.nonce_used => {
                attempts.nonce_used = true;
                Some(0)
            }
            Retry::Later => {
                attempts.made += 1;
                back_off(run, attempts)
            }
            Retry::WithNonce | Retry::Never => None,
        };
        let Some(wait) = wait else {
            return Err(failed.ended);
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
) -> Result<T, AttemptFailed<F>> {
    let began = run.world.milliseconds();
    attempts.retry_after = None;
    let call = match make().await {
        Ok(call) => call,
        Err(failure) => return Err(unsent(run, attempts, began, failure)),
    };
    let admitted = match admit(run, attempts).await {
        Ok(admitted) => admitted,
        Err(Denied::Open(open)) => {
            return Err(unsent(run, attempts, began, SendFailed::Open(open).into()));
        }
        Err(Denied::Superseded) => {
            return Err(AttemptFailed {
                ended: Ended::Superseded,
                retry: Retry::Never,
            });
        }
    };
    let (reply, hop) = send(run, attempts, admitted, &call).await;
    let retry = retry(run, attempts, &reply);
    let output = reply.map_err(F::from).and_then(read);
    let failure = output.as_ref().err();
    let failure = failure.map(|failure| (failure.slug(), failure.to_string()));
    run.record(&attempts.start, hop, failure);
    output.map_err(|failure| AttemptFailed {
        ended: Ended::Failed(failure),
        retry,
    })
}

/// Records an attempt that sent nothing.
fn unsent<W: World, F: Failure>(
    run: &mut Run<'_, W>,
    attempts: &Attempts,
    began: u64,
    failure: F,
) -> AttemptFailed<F> {
    let start = &attempts.start;
    let breaker = run.source.breaker(start.peer);
    let hop = run.hop(start, began, breaker);
    run.record(start, hop, Some((failure.slug(), failure.to_string())));
    AttemptFailed {
        ended: Ended::Failed(failure),
        retry: Retry::Never,
    }
}

/// Asks whether the peer may be called. The answer also says which tokens other isolates have seen refused.
async fn admit<W: World>(run: &mut Run<'_, W>, attempts: &Attempts) -> Result<Admitted, Denied> {
    let peer = attempts.start.peer;
    let lease = attempts.lease;
    let admission = match run.ask(Admit { peer, lease }).await {
        Some(Ok(admission)) => admission,
        Some(Err(Overtaken)) => return Err(Denied::Superseded),
        None => unknown(run.world.now()),
    };
    run.source.refuse(admission.refused);
    run.source.see(peer, admission.breaker);
    let refused = run.source.refused();
    if attempts.generation.is_some_and(|token| token <= refused) {
        return Err(Denied::Superseded);
    }
    let breaker = admission.breaker;
    let permit = admission.permit.map_err(Denied::Open)?;
    Ok(Admitted { permit, breaker })
}

/// A breaker that is not known prevents no request.
fn unknown(now: UnixTime) -> Admission {
    let (breaker, permit) = Breaker::default().admit(now);
    Admission {
        permit,
        breaker,
        refused: 0,
    }
}

async fn send<W: World>(
    run: &mut Run<'_, W>,
    attempts: &mut Attempts,
    admitted: Admitted,
    call: &HttpCall,
) -> (Result<HttpReply, SendFailed>, Hop) {
    run.keep_renewal_alive();
    let peer = attempts.start.peer;
    run.follow_up.facts.token_requests += u32::from(peer == HopName::Token);
    let began = run.world.milliseconds();
    let limit = LONGEST_ATTEMPT.min(left(run, attempts));
    let reply = run.world.send(call, limit).await;
    let ended = run.world.milliseconds();
    if let Ok(reply) = &reply {
        proof::remember_nonce(run.source, peer, reply);
        attempts.retry_after = retry_after(reply, run.world.now());
    }
    let breaker = report(run, admitted, peer, peer_failure(&reply)).await;
    run.source.see(peer, breaker);
    let mut hop = run.hop(&attempts.start, began, breaker);
    hop.milliseconds = ended.saturating_sub(began);
    hop.status = reply.as_ref().ok().map(|reply| reply.status);
    (reply, hop)
}

/// Reports how a request went: at once if the peer failed, because the next attempt depends on it, otherwise after the
/// answer of the run.
async fn report<W: World>(
    run: &mut Run<'_, W>,
    Admitted { permit, breaker }: Admitted,
    peer: HopName,
    failed: Option<PeerFailed>,
) -> Breaker {
    let outcome = AttemptOutcome {
        peer,
        permit,
        failed,
    };
    let result = failed.map_or(Ok(()), Err);
    let foreseen = breaker.settle(permit, result, run.world.now());
    if failed.is_none() {
        run.follow_up.outcomes.push(outcome);
        return foreseen;
    }
    run.ask(Report(outcome)).await.unwrap_or(foreseen)
}

/// A peer that answers works, whatever it thinks of the request (4xx).
fn peer_failure(reply: &Result<HttpReply, SendFailed>) -> Option<PeerFailed> {
    match reply {
        Ok(reply) if reply.status >= 500 => Some(PeerFailed::ServerError),
        Err(SendFailed::TimedOut) => Some(PeerFailed::TimedOut),
        Err(SendFailed::Unreachable(_)) => Some(PeerFailed::Unreachable),
        Ok(_) | Err(SendFailed::TooLarge | SendFailed::Open(_)) => None,
    }
}

fn retry<W: World>(
    run: &Run<'_, W>,
    attempts: &Attempts,
    reply: &Result<HttpReply, SendFailed>,
) -> Retry {
    let peer = attempts.start.peer;
    match reply {
        Ok(reply) if proof::wants_nonce(run.source, peer, reply) => Retry::WithNonce,
        _ if may_repeat(attempts.idempotent, reply) => Retry::Later,
        _ => Retry::Never,
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
