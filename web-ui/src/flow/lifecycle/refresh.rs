//! Refresh (RFC 6749 §6) with rotation (OAuth 2.1 §4.3.1): what changed, what stayed, and what a second use
//! of the old refresh token brings.

use leptos::prelude::*;
use oauth_client::code_flow::{SecondUse, read_second_use, refresh_request};
use oauth_client::{HttpCall, Tokens, read_token_response};

use super::super::frame::tamper;
use super::super::jwt_view::{members, text_in};
use super::super::state::Flow;
use super::part::{Part, has_refresh_token};
use super::{End, Lifecycle, press_again, refusals, value};
use crate::mask::Secrets;
use crate::message::size;
use crate::party::Party;
use crate::text::texts;

/// The id of the button that uses the old refresh token again.
pub(super) const AGAIN_ID: &str = "part-refresh-again";

/// A refresh that succeeded: the request and the answer as they went over the wire, the tokens on both sides.
#[derive(Clone)]
pub(super) struct Renewal {
    call: HttpCall,
    answer: String,
    before: Tokens,
    now: Tokens,
}

impl Renewal {
    fn rotated(&self) -> bool {
        compare(&self.before, &self.now, |tokens| {
            tokens
                .refresh_token
                .as_ref()
                .map(oauth_core::secret::Secret::expose)
        }) == Comparison::Changed
    }
}

/// The outcome of a second use: the sentence, and its class.
#[derive(Clone)]
pub(super) struct Again {
    class: &'static str,
    text: String,
}

/// Whether a refresh changed a value.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Comparison {
    Changed,
    Same,
}

impl Comparison {
    fn word(self) -> &'static str {
        match self {
            Self::Changed => texts().lifecycle.changed,
            Self::Same => texts().lifecycle.unchanged,
        }
    }
}

fn compare<'a, T: PartialEq>(
    before: &'a Tokens,
    now: &'a Tokens,
    part: impl Fn(&'a Tokens) -> T,
) -> Comparison {
    if part(before) == part(now) {
        Comparison::Same
    } else {
        Comparison::Changed
    }
}

/// Sends the refresh request; once more where the answer is to be lost.
pub(super) async fn take(flow: Flow) -> Result<String, String> {
    let before = flow.tokens.get_untracked();
    let before = before.ok_or_else(|| texts().tokens.tokens_lost.to_owned())?;
    let call = request(flow, &before).await?;
    let answered = flow
        .ask(Party::Auth, texts().lifecycle.message_refresh, call.clone())
        .await?;
    let newer = read_token_response(answered.status, answered.body.as_bytes())
        .map_err(|refused| (texts().lifecycle.refresh_refused)(&refused))?;
    let asked = flow.saved.with_untracked(|saved| saved.scope.clone());
    let granted = before.scope.clone().or(asked).unwrap_or_default();
    if newer.exceeds(&granted) {
        return Err(texts().lifecycle.scope_grew.to_owned());
    }
    let now = before.refreshed(newer);
    flow.tokens.set(Some(now.clone()));
    flow.lifecycle.again.set(None);
    let renewal = Renewal {
        call,
        answer: answered.body,
        before,
        now,
    };
    let text = if renewal.rotated() {
        texts().lifecycle.refreshed
    } else {
        texts().lifecycle.refreshed_unrotated
    };
    flow.lifecycle.renewal.set(Some(renewal));
    if flow.lifecycle.lose_answer.get_untracked() {
        use_again(flow, texts().lifecycle.message_refresh_lost).await;
    }
    Ok(text.to_owned())
}

/// The refresh request for the tokens at hand.
pub(super) async fn request(flow: Flow, tokens: &Tokens) -> Result<HttpCall, String> {
    let metadata = flow.discover().await?;
    let client = untrack(|| flow.settings()).ok_or_else(|| texts().wire.bad_config.to_owned())?;
    let token = tokens.refresh_token.as_ref();
    let token = token.ok_or_else(|| texts().lifecycle.no_refresh_token.to_owned())?;
    Ok(refresh_request(&metadata, &client, token, None))
}

/// The last refresh request once more, byte for byte, and which of the two answers came.
pub(super) async fn use_again(flow: Flow, title: &'static str) {
    let Some(renewal) = flow.lifecycle.renewal.get_untracked() else {
        return;
    };
    let again = match flow.ask(Party::Auth, title, renewal.call).await {
        Ok(answered) => {
            let body = answered.body.as_bytes();
            let second = read_second_use(renewal.answer.as_bytes(), answered.status, body);
            if second == SecondUse::ReuseFound {
                flow.lifecycle.end.set(End::ReuseFound);
                flow.lifecycle.refusals.set(Vec::new());
                // A failure to ask shows itself as a row of the conversation.
                let _ = refusals::look(flow).await;
            }
            judged(second, body.len())
        }
        Err(text) => Again {
            class: "notice bad",
            text,
        },
    };
    flow.announcement.set(again.text.clone());
    flow.lifecycle.again.set(Some(again));
}

fn judged(second: SecondUse, length: usize) -> Again {
    let (class, text) = match second {
        SecondUse::SameAnswer => ("notice ok", (texts().lifecycle.same_answer)(&size(length))),
        SecondUse::ReuseFound => ("notice ok", texts().lifecycle.reuse_found.to_owned()),
        SecondUse::OtherTokens => ("notice", texts().lifecycle.other_tokens.to_owned()),
        SecondUse::Refused(refused) => ("notice bad", (texts().lifecycle.again_refused)(&refused)),
    };
    Again { class, text }
}

/// The switch that sends the request twice.
pub(super) fn switches(flow: Flow) -> impl IntoView {
    let open = move || Part::Refresh.may_be_taken(flow);
    let lacking = move || flow.tokens.with(Option::is_some) && !has_refresh_token(flow);
    view! {
        <Show when=lacking>
            <p class="notice">{texts().lifecycle.no_refresh_token}</p>
        </Show>
        {tamper(texts().lifecycle.lose_answer, texts().lifecycle.about_lose_answer, flow.lifecycle.lose_answer, open)}
    }
}

/// The tokens side by side, and the button that uses the old one again.
pub(super) fn results(flow: Flow) -> impl IntoView {
    let Lifecycle {
        renewal,
        again,
        end,
        ..
    } = flow.lifecycle;
    let rotated = move || renewal.with(|renewal| renewal.as_ref().is_some_and(Renewal::rotated));
    let idle = move || end.get() == End::NotYet && !flow.busy.get();
    view! {
        {move || renewal.with(|renewal| renewal.as_ref().map(side_by_side))}
        <Show when=rotated>
            <div class="tamper">
                <div class="row">
                    <button type="button" class="button" id=AGAIN_ID disabled=move || !idle() on:click=move |_| press_again(flow)>
                        {texts().lifecycle.use_old}
                    </button>
                </div>
                <p class="small muted">{texts().lifecycle.about_use_old}</p>
            </div>
        </Show>
        {move || again.get().map(|again| view! { <p class=again.class>{again.text}</p> })}
    }
}

fn side_by_side(renewal: &Renewal) -> impl IntoView + use<> {
    let secrets = RwSignal::new(Secrets::Masked);
    let renewal = StoredValue::new(renewal.clone());
    let name = move || {
        if secrets.get() == Secrets::Masked {
            texts().lifecycle.show_tokens
        } else {
            texts().lifecycle.hide_tokens
        }
    };
    view! {
        <div class="row">
            <button type="button" class="button small" on:click=move |_| secrets.update(|secrets| *secrets = secrets.toggled())>
                {name}
            </button>
        </div>
        <dl class="values">{move || renewal.with_value(|renewal| lines(renewal, secrets.get()))}</dl>
    }
}

fn lines(renewal: &Renewal, secrets: Secrets) -> Vec<AnyView> {
    let Renewal { before, now, .. } = renewal;
    let line = |name: &'static str, text: &dyn Fn(&Tokens) -> Option<String>| {
        let comparison = compare(before, now, text);
        let shown = |tokens| text(tokens).map(|text| secrets.of(name, &text));
        let (before, now) = (shown(before), shown(now));
        (before.is_some() || now.is_some())
            .then(|| compared(name, comparison, before, now).into_any())
    };
    let claims = |tokens: &Tokens| members(tokens.access_token.expose(), 1);
    [
        line("refresh_token", &|tokens| {
            tokens
                .refresh_token
                .as_ref()
                .map(|token| token.expose().clone())
        }),
        line("access_token", &|tokens| {
            Some(tokens.access_token.expose().clone())
        }),
        line("iat", &|tokens| text_in(&claims(tokens), "iat")),
        line("exp", &|tokens| text_in(&claims(tokens), "exp")),
        line("expires_in", &|tokens| {
            tokens.expires_in.map(|seconds| format!("{seconds} s"))
        }),
        line("scope", &|tokens| tokens.scope.clone()),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn compared(
    name: &'static str,
    comparison: Comparison,
    before: Option<String>,
    now: Option<String>,
) -> impl IntoView {
    let title = view! {
        {name}
        <span class="status">{comparison.word()}</span>
    };
    if comparison == Comparison::Same {
        let text = now.unwrap_or_default();
        return value(title, text, (texts().lifecycle.about_renewed)(name), "").into_any();
    }
    let side = |when: &'static str, text: Option<String>| {
        view! {
            <dd class="side">
                <span class="small muted">{when}</span>
                <span class="mono">{text.unwrap_or_else(|| texts().operator.none.to_owned())}</span>
            </dd>
        }
    };
    view! {
        <div class="value both">
            <dt>{title}</dt>
            {side(texts().lifecycle.before, before)}
            {side(texts().lifecycle.now, now)}
            <dd class="small">{(texts().lifecycle.about_renewed)(name)}</dd>
        </div>
    }
    .into_any()
}
