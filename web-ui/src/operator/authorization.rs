//! Who is signed in, or why nobody may act yet; and what went wrong.

use leptos::prelude::*;

use super::button::Button;
use super::markup::{Markup, leaf, painted};
use super::page::{Authorization, OperatorPage};
use crate::text::texts;

/// The notices above the page.
pub(super) fn authorization(page: OperatorPage) -> impl IntoView {
    let notices = move || {
        let outside = page.authorization.with(why).unwrap_or_default();
        let failure = page.failure.get().unwrap_or_default();
        notice("notice section-tight", &outside).and(&notice("notice bad section-tight", &failure))
    };
    let outside = move || {
        page.authorization
            .with(|authorization| why(authorization).is_some())
    };
    let nobody = Signal::derive(move || page.session.subject().is_none());
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
fn why(authorization: &Authorization) -> Option<String> {
    match authorization {
        Authorization::Asking | Authorization::NotRequired | Authorization::Granted => None,
        Authorization::Required => Some(texts().operator.needs_token.to_owned()),
        Authorization::Expired => Some(texts().operator.token_ended.to_owned()),
        Authorization::NotOperator => Some(texts().operator.not_operator.to_owned()),
        Authorization::Failed(cause) => Some((texts().operator.sign_in_failed_because)(cause)),
    }
}

const fn action(authorization: &Authorization) -> &'static str {
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
    fn a_person_without_the_role_is_told_so_and_may_sign_in_as_another() {
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
