//! The DPoP proofs that were used (RFC 9449 §11.1): in the authorization server's objects if `REPLAY` is bound to them,
//! else in this isolate's memory, which lets a proof pass once in every isolate.

use edge::object::{ObjectKind, ask};
use oauth_core::lifecycle::one_time::{Present, Verdict, shard};
use oauth_core::{Fault, UnixTime, base64url};
use oauth_guard::{ProofHash, Proofs};

use crate::ports::Ports;
use crate::settings::REPLAY;

/// The authorization server's `Replay` objects.
enum Replay {}

impl ObjectKind for Replay {
    const BINDING: &'static str = REPLAY;
    const WHAT: &'static str = "object.replay";
    type Command = Present;
    type Reply = Verdict;

    /// The second time, a proof is a replay.
    fn is_idempotent(_: &Present) -> bool {
        false
    }
}

impl Proofs for Ports<'_> {
    async fn first_use(
        &self,
        proof: &ProofHash,
        until: UnixTime,
        now: UnixTime,
    ) -> Result<bool, Fault> {
        if let Some(memory) = self.proofs {
            return memory.first_use(proof, until, now).await;
        }
        let presented = Present {
            hash: format!("dpop/{}", base64url::encode(proof)),
            until,
        };
        let shard = shard(&presented.hash);
        let verdict = ask::<Replay>(self.env, &shard, &presented).await?;
        Ok(verdict == Verdict::First)
    }
}
