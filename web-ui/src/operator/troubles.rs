//! The troubles that an operator may provoke, each with the behaviour to expect of the caller.

use leptos::prelude::*;
use maud::html;
use wire::{ActiveTrouble, Trouble};

use super::button::Button;
use super::duration::{self, seconds};
use super::markup::painted;
use super::page::{OperatorPage, Snapshot};
use super::panel::{Panel, Place};
use crate::text::texts;

/// The panel; where troubles are switched off it says so.
pub(super) const PANEL: Panel = Panel {
    place: Place::Aside,
    view: |page| troubles(page).into_any(),
};

fn troubles(page: OperatorPage) -> impl IntoView {
    let rows: Vec<_> = Trouble::ALL
        .iter()
        .map(|trouble| row(page, *trouble))
        .collect();
    let count = move || {
        page.snapshot.with(|snapshot| {
            let snapshot = snapshot.as_ref()?;
            Some(snapshot.status.troubles.len())
        })
    };
    let lead = move || {
        let lead = count().map(|count| match count {
            0 => texts().operator.trouble_off,
            _ => texts().operator.trouble_lead,
        });
        html! {
            @if let Some(lead) = lead { p.small.muted { (lead) } }
        }
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
        page.snapshot
            .with(|snapshot| seconds_left(snapshot.as_ref()?.status.trouble, trouble))
    };
    let action = move || match active() {
        Some(_) => texts().operator.end,
        None => texts().operator.provoke,
    };
    let action_named = move || match active() {
        Some(_) => (texts().operator.end_named)(name),
        None => (texts().operator.provoke_named)(name),
    };
    let countdown = move || active().map_or_else(String::new, |seconds| countdown(page, seconds));
    let press = move || {
        let wanted = untrack(active).is_none().then_some(trouble);
        page.spawn(page.provoke(wanted));
    };
    let button = Button {
        says: Signal::derive(move || action().to_owned()),
        called: Signal::derive(action_named),
        ..Button::new("", press).disabled(move || page.provoking.get())
    };
    let absent = move || {
        !page
            .snapshot
            .with(|snapshot| offered(snapshot.as_ref(), trouble))
    };
    view! {
        <li class="trouble" hidden=Signal::derive(absent)>
            <strong class="small">{name}</strong>
            <span class="status warn" hidden=Signal::derive(move || active().is_none())>{Signal::derive(countdown)}</span>
            {button.view()}
            <span class="small muted">{about}</span>
        </li>
    }
}

/// `ends in 90 s`, where `left` seconds were left when the caller's state arrived.
fn countdown(page: OperatorPage, left: i64) -> String {
    let at = page
        .snapshot
        .with(|snapshot| snapshot.as_ref().map(|snapshot| snapshot.at));
    let now = page.now.get();
    (texts().operator.ends_in)(&seconds(duration::left(left, at.unwrap_or(now), now)))
}

fn offered(snapshot: Option<&Snapshot>, trouble: Trouble) -> bool {
    snapshot.is_some_and(|snapshot| snapshot.status.troubles.contains(&trouble))
}

/// Seconds until `trouble` ends by itself, if it is the one that is provoked.
fn seconds_left(now: Option<ActiveTrouble>, trouble: Trouble) -> Option<i64> {
    now.filter(|now| now.trouble == trouble)
        .map(|now| now.seconds_left)
}
