//! The parts of a world, and what was asked of them.

/// A part of the world that can be broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// The registered clients.
    Clients,
    /// The people.
    Users,
    /// The consents.
    Consents,
    /// The grants.
    Grants,
    /// The login sessions.
    Sessions,
    /// The one-time values.
    OneTime,
    /// The counted attempts.
    Attempts,
    /// The signing keys.
    Keys,
    /// The records in KV.
    Cache,
}

/// The calls to a world.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Asked {
    /// A part, to read or to write.
    Part(Part),
    /// A grant's record was written.
    GrantWritten,
    /// Rows of a person's object were written.
    PersonWritten,
    /// The cache, to read: a subset of what is asked of [`Part::Cache`].
    CacheRead,
}
