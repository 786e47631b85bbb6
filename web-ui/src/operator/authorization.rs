//! Who is signed in, or why no one may act yet; and the last error.

use leptos::prelude::*;
use maud::{Markup, html};

use super::button::Button;
use super::markup::painted;
use super::page::{Authorization, OperatorPage};
use super::panel::{Panel, Place};
use crate::text::{placed, texts};

/// The panel.
pub(super) const PANEL: Panel = Panel {
    place: Place::Notices,
    view: |page| authorization(page).into_any(),
};

fn authorization(page: OperatorPage) -> impl IntoView {
    let notices = move || {
        let outside = page.authorization.with(why).unwrap_or_default();
        let failure = page.failure.get().unwrap_or_default();
        html! {
            (notice("notice section-tight", &outside))
            (notice("notice bad section-tight", &failure))
        }
    };
    let outside = move || {
        page.authorization
            .with(|authorization| why(authorization).is_some())
    };
    let signed_out = Signal::derive(move || page.session.subject().is_none());
    let sign_in = Button {
        says: Signal::derive(move || page.authorization.with(action).to_owned()),
        called: Signal::derive(move || page.authorization.with(action).to_owned()),
        ..Button::new("", move || page.spawn(page.sign_in()))
    };
    let sign_in = sign_in.class("button primary section-tight");
    let sign_out = Button::new(texts().operator.sign_out, move || page.sign_out());
    let subject = Signal::derive(move || page.session.subject().unwrap_or_default());
    view! {
        <div role="alert">{painted(notices)}</div>
        {sign_in.hidden(move || !outside()).view()}
        <p class="row section-tight" hidden=signed_out>
            <span class="small">
                {placed(texts().operator.signed_in_as, |_| view! { <strong>{subject}</strong> }.into_any())}
            </span>
            {sign_out.view()}
        </p>
    }
}

fn notice(class: &str, text: &str) -> Markup {
    html! {
        @if !text.is_empty() { p class=(class) { (text) } }
    }
}

/// Why no one may act; `None` where the person may, or where that is not known yet.
fn why(authorization: &Authorization) -> Option<String> {
    match authorization {
        Authorization::Asking | Authorization::NotRequired | Authorization::Granted => None,
        Authorization::Required => Some(texts().operator.needs_token.to_owned()),
        Authorization::Expired => Some(texts().operator.token_ended.to_owned()),
        Authorization::NotOperator => Some(texts().operator.not_operator.to_owned()),
        Authorization::Failed(cause) => Some((texts().operator.sign_in_failed_because)(cause)),
    }
}

fn action(authorization: &Authorization) -> &'static str {
    match authorization {
        Authorization::NotOperator => texts().operator.sign_in_again,
        Authorization::Asking
        | Authorization::NotRequired
        | Authorization::Required
        | Authorization::Expired
        | Authorization::Failed(_)
        | Authorization::Granted => texts().operator.sign_in,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_without_the_role_learns_so_and_may_sign_in_as_another() {
        assert_eq!(
            why(&Authorization::NotOperator).as_deref(),
            Some(texts().operator.not_operator)
        );
        assert_eq!(
            action(&Authorization::NotOperator),
            texts().operator.sign_in_again
        );
        assert_eq!(action(&Authorization::Expired), texts().operator.sign_in);
        assert_eq!(why(&Authorization::Granted), None);
    }
}
