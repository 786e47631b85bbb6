//! The page's buttons: one view for all of them, so that each costs its closures only.

use leptos::prelude::*;

/// A button.
pub(super) struct Button {
    /// Its classes.
    pub(super) class: &'static str,
    /// Its text.
    pub(super) says: Signal<String>,
    /// Its accessible name, where that is more than its text.
    pub(super) called: Signal<String>,
    /// Whether it cannot be pressed now.
    pub(super) disabled: Signal<bool>,
    /// Whether it is out of place now.
    pub(super) hidden: Signal<bool>,
    /// Its action.
    pub(super) press: Box<dyn Fn()>,
}

impl Button {
    /// A small button that is always there.
    pub(super) fn new(says: &'static str, press: impl Fn() + 'static) -> Self {
        let says = Signal::stored(says.to_owned());
        Self {
            class: "button small",
            says,
            called: says,
            disabled: Signal::stored(false),
            hidden: Signal::stored(false),
            press: Box::new(press),
        }
    }

    /// The same with other classes.
    pub(super) fn class(self, class: &'static str) -> Self {
        Self { class, ..self }
    }

    /// The same, out of place while `hidden` says so.
    pub(super) fn hidden(self, hidden: impl Fn() -> bool + Send + Sync + 'static) -> Self {
        let hidden = Signal::derive(hidden);
        Self { hidden, ..self }
    }

    /// The same, not to be pressed while `disabled` says so.
    pub(super) fn disabled(self, disabled: impl Fn() -> bool + Send + Sync + 'static) -> Self {
        let disabled = Signal::derive(disabled);
        Self { disabled, ..self }
    }

    /// The view.
    pub(super) fn view(self) -> AnyView {
        let press = self.press;
        view! {
            <button
                type="button"
                class=self.class
                aria-label=self.called
                disabled=self.disabled
                hidden=self.hidden
                on:click=move |_| press()
            >
                {self.says}
            </button>
        }
        .into_any()
    }
}
