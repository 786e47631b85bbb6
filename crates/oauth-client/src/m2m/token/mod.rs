//! A token in this isolate's memory, and sealed for the others.
//!
//! [`renewal`] goes through its sources in order; [`source`] is the memory of this isolate; [`request`] asks the server.

mod assertion;
pub(super) mod authentication;
pub(super) mod failed;
pub(super) mod renewal;
mod request;
pub(super) mod source;

use from_json::FromJson;
use oauth_core::secret::Secret;
use oauth_core::{UnixTime, base64url};
use serde::Serialize;

use crate::m2m::ports::Sealer;
use crate::m2m::shared_state::SealedToken;

pub use failed::TokenFailed;
pub use source::TokenSource;

/// The assumed life of a token without `expires_in`, in seconds.
const DEFAULT_LIFE: i64 = 60;
/// A token is renewed this long before it expires, but never earlier than in its last tenth.
const LONGEST_BUFFER: i64 = 300;

/// A token that this isolate can use.
#[derive(Clone, Debug)]
pub(super) struct Token {
    pub(super) text: Secret<String>,
    /// Each token has a higher number than those before it.
    pub(super) generation: u64,
    pub(super) expires_at: UnixTime,
    pub(super) renew_at: UnixTime,
}

/// The plaintext. The times and the generation are in it, so that they cannot be changed.
#[derive(Serialize)]
struct Plain<'a> {
    token: &'a str,
    generation: u64,
    expires_at: UnixTime,
    renew_at: UnixTime,
}

#[derive(FromJson)]
#[serde(deny_unknown_fields)]
struct Opened {
    token: String,
    generation: u64,
    expires_at: UnixTime,
    renew_at: UnixTime,
}

impl Token {
    /// A token that was asked for at `asked_at`. Its life is counted from before the request: never too long.
    pub(super) fn new(
        text: Secret<String>,
        generation: u64,
        asked_at: UnixTime,
        expires_in: Option<u32>,
    ) -> Self {
        let life = expires_in.map_or(DEFAULT_LIFE, i64::from);
        let buffer = (life / 10).min(LONGEST_BUFFER);
        Self {
            text,
            generation,
            expires_at: asked_at.plus(life),
            renew_at: asked_at.plus(life - buffer),
        }
    }

    pub(super) fn is_valid(&self, now: UnixTime) -> bool {
        now < self.expires_at
    }

    pub(super) fn is_fresh(&self, now: UnixTime) -> bool {
        now < self.renew_at
    }

    /// Seals it to its purpose; `None` where that does not work: then it stays in this isolate.
    pub(super) async fn seal(&self, world: &impl Sealer, purpose: &str) -> Option<SealedToken> {
        let plain = Plain {
            token: self.text.expose(),
            generation: self.generation,
            expires_at: self.expires_at,
            renew_at: self.renew_at,
        };
        let plain = Secret::new(serde_json::to_vec(&plain).ok()?);
        let sealed = world.seal(plain.expose(), purpose.as_bytes()).await.ok()?;
        Some(SealedToken {
            generation: self.generation,
            expires_at: self.expires_at,
            renew_at: self.renew_at,
            sealed: base64url::encode(&sealed),
        })
    }

    /// Opens what was sealed to the same purpose; `None` for anything else, which is worth nothing to us.
    pub(super) async fn open(
        sealed_token: &SealedToken,
        world: &impl Sealer,
        purpose: &str,
    ) -> Option<Self> {
        let sealed = base64url::decode(&sealed_token.sealed)?;
        let plain = world.open(&sealed, purpose.as_bytes()).await.ok()?;
        let opened: Opened = from_json::from_slice(plain.expose()).ok()?;
        (opened.generation == sealed_token.generation).then(|| Self {
            text: Secret::new(opened.token),
            generation: opened.generation,
            expires_at: opened.expires_at,
            renew_at: opened.renew_at,
        })
    }
}
