//! The design that is tried: ours, or one that is broken on purpose, to see that it is found out.

/// A design.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Design {
    /// What runs in production.
    #[default]
    Production,
    /// Objects answer before what they wrote is durable.
    AnswersBeforeDurable,
    /// Something is awaited between the check and the mark.
    AwaitBetweenCheckAndMark,
    /// A fault is told as a refusal.
    FaultToldAsNo,
}

impl Design {
    /// Every broken design.
    pub const BROKEN: [Self; 3] = [
        Self::AnswersBeforeDurable,
        Self::AwaitBetweenCheckAndMark,
        Self::FaultToldAsNo,
    ];

    pub(crate) fn answers_before_durable(self) -> bool {
        self == Self::AnswersBeforeDurable
    }
}
