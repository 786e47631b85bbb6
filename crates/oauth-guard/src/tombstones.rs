//! The lookup of a token's tombstones: records of the authorization server that its grant, its user or its client has
//! ended.
//!
//! A tombstone only ever shortens a token's life. If none can be read, the token is valid until it expires, as it is at
//! every resource server that reads none.

use oauth_core::concurrent::join_all;
use oauth_core::jose::AccessTokenClaims;
use oauth_core::tombstone::{Tombstone, key};
use oauth_core::{Fault, UnixTime};

use crate::ports::Tombstones;

/// The result of looking for a token's tombstones.
#[derive(Debug)]
pub(crate) enum RevocationStatus {
    Alive,
    Revoked,
    /// None was found, but not all could be read.
    Unknown(Fault),
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
    for found in join_all(grant.into_iter().chain(others)).await {
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
    let Some(record) = source.tombstone(&key(name)).await? else {
        return Ok(false);
    };
    let Some(issued) = issued else {
        return Ok(true);
    };
    let tombstone = Tombstone::read(&record)
        .ok_or_else(|| Fault::new("guard.tombstone", "the tombstone cannot be read"))?;
    Ok(tombstone.ends(issued))
}
