//! Run once, run many, and the outcome.

use leptos::prelude::*;
use maud::html;

use super::button::Button;
use super::duration::{milliseconds, whole};
use super::many::{self, Many};
use super::markup::{figures, painted};
use super::page::{Authorization, OperatorPage};
use super::panel::{Panel, Place};
use super::tally::Summary;
use crate::text::texts;

/// The panel.
pub(super) const PANEL: Panel = Panel {
    place: Place::Main,
    view: |page| controls(page).into_any(),
};

fn controls(page: OperatorPage) -> impl IntoView {
    let run = Button::new(texts().operator.run, move || page.spawn(page.run()))
        .class("button primary")
        .disabled(move || held(page));
    view! {
        <section class="card stack" aria-label=texts().operator.run>
            <div class="run-row">
                {run.view()}
                {many_form(page)}
            </div>
            <p class="small" role="status">{page.announcement}</p>
            {progress(page)}
            {sums(page)}
        </section>
    }
}

/// Whether nothing can be begun now.
fn held(page: OperatorPage) -> bool {
    page.busy.get() || page.provoking.get() || !page.authorization.with(Authorization::allows_calls)
}

fn many_form(page: OperatorPage) -> impl IntoView {
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
        let free = untrack(|| !held(page));
        if let Some((count, at_once)) = untrack(wanted).filter(|_| free) {
            many::begin(page, count, at_once);
        }
    };
    view! {
        <form class="run-many" on:submit=begin>
            {number(texts().operator.how_many, "how-many", "200", count)}
            {number(texts().operator.at_once, "at-once", "20", at_once)}
            <button
                type="submit"
                class="button"
                disabled=Signal::derive(move || held(page) || wanted().is_none())
            >
                {texts().operator.run_many}
            </button>
            <span class="small muted" id="many-limits">{texts().operator.many_limits}</span>
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
                prop:value=text
                on:input:target=move |event| text.set(event.target().value())
            />
        </label>
    }
}

fn progress(page: OperatorPage) -> impl IntoView {
    let of = move |read: fn(&Many) -> usize| {
        page.many
            .with(|many| many.as_ref().map(read).unwrap_or_default())
    };
    let cancel = Button::new(texts().operator.cancel, move || many::cancel(page))
        .disabled(move || of(|many| usize::from(many.cancelled)) > 0);
    let bar = move || {
        let (ended, asked) = (
            of(|many| many.tallies.len()),
            of(|many| many.asked as usize),
        );
        let (value, max) = (ended.to_string(), asked.to_string());
        html! {
            progress aria-label=(texts().operator.progress) value=(value) max=(max) {}
            span.small { ((texts().operator.of)(&value, &max)) }
        }
    };
    let gone = Signal::derive(move || of(|many| usize::from(many.is_going())) == 0);
    view! {
        <div class="row progress" hidden=gone>
            {painted(bar)}
            {cancel.view()}
        </div>
    }
}

/// The outcome of many runs, once they have ended.
fn sums(page: OperatorPage) -> impl IntoView {
    let sum = move || {
        page.many.with(|many| {
            many.as_ref()
                .filter(|many| !many.is_going())
                .map(Many::summary)
        })
    };
    let choice = move |name: &'static str, which: fn(Summary) -> Option<u32>| {
        let number = move || sum().and_then(which);
        Button::new(name, move || page.chosen.set(untrack(number)))
            .hidden(move || number().is_none())
            .view()
    };
    let figures = move || sum().map(|sum| figures(named(&sum).into_iter()));
    view! {
        <div role="group" aria-label=texts().operator.summary hidden=Signal::derive(move || sum().is_none())>
            {painted(move || html! { @if let Some(figures) = figures() { (figures) } })}
            <div class="row section-tight">
                {choice(texts().operator.show_slowest, |sum| sum.slowest)}
                {choice(texts().operator.show_failed, |sum| sum.first_failed)}
            </div>
        </div>
    }
}

fn named(sum: &Summary) -> [(&'static str, String); 6] {
    let time =
        |value: Option<u64>| value.map_or_else(|| texts().operator.none.to_owned(), milliseconds);
    [
        (texts().operator.succeeded, sum.succeeded.to_string()),
        (texts().operator.failed, sum.failed.to_string()),
        (texts().operator.median, time(sum.median)),
        (texts().operator.slow, time(sum.slow)),
        (texts().operator.from_cache, sum.cached.to_string()),
        (texts().operator.retries, sum.retries.to_string()),
    ]
}
