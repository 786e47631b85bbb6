//! Every sentence of the pages. A language is a value of [`Text`] in a file of its own; a missing text does not compile.

mod en;

use std::fmt;

use oauth_core::Refusal;

pub(crate) use en::{AccountText, ConsentText, ErrorText, LoginText, Text};

/// The languages of the pages. To add one, write its file beside `en.rs` and add it here.
pub(crate) static LANGUAGES: [&Text; 1] = [ENGLISH];

/// The language of users whose own is not among [`LANGUAGES`].
pub(crate) const ENGLISH: &Text = &en::EN;

/// The texts of the language with this tag, in whatever case (RFC 5646 §2.1.1).
pub(crate) fn of(tag: &str) -> Option<&'static Text> {
    let mut languages = LANGUAGES.into_iter();
    languages.find(|text| text.tag.eq_ignore_ascii_case(tag))
}

impl fmt::Debug for Text {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.tag)
    }
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
            Refusal::TooManyRequests => text.too_many_requests,
            Refusal::RedirectUriMissing => text.redirect_uri_missing,
            Refusal::RedirectUriUnregistered => text.redirect_uri_unregistered,
            Refusal::RequestUriUnknown | Refusal::RequestUriOfAnotherClient => {
                text.request_uri_unknown
            }
            Refusal::RequestUriExpired => text.request_uri_expired,
            Refusal::RequestUriUsed => text.request_uri_used,
            Refusal::CsrfMismatch => text.csrf_mismatch,
            Refusal::DecisionUnknown => text.decision_unknown,
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
        assert_eq!((ENGLISH.own_scope)("openid"), Some("Know who you are"));
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
