//! JSON that the app's worker and its pages share.
//!
//! - [`Config`]: what the pages must know before their first step.
//! - [`Run`]: one machine-to-machine run; its hops are the records of [`oauth_client::m2m`] themselves.
//! - [`Status`]: the machine-to-machine client and the history of its runs.
//! - [`Page`]: the pages and their paths.
//! - [`Health`] and [`Problem`]: whether the app's peers answer, and a refusal.
//!
//! Nothing in these records is secret: tokens and keys never leave the worker.
//!
//! ```
//! let refusal = r#"{"error":"invalid_request","error_description":"Unknown trouble."}"#;
//! let problem: wire::Problem = serde_json::from_str(refusal)?;
//! assert_eq!(problem.error.as_deref(), Some("invalid_request"));
//! # Ok::<(), serde_json::Error>(())
//! ```

mod config;
mod health;
mod page;
mod problem;
mod run;
mod status;

pub use oauth_client::m2m::run_history::{Tally as Counters, Trouble};
pub use oauth_client::m2m::{Breaker, CacheUse as Cache, Hop, HopName};

pub use config::{Config, OperatorAuth};
pub use health::{Health, PeerHealth};
pub use page::Page;
pub use problem::Problem;
pub use run::{Outcome, Run, Student};
pub use status::{
    ActiveTrouble, Alert, Hour, PastRun, PeerBreaker, Provoke, Status, TokenCache, TokenCacheState,
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_reads_as_it_was_written() {
        let run = Run {
            id: "8f0c1d2e".into(),
            at: 1_800_000_000_000,
            outcome: Outcome::Failed {
                hop: HopName::Token,
                error: "invalid_client".into(),
                message: "The key is not registered.".into(),
            },
            students: vec![Student {
                id: 1,
                name: "Ada".into(),
            }],
            hops: vec![Hop {
                name: HopName::Api,
                method: "GET".into(),
                url: "http://localhost:8789/students".into(),
                status: None,
                started_at_ms: 3,
                milliseconds: 4,
                waited_ms: 0,
                cache: Cache::Hit,
                cache_reason: None,
                retries: 1,
                breaker: Breaker::HalfOpen,
                breaker_reason: None,
                failure: None,
            }],
            milliseconds: 7,
        };
        let json = serde_json::to_string(&run).unwrap();
        assert!(json.contains(r#""result":"failed""#));
        assert!(json.contains(r#""breaker":"half_open""#));
        assert_eq!(serde_json::from_str::<Run>(&json).unwrap(), run);
    }

    #[test]
    fn a_problem_is_read_as_the_workers_write_it() {
        let read = |json: &str| serde_json::from_str::<Problem>(json).unwrap();
        let refused = read(r#"{"error":"invalid_request","error_description":"no"}"#);
        assert_eq!(refused.error.as_deref(), Some("invalid_request"));
        let bare = read(r#"{"error_description":"an access token is required"}"#);
        assert_eq!(bare.error, None);
    }

    #[test]
    fn unknown_members_are_refused() {
        assert!(serde_json::from_str::<Student>(r#"{"id":1,"name":"Ada","x":1}"#).is_err());
        let outcome: Outcome = serde_json::from_str(r#"{"result":"succeeded"}"#).unwrap();
        assert!(outcome.is_success());
    }
}
