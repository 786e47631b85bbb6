//! English, which says which texts there are. One file, however long, so that a translator has one file to write.

use maud::{Markup, html};
use oauth_core::{Refusal, date};

use crate::{ending::Ended, page::LoginFailure};

oauth_core::texts! {
    /// The texts of one language, page by page. A sentence with a value in it is a function.
    pub(crate) Text, EN {
        /// The language's tag (BCP 47), for `lang` and for `ui_locales_supported`.
        tag = "en",
        /// How the language writes a moment.
        dates: date::Words = date::ENGLISH,
        /// The kind of server, beside its name.
        kind = "authorization server",
        home: HomeText = HOME,
        login: LoginText = LOGIN,
        signed_in: SignedInText = SIGNED_IN,
        consent: ConsentText = CONSENT,
        account: AccountText = ACCOUNT,
        error: ErrorText = ERROR,
        /// The description of one of this server's own scopes; `None` for any other.
        own_scope: fn(&str) -> Option<&'static str> = |scope| {
            Some(match scope {
                "openid" => "Know who you are",
                "profile" => "See your name and username",
                "email" => "See your email address",
                "offline_access" => "Stay connected while you are away",
                "m2m:run" => "Run machine-to-machine calls as an operator",
                "admin" => "Administer this authorization server",
                _ => return None,
            })
        },
        /// The text for a scope without a description.
        undescribed_scope = "No description available",
    }
}

oauth_core::texts! {
    /// The page at the root.
    pub(crate) HomeText, HOME {
        title = "Authorization server",
        heading = "An authorization server",
        lead = "Applications send people here to sign in and to decide what each application may do. It speaks OAuth 2.1 and OpenID Connect.",
        issuer = "Issuer",
        openid_metadata = "OpenID Connect metadata",
        oauth_metadata = "OAuth metadata",
        keys = "Public keys",
        health = "Health",
        sign_in = "Sign in",
    }
}

oauth_core::texts! {
    /// The login page.
    pub(crate) LoginText, LOGIN {
        title = "Sign in",
        /// The application that the user continues to.
        continue_to: fn(&str) -> Markup = |application| {
            html! { "to continue to " strong { (application) } ". It will not see your password." }
        },
        no_application = "to this authorization server.",
        /// The problem of the last attempt in a few words, and what to do.
        failure: fn(LoginFailure) -> (&'static str, String) = failure,
        username = "Username",
        password = "Password",
        remember = "Keep me signed in on this device",
        submit = "Sign in",
    }
}

oauth_core::texts! {
    /// The page after a login that no application asked for.
    pub(crate) SignedInText, SIGNED_IN {
        title = "Signed in",
        heading = "You are signed in",
        /// The user who is signed in.
        lead: fn(&str) -> Markup = |user| {
            html! {
                "as " strong.person { (user) }
                ". Applications that use this authorization server can now continue without asking for your password \
                 again. You can close this page."
            }
        },
        account = "Your account",
    }
}

oauth_core::texts! {
    /// The consent page.
    pub(crate) ConsentText, CONSENT {
        title = "Allow access",
        heading = "Allow access?",
        /// The application and the user.
        lead: fn(&str, &str) -> Markup = |application, user| {
            html! { strong { (application) } " asks to act for you, " strong.person { (user) } "." }
        },
        unverified = "Unverified.",
        /// The place that the answer goes to.
        about_unverified: fn(&str) -> Markup = |place| {
            html! {
                "This application registered itself, and nobody has checked its name. If you allow access, "
                strong { (place) } " receives it. Allow it only if you have just started this application yourself."
            }
        },
        asks = "It will be able to:",
        asks_nothing = "It asks for nothing beyond signing you in.",
        application = "Application",
        /// The site that a document's client is known by.
        site = "Published by",
        /// The warning where the answer goes to the user's device.
        device = "It runs on your device, and any program on it can receive what you allow here. Allow it only if you have just started this application yourself.",
        resource = "API",
        returns_to = "Returns to",
        allow = "Allow",
        deny = "Deny",
    }
}

oauth_core::texts! {
    /// The account page.
    pub(crate) AccountText, ACCOUNT {
        title = "Your account",
        /// The user who is signed in.
        lead: fn(&str) -> Markup = |user| html! { "You are signed in as " strong.person { (user) } "." },
        sessions = "Where you are signed in",
        /// The number of login sessions, and the time when the oldest was opened.
        signed_in: fn(usize, Option<Markup>) -> Markup = |count, since| {
            html! {
                @if count > 1 { "In " (count) " browsers" } @else { "In this browser alone" }
                @if let Some(since) = since { ", since " (since) }
                "."
            }
        },
        sign_out = "Sign out",
        sign_out_everywhere = "Sign out everywhere",
        about_everywhere = "Signing out everywhere also ends the access of all applications.",
        forget = "When I sign out everywhere, withdraw my consents too",
        applications = "Applications with access",
        none = "No application has access to your account.",
        unverified = "Unverified: this application registered itself, and nobody has checked its name.",
        /// The name of the applications that send a user's password themselves.
        direct_login = "Direct login",
        ended_meanwhile = "All access listed on this page has since ended.",
        no_more = "There are no more applications.",
        withdraw = "Withdraw consent",
        /// The withdrawal button's name for screen readers: the application.
        withdraw_from: fn(&str) -> String = |application| format!("Withdraw consent: {application}"),
        about_withdrawal = "Ends all of its access. It must ask for your consent again.",
        about_direct_login = "Ends all of its access. It needs your password to come back.",
        /// The heading of the applications that have a consent and no access.
        remembered = "Applications you allowed before",
        about_remembered = "They have no access now. They may get it again without asking you, except for those that run on your device: these ask each time.",
        about_forgetting = "It must ask for your consent again.",
        end = "End access",
        /// The end button's name for screen readers: the application, and since when it has access.
        end_of: fn(&str, &str) -> String = |application, since| format!("End access: {application} since {since}"),
        no_scope = "Nothing beyond signing you in",
        resource = "API",
        since = "Since",
        last_used = "Last used",
        pages = "Pages",
        first_page = "First page",
        next_page = "Next page",
        signed_out_title = "Signed out",
        signed_out_heading = "You are signed out",
        sign_in_again = "Sign in again",
        /// The outcome of signing out in this browser.
        signed_out = "This browser is signed out. Applications keep the access that you gave them.",
        /// The outcome of ending one application's access once.
        access_ended: fn(Ended) -> &'static str = |ended| match ended {
            Ended::All(_) => "Access has ended.",
            Ended::Some(_) => {
                "Access is ending. There are many grants; the last of them will end within a few minutes."
            }
            Ended::Unknown => "This access had already ended.",
        },
        /// The outcome of withdrawing consent from an application.
        consent_withdrawn: fn(&str, Ended) -> String = |application, ended| match ended {
            Ended::All(_) => {
                format!(
                    "You have withdrawn your consent, and all access of {application} has ended."
                )
            }
            Ended::Some(_) => format!(
                "You have withdrawn your consent, and all access of {application} is ending. There are many grants; \
                 the last of them will end within a few minutes."
            ),
            Ended::Unknown => {
                format!(
                    "You have withdrawn your consent; all access of {application} had already ended."
                )
            }
        },
        /// The outcome of signing out everywhere.
        everywhere: fn(Ended) -> &'static str = |ended| match ended {
            Ended::All(_) => "You are signed out everywhere. All access has ended.",
            Ended::Some(_) => {
                "You are signed out everywhere. All access is ending. There are many grants; the last of them will end \
                 within a few minutes."
            }
            Ended::Unknown => "You are signed out everywhere. All access had already ended.",
        },
        /// Follows it, if the consents were withdrawn.
        all_withdrawn = "You have withdrawn your consents: every application must ask you again.",
    }
}

oauth_core::texts! {
    /// The error page.
    pub(crate) ErrorText, ERROR {
        form_title = "This form cannot be accepted",
        form_remedy = "Go back to the application and start again from there. Your browser must allow cookies.",
        request_title = "This request cannot be answered",
        request_remedy = "Nothing was shared. If you came from an application, send its developers the code below.",
        /// The request of an application that nobody knows.
        stranger_remedy = "The application that sent you here is not known to this server. Return to it only if you trust the address below.",
        /// The link to the place that the application named.
        back: fn(&str) -> String = |place| format!("Return to {place}"),
        rate_title = "Too many requests",
        rate_remedy = "Wait a few seconds, then reload this page.",
        fault_title = "Something went wrong on our side",
        fault_sentence = "The server cannot answer at the moment.",
        fault_remedy = "Try again in a moment.",
        error = "Error",
        request = "Request",
        refusals: RefusalText = REFUSALS,
    }
}

oauth_core::texts! {
    /// The reasons on the error page, by [`Refusal`]. In English they are those that clients get.
    pub(crate) RefusalText, REFUSALS {
        wrong_content_type = Refusal::WrongContentType.description(),
        malformed_form = Refusal::MalformedForm.description(),
        repeated_parameter = Refusal::RepeatedParameter.description(),
        too_large = Refusal::TooLarge.description(),
        client_id_missing = Refusal::ClientIdMissing.description(),
        client_unknown = Refusal::ClientUnknown.description(),
        too_many_requests = "Too many requests came from your network within a minute.",
        redirect_uri_missing = Refusal::RedirectUriMissing.description(),
        redirect_uri_unregistered = Refusal::RedirectUriUnregistered.description(),
        request_uri_unknown = Refusal::RequestUriUnknown.description(),
        request_uri_expired = Refusal::RequestUriExpired.description(),
        request_uri_used = Refusal::RequestUriUsed.description(),
        csrf_mismatch = Refusal::CsrfMismatch.description(),
        decision_unknown = Refusal::DecisionUnknown.description(),
    }
}

fn failure(failure: LoginFailure) -> (&'static str, String) {
    match failure {
        LoginFailure::WrongCredentials => (
            "Not signed in.",
            "Username and password do not match. Check both and try again.".to_owned(),
        ),
        LoginFailure::Throttled {
            retry_after_seconds,
        } => (
            "Too many attempts.",
            format!("Wait {}, then try again.", duration(retry_after_seconds)),
        ),
        LoginFailure::SignedOut => (
            "You were signed out everywhere.",
            "To sign in again, enter your password once more.".to_owned(),
        ),
        LoginFailure::Expired => (
            "This page was open for too long.",
            "Enter your password again to continue.".to_owned(),
        ),
        LoginFailure::NoCookies => (
            "Your browser blocks cookies.",
            "Allow cookies for this site, then enter your password again.".to_owned(),
        ),
    }
}

fn duration(seconds: i64) -> String {
    match seconds {
        ..=1 => "a second".to_owned(),
        2..=90 => format!("{seconds} seconds"),
        _ => format!("{} minutes", seconds.saturating_add(59) / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waiting_times_are_words() {
        for (seconds, words) in [
            (0, "a second"),
            (30, "30 seconds"),
            (91, "2 minutes"),
            (900, "15 minutes"),
        ] {
            assert_eq!(duration(seconds), words);
        }
    }
}
