//! Who is signed in, or why nobody may act yet; and what went wrong.

use leptos::prelude::*;

use super::button::Button;
use super::desk::{Desk, Door};
use super::markup::{Markup, leaf, painted};
use crate::text::texts;

/// The notices above the page.
pub(super) fn door(desk: Desk) -> impl IntoView {
    let notices = move || {
        let outside = desk.door.with(why).unwrap_or_default();
        let failure = desk.failure.get().unwrap_or_default();
        notice("notice section-tight", &outside).and(&notice("notice bad section-tight", &failure))
    };
    let outside = move || desk.door.with(|door| why(door).is_some());
    let nobody = Signal::derive(move || desk.session.subject().is_none());
    let sign_in = Button {
        says: Signal::derive(move || desk.door.with(action).to_owned()),
        called: Signal::derive(move || desk.door.with(action).to_owned()),
        ..Button::new("", move || desk.spawn(desk.sign_in()))
    };
    let sign_in = sign_in.class("button primary section-tight");
    let sign_out = Button::new(texts().operator.sign_out, move || desk.sign_out());
    let subject = Signal::derive(move || desk.session.subject().unwrap_or_default());
    view! {
        <div role="alert">{painted(notices)}</div>
        {sign_in.hidden(move || !outside()).view()}
        <p class="row section-tight" hidden=nobody>
            <span class="small">{texts().operator.signed_in_as}" "<strong>{subject}</strong></span>
            {sign_out.view()}
        </p>
    }
}

fn notice(class: &'static str, told: &str) -> Markup {
    if told.is_empty() {
        Markup::default()
    } else {
        leaf("p", class, told)
    }
}

/// Why nobody may act; `None` where somebody may, or where that is not known yet.
fn why(door: &Door) -> Option<String> {
    match door {
        Door::Asking | Door::Open | Door::Inside => None,
        Door::Closed => Some(texts().operator.needs_token.to_owned()),
        Door::Ended => Some(texts().operator.token_ended.to_owned()),
        Door::NotOperator => Some(texts().operator.not_operator.to_owned()),
        Door::Failed(cause) => Some((texts().operator.sign_in_failed_because)(cause)),
    }
}

const fn action(door: &Door) -> &'static str {
    match door {
        Door::NotOperator => texts().operator.sign_in_again,
        Door::Asking | Door::Open | Door::Closed | Door::Ended | Door::Failed(_) | Door::Inside => {
            texts().operator.sign_in
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_without_the_role_is_told_so_and_may_sign_in_as_another() {
        assert_eq!(
            why(&Door::NotOperator).as_deref(),
            Some(texts().operator.not_operator)
        );
        assert_eq!(action(&Door::NotOperator), texts().operator.sign_in_again);
        assert_eq!(action(&Door::Ended), texts().operator.sign_in);
        assert_eq!(why(&Door::Inside), None);
    }
}
