//! English.

use maud::html;
use oauth_core::{Refusal, date::ENGLISH};

use super::{
    AccountText, ConsentText, ErrorText, HomeText, LoginText, RefusalText, SignedInText, Text,
};
use crate::{ending::Ended, page::LoginFailure};

/// The English texts.
pub(super) static EN: Text = Text {
    language: "en",
    dates: ENGLISH,
    kind: "authorization server",
    home: HomeText {
        title: "Authorization server",
        heading: "An authorization server",
        lead: "Applications send people here to sign in and to decide what each application may do. It speaks OAuth 2.1 and OpenID Connect.",
        issuer: "Issuer",
        openid_metadata: "OpenID Connect metadata",
        oauth_metadata: "OAuth metadata",
        keys: "Public keys",
        health: "Health",
        sign_in: "Sign in",
    },
    login: LoginText {
        title: "Sign in",
        continue_to: |application| {
            html! { "to continue to " strong { (application) } ". It will not see your password." }
        },
        no_application: "to this authorization server.",
        failure,
        username: "Username",
        password: "Password",
        remember: "Keep me signed in on this device",
        submit: "Sign in",
    },
    signed_in: SignedInText {
        title: "Signed in",
        heading: "You are signed in",
        lead: |user| {
            html! {
                "as " strong.person { (user) }
                ". Applications that use this authorization server can now continue without asking for your password \
                 again. You can close this page."
            }
        },
        account: "Your account",
    },
    consent: ConsentText {
        title: "Allow access",
        heading: "Allow access?",
        lead: |application, user| {
            html! { strong { (application) } " asks to act for you, " strong.person { (user) } "." }
        },
        asks: "It will be able to:",
        asks_nothing: "It asks for nothing beyond signing you in.",
        application: "Application",
        resource: "At",
        returns_to: "Returns to",
        allow: "Allow",
        deny: "Deny",
    },
    account: AccountText {
        title: "Your account",
        lead: |user| html! { "You are signed in as " strong.person { (user) } "." },
        sessions: "Where you are signed in",
        signed_in: |count, since| {
            html! {
                @if count > 1 { "In " (count) " browsers" } @else { "In this browser alone" }
                @if let Some(since) = since { ", since " (since) }
                "."
            }
        },
        sign_out: "Sign out",
        sign_out_everywhere: "Sign out everywhere",
        about_everywhere: "Signing out everywhere also ends the access of all applications.",
        applications: "Applications with access",
        none: "No application has access to your account.",
        ended_meanwhile: "The access listed on this page has ended meanwhile.",
        no_more: "There are no more.",
        withdraw: "Withdraw consent",
        withdraw_from: |application| format!("Withdraw consent: {application}"),
        about_withdrawal: "Ends all its access, and it must ask you again.",
        end: "End access",
        end_of: |application, since| format!("End access: {application} since {since}"),
        no_scope: "Nothing beyond signing you in",
        resource: "At",
        since: "Since",
        pages: "Pages",
        first_page: "First page",
        next_page: "Next page",
        signed_out_title: "Signed out",
        signed_out_heading: "You are signed out",
        sign_in_again: "Sign in again",
        signed_out: "This browser is signed out. Applications keep the access that you gave them.",
        access_ended: |ended| match ended {
            Ended::All(_) => "Access has ended.",
            Ended::Some(_) => {
                "Access is ending. There are many grants; the last of them will end within a few minutes."
            }
            Ended::Unknown => "Access had ended before.",
        },
        consent_withdrawn: |application, ended| match ended {
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
                    "You have withdrawn your consent; all access of {application} had ended before."
                )
            }
        },
        everywhere: |ended| match ended {
            Ended::All(_) => "You are signed out everywhere. All access has ended.",
            Ended::Some(_) => {
                "You are signed out everywhere. All access is ending. There are many grants; the last of them will end \
                 within a few minutes."
            }
            Ended::Unknown => "You are signed out everywhere. All access had ended before.",
        },
    },
    error: ErrorText {
        form_title: "This form cannot be accepted",
        form_remedy: "Go back to the application and start again from there. Your browser must allow cookies.",
        request_title: "This request cannot be answered",
        request_remedy: "Nothing was shared. If you came from an application, send its developers the code below.",
        fault_title: "Something on our side is not working",
        fault_sentence: "The server cannot answer at the moment.",
        fault_remedy: "Try again in a moment.",
        error: "Error",
        request: "Request",
        // The sentences that clients get.
        refusals: RefusalText {
            wrong_content_type: Refusal::WrongContentType.description(),
            malformed_form: Refusal::MalformedForm.description(),
            repeated_parameter: Refusal::RepeatedParameter.description(),
            too_large: Refusal::TooLarge.description(),
            client_id_missing: Refusal::ClientIdMissing.description(),
            client_unknown: Refusal::ClientUnknown.description(),
            redirect_uri_missing: Refusal::RedirectUriMissing.description(),
            redirect_uri_unregistered: Refusal::RedirectUriUnregistered.description(),
            request_uri_unknown: Refusal::RequestUriUnknown.description(),
            request_uri_expired: Refusal::RequestUriExpired.description(),
            request_uri_used: Refusal::RequestUriUsed.description(),
            csrf_mismatch: Refusal::CsrfMismatch.description(),
            decision_unknown: Refusal::DecisionUnknown.description(),
            session_ended: Refusal::SessionEnded.description(),
        },
    },
    own_scope: |scope| {
        Some(match scope {
            "openid" => "Know that it is you",
            "profile" => "See your name and username",
            "email" => "See your email address",
            "offline_access" => "Stay connected while you are away",
            "m2m:run" => "Run machine-to-machine calls as an operator",
            "admin" => "Administer this authorization server",
            _ => return None,
        })
    },
    undescribed_scope: "No description is registered",
};

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
