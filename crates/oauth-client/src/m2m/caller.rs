//! One API call with a token of the source: tried again where that may help, and once with another token if the API
//! refuses the one there is.

use super::errand::{Errand, NoLeave, Rest, Try};
use super::kept::Token;
use super::platform::{SendFailed, World};
use super::proof;
use super::retry::{may_repeat, retry_after};
use super::token_failed::TokenFailed;
use super::token_source::TokenSource;
use super::trace::{CacheUse, CallFailed, Hop, HopName};
use crate::http_call::{HttpCall, HttpReply};

/// How often a token is asked for anew because others have seen it refused before this call was made.
const MOST_STALE: u32 = 3;

/// How a call went.
#[derive(Clone, Debug)]
pub struct Called {
    /// The API's successful answer, or why there is none.
    pub answer: Result<HttpReply, CallFailed>,
    /// Every hop, in order.
    pub hops: Vec<Hop>,
    /// What is left to do, for [`finish`](super::finish()).
    pub rest: Rest,
}

/// Makes the call, for the request with this id. A token that the API calls invalid (RFC 6750 §3.1) is thrown away
/// for all isolates, and the call is made once more with a new one; a second refusal stands.
///
/// The answer does not wait for what is left to do: give `rest` to [`finish`](super::finish()) when it is out.
pub async fn call(source: &TokenSource, world: &impl World, call: &HttpCall, id: &str) -> Called {
    let began = world.milliseconds();
    let mut errand = Errand::new(source, world, Rest::new(id, began));
    let answer = errand.call(call).await;
    let (hops, mut rest) = (errand.hops, errand.rest);
    rest.facts.milliseconds = world.milliseconds().saturating_sub(began);
    rest.facts.error = answer.as_ref().err().map(|failed| failed.error.clone());
    Called { answer, hops, rest }
}

/// What became of one try.
enum Tried {
    Answered(HttpReply),
    /// Others have seen the token refused; nothing was sent.
    Stale,
    /// The API calls the token invalid.
    Refused(CallFailed),
    /// It may help to try again: after a pause, or at once where there is a nonce now.
    Again {
        failed: CallFailed,
        retry_after: Option<u32>,
        nonce: bool,
    },
    Failed(CallFailed),
}

/// What has been tried so far.
#[derive(Default)]
struct Progress {
    made: u32,
    stale: u32,
    renewed: bool,
    nonce: bool,
}

impl<W: World> Errand<'_, W> {
    async fn call(&mut self, call: &HttpCall) -> Result<HttpReply, CallFailed> {
        let mut token = self.token().await.map_err(|failure| tokenless(&failure))?;
        let began = self.world.milliseconds();
        let mut progress = Progress::default();
        let mut trying = Try {
            peer: HopName::Api,
            retries: 0,
            waited: 0,
            left: 0,
            cache: CacheUse::None,
            cache_reason: None,
            renewal: None,
        };
        loop {
            trying.left = self.left(began);
            let tried = self.try_call(call, &token, &trying).await;
            match self.judge(tried, &mut progress, began)? {
                Next::Done(reply) => return Ok(reply),
                Next::Wait(milliseconds) => {
                    self.world.pause(milliseconds).await;
                    trying.waited = u64::from(milliseconds);
                }
                Next::AnotherToken { repeats } => {
                    if let Some(hop) = self.hops.last_mut().filter(|_| !repeats) {
                        hop.cache_reason = Some(STALE.to_owned());
                    }
                    self.source.refuse(token.generation);
                    self.rest.facts.retries += u32::from(repeats);
                    token = self.token().await.map_err(|failure| tokenless(&failure))?;
                    trying.waited = 0;
                    trying.retries += u32::from(repeats);
                    continue;
                }
            }
            self.rest.facts.retries += 1;
            trying.retries += 1;
        }
    }

    /// Decides what comes next.
    fn judge(&self, tried: Tried, progress: &mut Progress, began: u64) -> Result<Next, CallFailed> {
        match tried {
            Tried::Answered(reply) => Ok(Next::Done(reply)),
            Tried::Stale if progress.stale < MOST_STALE => {
                progress.stale += 1;
                Ok(Next::AnotherToken { repeats: false })
            }
            Tried::Stale => Err(failed("invalid_token", TOKEN_REFUSED)),
            Tried::Refused(_) if !progress.renewed => {
                progress.renewed = true;
                Ok(Next::AnotherToken { repeats: true })
            }
            Tried::Again { nonce: true, .. } if !progress.nonce => {
                progress.nonce = true;
                Ok(Next::Wait(0))
            }
            Tried::Failed(failed)
            | Tried::Refused(failed)
            | Tried::Again {
                failed,
                nonce: true,
                ..
            } => Err(failed),
            Tried::Again {
                failed,
                retry_after,
                ..
            } => {
                progress.made += 1;
                let wait = self.back_off(progress.made, began, retry_after);
                wait.map(Next::Wait).ok_or(failed)
            }
        }
    }

    async fn try_call(&mut self, call: &HttpCall, token: &Token, trying: &Try) -> Tried {
        let began = self.world.milliseconds();
        let leave = self.admit(HopName::Api, None).await;
        if token.generation <= self.source.refused() {
            return Tried::Stale;
        }
        let leave = match leave {
            Ok(leave) => leave,
            Err(NoLeave::Held(held)) => {
                let failed = unanswered(&SendFailed::Held(held));
                return self.unsent_call(call, trying, began, failed);
            }
            Err(NoLeave::Overtaken) => return Tried::Stale,
        };
        let authorized = proof::authorized(self.source, self.world, call, &token.text).await;
        let authorized = match authorized {
            Ok(authorized) => authorized,
            Err(failure) => return self.unsent_call(call, trying, began, tokenless(&failure)),
        };
        let (reply, hop) = self.send(leave, trying, &authorized).await;
        let tried = self.read(call, reply);
        let failed = match &tried {
            Tried::Answered(_) | Tried::Stale => None,
            Tried::Refused(failed) | Tried::Failed(failed) | Tried::Again { failed, .. } => {
                Some((failed.error.as_str(), failed.message.clone()))
            }
        };
        self.tell(trying, hop, failed);
        tried
    }

    /// A try that sent nothing.
    fn unsent_call(
        &mut self,
        call: &HttpCall,
        trying: &Try,
        began: u64,
        failed: CallFailed,
    ) -> Tried {
        let breaker = self.source.breaker(HopName::Api);
        let hop = self.hop(trying, (call.method.name(), &call.url), began, breaker);
        self.tell(trying, hop, Some((&failed.error, failed.message.clone())));
        Tried::Failed(failed)
    }

    fn read(&self, call: &HttpCall, reply: Result<HttpReply, SendFailed>) -> Tried {
        let repeatable = may_repeat(call.method, &reply);
        let reply = match reply {
            Ok(reply) if (200..300).contains(&reply.status) => return Tried::Answered(reply),
            Ok(reply) => reply,
            Err(failure) if repeatable => {
                return Tried::Again {
                    failed: unanswered(&failure),
                    retry_after: None,
                    nonce: false,
                };
            }
            Err(failure) => return Tried::Failed(unanswered(&failure)),
        };
        let failed = refused(&reply);
        let nonce = proof::wants_nonce(self.source, HopName::Api, &reply);
        if repeatable || nonce {
            return Tried::Again {
                failed,
                retry_after: retry_after(&reply, self.world.now()),
                nonce,
            };
        }
        if failed.error == "invalid_token" {
            Tried::Refused(failed)
        } else {
            Tried::Failed(failed)
        }
    }
}

/// What to do next.
enum Next {
    Done(HttpReply),
    Wait(u32),
    AnotherToken {
        /// Whether a request was made with the former one.
        repeats: bool,
    },
}

const STALE: &str = "another isolate has seen this token refused meanwhile";
const TOKEN_REFUSED: &str = "The API called the token invalid. Check that it trusts this issuer and that API_ORIGIN is its resource.";

fn unanswered(failure: &SendFailed) -> CallFailed {
    let message = format!("The API {failure}. Check that it runs and that API is bound to it.");
    CallFailed {
        retry_after: failure.retry_after(),
        ..failed(failure.slug(), &message)
    }
}

fn refused(reply: &HttpReply) -> CallFailed {
    match reply.status {
        401 if challenges_with(reply, "invalid_token") => failed("invalid_token", TOKEN_REFUSED),
        403 if challenges_with(reply, "insufficient_scope") => failed(
            "insufficient_scope",
            "The API wants more scope than the token has.",
        ),
        status => failed("api_refused", &format!("The API answered {status}.")),
    }
}

fn challenges_with(reply: &HttpReply, error: &str) -> bool {
    reply
        .headers
        .value("www-authenticate")
        .is_some_and(|challenge| challenge.contains(error))
}

fn tokenless(failure: &TokenFailed) -> CallFailed {
    CallFailed {
        hop: HopName::Token,
        error: failure.slug().to_owned(),
        message: failure.to_string(),
        retry_after: failure.retry_after(),
        ours: failure.is_ours(),
    }
}

fn failed(error: &str, message: &str) -> CallFailed {
    CallFailed {
        hop: HopName::Api,
        error: error.to_owned(),
        message: message.to_owned(),
        retry_after: None,
        ours: false,
    }
}
