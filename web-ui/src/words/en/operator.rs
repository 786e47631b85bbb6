//! Texts of the operator's page.

pub(crate) const TITLE_OPERATOR: &str = "Operator · Ostiary";
pub(crate) const OPERATOR_HEADING: &str = "Machine to machine";
pub(crate) const OPERATOR_LEAD: &str = "The backend proves itself with a signed assertion, gets a token, and reads the students. The token never reaches this page.";
pub(crate) const RUN: &str = "Run";
pub(crate) const RUN_WORKING: &str = "working";
pub(crate) const RUN_FAILED: &str = "refused";
pub(crate) const RUN_DONE: &str = "done";
pub(crate) const RUN_UNREADABLE: &str = "The answer could not be read";
pub(crate) const CALLER_STATE: &str = "The caller now";
pub(crate) const CACHE: &str = "Token cache";
pub(crate) const SECONDS_LEFT: &str = "Token lives for";
pub(crate) const RENEWS_IN: &str = "Renewed in";
pub(crate) const BREAKER: &str = "Circuit breaker";
pub(crate) const RUNS: &str = "Runs";
pub(crate) const HITS: &str = "Cache hits";
pub(crate) const RETRIES: &str = "Retries";
pub(crate) const CACHE_EMPTY: &str = "empty";
pub(crate) const CACHE_FRESH: &str = "fresh";
pub(crate) const CACHE_AGEING: &str = "ageing";
pub(crate) const CACHE_RENEWING: &str = "renewing";
pub(crate) const BREAKER_CLOSED: &str = "closed";
pub(crate) const BREAKER_OPEN: &str = "open";
pub(crate) const BREAKER_HALF_OPEN: &str = "half open";
pub(crate) const NONE: &str = "–";
pub(crate) const HOPS: &str = "Hops";
pub(crate) const HOP_TOKEN: &str = "Token";
pub(crate) const HOP_STUDENTS: &str = "Students";
pub(crate) const CACHE_HIT: &str = "cache hit";
pub(crate) const CACHE_MISS: &str = "cache miss";
pub(crate) const RETRIED: &str = "retried";
pub(crate) const RESULT: &str = "Result";
pub(crate) const STUDENTS: &str = "Students, as the API listed them";
pub(crate) const COLUMN_ID: &str = "Id";
pub(crate) const COLUMN_NAME: &str = "Name";
pub(crate) const AS_JSON: &str = "As JSON";
pub(crate) const LAST_RUNS: &str = "Runs of this page";
pub(crate) const COLUMN_RUN: &str = "No.";
pub(crate) const COLUMN_OUTCOME: &str = "Outcome";
pub(crate) const COLUMN_TIME: &str = "Time";
pub(crate) const COLUMN_TOKEN: &str = "Token from";
pub(crate) const FROM_CACHE: &str = "the cache";
pub(crate) const FROM_SERVER: &str = "the token endpoint";
pub(crate) const NO_RUN: &str =
    "No run yet. Press Run: the first one fetches a token, the second one finds it in the cache.";
pub(crate) const OPERATOR_GUARDED: &str =
    "Runs need a token with the scope m2m:run here, so they are not offered without a sign-in.";
