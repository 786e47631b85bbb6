//! A step of the walkthrough, and its state.

use std::pin::Pin;

use leptos::prelude::AnyView;

use super::STEPS;
use super::state::Flow;
use crate::text::{StepText, texts};

/// A step of the walkthrough, as its own file exports it.
pub(crate) struct Step {
    /// Its name in this program.
    pub(crate) id: &'static str,
    /// Its texts.
    pub(crate) text: fn() -> &'static StepText,
    /// Takes it, and gives what it did, or why it was refused.
    pub(crate) take: fn(Flow) -> Taking,
    /// Its view.
    pub(crate) body: fn(Flow) -> AnyView,
    /// Its button.
    pub(crate) button: Button,
    /// Its effect on this page.
    pub(crate) page: Page,
}

/// A step that is being taken.
pub(crate) type Taking = Pin<Box<dyn Future<Output = Result<String, String>>>>;

/// The button of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Button {
    /// The frame draws one.
    Framed,
    /// The parts of the step have their own.
    OfParts,
}

/// The effect of a step on this page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Page {
    /// The page stays.
    Stays,
    /// The browser leaves it.
    Left,
}

impl PartialEq for Step {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl Step {
    /// The step's place, from 0.
    pub(crate) fn index(&self) -> usize {
        let mut steps = STEPS.into_iter();
        steps.position(|step| step == self).unwrap_or_default()
    }

    /// The step after this one.
    pub(crate) fn next(&self) -> Option<&'static Self> {
        STEPS.get(self.index() + 1).copied()
    }

    /// The step before this one.
    pub(crate) fn previous(&self) -> Option<&'static Self> {
        self.index()
            .checked_sub(1)
            .and_then(|index| STEPS.get(index).copied())
    }

    /// Its title with its number.
    pub(crate) fn title(&self) -> String {
        (texts().flow.step)(self.index() + 1, (self.text)().title)
    }

    /// The id of its region.
    pub(crate) fn region(&self) -> String {
        format!("step-{}", self.index() + 1)
    }

    /// The id of its heading.
    pub(crate) fn heading(&self) -> String {
        format!("{}-heading", self.region())
    }

    /// The id of its button.
    pub(crate) fn action_id(&self) -> String {
        format!("{}-action", self.region())
    }
}

/// The state of a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum StepState {
    /// An earlier step comes first.
    Waiting,
    /// It can be taken.
    Ready,
    /// It is being taken.
    Working,
    /// It went well; the text says what it did.
    Done(String),
    /// A check or a server refused; the text says why.
    Refused(String),
}

impl StepState {
    /// The state in one word.
    pub(crate) fn word(&self) -> &'static str {
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

    /// The outcome of the step.
    pub(crate) fn outcome(&self) -> Option<&str> {
        match self {
            Self::Done(text) | Self::Refused(text) => Some(text),
            Self::Waiting | Self::Ready | Self::Working => None,
        }
    }
}
