//! JSON that the app's worker and its pages share.
//!
//! Nothing in these records is secret: tokens and keys never leave the worker.

use serde::{Deserialize, Serialize};

/// `GET /config.json`: what the pages must know before their first step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The authorization server's issuer identifier.
    pub issuer: String,
    /// The API's origin, which is also its resource identifier.
    pub api: String,
    /// The app's own origin.
    pub app: String,
    /// The pages' client identifier.
    pub client_id: String,
    /// Where the authorization server sends the browser back to.
    pub redirect_uri: String,
    /// The scopes that the pages ask for by default.
    pub scopes: Vec<String>,
    /// Whether the operator's routes need a token.
    pub operator_auth: OperatorAuth,
}

/// Whether `/m2m/*` and `/fetch-data` need a bearer token with scope `m2m:run`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OperatorAuth {
    /// Anyone may run: for development.
    Open,
    /// A token is needed.
    Required,
}

/// A student, as `GET /students` of the API lists them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Student {
    /// The student's number.
    pub id: u64,
    /// The student's name.
    pub name: String,
}

/// `POST /m2m/run`, `GET /fetch-data`: one machine-to-machine run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Run {
    /// How it ended.
    pub outcome: Outcome,
    /// The students; empty when the run failed.
    pub students: Vec<Student>,
    /// The hops, in the order in which they were made.
    pub hops: Vec<Hop>,
    /// How long the whole run took.
    pub milliseconds: u64,
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields, tag = "result")]
pub enum Outcome {
    /// The students were read.
    Succeeded {},
    /// The run ended early.
    Failed {
        /// The hop that failed.
        hop: HopName,
        /// A fixed word for the reason.
        error: String,
        /// What happened and what to do about it, for people.
        message: String,
    },
}

impl Outcome {
    /// Whether the students were read.
    pub const fn is_success(&self) -> bool {
        matches!(self, Self::Succeeded {})
    }
}

/// The hops of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HopName {
    /// The caller gets a token: from its cache or from the token endpoint.
    Token,
    /// The caller reads the students from the API.
    Students,
}

/// One hop of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hop {
    /// Which hop this is.
    pub name: HopName,
    /// The request method.
    pub method: String,
    /// The URL.
    pub url: String,
    /// The status of the answer; `None` when none came, or none was asked for.
    pub status: Option<u16>,
    /// When the hop began, in milliseconds since the run began.
    pub started_at_ms: u64,
    /// How long it took.
    pub milliseconds: u64,
    /// Whether a cache answered it.
    pub cache: Cache,
    /// How often it was tried again.
    pub retries: u32,
    /// The circuit breaker of the peer.
    pub breaker: Breaker,
    /// Why the hop failed, for people.
    pub failure: Option<String>,
}

/// What the cache had to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cache {
    /// It had the answer.
    Hit,
    /// It had to be asked for.
    Miss,
    /// This hop has no cache.
    None,
}

/// The state of a circuit breaker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Breaker {
    /// Requests go through.
    Closed,
    /// Requests fail at once.
    Open,
    /// One request may try.
    HalfOpen,
}

/// `GET /m2m/status`: the state of the caller in the isolate that answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Status {
    /// The token cache.
    pub token_cache: TokenCache,
    /// The circuit breaker of the token endpoint or of the API, whichever lets less through.
    pub breaker: Breaker,
    /// What has been counted since the isolate began.
    pub counters: Counters,
}

/// The token cache.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TokenCache {
    /// Whether it holds a token that can be used.
    pub state: TokenCacheState,
    /// Seconds until the token expires.
    pub seconds_left: Option<i64>,
    /// Seconds until it is renewed.
    pub renews_in: Option<i64>,
    /// The scope of the token.
    pub scope: String,
}

/// Whether the cache holds a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenCacheState {
    /// There is none.
    Empty,
    /// There is one, to be used as it is.
    Fresh,
    /// There is one, which the next call renews.
    Ageing,
    /// A new one is being asked for.
    Renewing,
}

/// What has been counted since the isolate began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Counters {
    /// Runs that began.
    pub runs: u64,
    /// Runs that read the students.
    pub succeeded: u64,
    /// Runs that failed.
    pub failed: u64,
    /// Requests to the token endpoint.
    pub token_requests: u64,
    /// Tokens that the cache gave.
    pub cache_hits: u64,
    /// Calls that were tried again.
    pub retries: u64,
}

/// `GET /health` of the app: it is well when it answers; its peers are listed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Health {
    /// `ok`.
    pub status: String,
    /// The authorization server, as the app reaches it.
    pub auth: PeerHealth,
    /// The API, as the app reaches it.
    pub api: PeerHealth,
}

/// Whether a peer answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PeerHealth {
    /// It answered that it is well.
    Ok,
    /// It answered, but is not well.
    Failing,
    /// It did not answer in time.
    Unreachable,
}

/// A refusal or failure of the app's JSON routes, in the form of RFC 6749 §5.2.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Problem {
    /// A fixed word; absent when a token is missing (RFC 6750 §3.1).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// What happened.
    pub error_description: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_reads_as_it_was_written() {
        let run = Run {
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
                name: HopName::Students,
                method: "GET".into(),
                url: "http://localhost:8789/students".into(),
                status: None,
                started_at_ms: 3,
                milliseconds: 4,
                cache: Cache::Hit,
                retries: 1,
                breaker: Breaker::HalfOpen,
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
        let bare = read(r#"{"error_description":"this needs an access token"}"#);
        assert_eq!(bare.error, None);
    }

    #[test]
    fn unknown_members_are_refused() {
        assert!(serde_json::from_str::<Student>(r#"{"id":1,"name":"Ada","x":1}"#).is_err());
        let outcome: Outcome = serde_json::from_str(r#"{"result":"succeeded"}"#).unwrap();
        assert!(outcome.is_success());
    }
}
