//! Tokens that are bound to a client's key or certificate (RFC 7800): a stolen one cannot be used without the key.

use oauth_core::dpop::{self, DpopRefused, Expected, Proof};
use oauth_core::http::Incoming;
use oauth_core::jose::{AccessTokenClaims, SignatureVerifier};
use oauth_core::secret::secrets_equal;
use oauth_core::token_binding::{self, Policy};
use oauth_core::{Fault, UnixTime};
use sha2::{Digest as _, Sha256};

use crate::config::Config;
use crate::credentials::Credentials;
use crate::denied::{Denied, ProofProblem, TokenProblem};
use crate::ports::{Certificate, ProofHash, Proofs, Timer};
use crate::timeout::with_timeout;

/// How long a request waits for the check that its proof is new.
const PROOFS_MS: u32 = 2_000;

/// A valid token with the request that carried it.
#[derive(Clone, Copy)]
pub(crate) struct PresentedToken<'a> {
    pub(crate) request: &'a Incoming,
    pub(crate) credentials: Credentials<'a>,
    pub(crate) claims: &'a AccessTokenClaims,
    pub(crate) now: UnixTime,
}

/// Checks that the client has what its token is bound to, and that a token that comes with a proof is bound to a key
/// (RFC 9449 §7.1, RFC 8705 §3). The proof is used up only if all else is valid.
pub(crate) async fn check(
    config: &Config,
    verifier: &impl SignatureVerifier,
    ports: &(impl Proofs + Certificate + Timer),
    sent: PresentedToken<'_>,
) -> Result<(), Denied> {
    let policy = Policy {
        dpop: config.dpop,
        certificates: true,
    };
    let required = token_binding::judge(sent.credentials.scheme, sent.claims.cnf.as_ref(), policy)
        .map_err(TokenProblem::from)?;
    if let Some(thumbprint) = required.certificate {
        check_certificate(ports, thumbprint)?;
    }
    if let Some(thumbprint) = required.key {
        check_proof(config, verifier, ports, sent, thumbprint).await?;
    }
    Ok(())
}

fn check_certificate(source: &impl Certificate, thumbprint: &str) -> Result<(), TokenProblem> {
    let of_client = source.thumbprint();
    let is_same = |of_client: &String| secrets_equal(of_client.as_bytes(), thumbprint.as_bytes());
    if of_client.as_ref().is_some_and(is_same) {
        Ok(())
    } else {
        Err(TokenProblem::WrongCertificate)
    }
}

async fn check_proof(
    config: &Config,
    verifier: &impl SignatureVerifier,
    ports: &(impl Proofs + Timer),
    sent: PresentedToken<'_>,
    thumbprint: &str,
) -> Result<(), Denied> {
    let header = sent.request.headers.value(dpop::HEADER);
    let header = header.ok_or(ProofProblem::Missing)?;
    let expected = Expected {
        method: sent.request.method.name(),
        url: &format!("{}{}", config.origin, sent.request.path),
        access_token: Some(sent.credentials.token),
        now: sent.now,
    };
    let proof = match dpop::verify(verifier, header, &expected).await {
        Ok(proof) => proof,
        Err(DpopRefused::Proof(error)) => return Err(error.into()),
        Err(DpopRefused::Fault(fault)) => return Err(fault.into()),
    };
    if !secrets_equal(proof.jkt.as_bytes(), thumbprint.as_bytes()) {
        return Err(ProofProblem::WrongKey.into());
    }
    let hash = hash(&proof);
    let first = ports.first_use(&hash, proof.remembered_until(), sent.now);
    match with_timeout(ports, PROOFS_MS, first).await {
        Some(Ok(true)) => Ok(()),
        Some(Ok(false)) => Err(ProofProblem::Replayed.into()),
        // A proof that may have been used before is no proof.
        Some(Err(fault)) => Err(fault.into()),
        None => Err(Fault::new("guard.proofs", "no answer in time").into()),
    }
}

/// A `jti` is one key's own: another client may have the same.
fn hash(proof: &Proof) -> ProofHash {
    let mut hash = Sha256::new();
    hash.update(proof.jkt.as_bytes());
    hash.update(b".");
    hash.update(proof.jti.as_bytes());
    hash.finalize().into()
}
