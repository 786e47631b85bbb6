//! One API call with a token of the source, attempted again where that may help, and once with another token if the
//! API refuses the first.

use oauth_core::bearer::ChallengeError;
use oauth_core::http::Method;

use super::attempt::proof;
use super::attempt::{Attempts, Ended, Failure, attempt};
use super::call_failed::CallFailed;
use super::ports::World;
use super::run::hop::{CacheUse, Hop, HopName};
use super::run::{FollowUp, HopStart, Run};
use super::token::renewal;
use super::token::source::TokenSource;
use crate::http_call::{HttpCall, HttpReply};

/// The most tokens that are replaced because other isolates have seen them refused before this call was made.
const MOST_SUPERSEDED: u32 = 3;

const SUPERSEDED: &str = "another isolate has seen this token refused meanwhile";

/// The result of a call.
#[derive(Clone, Debug)]
pub struct Called {
    /// The API's successful answer, or why there is none.
    pub answer: Result<HttpReply, CallFailed>,
    /// Every hop, in order.
    pub hops: Vec<Hop>,
    /// The rest of the work, for [`finish`](super::finish()).
    pub follow_up: FollowUp,
}

/// Makes the call, for the request with this id. A token that the API calls invalid (RFC 6750 §3.1) is dropped by all
/// isolates, and the call is made once more with a new one; a second refusal is final.
///
/// The answer does not wait for the rest of the work: give `follow_up` to [`finish`](super::finish()) once it is sent.
pub async fn call(source: &TokenSource, world: &impl World, call: &HttpCall, id: &str) -> Called {
    let began = world.milliseconds();
    let mut run = Run::new(source, world, FollowUp::new(id, began));
    let answer = with_tokens(&mut run, call).await;
    let (hops, mut follow_up) = (run.hops, run.follow_up);
    follow_up.facts.milliseconds = world.milliseconds().saturating_sub(began);
    follow_up.facts.error = answer.as_ref().err().map(|failed| failed.slug().to_owned());
    Called {
        answer,
        hops,
        follow_up,
    }
}

impl Failure for CallFailed {
    fn slug(&self) -> &str {
        self.slug()
    }
}

async fn with_tokens<W: World>(
    run: &mut Run<'_, W>,
    call: &HttpCall,
) -> Result<HttpReply, CallFailed> {
    let (source, world) = (run.source, run.world);
    let mut token = renewal::token(run).await?;
    let mut attempts = Attempts::new(world, hop_start(call), is_idempotent(call.method));
    let (mut superseded, mut renewed) = (0, false);
    loop {
        attempts.generation = Some(token.generation);
        let make = async || {
            let authorized = proof::authorized(source, world, call, &token.text).await;
            authorized.map_err(CallFailed::NoToken)
        };
        match attempt(run, &mut attempts, make, read).await {
            Ok(reply) => return Ok(reply),
            Err(Ended::Superseded) if superseded < MOST_SUPERSEDED => {
                superseded += 1;
                if let Some(hop) = run.hops.last_mut() {
                    hop.cache_reason = Some(SUPERSEDED.to_owned());
                }
            }
            Err(Ended::Failed(CallFailed::InvalidToken)) if !renewed => {
                renewed = true;
                attempts.count_retry(run, 0);
            }
            Err(Ended::Superseded) => return Err(CallFailed::InvalidToken),
            Err(Ended::Failed(failed)) => return Err(failed),
        }
        source.refuse(token.generation);
        token = renewal::token(run).await?;
        attempts.start.waited = 0;
    }
}

fn hop_start(call: &HttpCall) -> HopStart {
    HopStart {
        peer: HopName::Api,
        method: call.method.name(),
        url: call.url.clone(),
        retries: 0,
        waited: 0,
        cache: CacheUse::None,
        cache_reason: None,
        renewal: None,
    }
}

/// Whether making a request twice is like making it once (RFC 9110 §9.2.2).
const fn is_idempotent(method: Method) -> bool {
    match method {
        Method::Get | Method::Head | Method::Options | Method::Put | Method::Delete => true,
        Method::Post | Method::Patch | Method::Other => false,
    }
}

fn read(reply: HttpReply) -> Result<HttpReply, CallFailed> {
    Err(match (reply.status, reply.challenge_error()) {
        (200..300, _) => return Ok(reply),
        (401, Some(ChallengeError::InvalidToken)) => CallFailed::InvalidToken,
        (403, Some(ChallengeError::InsufficientScope)) => CallFailed::InsufficientScope,
        (status, _) => CallFailed::Refused(status),
    })
}
