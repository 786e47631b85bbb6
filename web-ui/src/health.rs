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
use crate::words::en as words;

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
            Self::Asking => words::HEALTH_ASKING.to_owned(),
            Self::Well(detail) if detail.is_empty() => words::HEALTH_OK.to_owned(),
            Self::Well(detail) => format!("{} · {detail}", words::HEALTH_OK),
            Self::Failing => words::HEALTH_FAILING.to_owned(),
            Self::Silent => words::HEALTH_UNREACHABLE.to_owned(),
            Self::Guarded => words::HEALTH_GUARDED.to_owned(),
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
            {node(Party::App, words::ABOUT_APP, map.app, at(|config| &config.app))}
            {link(Party::App, "app-auth", words::LINK_APP_AUTH)}
            {node(Party::Auth, words::ABOUT_AUTH, map.auth, at(|config| &config.issuer))}
            {link(Party::Api, "api-auth", words::LINK_API_AUTH)}
            {node(Party::Api, words::ABOUT_API, map.api, at(|config| &config.api))}
            {link(Party::App, "app-api", words::LINK_APP_API)}
            {link(Party::Caller, "caller-auth", words::LINK_CALLER_AUTH)}
            {node(Party::Caller, words::ABOUT_CALLER, map.caller, at(|config| &config.app))}
            {link(Party::Caller, "caller-api", words::LINK_CALLER_API)}
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
