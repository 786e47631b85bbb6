//! The progress that a reload or the back button must not lose, in this tab's `sessionStorage`. It contains no token.

use oauth_client::code_flow::{Pending, Prepared, Seed, prepare};
use oauth_core::base64url;
use serde::{Deserialize, Serialize};

use crate::browser::tab;

const KEY: &str = "ostiary.flow";

/// The place in the walkthrough.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Saved {
    /// The random bytes that verifier, `state` and `nonce` are made from.
    pub(crate) seed: Option<String>,
    /// The scope that the person typed.
    pub(crate) scope: Option<String>,
    /// The record of the client library, once the request is built.
    pub(crate) pending: Option<Pending>,
    /// Whether the request was sent with another `state` than the one that is remembered.
    pub(crate) state_changed: bool,
    /// The query that the browser came back with.
    pub(crate) answer: Option<String>,
    /// How far that answer has come.
    pub(crate) progress: Progress,
    /// Whether the remaining steps follow by themselves.
    pub(crate) run_all: bool,
}

/// How far the answer of the authorization server has come.
#[derive(Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Progress {
    /// Nothing of it has been used.
    #[default]
    Unchecked,
    /// It has passed its checks.
    Checked,
    /// Its code has been exchanged: it cannot be again.
    Redeemed,
}

impl Saved {
    /// Reads the place; an empty one when there is none, or one of another version.
    pub(crate) fn read() -> Self {
        tab::read(KEY)
            .and_then(|text| serde_json::from_str(&text).ok())
            .unwrap_or_default()
    }

    /// Writes the place.
    pub(crate) fn save(&self) {
        if let Ok(text) = serde_json::to_string(self) {
            tab::save(KEY, &text);
        }
    }

    /// Forgets the place.
    pub(crate) fn forget() {
        tab::forget(KEY);
    }

    /// Draws fresh random bytes. `None` when the browser's generator fails.
    pub(crate) fn draw(&mut self) -> Option<()> {
        let mut bytes = [0_u8; 96];
        getrandom::fill(&mut bytes).ok()?;
        self.seed = Some(base64url::encode(&bytes));
        Some(())
    }

    /// The one-time values that the random bytes give.
    pub(crate) fn prepared(&self) -> Option<Prepared> {
        let bytes = base64url::decode(self.seed.as_deref()?)?;
        let part = |start: usize| bytes.get(start..start + 32)?.try_into().ok();
        Some(prepare(&Seed {
            verifier: part(0)?,
            state: part(32)?,
            nonce: part(64)?,
        }))
    }
}
