//! Who is signed in, or why nobody may act yet; and what went wrong.

use leptos::prelude::*;

use super::button::Button;
use super::desk::{Desk, Door};
use super::markup::{Markup, leaf, painted};
use crate::words::en as words;

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
    let sign_out = Button::new(words::SIGN_OUT, move || desk.sign_out());
    let subject = Signal::derive(move || desk.session.subject().unwrap_or_default());
    view! {
        <div role="alert">{painted(notices)}</div>
        {sign_in.hidden(move || !outside()).view()}
        <p class="row section-tight" hidden=nobody>
            <span class="small">{words::SIGNED_IN_AS}" "<strong>{subject}</strong></span>
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
        Door::Closed => Some(words::NEEDS_TOKEN.to_owned()),
        Door::Ended => Some(words::TOKEN_ENDED.to_owned()),
        Door::NotOperator => Some(words::NOT_OPERATOR.to_owned()),
        Door::Failed(cause) => Some(format!("{}: {cause}", words::SIGN_IN_FAILED)),
    }
}

const fn action(door: &Door) -> &'static str {
    match door {
        Door::NotOperator => words::SIGN_IN_AGAIN,
        Door::Asking | Door::Open | Door::Closed | Door::Ended | Door::Failed(_) | Door::Inside => {
            words::SIGN_IN
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
            Some(words::NOT_OPERATOR)
        );
        assert_eq!(action(&Door::NotOperator), words::SIGN_IN_AGAIN);
        assert_eq!(action(&Door::Ended), words::SIGN_IN);
        assert_eq!(why(&Door::Inside), None);
    }
}
