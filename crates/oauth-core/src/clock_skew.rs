//! The differences between clocks that are allowed. Each is a fact of its own, even where two have the same value.

use crate::jose::Leeway;

/// Between the server that dates a JWT and the one that checks it. After `exp` a token is accepted for less time than
/// before `iat`: an expired token may have been stolen, while a fast clock at its issuer harms no one.
pub const OF_JWT_ISSUERS: Leeway = Leeway {
    expired: 30,
    ahead: 60,
};

/// The leeway of resource servers in general: a tombstone outlasts every token that one could still accept.
pub const OF_RESOURCE_SERVERS: i64 = 60;

/// Between the server and the browser that checks an ID token. A user's clock is not set with a server's care.
pub const OF_BROWSERS: i64 = 60;

/// Between the isolate that accepts a DPoP proof and the store that remembers it.
pub const OF_PROOF_STORES: i64 = 30;
