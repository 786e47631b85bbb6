//! Texts of the operator's page.

use wire::{Breaker, HopName, TokenCacheState, Trouble};

pub(crate) const TITLE_OPERATOR: &str = "Operator · Ostiary";
pub(crate) const OPERATOR_HEADING: &str = "Machine to machine";
pub(crate) const OPERATOR_LEAD: &str = "The backend proves who it is, gets a token of its own, and reads the students. The token never reaches this page.";

// Running.
pub(crate) const RUN: &str = "Run";
pub(crate) const RUN_MANY: &str = "Run many";
pub(crate) const HOW_MANY: &str = "How many";
pub(crate) const AT_ONCE: &str = "At once";
pub(crate) const MANY_LIMITS: &str = "1 to 200 runs, 1 to 20 of them at once.";
pub(crate) const CANCEL: &str = "Cancel";
pub(crate) const CANCELLING: &str = "Cancelling: the runs that are on their way still end.";
pub(crate) const RUN_WORKING: &str = "Working";
pub(crate) const RUN_DONE: &str = "Done";
pub(crate) const RUN_FAILED: &str = "Failed";
pub(crate) const RUN_UNREADABLE: &str = "The answer could not be read";
pub(crate) const PROGRESS: &str = "Runs that ended";
pub(crate) const OF: &str = "of";
pub(crate) const SUMMARY: &str = "Those runs together";
pub(crate) const SUCCEEDED: &str = "Succeeded";
pub(crate) const FAILED: &str = "Failed";
pub(crate) const MEDIAN: &str = "Median";
pub(crate) const SLOW: &str = "95th percentile";
pub(crate) const FROM_CACHE: &str = "From the cache";
pub(crate) const RETRIES: &str = "Retries";
pub(crate) const SHOW_SLOWEST: &str = "Show the slowest";
pub(crate) const SHOW_FAILED: &str = "Show the first that failed";

// Who may run.
pub(crate) const SIGN_IN: &str = "Sign in";
pub(crate) const SIGN_IN_AGAIN: &str = "Sign in as someone else";
pub(crate) const SIGN_OUT: &str = "Sign out";
pub(crate) const SIGNED_IN_AS: &str = "Signed in as";
pub(crate) const SIGNING_IN: &str = "Signing in";
pub(crate) const NEEDS_TOKEN: &str = "Runs need a sign-in here: an access token with the scope m2m:run, which only operators are granted. \
    It stays in this page's memory.";
pub(crate) const TOKEN_ENDED: &str =
    "The access token has run out or was ended. Sign in again to go on.";
pub(crate) const NOT_OPERATOR: &str = "You are signed in, but you are no operator: the scope m2m:run was not granted. \
    Sign in as someone who has that role.";
pub(crate) const SIGN_IN_FAILED: &str = "The sign-in did not succeed";

// One run.
pub(crate) const HOPS: &str = "Hops";
pub(crate) const NO_RUN: &str = "No run on this page yet. Press Run: the first run gets a token, the next ones find it in the cache.";
pub(crate) const THE_LATEST: &str = "Back to the latest";
pub(crate) const SUCCEEDED_IN: &str = "succeeded in";
pub(crate) const FAILED_AFTER: &str = "failed after";
pub(crate) const TRY: &str = "try";
pub(crate) const WAITED: &str = "Back-off";
pub(crate) const WAITED_WHY: &str =
    "waited before the next try, as the answer or the schedule asked";
pub(crate) const CACHE_HIT: &str = "cache hit";
pub(crate) const CACHE_MISS: &str = "cache miss";
pub(crate) const NOTHING_SENT: &str = "nothing was sent";
pub(crate) const NO_ANSWER_CAME: &str = "no answer came";
pub(crate) const RESULT: &str = "Result";
pub(crate) const STUDENTS: &str = "Students, as the API listed them";
pub(crate) const COLUMN_ID: &str = "Id";
pub(crate) const COLUMN_NAME: &str = "Name";
pub(crate) const AS_JSON: &str = "As JSON";
pub(crate) const NONE: &str = "–";

// The caller.
pub(crate) const CALLER_STATE: &str = "The caller now";
pub(crate) const CALLER_ASKING: &str = "Asking the caller how it is.";
pub(crate) const CALLER_SILENT: &str = "The caller does not answer; this is what it said last.";
pub(crate) const TOKEN_CACHE: &str = "Token cache";
pub(crate) const EXPIRES_IN: &str = "expires in";
pub(crate) const RENEWED_IN: &str = "renewed in";
pub(crate) const AUTHENTICATES_BY: &str = "authenticates by";
pub(crate) const SCOPE_OF_TOKEN: &str = "scope";
pub(crate) const BOUND: &str = "bound to the caller's key by DPoP";
pub(crate) const BEARER: &str = "bearer token";
pub(crate) const BREAKER: &str = "Circuit breaker";
pub(crate) const BREAKER_OF_TOKEN: &str = "Breaker of the token endpoint";
pub(crate) const BREAKER_OF_API: &str = "Breaker of the API";
pub(crate) const NEXT_TRY_IN: &str = "next try in";
pub(crate) const FAILURES_IN_A_ROW: &str = "failures in a row";
pub(crate) const NO_FAILURES: &str = "no failure since the last success";
pub(crate) const ALERT: &str = "Too many runs fail";
pub(crate) const ALERT_OF: &str = "of the last";
pub(crate) const ALERT_FAILED: &str = "runs failed; the alert begins at";
pub(crate) const ALERT_SINCE: &str = "Since";

// Trouble.
pub(crate) const TROUBLE: &str = "Trouble on demand";
pub(crate) const TROUBLE_LEAD: &str =
    "Provoke one, run, and watch the caller cope. It ends by itself after two minutes.";
pub(crate) const TROUBLE_OFF: &str = "Trouble is switched off here. Where the app's variable TROUBLE is on, an operator can make the servers slow, failing or unreachable and watch the caller cope.";
pub(crate) const PROVOKE: &str = "Provoke";
pub(crate) const END: &str = "End";
pub(crate) const PROVOKED: &str = "Provoked";
pub(crate) const TROUBLE_ENDED: &str = "The trouble has ended.";
pub(crate) const ENDS_IN: &str = "ends in";

// What was.
pub(crate) const LAST_RUNS: &str = "Last runs";
pub(crate) const NO_PAST_RUN: &str = "Nothing has run yet.";
pub(crate) const LAST_HOURS: &str = "Last 48 hours";
pub(crate) const NO_HOUR: &str = "No hour with a run is remembered yet.";
pub(crate) const AS_TABLE: &str = "As a table";
pub(crate) const EARLIER: &str = "earlier";
pub(crate) const LATEST: &str = "latest";
pub(crate) const HOURS_AGO: &str = "48 hours ago";
pub(crate) const THIS_HOUR: &str = "this hour";
pub(crate) const TIME_OF_RUNS: &str = "Time of each run";
pub(crate) const RUNS_PER_HOUR: &str = "Runs per hour";
pub(crate) const MEAN_PER_HOUR: &str = "Mean time of a run per hour";
pub(crate) const KEY_CACHED: &str = "token from the cache";
pub(crate) const KEY_FETCHED: &str = "token asked for";
pub(crate) const KEY_SUCCEEDED: &str = "succeeded";
pub(crate) const KEY_FAILED: &str = "failed";
pub(crate) const KEY_MEAN: &str = "mean time";
pub(crate) const RUNS_LOWER: &str = "runs";
pub(crate) const MEDIAN_LOWER: &str = "median";
pub(crate) const SLOW_LOWER: &str = "95th percentile";
pub(crate) const MEAN_LOWER: &str = "mean";
pub(crate) const COLUMN_AT: &str = "At";
pub(crate) const COLUMN_OUTCOME: &str = "Outcome";
pub(crate) const COLUMN_TIME: &str = "Time";
pub(crate) const COLUMN_TOKEN: &str = "Token";
pub(crate) const COLUMN_BY: &str = "Asked by";
pub(crate) const ANYONE: &str = "anyone";
pub(crate) const COLUMN_HOPS: &str = "Hops";
pub(crate) const COLUMN_HOUR: &str = "Hour from";
pub(crate) const COLUMN_RUNS: &str = "Runs";
pub(crate) const COLUMN_MEAN: &str = "Mean time";
pub(crate) const COLUMN_LONGEST: &str = "Longest";
pub(crate) const SHOW_HOPS: &str = "Show";
pub(crate) const SHOW_HOPS_OF: &str = "Show the hops of the run at";
pub(crate) const CACHED: &str = "cached";
pub(crate) const FETCHED: &str = "asked for";
pub(crate) const NO_TOKEN: &str = "none";
pub(crate) const COUNTED: &str = "Counted";

/// The names of the counters, in the order of the record.
pub(crate) const COUNTERS: [&str; 8] = [
    "Runs",
    "Succeeded",
    "Failed",
    "Token requests",
    "Cache hits",
    "Renewals",
    "Retries",
    "Breaker changes",
];

/// What a hop is called.
pub(crate) const fn hop_word(name: HopName) -> &'static str {
    match name {
        HopName::Token => "Token",
        HopName::Students => "Students",
    }
}

/// The state of the token cache in a word.
pub(crate) const fn cache_word(state: TokenCacheState) -> &'static str {
    match state {
        TokenCacheState::Empty => "empty",
        TokenCacheState::Fresh => "fresh",
        TokenCacheState::Ageing => "ageing",
        TokenCacheState::Renewing => "renewing",
    }
}

/// The breaker's state in a word.
pub(crate) const fn breaker_word(breaker: Breaker) -> &'static str {
    match breaker {
        Breaker::Closed => "closed",
        Breaker::Open => "open",
        Breaker::HalfOpen => "half open",
    }
}

/// A trouble's name, and what it does and what to expect of the caller.
pub(crate) const fn trouble_words(trouble: Trouble) -> (&'static str, &'static str) {
    match trouble {
        Trouble::Slow => (
            "Slow authorization server",
            "Token answers come two seconds late. Expect one slow run; then the cache hides it.",
        ),
        Trouble::ServerError => (
            "Server error",
            "The token endpoint answers 500. Expect retries with growing waits, then an open breaker.",
        ),
        Trouble::TooManyRequests => (
            "Too many requests",
            "The token endpoint answers 429 with Retry-After: 2. Expect waits of two seconds.",
        ),
        Trouble::RotatedKey => (
            "Key rotated",
            "The caller signs with a key that the server does not know. Expect invalid_client and no retry.",
        ),
        Trouble::RevokedToken => (
            "Token revoked",
            "The cached token is revoked. Expect a 401 of the API, one new token, and success.",
        ),
        Trouble::DeadApi => (
            "API unreachable",
            "The API's port is closed. Expect retries, then the API's breaker open and the other closed.",
        ),
    }
}
