//! `/operator`: a machine-to-machine run, hop by hop.

use leptos::prelude::*;
use oauth_client::HttpCall;
use wire::{Config, OperatorAuth, Problem, Run, Status};

use super::operator_run::{in_full, runs_table};
use super::operator_status::status_figures;
use crate::browser;
use crate::config;
use crate::fetch::send;
use crate::message::{Answered, Reply};
use crate::task;
use crate::words::en as words;

/// How many runs the page remembers.
const REMEMBERED: usize = 20;

/// What the page knows.
#[derive(Clone, Copy)]
struct Desk {
    runs: RwSignal<Vec<Run>>,
    json: RwSignal<String>,
    status: RwSignal<Option<Status>>,
    failure: RwSignal<Option<String>>,
    busy: RwSignal<bool>,
    guarded: RwSignal<bool>,
}

impl Desk {
    async fn refresh(self) {
        if self.guarded.get_untracked() {
            return;
        }
        let call = HttpCall::get(format!("{}/m2m/status", browser::origin()));
        if let Reply::Answered(answered) = send(&call).await {
            self.status.set(serde_json::from_str(&answered.body).ok());
        }
    }

    async fn run(self) {
        self.busy.set(true);
        self.failure.set(None);
        let call = HttpCall::post_json(format!("{}/m2m/run", browser::origin()), "{}");
        match send(&call).await {
            Reply::Answered(answered) => self.take(&answered),
            Reply::Unreachable(cause) => self
                .failure
                .set(Some(format!("{}: {cause}", words::NO_ANSWER))),
            Reply::Navigated => {}
        }
        self.refresh().await;
        self.busy.set(false);
    }

    fn take(self, answered: &Answered) {
        if let Ok(run) = serde_json::from_str::<Run>(&answered.body) {
            self.json
                .set(crate::mask::indented(&answered.body).unwrap_or_default());
            self.runs.update(|runs| {
                runs.insert(0, run);
                runs.truncate(REMEMBERED);
            });
            return;
        }
        let problem = serde_json::from_str::<Problem>(&answered.body);
        self.failure.set(Some(problem.map_or_else(
            |_| format!("{} ({})", words::RUN_UNREADABLE, answered.status),
            |problem| format!("{}: {}", answered.status, problem.error_description),
        )));
    }

    fn spoken(self) -> String {
        if self.busy.get() {
            return words::RUN_WORKING.to_owned();
        }
        if self.failure.with(Option::is_some) {
            return words::RUN_FAILED.to_owned();
        }
        self.runs.with(|runs| {
            runs.first().map_or_else(String::new, |run| {
                let word = if run.outcome.is_success() {
                    words::RUN_DONE
                } else {
                    words::RUN_FAILED
                };
                format!("{word}, {} ms", run.milliseconds)
            })
        })
    }
}

/// The operator's page.
#[component]
pub(crate) fn Operator() -> impl IntoView {
    browser::name_page(words::TITLE_OPERATOR);
    let desk = Desk {
        runs: RwSignal::new(Vec::new()),
        json: RwSignal::new(String::new()),
        status: RwSignal::new(None),
        failure: RwSignal::new(None),
        busy: RwSignal::new(false),
        guarded: RwSignal::new(false),
    };
    task::spawn(desk.busy, async move {
        let config = config::load().await.ok();
        let guarded = |config: &Config| config.operator_auth == OperatorAuth::Required;
        desk.guarded.set(config.as_ref().is_some_and(guarded));
        desk.refresh().await;
    });
    view! {
        <h1>{words::OPERATOR_HEADING}</h1>
        <p class="lead">{words::OPERATOR_LEAD}</p>
        <div class="row section-tight">
            <button
                type="button"
                class="button primary"
                disabled=move || desk.busy.get() || desk.guarded.get()
                on:click=move |_| task::spawn(desk.busy, desk.run())
            >
                {words::RUN}
            </button>
            <span class="small muted" role="status">{move || desk.spoken()}</span>
        </div>
        {notices(desk)}
        {status_figures(desk.status)}
        {move || desk.runs.with(|runs| runs.first().map(|run| in_full(run, desk.json.get())))}
        {runs_table(desk.runs)}
    }
}

fn notices(desk: Desk) -> impl IntoView {
    view! {
        <Show when=move || desk.guarded.get()>
            <p class="notice section-tight">{words::OPERATOR_GUARDED}</p>
        </Show>
        <div role="alert">
            {move || desk.failure.get().map(|text| view! { <p class="notice bad section-tight">{text}</p> })}
        </div>
    }
}
