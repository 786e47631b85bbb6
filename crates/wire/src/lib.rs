//! JSON that the app's worker and its pages share.
//!
//! Nothing in these records is secret: tokens and keys never leave the worker.

mod page;

use serde::{Deserialize, Serialize};

pub use page::Page;

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
    /// The id of the request that ran it, which is also in the log.
    pub id: String,
    /// When it began, in milliseconds since the Unix epoch.
    pub at: i64,
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
    /// How long the caller waited before it, because of what came before: the back-off of a retry.
    pub waited_ms: u64,
    /// Whether a cache answered it.
    pub cache: Cache,
    /// Why the cache answered, or could not: for people.
    pub cache_reason: Option<String>,
    /// How often it was tried before; each try is a hop of its own.
    pub retries: u32,
    /// The circuit breaker of the peer.
    pub breaker: Breaker,
    /// Why the breaker is not closed: for people.
    pub breaker_reason: Option<String>,
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

/// `GET /m2m/status`: the caller, as all isolates that serve the app know it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Status {
    /// The token cache.
    pub token_cache: TokenCache,
    /// The circuit breaker of the token endpoint or of the API, whichever lets less through.
    pub breaker: Breaker,
    /// Each peer's breaker.
    pub breakers: Vec<PeerBreaker>,
    /// What has been counted, for as long as hours are kept.
    pub counters: Counters,
    /// The last runs, the latest first.
    pub runs: Vec<PastRun>,
    /// The last hours, the latest first; an hour without a run is left out.
    pub hours: Vec<Hour>,
    /// When failures pass the threshold.
    pub alert: Alert,
    /// The troubles that can be provoked; none where that is switched off.
    pub troubles: Vec<Trouble>,
    /// The trouble that is provoked now.
    pub trouble: Option<ActiveTrouble>,
}

/// The circuit breaker of one peer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PeerBreaker {
    /// The hop whose peer it is.
    pub hop: HopName,
    /// What it lets through.
    pub state: Breaker,
    /// Failures in a row.
    pub failures: u32,
    /// Why it is not closed, or what failed last: for people.
    pub reason: Option<String>,
    /// Seconds until the next try, while it is open.
    pub seconds_left: Option<i64>,
}

/// What is remembered of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PastRun {
    /// The id of the request that ran it.
    pub id: String,
    /// The operator who asked for it; `None` where anyone may run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// When it began, in milliseconds since the Unix epoch.
    pub at: i64,
    /// How long it took.
    pub milliseconds: u64,
    /// The fixed word for the reason, if it failed.
    pub error: Option<String>,
    /// Whether the token came from a cache.
    pub cache: Cache,
    /// How many hops were tried again.
    pub retries: u32,
}

/// What is remembered of an hour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hour {
    /// When it began, in milliseconds since the Unix epoch.
    pub at: i64,
    /// What was counted in it.
    pub counters: Counters,
    /// All its runs together, in milliseconds.
    pub total_ms: u64,
    /// Its longest run, in milliseconds.
    pub longest_ms: u64,
}

/// Whether too many runs fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Alert {
    /// Runs looked at: the latest ones within the window.
    pub runs: u32,
    /// How many of them failed.
    pub failed: u32,
    /// From how many failures in a hundred runs there is an alert.
    pub threshold_percent: u32,
    /// Since when there is one, in milliseconds since the Unix epoch.
    pub since: Option<i64>,
}

/// What an operator may provoke, to watch the caller cope.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trouble {
    /// The authorization server takes its time.
    Slow,
    /// It answers 500.
    ServerError,
    /// It answers 429 and says when to come back.
    TooManyRequests,
    /// It knows another key of this client.
    RotatedKey,
    /// The token that the caller holds is revoked.
    RevokedToken,
    /// The API cannot be reached.
    DeadApi,
}

impl Trouble {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Slow,
        Self::ServerError,
        Self::TooManyRequests,
        Self::RotatedKey,
        Self::RevokedToken,
        Self::DeadApi,
    ];
}

/// A trouble that is provoked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ActiveTrouble {
    /// Which.
    pub trouble: Trouble,
    /// Seconds until it ends by itself.
    pub seconds_left: i64,
}

/// `POST /m2m/trouble`: what is asked; answered with `Status`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Provoke {
    /// Which trouble; `None` ends the one there is.
    pub trouble: Option<Trouble>,
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
    /// How the client authenticates (`token_endpoint_auth_method` of RFC 7591).
    pub auth_method: String,
    /// Whether the token is bound to a key of the caller (RFC 9449).
    pub sender_constrained: bool,
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

/// What has been counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Counters {
    /// Runs that ended.
    pub runs: u64,
    /// Runs that read the students.
    pub succeeded: u64,
    /// Runs that failed.
    pub failed: u64,
    /// Requests to the token endpoint.
    pub token_requests: u64,
    /// Tokens that a cache gave.
    pub cache_hits: u64,
    /// Tokens that were renewed.
    pub renewals: u64,
    /// Hops that were tried again.
    pub retries: u64,
    /// How often a breaker changed its state.
    pub breaker_changes: u64,
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
                name: HopName::Students,
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
