//! The wire panel: one request and its answer, header by header, secrets covered until asked.

use leptos::prelude::*;

use crate::browser;
use crate::fetch::as_curl;
use crate::mask::Secrets;
use crate::message::{Answered, Message, Reply};
use crate::text::texts;

/// One message, as it went over the wire.
#[component]
pub(crate) fn WirePanel(
    /// The message.
    message: Message,
) -> impl IntoView {
    let secrets = RwSignal::new(Secrets::Masked);
    let copied = RwSignal::new(false);
    let message = StoredValue::new(message);
    let copy = move |_| {
        message
            .with_value(|message| browser::copy(&command_line(message, secrets.get_untracked())));
        copied.set(true);
    };
    view! {
        <div class="wire">
            <div class="row">
                <button type="button" class="button small" on:click=move |_| secrets.update(|secrets| *secrets = secrets.toggled())>
                    {move || if secrets.get() == Secrets::Masked { texts().wire.show_secrets } else { texts().wire.hide_secrets }}
                </button>
                <button type="button" class="button small" on:click=copy>{texts().wire.copy_curl}</button>
                <span class="small muted" role="status">{move || copied.get().then_some(texts().wire.copied)}</span>
            </div>
            {move || message.with_value(|message| sent(message, secrets.get()))}
            {move || message.with_value(|message| received(&message.reply, secrets.get()))}
        </div>
    }
}

fn command_line(message: &Message, secrets: Secrets) -> String {
    let body = secrets.of_sent_body(&message.call);
    as_curl(
        &message.call,
        &secrets.of_url(&message.call.url),
        body.as_deref(),
        |name, value| secrets.of(name, value),
    )
}

fn sent(message: &Message, secrets: Secrets) -> impl IntoView + use<> {
    let line = format!(
        "{} {}",
        message.call.method.name(),
        secrets.of_url(&message.call.url)
    );
    view! {
        <div class="wire-part">
            <h3>{texts().wire.request}<span class=format!("party of-{}", message.from.slug())>{message.from.name()}</span></h3>
            <p class="wire-line">{line}</p>
            {headers(&message.call.headers, secrets)}
            {secrets.of_sent_body(&message.call).map(|body| block(broken_at_ampersands(&body)))}
        </div>
    }
}

/// A body; it can be scrolled, so it can have the focus.
fn block(body: String) -> impl IntoView {
    view! { <pre tabindex="0" role="group" aria-label=texts().wire.body>{body}</pre> }
}

/// A form with a parameter a line is the same form, only readable.
fn broken_at_ampersands(body: &str) -> String {
    body.replace('&', "\n&")
}

fn received(reply: &Reply, secrets: Secrets) -> AnyView {
    match reply {
        Reply::Answered(answered) => answer(answered, secrets).into_any(),
        Reply::Navigated => {
            view! { <p class="small muted">{texts().wire.navigated}</p> }.into_any()
        }
        Reply::Unreachable(cause) => {
            view! { <p class="notice bad small">{(texts().wire.no_answer_because)(cause)}</p> }
                .into_any()
        }
    }
}

fn answer(answered: &Answered, secrets: Secrets) -> impl IntoView + use<> {
    let status = if answered.is_success() {
        "status ok"
    } else {
        "status bad"
    };
    view! {
        <div class="wire-part">
            <h3>{texts().wire.answer}<span class=status>{answered.summary()}</span></h3>
            {headers(&answered.headers, secrets)}
            {(!answered.body.is_empty()).then(|| block(secrets.of_received_body(&answered.body)))}
            <p class="small muted">{texts().wire.cors_headers}</p>
        </div>
    }
}

fn headers(list: &[(String, String)], secrets: Secrets) -> impl IntoView + use<> {
    let lines: Vec<_> = list
        .iter()
        .map(|(name, value)| view! { <div><dt>{name.clone()}</dt><dd>{secrets.of(name, value)}</dd></div> })
        .collect();
    (!lines.is_empty()).then(|| view! { <dl class="wire-headers">{lines}</dl> })
}
