//! The troubles that an operator may provoke, each with what to expect of the caller.

use leptos::prelude::*;
use wire::{ActiveTrouble, Trouble};

use super::button::Button;
use super::duration::{left, seconds};
use super::markup::{Markup, leaf, painted};
use super::page::{OperatorPage, Seen};
use crate::text::texts;

/// The panel; where troubles are switched off it says so.
pub(super) fn troubles(page: OperatorPage) -> impl IntoView {
    let rows: Vec<_> = Trouble::ALL
        .iter()
        .map(|trouble| row(page, *trouble))
        .collect();
    let count = move || {
        page.seen
            .with(|seen| seen.as_ref().map(|seen| seen.status.troubles.len()))
    };
    let lead = move || match count() {
        None => Markup::default(),
        Some(0) => leaf("p", "small muted", texts().operator.trouble_off),
        Some(_) => leaf("p", "small muted", texts().operator.trouble_lead),
    };
    view! {
        <section class="card stack" aria-labelledby="trouble-heading">
            <h2 id="trouble-heading">{texts().operator.trouble}</h2>
            {painted(lead)}
            <ul class="states">{rows}</ul>
        </section>
    }
}

fn row(page: OperatorPage, trouble: Trouble) -> impl IntoView {
    let (name, about) = (texts().operator.trouble_words)(trouble);
    let active = move || {
        page.seen
            .with(|seen| is_active(seen.as_ref()?.status.trouble, trouble))
    };
    let action = move || match active() {
        Some(_) => texts().operator.end,
        None => texts().operator.provoke,
    };
    let countdown = move || {
        let told = page.seen.with(|seen| seen.as_ref().map(|seen| seen.at));
        active()
            .zip(told)
            .map_or_else(String::new, |(value, told)| {
                let left = left(value, told, page.now.get());
                (texts().operator.ends_in)(&seconds(left))
            })
    };
    let press = move || {
        let wanted = untrack(active).is_none().then_some(trouble);
        page.spawn(page.provoke(wanted));
    };
    let button = Button {
        says: Signal::derive(move || action().to_owned()),
        called: Signal::derive(move || format!("{} {name}", action())),
        ..Button::new("", press).disabled(move || page.provoking.get())
    };
    let absent = move || !page.seen.with(|seen| offered(seen.as_ref(), trouble));
    view! {
        <li class="trouble" hidden=Signal::derive(absent)>
            <strong class="small">{name}</strong>
            <span class="status warn" hidden=Signal::derive(move || active().is_none())>{Signal::derive(countdown)}</span>
            {button.view()}
            <span class="small muted">{about}</span>
        </li>
    }
}

fn offered(seen: Option<&Seen>, trouble: Trouble) -> bool {
    seen.is_some_and(|seen| seen.status.troubles.contains(&trouble))
}

/// Seconds until `trouble` ends by itself, if it is the one that is provoked.
fn is_active(now: Option<ActiveTrouble>, trouble: Trouble) -> Option<i64> {
    now.filter(|now| now.trouble == trouble)
        .map(|now| now.seconds_left)
}
