//! Light, dark, or as the system has it; the choice is remembered. `boot.js` applies it before the first paint.

use leptos::prelude::*;
use web_sys::{Element, Storage, window};

use crate::text::texts;

const KEY: &str = "ostiary.theme";

/// The person's choice.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Theme {
    System,
    Light,
    Dark,
}

impl Theme {
    const ALL: [Self; 3] = [Self::System, Self::Light, Self::Dark];

    const fn slug(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::System => texts().frame.theme_system,
            Self::Light => texts().frame.theme_light,
            Self::Dark => texts().frame.theme_dark,
        }
    }

    fn remembered() -> Self {
        let kept = store().and_then(|store| store.get_item(KEY).ok().flatten());
        Self::ALL
            .into_iter()
            .find(|theme| Some(theme.slug()) == kept.as_deref())
            .unwrap_or(Self::System)
    }

    fn apply(self) {
        if let Some(root) = root() {
            let _ = match self {
                Self::System => root.remove_attribute("data-theme"),
                Self::Light | Self::Dark => root.set_attribute("data-theme", self.slug()),
            };
        }
        if let Some(store) = store() {
            let _ = store.set_item(KEY, self.slug());
        }
    }
}

fn store() -> Option<Storage> {
    window()?.local_storage().ok().flatten()
}

fn root() -> Option<Element> {
    window()?.document()?.document_element()
}

/// The switch in the header.
#[component]
pub(crate) fn ThemeSwitch() -> impl IntoView {
    let chosen = RwSignal::new(Theme::remembered());
    let buttons = Theme::ALL.map(|theme| {
        view! {
            <button
                type="button"
                aria-pressed=move || if chosen.get() == theme { "true" } else { "false" }
                on:click=move |_| {
                    theme.apply();
                    chosen.set(theme);
                }
            >
                {theme.name()}
            </button>
        }
    });
    view! { <div class="theme" role="group" aria-label=texts().frame.theme>{buttons.into_iter().collect_view()}</div> }
}
