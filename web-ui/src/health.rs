//! The live map: the parties, what they say to each other, and whether each is well.

use std::time::Duration;

use leptos::prelude::*;
use oauth_client::HttpCall;
use serde::de::DeserializeOwned;
use wire::{Breaker, Config, Health, OperatorAuth, PeerHealth, Status};

use crate::browser;
use crate::config;
use crate::fetch::send;
use crate::message::{Reply, milliseconds};
use crate::party::Party;
use crate::task;
use crate::text::texts;

const INTERVAL: Duration = Duration::from_secs(10);

/// How a party is.
#[derive(Clone, PartialEq)]
enum State {
    Asking,
    Well(String),
    Failing,
    Silent,
    Guarded,
}

impl State {
    const fn class(&self) -> &'static str {
        match self {
            Self::Asking => "status busy",
            Self::Well(_) => "status ok",
            Self::Failing | Self::Silent => "status bad",
            Self::Guarded => "status",
        }
    }

    fn words(&self) -> String {
        match self {
            Self::Asking => texts().overview.health_asking.to_owned(),
            Self::Well(detail) if detail.is_empty() => texts().overview.health_ok.to_owned(),
            Self::Well(detail) => format!("{} · {detail}", texts().overview.health_ok),
            Self::Failing => texts().overview.health_failing.to_owned(),
            Self::Silent => texts().overview.health_unreachable.to_owned(),
            Self::Guarded => texts().overview.health_guarded.to_owned(),
        }
    }
}

impl From<PeerHealth> for State {
    fn from(peer: PeerHealth) -> Self {
        match peer {
            PeerHealth::Ok => Self::Well(String::new()),
            PeerHealth::Failing => Self::Failing,
            PeerHealth::Unreachable => Self::Silent,
        }
    }
}

#[derive(Clone, Copy)]
struct Map {
    app: RwSignal<State>,
    auth: RwSignal<State>,
    api: RwSignal<State>,
    caller: RwSignal<State>,
    config: RwSignal<Option<Config>>,
}

impl Map {
    async fn refresh(self) {
        if self.config.with_untracked(Option::is_none) {
            self.config.set(config::load().await.ok());
        }
        match read::<Health>("/health").await {
            Ok((health, time)) => {
                self.app.set(State::Well(time));
                self.auth.set(health.auth.into());
                self.api.set(health.api.into());
            }
            Err(state) => self.app.set(state),
        }
        let guarded = self.config.with_untracked(|config| {
            config
                .as_ref()
                .is_none_or(|config| config.operator_auth == OperatorAuth::Required)
        });
        self.caller.set(if guarded {
            State::Guarded
        } else {
            caller().await
        });
    }
}

async fn caller() -> State {
    match read::<Status>("/m2m/status").await {
        Ok((status, _)) if status.breaker == Breaker::Open => State::Failing,
        Ok((_, time)) => State::Well(time),
        Err(state) => state,
    }
}

/// Reads JSON from this application's own origin, with the time that it took.
async fn read<T: DeserializeOwned>(path: &str) -> Result<(T, String), State> {
    match send(&HttpCall::get(format!("{}{path}", browser::origin()))).await {
        Reply::Answered(answered) => serde_json::from_str(&answered.body)
            .map(|value| (value, milliseconds(answered.milliseconds)))
            .map_err(|_| State::Failing),
        Reply::Navigated | Reply::Unreachable(_) => Err(State::Silent),
    }
}

/// The map.
#[component]
pub(crate) fn PartyMap() -> impl IntoView {
    let asking = || RwSignal::new(State::Asking);
    let map = Map {
        app: asking(),
        auth: asking(),
        api: asking(),
        caller: asking(),
        config: RwSignal::new(None),
    };
    task::spawn(map.app, map.refresh());
    if let Ok(handle) =
        set_interval_with_handle(move || task::spawn(map.app, map.refresh()), INTERVAL)
    {
        on_cleanup(move || handle.clear());
    }
    let at = move |choose: fn(&Config) -> &String| {
        Signal::derive(move || {
            map.config
                .with(|config| config.as_ref().map(choose).cloned().unwrap_or_default())
        })
    };
    view! {
        <div class="map">
            {node(Party::App, texts().overview.about_app, map.app, at(|config| &config.app))}
            {link(Party::App, "app-auth", texts().overview.link_app_auth)}
            {node(Party::Auth, texts().overview.about_auth, map.auth, at(|config| &config.issuer))}
            {link(Party::Api, "api-auth", texts().overview.link_api_auth)}
            {node(Party::Api, texts().overview.about_api, map.api, at(|config| &config.api))}
            {link(Party::App, "app-api", texts().overview.link_app_api)}
            {link(Party::Caller, "caller-auth", texts().overview.link_caller_auth)}
            {node(Party::Caller, texts().overview.about_caller, map.caller, at(|config| &config.app))}
            {link(Party::Caller, "caller-api", texts().overview.link_caller_api)}
        </div>
    }
}

fn node(
    party: Party,
    about: &'static str,
    state: RwSignal<State>,
    origin: Signal<String>,
) -> impl IntoView {
    view! {
        <div class=format!("node of-{slug} at-{slug}", slug = party.slug())>
            <div class="node-head">
                <h3>{party.name()}</h3>
                <span class=move || state.with(State::class)>{move || state.with(State::words)}</span>
            </div>
            <p>{about}</p>
            <p class="mono">{move || origin.get()}</p>
        </div>
    }
}

fn link(from: Party, class: &str, text: &'static str) -> impl IntoView {
    view! { <div class=format!("link of-{} {class}", from.slug())><span>{text}</span></div> }
}
