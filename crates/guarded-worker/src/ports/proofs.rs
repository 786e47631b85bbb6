//! The DPoP proofs that were used (RFC 9449 §11.1): in the authorization server's objects if `REPLAY` is bound to them,
//! else in this isolate's memory, which lets a proof pass once in every isolate.

use edge::object::{ObjectKind, ask};
use oauth_core::lifecycle::one_time::{Present, Verdict};
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
        let verdict = ask::<Replay>(self.env, &shard(proof), &presented).await?;
        Ok(verdict == Verdict::First)
    }
}

/// One of 256: a proof always meets the same one. Not by the rule of the authorization server's own values, because a proof
/// must meet the object that it met before an upgrade.
fn shard(proof: &ProofHash) -> String {
    let [first, ..] = proof;
    format!("shard-{first}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn proofs_are_spread_over_the_objects() {
        assert_eq!(shard(&[7; 32]), "shard-7");
        assert_eq!(shard(&[255; 32]), "shard-255");
    }
}
