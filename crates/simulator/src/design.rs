//! The design under test: the real one, or one that is broken on purpose, to see that the oracle notices.

/// A design.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Design {
    /// The production design.
    #[default]
    Production,
    /// Grants are records in KV: read, decided on, written back.
    GrantsInKv,
    /// Something is awaited between the check and the mark.
    AwaitBetweenCheckAndMark,
    /// Objects answer before what they wrote is durable.
    AnswersBeforeDurable,
    /// Tokens are signed after the commit.
    SignAfterCommit,
    /// A retry within the grace gets new tokens.
    GraceMintsAnew,
    /// A used code ends its grant, whichever client presents it.
    RevokeBeforeClientMatch,
    /// Whether a token is active is answered from KV.
    IntrospectionFromKv,
    /// An end is written to KV and not to the grant.
    TombstoneInsteadOfCommit,
    /// A fault is reported as a refusal.
    FaultToldAsNo,
    /// A call whose answer was lost is sent again, whatever it does.
    EveryCallIsRetried,
    /// That a refresh token was used twice is forgotten when the object restarts.
    ReuseForgottenAtRestart,
    /// The end of a grant that has not begun leaves nothing behind.
    RevokeOfNothingLeavesNothing,
    /// The refresh token before the current one is as good as the current one.
    PreviousGenerationCounts,
    /// A record of a version that is not known is taken for none.
    UnknownVersionOverwritten,
    /// A grant is added to its person's index when its code is out already.
    IndexedAfterTheCode,
    /// Whether an end came after the request began is not looked at.
    EndsNotCounted,
}

impl Design {
    /// Every broken design.
    pub const BROKEN: &[Self] = &[
        Self::GrantsInKv,
        Self::AwaitBetweenCheckAndMark,
        Self::AnswersBeforeDurable,
        Self::SignAfterCommit,
        Self::GraceMintsAnew,
        Self::RevokeBeforeClientMatch,
        Self::IntrospectionFromKv,
        Self::TombstoneInsteadOfCommit,
        Self::FaultToldAsNo,
        Self::EveryCallIsRetried,
        Self::ReuseForgottenAtRestart,
        Self::PreviousGenerationCounts,
        Self::RevokeOfNothingLeavesNothing,
        Self::UnknownVersionOverwritten,
        Self::IndexedAfterTheCode,
        Self::EndsNotCounted,
    ];
}
