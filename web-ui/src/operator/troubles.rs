//! The troubles that an operator may provoke, each with what to expect of the caller.

use leptos::prelude::*;
use wire::{ActiveTrouble, Trouble};

use super::desk::Desk;
use super::duration::{left, seconds};
use crate::words::en as words;

/// The panel; where troubles are switched off it says so.
pub(super) fn troubles(desk: Desk) -> impl IntoView {
    let offered = Memo::new(move |_| {
        desk.seen
            .with(|seen| seen.as_ref().map(|seen| seen.status.troubles.clone()))
    });
    view! {
        <section class="card stack" aria-labelledby="trouble-heading">
            <h2 id="trouble-heading">{words::TROUBLE}</h2>
            {move || match offered.get() {
                Some(list) if list.is_empty() => view! { <p class="small muted">{words::TROUBLE_OFF}</p> }.into_any(),
                Some(list) => {
                    let rows: Vec<_> = list.into_iter().map(|trouble| row(desk, trouble)).collect();
                    view! {
                        <p class="small muted">{words::TROUBLE_LEAD}</p>
                        <ul class="states">{rows}</ul>
                    }.into_any()
                }
                None => ().into_any(),
            }}
        </section>
    }
}

fn row(desk: Desk, trouble: Trouble) -> impl IntoView {
    let (name, about) = words::trouble_words(trouble);
    let active = Memo::new(move |_| {
        desk.seen
            .with(|seen| is_active(seen.as_ref()?.status.trouble, trouble))
    });
    let action = move || {
        if active.get().is_some() {
            words::END
        } else {
            words::PROVOKE
        }
    };
    let countdown = move || {
        let told = desk.seen.with(|seen| seen.as_ref().map(|seen| seen.at));
        active
            .get()
            .zip(told)
            .map_or_else(String::new, |(value, told)| {
                let left = left(value, told, desk.now.get());
                format!("{} {}", words::ENDS_IN, seconds(left))
            })
    };
    let press = move |_| {
        let wanted = active.get_untracked().is_none().then_some(trouble);
        desk.spawn(desk.provoke(wanted));
    };
    view! {
        <li class="trouble">
            <strong class="small">{name}</strong>
            <span class="status warn" hidden=move || active.get().is_none()>{countdown}</span>
            <button type="button" class="button small" aria-label=move || format!("{} {name}", action()) on:click=press>
                {action}
            </button>
            <span class="small muted">{about}</span>
        </li>
    }
}

/// Seconds until `trouble` ends by itself, if it is the one that is provoked.
fn is_active(now: Option<ActiveTrouble>, trouble: Trouble) -> Option<i64> {
    now.filter(|now| now.trouble == trouble)
        .map(|now| now.seconds_left)
}
