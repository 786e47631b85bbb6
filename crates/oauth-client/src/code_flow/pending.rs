//! What is needed to finish a flow after the browser comes back, or the page is reloaded.

use std::fmt;

use oauth_core::UnixTime;
use serde::{Deserialize, Serialize};

/// A flow that takes longer than an hour is begun anew.
pub const LONGEST_TRIP: i64 = 3600;

/// The record for `sessionStorage`: this tab's, gone with it. It holds no token.
///
/// The verifier is of use only together with the code, and the code only to this origin.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pending {
    /// The layout of this record.
    pub version: u32,
    /// The server that the browser was sent to.
    pub issuer: String,
    /// The client that asked.
    pub client_id: String,
    /// The redirect URI that was asked for; the token request repeats it.
    pub redirect_uri: String,
    /// The scope that was asked for.
    pub scope: String,
    /// The resource that was asked for.
    pub resource: Option<String>,
    /// The code verifier.
    pub verifier: String,
    /// The `state` that was sent.
    pub state: String,
    /// The `nonce` that was sent.
    pub nonce: String,
    /// When the browser left.
    pub started_at: UnixTime,
}

impl Pending {
    /// The layout that this code writes and reads.
    pub const VERSION: u32 = 1;

    /// The record as text.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Reads the record back; `None` for anything that this version did not write.
    pub fn from_json(text: &str) -> Option<Self> {
        serde_json::from_str(text)
            .ok()
            .filter(|pending: &Self| pending.version == Self::VERSION)
    }
}

/// The verifier is a secret: it is not printed.
impl fmt::Debug for Pending {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Pending({}, {})", self.issuer, self.client_id)
    }
}
