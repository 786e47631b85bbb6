//! Who is signed in, or why nobody may act yet; and what went wrong.

use leptos::prelude::*;

use super::desk::{Desk, Door};
use crate::words::en as words;

/// The notices above the page.
pub(super) fn door(desk: Desk) -> impl IntoView {
    let outside = move || desk.door.with(why);
    view! {
        <div role="alert">
            {move || outside().map(|text| view! { <p class="notice section-tight">{text}</p> })}
            {move || desk.failure.get().map(|text| view! { <p class="notice bad section-tight">{text}</p> })}
        </div>
        <Show when=move || outside().is_some()>
            <p class="section-tight">
                <button type="button" class="button primary" on:click=move |_| desk.spawn(desk.sign_in())>
                    {move || desk.door.with(action)}
                </button>
            </p>
        </Show>
        <Show when=move || desk.session.subject().is_some()>
            <p class="row section-tight">
                <span class="small">{words::SIGNED_IN_AS}" "<strong>{move || desk.session.subject()}</strong></span>
                <button type="button" class="button small" on:click=move |_| desk.sign_out()>{words::SIGN_OUT}</button>
            </p>
        </Show>
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
