//! `GET /health`: a worker that answers is well. The answer lists how its peers are.

use oauth_core::Fault;
use oauth_core::http::Answer;
use wire::{Health, PeerHealth};

use crate::call::Call;
use crate::peers::Peers;
use crate::refused::Refused;

/// Asks both peers. A peer that is down does not make this worker unwell: its pages still serve.
pub(crate) async fn report(call: &Call<'_>) -> Result<Answer, Refused> {
    let peers = Peers::new(call.isolate, call.env);
    let config = &call.isolate.config.public;
    let health = Health {
        status: "ok".to_owned(),
        auth: read(&peers.health(&config.issuer).await),
        api: read(&peers.health(&config.api).await),
    };
    Ok(Answer::json(200, &health))
}

fn read(answer: &Result<u16, Fault>) -> PeerHealth {
    match answer {
        Ok(200) => PeerHealth::Ok,
        Ok(_) => PeerHealth::Failing,
        Err(_) => PeerHealth::Unreachable,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_peer_is_well_only_if_it_says_so() {
        assert_eq!(read(&Ok(200)), PeerHealth::Ok);
        assert_eq!(read(&Ok(503)), PeerHealth::Failing);
        assert_eq!(
            read(&Err(Fault::new("peer.health", "gone"))),
            PeerHealth::Unreachable
        );
    }
}
