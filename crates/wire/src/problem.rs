//! Refusals and failures.

use serde::{Deserialize, Serialize};

/// A refusal or failure of the app's JSON routes, in the form of RFC 6749 §5.2.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Problem {
    /// A fixed word; absent when a token is missing (RFC 6750 §3.1).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// A sentence about it.
    pub error_description: String,
}
