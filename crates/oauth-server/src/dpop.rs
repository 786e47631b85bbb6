//! Proofs of possession at this server's endpoints (RFC 9449): each is checked when it is read, and accepted once.

use oauth_core::{
    Fault, Refusal,
    client::Client,
    dpop::{self, DpopError, DpopRefused, Expected, Proof},
    http::Incoming,
    keyring::Purpose,
    lifecycle::{
        grant::{ProvedKey, RefreshBinding},
        one_time::{Present, Verdict},
    },
};

use crate::{
    context::{Context, Stop},
    ports::{Keys, Objects},
};

/// A valid proof that may be a replay. [`spend`] finds that out, when something is issued for it or beside an access token:
/// proofs of strangers must not fill the store.
#[derive(Debug)]
pub(crate) struct UnusedProof(Proof);

impl UnusedProof {
    /// The thumbprint of its key.
    pub(crate) fn jkt(&self) -> &str {
        &self.0.jkt
    }
}

/// The proof in a request, checked against the access token if there is one.
pub(crate) async fn read<P: Keys>(
    context: &Context<'_, P>,
    request: &Incoming,
    access_token: Option<&str>,
) -> Result<Option<UnusedProof>, Stop> {
    let Some(header) = request.headers.value(dpop::HEADER) else {
        return Ok(None);
    };
    let expected = Expected {
        method: request.method.name(),
        url: &context.settings.endpoint(&request.path),
        access_token,
        now: context.now,
    };
    match dpop::verify(context.ports.verifier(), header, &expected).await {
        Ok(proof) => Ok(Some(UnusedProof(proof))),
        Err(DpopRefused::Proof(error)) => Err(refusal(error).into()),
        Err(DpopRefused::Fault(fault)) => Err(fault.into()),
    }
}

/// Uses up a proof, if there is one, and returns the thumbprint of its key.
pub(crate) async fn use_once<P: Objects>(
    context: &Context<'_, P>,
    proof: Option<UnusedProof>,
) -> Result<Option<String>, Stop> {
    let Some(UnusedProof(proof)) = proof else {
        return Ok(None);
    };
    spend(context.ports, names(context, &proof)).await??;
    Ok(Some(proof.jkt))
}

/// The key in a request of `client`, whose refresh tokens are bound to it if the client is public (RFC 9449 §5). The grant
/// spends the proof when it issues tokens.
pub(crate) fn proved<P>(
    context: &Context<'_, P>,
    client: &Client,
    proof: Option<UnusedProof>,
) -> Option<ProvedKey> {
    let UnusedProof(proof) = proof?;
    Some(ProvedKey {
        proof: names(context, &proof),
        jkt: proof.jkt,
        refresh: if client.is_public() {
            RefreshBinding::Key
        } else {
            RefreshBinding::Client
        },
    })
}

/// The names of a proof, under each secret.
fn names<P>(context: &Context<'_, P>, proof: &Proof) -> Vec<Present> {
    let until = proof.remembered_until();
    let parts = ["dpop", proof.jkt.as_str(), proof.jti.as_str()];
    let hashes = context.keyring.mac_texts(Purpose::Name, &parts);
    hashes
        .into_iter()
        .map(|hash| Present { hash, until })
        .collect()
}

/// Spends a proof by its names; refused if it has been spent by one of them.
pub(crate) async fn spend(
    ports: &impl Objects,
    names: Vec<Present>,
) -> Result<Result<(), Refusal>, Fault> {
    for name in names {
        if ports.present(name).await? == Verdict::Replayed {
            return Ok(Err(Refusal::ProofReplayed));
        }
    }
    Ok(Ok(()))
}

const fn refusal(error: DpopError) -> Refusal {
    match error {
        DpopError::TooLong
        | DpopError::Malformed
        | DpopError::Type
        | DpopError::Algorithm
        | DpopError::Key
        | DpopError::Claims => Refusal::ProofMalformed,
        DpopError::Signature => Refusal::ProofSignature,
        DpopError::Method | DpopError::Url | DpopError::AccessToken => Refusal::ProofElsewhere,
        DpopError::Time => Refusal::ProofTime,
    }
}
