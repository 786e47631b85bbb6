//! Tombstones: notes of the authorization server that a grant, a user's or a client's tokens have ended before
//! their time, for resource servers that check JWTs by themselves.
//!
//! A tombstone only ever shortens a token's life. Where none can be read, the token lives until it expires, as
//! it does at every resource server that looks at none.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::Poll;

use oauth_core::jose::AccessTokenClaims;
use oauth_core::{Fault, UnixTime};
use serde::Deserialize;

use crate::ports::Tombstones;

/// The result of looking for a token's tombstones.
#[derive(Debug)]
pub(crate) enum RevocationStatus {
    Alive,
    Revoked,
    /// None was found, but not all could be read.
    Unknown(Fault),
}

/// Version 1 of a tombstone.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Tombstone {
    version: u8,
    /// Everything that was issued at this time or earlier has ended.
    before: i64,
}

/// Looks for the tombstones of a token's grant, user and client, for all of them at once.
pub(crate) async fn revocation_status(
    source: &impl Tombstones,
    claims: &AccessTokenClaims,
) -> RevocationStatus {
    // The id of a token of this issuer begins with its grant.
    let grant = claims.jti.split_once('.').map(|(grant, _)| grant);
    let client = (claims.client_id != claims.sub).then_some(claims.client_id.as_str());
    let grant = grant.map(|grant| ended(source, grant, None));
    let issued = Some(claims.iat.0);
    let others = [Some(claims.sub.as_str()), client]
        .into_iter()
        .flatten()
        .map(|name| ended(source, name, issued));
    let mut status = RevocationStatus::Alive;
    for found in together(grant.into_iter().chain(others)).await {
        match found {
            Ok(true) => return RevocationStatus::Revoked,
            Ok(false) => {}
            Err(fault) => status = RevocationStatus::Unknown(fault),
        }
    }
    status
}

/// Whether there is a tombstone under this name for what was issued then. That of a grant is for whatever was issued
/// from it: nothing comes after.
async fn ended(
    source: &impl Tombstones,
    name: &str,
    issued: Option<UnixTime>,
) -> Result<bool, Fault> {
    let Some(record) = source.tombstone(&format!("revoked:{name}")).await? else {
        return Ok(false);
    };
    let Some(issued) = issued else {
        return Ok(true);
    };
    match serde_json::from_slice::<Tombstone>(&record) {
        Ok(tombstone) if tombstone.version == 1 => Ok(issued.0 <= tombstone.before),
        Ok(_) | Err(_) => Err(Fault::new("guard.tombstone", "it cannot be read")),
    }
}

/// A future, and its output once it is there.
type Awaited<F> = (Pin<Box<F>>, Option<<F as Future>::Output>);

/// Waits for all of them at once.
async fn together<F: Future>(futures: impl Iterator<Item = F>) -> Vec<F::Output> {
    let mut waiting: Vec<Awaited<F>> = futures.map(|future| (Box::pin(future), None)).collect();
    poll_fn(|context| {
        for (future, output) in &mut waiting {
            if output.is_none() {
                *output = match future.as_mut().poll(context) {
                    Poll::Ready(value) => Some(value),
                    Poll::Pending => None,
                };
            }
        }
        if waiting.iter().all(|(_, output)| output.is_some()) {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    })
    .await;
    waiting
        .into_iter()
        .filter_map(|(_, output)| output)
        .collect()
}
