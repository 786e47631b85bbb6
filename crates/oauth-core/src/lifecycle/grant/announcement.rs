//! What must still be announced of a grant that has ended before its time.
//!
//! It is committed together with the end, and removed when everyone who must know it can: an answer, a worker or an object
//! that is lost in between hides no end.

use from_json::FromJson;
use serde::Serialize;

use super::{Command, EndReason, Grant};
use crate::UnixTime;

/// An end that is not announced yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, FromJson)]
#[serde(deny_unknown_fields)]
pub struct Unannounced {
    /// When the grant ended.
    pub at: UnixTime,
    /// The origin of the end.
    pub source: RevocationSource,
}

#[cfg(test)]
documented::stored!(Unannounced);

/// The origin of a grant's end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, FromJson)]
#[serde(rename_all = "snake_case")]
pub enum RevocationSource {
    /// The user's object, which has ended some or all of their grants and announces that itself.
    #[default]
    Index,
    /// A request about this grant alone.
    Request,
}

impl RevocationSource {
    /// Whether it is the one that commands of earlier versions mean.
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
    pub(super) const fn is_index(&self) -> bool {
        matches!(self, Self::Index)
    }
}

impl Grant {
    /// The grant after `command` has ended it, with what is to be announced. Its last access token was issued at
    /// `issued_at`.
    pub(super) fn ended_by(
        self,
        command: &Command,
        issued_at: Option<UnixTime>,
        now: UnixTime,
    ) -> Self {
        let (source, covered) = match command {
            Command::Revoke(revocation) => (revocation.source, revocation.ended_at),
            Command::Push(_)
            | Command::Open(_)
            | Command::Begin(_)
            | Command::Start(_)
            | Command::Redeem(_)
            | Command::Refresh(_)
            | Command::Check(_) => (RevocationSource::Request, None),
        };
        // The index ends everything at once and then each grant. What was issued in between is later than what it
        // announces, and so is what a faster clock has dated.
        let is_later = covered.zip(issued_at).is_some_and(|(at, last)| last > at);
        let unannounced = Unannounced { at: now, source };
        self.with(|reason| (is_later || is_its_own(reason, source)).then_some(unannounced))
    }

    /// When the last of its access tokens was issued.
    pub(super) const fn issued_at(&self) -> Option<UnixTime> {
        match self {
            Self::Active(active) => active.issued_at,
            Self::Pushed { .. } | Self::CodeIssued { .. } | Self::Ended { .. } => None,
        }
    }

    /// What is still to be announced.
    pub const fn unannounced(&self) -> Option<Unannounced> {
        match self {
            Self::Ended { unannounced, .. } => *unannounced,
            Self::Pushed { .. } | Self::CodeIssued { .. } | Self::Active(_) => None,
        }
    }

    /// The grant once its end has been announced.
    #[must_use]
    pub fn announced(self) -> Self {
        self.with(|_| None)
    }

    fn with(mut self, change: impl FnOnce(EndReason) -> Option<Unannounced>) -> Self {
        if let Self::Ended {
            reason,
            unannounced,
            ..
        } = &mut self
        {
            *unannounced = change(*reason);
        }
        self
    }
}

/// Whether the announcement of a whole user or client does not cover this end.
const fn is_its_own(reason: EndReason, source: RevocationSource) -> bool {
    match (reason, source) {
        (EndReason::ClientDisabled, _)
        | (EndReason::SignedOut | EndReason::UserDisabled, RevocationSource::Index) => false,
        (
            EndReason::CodeReplayed
            | EndReason::RefreshReused
            | EndReason::TooManyTries
            | EndReason::TooManyGrants
            | EndReason::Revoked
            | EndReason::SignedOut
            | EndReason::ConsentWithdrawn
            | EndReason::UserDisabled,
            _,
        ) => true,
    }
}
