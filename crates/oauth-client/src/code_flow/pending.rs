//! The record that finishes a flow after the browser comes back, or the page is reloaded.

use std::fmt;

use from_json::FromJson;
use oauth_core::UnixTime;
use serde::Serialize;

/// The longest time that a flow may take, in seconds: an hour.
pub const LONGEST_TRIP: i64 = 3600;

/// The record for `sessionStorage`, which the browser deletes with the tab. It contains no token.
///
/// The verifier is useful only together with the code, which goes to this origin alone.
#[derive(Clone, PartialEq, Eq, Serialize, FromJson)]
#[serde(deny_unknown_fields)]
pub struct Pending {
    /// The layout of this record.
    pub version: u32,
    /// The server that the browser was sent to.
    pub issuer: String,
    /// The client.
    pub client_id: String,
    /// The redirect URI, which the token request repeats.
    pub redirect_uri: String,
    /// The requested scope.
    pub scope: String,
    /// The requested resource.
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

    /// Reads the record; `None` for anything that this version did not write.
    pub fn from_json(text: &str) -> Option<Self> {
        from_json::from_str(text)
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
