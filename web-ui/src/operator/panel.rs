//! The panels of the page. To add one, write its file, list it here and write its texts.

use leptos::prelude::*;

use super::page::{Authorization, OperatorPage};
use super::{authorization, caller, controls, counted, hours, runs, shown, troubles};

/// A panel, as its own file exports it.
pub(super) struct Panel {
    /// Its place on the page.
    pub(super) place: Place,
    /// Its view.
    pub(super) view: fn(OperatorPage) -> AnyView,
}

/// A place on the page. Those that show the caller's state are there while the person may ask for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// Above all others.
    Notices,
    /// The main column.
    Main,
    /// Beside the main column: the caller now.
    Aside,
    /// Below both: the history, side by side.
    History,
    /// At the end.
    Totals,
}

/// Every panel; those of one place in their order.
const PANELS: [&Panel; 8] = [
    &authorization::PANEL,
    &controls::PANEL,
    &shown::PANEL,
    &caller::PANEL,
    &troubles::PANEL,
    &runs::PANEL,
    &hours::PANEL,
    &counted::PANEL,
];

/// The panels at their places.
pub(super) fn panels(page: OperatorPage) -> impl IntoView {
    let at = |place| {
        let here = PANELS.into_iter().filter(move |panel| panel.place == place);
        here.map(|panel| (panel.view)(page)).collect_view()
    };
    let closed = Signal::derive(move || !page.authorization.with(Authorization::allows_calls));
    view! {
        {at(Place::Notices)}
        <div class="operator section-tight">
            <div class="stack">{at(Place::Main)}</div>
            <div class="stack" hidden=closed>{at(Place::Aside)}</div>
        </div>
        <div hidden=closed>
            <div class="pair section">{at(Place::History)}</div>
            {at(Place::Totals)}
        </div>
    }
}
