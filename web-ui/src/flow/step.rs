//! The eight steps, in their order, and how each of them stands.

use crate::text::texts;

/// A step of the walkthrough.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Make the one-time values.
    Prepare,
    /// Build the authorization request.
    Request,
    /// Leave for the authorization server.
    SignIn,
    /// Check what came back.
    Answer,
    /// Exchange the code for tokens.
    Exchange,
    /// Open the tokens.
    Tokens,
    /// Call the API.
    Call,
    /// Refresh the tokens, have one introspected, revoke them.
    Lifecycle,
}

impl Step {
    /// All steps, in their order.
    pub(crate) const ALL: [Self; 8] = [
        Self::Prepare,
        Self::Request,
        Self::SignIn,
        Self::Answer,
        Self::Exchange,
        Self::Tokens,
        Self::Call,
        Self::Lifecycle,
    ];

    /// The step's place, from 0.
    pub(crate) const fn index(self) -> usize {
        self as usize
    }

    /// The step after this one.
    pub(crate) fn next(self) -> Option<Self> {
        Self::ALL.get(self.index() + 1).copied()
    }

    /// The step before this one.
    pub(crate) fn previous(self) -> Option<Self> {
        self.index()
            .checked_sub(1)
            .and_then(|index| Self::ALL.get(index).copied())
    }

    /// What the step is called.
    pub(crate) fn title(self) -> String {
        let name = match self {
            Self::Prepare => texts().flow.step_prepare,
            Self::Request => texts().flow.step_request,
            Self::SignIn => texts().flow.step_sign_in,
            Self::Answer => texts().flow.step_answer,
            Self::Exchange => texts().flow.step_exchange,
            Self::Tokens => texts().flow.step_tokens,
            Self::Call => texts().flow.step_call,
            Self::Lifecycle => texts().flow.step_lifecycle,
        };
        (texts().flow.step)(self.index() + 1, name)
    }

    /// What its button says.
    pub(crate) const fn action(self) -> &'static str {
        match self {
            Self::Prepare => texts().flow.do_prepare,
            Self::Request => texts().flow.do_request,
            Self::SignIn => texts().flow.do_sign_in,
            Self::Answer => texts().flow.do_answer,
            Self::Exchange => texts().flow.do_exchange,
            Self::Tokens => texts().flow.do_tokens,
            Self::Call => texts().flow.do_call,
            Self::Lifecycle => texts().lifecycle.do_refresh,
        }
    }

    /// The id of the step's region.
    pub(crate) fn id(self) -> String {
        format!("step-{}", self.index() + 1)
    }

    /// The id of the step's button.
    pub(crate) fn action_id(self) -> String {
        format!("step-{}-action", self.index() + 1)
    }
}

/// How a step stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum StepState {
    /// An earlier step comes first.
    Waiting,
    /// It can be taken.
    Ready,
    /// It is being taken.
    Working,
    /// It went well; the text says what came of it.
    Done(String),
    /// A check or a server said no; the text says why.
    Refused(String),
}

impl StepState {
    /// The state in one word.
    pub(crate) const fn word(&self) -> &'static str {
        match self {
            Self::Waiting => texts().flow.waiting,
            Self::Ready => texts().flow.ready,
            Self::Working => texts().flow.working,
            Self::Done(_) => texts().flow.done,
            Self::Refused(_) => texts().flow.refused,
        }
    }

    /// The class of the state's mark.
    pub(crate) const fn status_class(&self) -> &'static str {
        match self {
            Self::Waiting | Self::Ready => "status",
            Self::Working => "status busy",
            Self::Done(_) => "status ok",
            Self::Refused(_) => "status bad",
        }
    }

    /// The class of the step's frame.
    pub(crate) const fn frame_class(&self) -> &'static str {
        match self {
            Self::Waiting => "step waiting",
            Self::Ready | Self::Working => "step ready",
            Self::Done(_) => "step finished",
            Self::Refused(_) => "step refused",
        }
    }

    /// Whether the step's button may be pressed.
    pub(crate) const fn may_be_taken(&self) -> bool {
        matches!(self, Self::Ready | Self::Refused(_))
    }

    /// What came of the step.
    pub(crate) fn outcome(&self) -> Option<&str> {
        match self {
            Self::Done(text) | Self::Refused(text) => Some(text),
            Self::Waiting | Self::Ready | Self::Working => None,
        }
    }
}
