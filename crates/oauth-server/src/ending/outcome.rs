//! The outcome of ending a user's grants, for the endpoints and the pages that report it.

/// The outcome of ending them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    /// This number of grants, and none is left.
    All(usize),
    /// This number of grants; the `Person` object's alarm ends the rest.
    Some(usize),
    /// There is no such grant.
    Unknown,
}
