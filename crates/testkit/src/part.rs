//! The parts of a world, and what was asked of them.

use oauth_core::lifecycle::{
    object::ObjectKind as _, one_time::ReplayKind, throttle::ThrottleKind,
};

/// A part of the world that can be broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// The registered clients.
    Clients,
    /// The users.
    Users,
    /// The consents.
    Consents,
    /// The grants.
    Grants,
    /// The login sessions.
    Sessions,
    /// The hosted objects with this binding.
    Object(&'static str),
    /// The signing keys.
    Keys,
    /// The records in KV.
    Cache,
    /// The audit log, for what waits until it is stored.
    Audit,
}

impl Part {
    /// The one-time values.
    pub const ONE_TIME: Self = Self::Object(ReplayKind::BINDING);
    /// The counted attempts.
    pub const ATTEMPTS: Self = Self::Object(ThrottleKind::BINDING);
}

/// The calls to a world.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Asked {
    /// A part, to read or to write.
    Part(Part),
    /// A grant's record was written.
    GrantWritten,
    /// Rows of a user's object were written.
    PersonWritten,
    /// The cache, to read: a subset of what is asked of [`Part::Cache`].
    CacheRead,
}
