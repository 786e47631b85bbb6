//! Every sentence of the pages. Each language is a value of [`Text`] in its own file; a missing text does not compile.

mod en;

use std::fmt;

use maud::Markup;
use oauth_core::{Refusal, date::Words};

use super::LoginFailure;
use crate::ending::Ended;

/// The languages of the pages. To add one, write its file beside `en.rs` and add it here.
pub(crate) static LANGUAGES: [&Text; 1] = [ENGLISH];

/// The language of users whose own is not among [`LANGUAGES`].
pub(crate) const ENGLISH: &Text = &en::EN;

/// The texts of the language with this tag (RFC 5646 §2.1.1: case is of no account).
pub(crate) fn of(tag: &str) -> Option<&'static Text> {
    let mut languages = LANGUAGES.into_iter();
    languages.find(|text| text.language.eq_ignore_ascii_case(tag))
}

/// The texts of one language, page by page. A sentence with a value in it is a function.
pub(crate) struct Text {
    /// The language (RFC 5646), for `lang` and for `ui_locales_supported`.
    pub(crate) language: &'static str,
    /// How it writes dates.
    pub(crate) dates: Words,
    /// The kind of server, beside its name.
    pub(crate) kind: &'static str,
    pub(crate) home: HomeText,
    pub(crate) login: LoginText,
    pub(crate) signed_in: SignedInText,
    pub(crate) consent: ConsentText,
    pub(crate) account: AccountText,
    pub(crate) error: ErrorText,
    /// The description of one of this server's own scopes; `None` for any other.
    pub(crate) own_scope: fn(&str) -> Option<&'static str>,
    /// The text for a scope without a description.
    pub(crate) undescribed_scope: &'static str,
}

impl fmt::Debug for Text {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.language)
    }
}

/// The page at the root.
pub(crate) struct HomeText {
    pub(crate) title: &'static str,
    pub(crate) heading: &'static str,
    pub(crate) lead: &'static str,
    pub(crate) issuer: &'static str,
    pub(crate) openid_metadata: &'static str,
    pub(crate) oauth_metadata: &'static str,
    pub(crate) keys: &'static str,
    pub(crate) health: &'static str,
    pub(crate) sign_in: &'static str,
}

/// The login page.
pub(crate) struct LoginText {
    pub(crate) title: &'static str,
    /// The application that the user continues to.
    pub(crate) continue_to: fn(&str) -> Markup,
    pub(crate) no_application: &'static str,
    /// The problem of the last attempt in a few words, and what to do.
    pub(crate) failure: fn(LoginFailure) -> (&'static str, String),
    pub(crate) username: &'static str,
    pub(crate) password: &'static str,
    pub(crate) remember: &'static str,
    pub(crate) submit: &'static str,
}

/// The page after a login that no application asked for.
pub(crate) struct SignedInText {
    pub(crate) title: &'static str,
    pub(crate) heading: &'static str,
    /// The user who is signed in.
    pub(crate) lead: fn(&str) -> Markup,
    pub(crate) account: &'static str,
}

/// The consent page.
pub(crate) struct ConsentText {
    pub(crate) title: &'static str,
    pub(crate) heading: &'static str,
    /// The application and the user.
    pub(crate) lead: fn(&str, &str) -> Markup,
    pub(crate) asks: &'static str,
    pub(crate) asks_nothing: &'static str,
    pub(crate) application: &'static str,
    pub(crate) resource: &'static str,
    pub(crate) returns_to: &'static str,
    pub(crate) allow: &'static str,
    pub(crate) deny: &'static str,
}

/// The account page.
pub(crate) struct AccountText {
    pub(crate) title: &'static str,
    /// The user who is signed in.
    pub(crate) lead: fn(&str) -> Markup,
    pub(crate) sessions: &'static str,
    /// The number of login sessions, and the time when the oldest was opened.
    pub(crate) signed_in: fn(usize, Option<Markup>) -> Markup,
    pub(crate) sign_out: &'static str,
    pub(crate) sign_out_everywhere: &'static str,
    pub(crate) about_everywhere: &'static str,
    pub(crate) applications: &'static str,
    pub(crate) none: &'static str,
    pub(crate) ended_meanwhile: &'static str,
    pub(crate) no_more: &'static str,
    pub(crate) withdraw: &'static str,
    /// The withdrawal button's name for screen readers: the application.
    pub(crate) withdraw_from: fn(&str) -> String,
    pub(crate) about_withdrawal: &'static str,
    pub(crate) end: &'static str,
    /// The end button's name for screen readers: the application, and since when it has access.
    pub(crate) end_of: fn(&str, &str) -> String,
    pub(crate) no_scope: &'static str,
    pub(crate) resource: &'static str,
    pub(crate) since: &'static str,
    pub(crate) pages: &'static str,
    pub(crate) first_page: &'static str,
    pub(crate) next_page: &'static str,
    pub(crate) signed_out_title: &'static str,
    pub(crate) signed_out_heading: &'static str,
    pub(crate) sign_in_again: &'static str,
    /// The outcome of signing out in this browser.
    pub(crate) signed_out: &'static str,
    /// The outcome of ending one application's access once.
    pub(crate) access_ended: fn(Ended) -> &'static str,
    /// The outcome of withdrawing consent from an application.
    pub(crate) consent_withdrawn: fn(&str, Ended) -> String,
    /// The outcome of signing out everywhere.
    pub(crate) everywhere: fn(Ended) -> &'static str,
}

/// The error page.
pub(crate) struct ErrorText {
    pub(crate) form_title: &'static str,
    pub(crate) form_remedy: &'static str,
    pub(crate) request_title: &'static str,
    pub(crate) request_remedy: &'static str,
    pub(crate) fault_title: &'static str,
    pub(crate) fault_sentence: &'static str,
    pub(crate) fault_remedy: &'static str,
    pub(crate) error: &'static str,
    pub(crate) request: &'static str,
    pub(crate) refusals: RefusalText,
}

/// The reasons on the error page, by [`Refusal`].
pub(crate) struct RefusalText {
    pub(crate) wrong_content_type: &'static str,
    pub(crate) malformed_form: &'static str,
    pub(crate) repeated_parameter: &'static str,
    pub(crate) too_large: &'static str,
    pub(crate) client_id_missing: &'static str,
    pub(crate) client_unknown: &'static str,
    pub(crate) redirect_uri_missing: &'static str,
    pub(crate) redirect_uri_unregistered: &'static str,
    pub(crate) request_uri_unknown: &'static str,
    pub(crate) request_uri_expired: &'static str,
    pub(crate) request_uri_used: &'static str,
    pub(crate) csrf_mismatch: &'static str,
    pub(crate) decision_unknown: &'static str,
    pub(crate) session_ended: &'static str,
}

impl ErrorText {
    /// The reason for a refusal.
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "all others are sent to clients, in English (RFC 6749 §5.2)"
    )]
    pub(crate) const fn sentence(&self, refusal: Refusal) -> &'static str {
        let text = &self.refusals;
        match refusal {
            Refusal::WrongContentType => text.wrong_content_type,
            Refusal::MalformedForm => text.malformed_form,
            Refusal::RepeatedParameter => text.repeated_parameter,
            Refusal::TooLarge => text.too_large,
            Refusal::ClientIdMissing => text.client_id_missing,
            Refusal::ClientUnknown => text.client_unknown,
            Refusal::RedirectUriMissing => text.redirect_uri_missing,
            Refusal::RedirectUriUnregistered => text.redirect_uri_unregistered,
            Refusal::RequestUriUnknown | Refusal::RequestUriOfAnotherClient => {
                text.request_uri_unknown
            }
            Refusal::RequestUriExpired => text.request_uri_expired,
            Refusal::RequestUriUsed => text.request_uri_used,
            Refusal::CsrfMismatch => text.csrf_mismatch,
            Refusal::DecisionUnknown => text.decision_unknown,
            Refusal::SessionEnded => text.session_ended,
            other => other.description(),
        }
    }
}

#[cfg(test)]
mod tests {
    use oauth_core::settings::SCOPES;

    use super::*;

    #[test]
    fn only_our_own_scopes_are_described_here() {
        assert_eq!((ENGLISH.own_scope)("openid"), Some("Know that it is you"));
        for foreign in ["read", "OpenID", "", "openid "] {
            for text in LANGUAGES {
                assert_eq!((text.own_scope)(foreign), None, "{foreign}, {text:?}");
            }
        }
    }

    #[test]
    fn every_scope_of_our_own_is_described() {
        for text in LANGUAGES {
            let mut scopes = SCOPES.iter();
            assert!(
                scopes.all(|scope| (text.own_scope)(scope).is_some()),
                "{text:?}"
            );
        }
    }
}
