//! The ports of a guard: a trait for each thing that it needs of a platform.
//!
//! Only the issuer's keys and a timer are always needed. The methods of all other ports have a body, for those whose
//! [`Config`](crate::Config) does not ask for them: `impl Tombstones for Mine {}`. No guard calls it then.

use oauth_core::{Fault, UnixTime};

/// A response of the authorization server.
#[derive(Clone, Debug)]
pub struct Reply {
    /// The status code; a redirect is not followed.
    pub status: u16,
    /// The body, bounded by the one that read it.
    pub body: Vec<u8>,
}

impl Reply {
    /// The body of a 200. Any other answer is a fault: the question was not answered.
    pub fn answer(self, what: &'static str) -> Result<Vec<u8>, Fault> {
        match self.status {
            200 => Ok(self.body),
            status => Err(Fault::new(what, format_args!("status {status}"))),
        }
    }
}

/// The issuer's key set.
pub trait KeySource {
    /// Fetches the key set (RFC 7517 §5). A fault means that no response came; the guard sets the timeout.
    async fn fetch_jwks(&self) -> Result<Reply, Fault>;
}

/// The platform's timer.
pub trait Timer {
    /// Waits for this many milliseconds. It begins when it is first polled.
    async fn pause(&self, milliseconds: u32);
}

/// A copy of the issuer's keys that isolates share. It is trusted like the issuer: whoever can write it can forge tokens.
pub trait KeyCopies {
    /// The copy, if one can be read.
    async fn read_keys(&self) -> Option<Vec<u8>> {
        None
    }

    /// Stores a copy, on a best-effort basis; after the answer, if the platform can.
    async fn write_keys(&self, _copy: &[u8]) {}
}

/// The authorization server's introspection endpoint (RFC 7662).
pub trait Introspection {
    /// Introspects a token. A fault means that no response came.
    async fn introspect(&self, _token: &str) -> Result<Reply, Fault> {
        Err(not_asked_for("guard.introspection"))
    }
}

/// The store of tombstones.
pub trait Tombstones {
    /// The record under this key, if there is one. Each request waits for it.
    async fn tombstone(&self, _key: &str) -> Result<Option<Vec<u8>>, Fault> {
        Err(not_asked_for("guard.tombstone"))
    }
}

/// The hash of a DPoP proof's key and `jti`.
pub type ProofHash = [u8; 32];

/// The memory of used DPoP proofs (RFC 9449 §11.1). [`ProofMemory`](crate::ProofMemory) is one for a single isolate.
pub trait Proofs {
    /// Remembers a proof until then; true if it was not remembered before. Of any number of concurrent calls for one
    /// proof, one is the first.
    async fn first_use(
        &self,
        _proof: &ProofHash,
        _until: UnixTime,
        _now: UnixTime,
    ) -> Result<bool, Fault> {
        Err(not_asked_for("guard.proofs"))
    }
}

/// The rate limiter.
pub trait RateLimits {
    /// Counts one request of a client; true if it may pass. On a fault it passes.
    async fn within_rate(&self, _client_id: &str) -> Result<bool, Fault> {
        Err(not_asked_for("guard.rate"))
    }
}

/// The certificate with whose key the client opened its connection (RFC 8705 §3).
pub trait Certificate {
    /// The SHA-256 of the certificate's DER, base64url without padding; none if there is no certificate. Asked only for
    /// tokens that are bound to one.
    fn thumbprint(&self) -> Option<String> {
        None
    }
}

/// The ports for JWTs.
pub(crate) trait JwtPorts: KeySource + KeyCopies + Timer {}

impl<T: KeySource + KeyCopies + Timer> JwtPorts for T {}

/// The ports for opaque tokens.
pub trait OpaquePorts: Introspection + Timer {}

impl<T: Introspection + Timer> OpaquePorts for T {}

/// All ports; whatever implements each of them implements this.
pub trait Ports:
    KeySource + Timer + KeyCopies + Introspection + Tombstones + Proofs + RateLimits + Certificate
{
}

impl<T> Ports for T where
    T: KeySource
        + Timer
        + KeyCopies
        + Introspection
        + Tombstones
        + Proofs
        + RateLimits
        + Certificate
{
}

fn not_asked_for(what: &'static str) -> Fault {
    Fault::new(
        what,
        "the configuration needs this port; implement it or change the configuration",
    )
}
