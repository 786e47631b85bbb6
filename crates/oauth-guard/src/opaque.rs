//! Opaque tokens: one question to the authorization server for many requests (RFC 7662 §4).
//!
//! An answer counts from the moment of the question, never from its arrival: so a revocation is seen by every
//! request that begins later than the cache's time after it, however slow the answer was.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use oauth_core::jose::{AccessTokenClaims, TimeError};
use oauth_core::{Fault, UnixTime};

use crate::config::Config;
use crate::denied::{Denied, TokenProblem};
use crate::introspection::judge;
use crate::ports::{Introspection, Timer};
use crate::token_memory::{Hash, Known, TokenMemory, hash};

/// A bad token is remembered at most this long, in seconds.
const BAD_FOR: i64 = 1;
/// How often, and how many times, a request looks whether another one's question is answered: a second in all. The
/// platform may freeze the one that asked when its client goes, so then it asks itself.
const LOOK_EVERY_MS: u32 = 25;
const LOOKS: u32 = 40;
/// After this long, in seconds, a question is one that nobody will ever answer.
const LONGEST_QUESTION: i64 = 10;

/// A question under way. Those who wait look at it again and again: waking another request's future is not
/// possible on the platform.
#[derive(Debug)]
struct Question {
    hash: Hash,
    asked: UnixTime,
    answer: RefCell<Option<Result<Known, Fault>>>,
    /// Whether the one that asked is gone.
    left: Cell<bool>,
}

/// Takes a question from the list, also if its future is dropped half way.
struct Asking<'a> {
    inquiry: &'a Inquiry,
    question: Rc<Question>,
}

impl Drop for Asking<'_> {
    fn drop(&mut self) {
        self.question.left.set(true);
        self.inquiry
            .questions
            .borrow_mut()
            .retain(|other| !Rc::ptr_eq(other, &self.question));
    }
}

/// What was asked, and what is asked now.
#[derive(Debug, Default)]
pub(crate) struct Inquiry {
    answers: TokenMemory,
    questions: RefCell<Vec<Rc<Question>>>,
}

impl Inquiry {
    /// What a token gives. An answer counts for `cache` seconds.
    pub(crate) async fn admit(
        &self,
        source: &(impl Introspection + Timer),
        token: &str,
        (config, cache): (&Config, i64),
        now: UnixTime,
    ) -> Result<Rc<AccessTokenClaims>, Denied> {
        let hash = hash(token);
        let answer = match self.heard(source, &hash, cache, now).await {
            Some(answer) => answer,
            None => self.ask(source, (token, hash), (config, cache), now).await,
        };
        let claims = answer?.claims()?;
        // Its end is exact, without leeway: no answer counts beyond it, and it may have ended while this request waited.
        if claims.exp.0 <= now {
            return Err(TokenProblem::Time(TimeError::Expired).into());
        }
        Ok(claims)
    }

    /// An answer that counts now: one that is there, or the one to another request's question.
    async fn heard(
        &self,
        source: &(impl Introspection + Timer),
        hash: &Hash,
        cache: i64,
        now: UnixTime,
    ) -> Option<Result<Known, Fault>> {
        if let Some(known) = self.answers.find(hash, now) {
            return Some(Ok(known));
        }
        let counts =
            |question: &&Rc<Question>| question.hash == *hash && now < question.asked.plus(cache);
        let question = self.questions.borrow().iter().find(counts).cloned()?;
        for _ in 0..LOOKS {
            let answer = question.answer.borrow().clone();
            if answer.is_some() || question.left.get() {
                return answer;
            }
            source.pause(LOOK_EVERY_MS).await;
        }
        None
    }

    async fn ask(
        &self,
        source: &(impl Introspection + Timer),
        (token, hash): (&str, Hash),
        (config, cache): (&Config, i64),
        now: UnixTime,
    ) -> Result<Known, Fault> {
        let asking = self.begin(hash, now);
        let answer = source.introspect(token).await.and_then(|reply| {
            let json = reply.answer("guard.introspection")?;
            Ok(match judge(&json, config, now)? {
                Ok(claims) => Known::Good(Rc::new(claims)),
                Err(problem) => Known::Bad(problem),
            })
        });
        if let Ok(known) = &answer {
            let until = match known {
                Known::Good(claims) => now.plus(cache).min(claims.exp.0),
                Known::Bad(_) => now.plus(cache.min(BAD_FOR)),
            };
            self.answers.keep(hash, known.clone(), until, now);
        }
        *asking.question.answer.borrow_mut() = Some(answer.clone());
        answer
    }

    fn begin(&self, hash: Hash, now: UnixTime) -> Asking<'_> {
        let question = Rc::new(Question {
            hash,
            asked: now,
            answer: RefCell::default(),
            left: Cell::default(),
        });
        let mut questions = self.questions.borrow_mut();
        // Those of frozen requests would stay for ever.
        questions.retain(|other| other.hash != hash && now.since(other.asked) < LONGEST_QUESTION);
        questions.push(Rc::clone(&question));
        Asking {
            inquiry: self,
            question,
        }
    }

    /// How many answers and how many questions there are.
    #[cfg(test)]
    pub(crate) fn remembered(&self) -> (usize, usize) {
        (self.answers.len(), self.questions.borrow().len())
    }
}
