//! Run once, run many, and what came of it.

use leptos::prelude::*;

use super::desk::{Desk, Door};
use super::duration::{milliseconds, whole};
use super::many::{self, Many};
use super::tally::Summary;
use crate::words::en as words;

/// The buttons, the fields, and the outcome.
pub(super) fn controls(desk: Desk) -> impl IntoView {
    view! {
        <section class="card stack" aria-label=words::RUN>
            <div class="run-row">
                <button
                    type="button"
                    class="button primary"
                    disabled=move || desk.busy.get() || !desk.door.with(Door::lets_in)
                    on:click=move |_| desk.spawn(desk.run())
                >
                    {words::RUN}
                </button>
                {many_form(desk)}
            </div>
            <p class="small" role="status">{move || desk.said.get()}</p>
            {progress(desk)}
            {move || desk.many.with(|many| many.as_ref().filter(|many| !many.is_going()).map(|many| sums(desk, many)))}
        </section>
    }
}

fn many_form(desk: Desk) -> impl IntoView {
    let (count, at_once) = (
        RwSignal::new("50".to_owned()),
        RwSignal::new("5".to_owned()),
    );
    let wanted = move || {
        let count = count.with(|text| whole(text, 1, 200))?;
        Some((count, at_once.with(|text| whole(text, 1, 20))?))
    };
    let begin = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let free = !desk.busy.get_untracked() && desk.door.with_untracked(Door::lets_in);
        if let Some((count, at_once)) = untrack(wanted).filter(|_| free) {
            many::begin(desk, count, at_once);
        }
    };
    view! {
        <form class="run-many" on:submit=begin>
            {number(words::HOW_MANY, "how-many", "200", count)}
            {number(words::AT_ONCE, "at-once", "20", at_once)}
            <button
                type="submit"
                class="button"
                disabled=move || desk.busy.get() || wanted().is_none() || !desk.door.with(Door::lets_in)
            >
                {words::RUN_MANY}
            </button>
            <span class="small muted" id="many-limits">{words::MANY_LIMITS}</span>
        </form>
    }
}

fn number(
    name: &'static str,
    id: &'static str,
    most: &'static str,
    text: RwSignal<String>,
) -> impl IntoView {
    view! {
        <label class="number small">
            {name}
            <input
                type="number"
                id=id
                min="1"
                max=most
                step="1"
                inputmode="numeric"
                aria-describedby="many-limits"
                prop:value=move || text.get()
                on:input:target=move |event| text.set(event.target().value())
            />
        </label>
    }
}

fn progress(desk: Desk) -> impl IntoView {
    let going = move || {
        desk.many
            .with(|many| many.as_ref().is_some_and(Many::is_going))
    };
    let ended = move || {
        desk.many.with(|many| {
            many.as_ref()
                .map_or((0, 0), |many| (many.tallies.len(), many.asked))
        })
    };
    let cancelled = move || {
        desk.many
            .with(|many| many.as_ref().is_some_and(|many| many.cancelled))
    };
    view! {
        <Show when=going>
            <div class="row">
                <progress
                    aria-label=words::PROGRESS
                    max=move || ended().1.to_string()
                    value=move || ended().0.to_string()
                ></progress>
                <span class="small">{move || format!("{} {} {}", ended().0, words::OF, ended().1)}</span>
                <button type="button" class="button small" disabled=cancelled on:click=move |_| many::cancel(desk)>
                    {words::CANCEL}
                </button>
            </div>
        </Show>
    }
}

fn sums(desk: Desk, many: &Many) -> impl IntoView + use<> {
    let sum = many.summary();
    let figures: Vec<_> = figures(&sum)
        .into_iter()
        .map(|(name, value)| figure(name, value))
        .collect();
    let choice = move |name: &'static str, number: Option<u32>| {
        number.map(|number| {
            view! {
                <button type="button" class="button small" on:click=move |_| desk.chosen.set(Some(number))>{name}</button>
            }
        })
    };
    view! {
        <dl class="figures" aria-label=words::SUMMARY>{figures}</dl>
        <div class="row">
            {choice(words::SHOW_SLOWEST, sum.slowest)}
            {choice(words::SHOW_FAILED, sum.first_failed)}
        </div>
    }
}

fn figures(sum: &Summary) -> [(&'static str, String); 6] {
    let time = |value: Option<u64>| value.map_or_else(|| words::NONE.to_owned(), milliseconds);
    [
        (words::SUCCEEDED, sum.succeeded.to_string()),
        (words::FAILED, sum.failed.to_string()),
        (words::MEDIAN, time(sum.median)),
        (words::SLOW, time(sum.slow)),
        (words::FROM_CACHE, sum.cached.to_string()),
        (words::RETRIES, sum.retries.to_string()),
    ]
}

/// One figure with its name.
pub(super) fn figure(name: &'static str, value: String) -> impl IntoView {
    view! { <div class="figure"><dt>{name}</dt><dd>{value}</dd></div> }
}
