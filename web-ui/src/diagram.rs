//! The conversation: a sequence diagram on a wide screen, a list of messages on a phone.

use leptos::prelude::*;

use crate::browser;
use crate::message::{Message, Reply, Row};
use crate::party::Party;
use crate::text::texts;
use crate::wire_panel::WirePanel;

const ID: &str = "conversation";

/// All that was said so far, oldest first.
#[component]
pub(crate) fn Conversation(
    /// The rows; they are only ever added to, or all taken away.
    rows: RwSignal<Vec<Row>>,
) -> impl IntoView {
    let lanes = [Party::App, Party::Auth, Party::Api].map(|party| {
        view! { <li class=format!("of-{}", party.slug())><span class="party">{party.name()}</span></li> }
    });
    let each = move || rows.with(|rows| (0..rows.len()).collect::<Vec<_>>());
    let draw = move |index: usize| {
        rows.with_untracked(|rows| rows.get(index).cloned())
            .map(|row| match row {
                Row::Message(message) => view! { <Line message=*message/> }.into_any(),
                Row::Note(text) => note(text).into_any(),
            })
    };
    Effect::new(move || {
        rows.track();
        // The newest message comes into view once it is drawn.
        leptos::leptos_dom::helpers::request_animation_frame(|| browser::scroll_to_end(ID));
    });
    view! {
        <section class="talk" id=ID aria-label=texts().wire.conversation>
            <ul class="lanes">{lanes.into_iter().collect_view()}</ul>
            <Show when=move || rows.with(Vec::is_empty)>
                <p class="empty">{texts().wire.nothing_said}</p>
            </Show>
            <ol class="rows" hidden=move || rows.with(Vec::is_empty)>
                <For each=each key=|index| *index children=draw/>
            </ol>
        </section>
    }
}

fn note(text: &'static str) -> impl IntoView {
    view! { <li><div class="note of-app"><span>{text}</span></div></li> }
}

/// One message; pressed, it opens its wire panel.
#[component]
fn Line(message: Message) -> impl IntoView {
    let open = RwSignal::new(false);
    let way = if matches!(message.reply, Reply::Navigated) {
        "message one-way"
    } else {
        "message"
    };
    let classes = format!("{way} {}", message.from.classes_towards(message.to));
    let label = message.label();
    let back = outcome(&message.reply);
    let (from, to, title) = (message.from, message.to, message.title);
    let message = StoredValue::new(message);
    view! {
        <li>
            <button
                type="button"
                class=classes
                aria-expanded=move || if open.get() { "true" } else { "false" }
                on:click=move |_| open.update(|open| *open = !*open)
            >
                <span class="route">
                    <span class=format!("party of-{}", from.slug())>{from.name()}</span>
                    " "{texts().frame.to}" "
                    <span class=format!("party of-{}", to.slug())>{to.name()}</span>
                    " "<span class="muted">{title}</span>
                </span>
                " "<span class="there"><span>{label}</span></span>
                " "<span class="back"><span>{back}</span></span>
            </button>
            {move || open.get().then(|| view! { <WirePanel message=message.get_value()/> })}
        </li>
    }
}

fn outcome(reply: &Reply) -> String {
    match reply {
        Reply::Answered(answered) => answered.summary(),
        Reply::Navigated => texts().wire.navigated_short.to_owned(),
        Reply::Unreachable(_) => texts().wire.no_answer.to_owned(),
    }
}
