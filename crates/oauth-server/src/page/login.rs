//! The page where a user signs in.

use maud::{Markup, html};
use oauth_core::endpoint;

use super::{
    Page, Sources,
    layout::{self, hidden},
    text::{LoginText, Text},
};

/// The reason why the last attempt did not succeed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LoginFailure {
    /// The username and the password do not match. The page does not reveal which of them is wrong.
    WrongCredentials,
    /// Too many attempts.
    Throttled {
        /// The seconds until the next attempt is accepted.
        retry_after_seconds: i64,
    },
    /// The form was served too long ago, or to another browser.
    Expired,
    /// The browser sent no cookie at all with the form.
    NoCookies,
    /// The user was signed out everywhere during the login.
    SignedOut,
}

/// The contents of the login page.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LoginPage<'a> {
    /// What is waiting for the login: the query of an authorization request, or a page of this server; may be empty.
    pub(crate) request: &'a str,
    /// The token against cross-site request forgery.
    pub(crate) csrf: &'a str,
    /// The name of the application that asks for the login, if there is one.
    pub(crate) client_name: Option<&'a str>,
    /// The username to fill in.
    pub(crate) username: &'a str,
    /// The reason why the page is shown again.
    pub(crate) failure: Option<LoginFailure>,
}

/// The login page.
pub(crate) fn login(text: &Text, page: &LoginPage<'_>) -> Page {
    let login = &text.login;
    let main = html! {
        div.intro {
            h1 { (login.title) }
            p { (page.client_name.map_or_else(|| html! { (login.no_application) }, login.continue_to)) }
        }
        @if let Some(failure) = page.failure { (notice(login, failure)) }
        form.sheet method="post" action=(endpoint::LOGIN) {
            (hidden("request", page.request))
            (hidden("csrf", page.csrf))
            (username(login, page))
            (password(login, page))
            div.choice {
                input #remember name="remember" type="checkbox" value="on";
                label for="remember" { (login.remember) }
            }
            button.primary type="submit" { (login.submit) }
        }
    };
    Page {
        sources: Sources {
            leaves: page.client_name.is_some(),
            ..Sources::default()
        },
        ..layout::page(text, login.title, &main)
    }
}

fn notice(text: &LoginText, failure: LoginFailure) -> Markup {
    let (what, then) = (text.failure)(failure);
    html! {
        div.notice #failure role="alert" { p { strong { (what) } " " (then) } }
    }
}

fn username(text: &LoginText, page: &LoginPage<'_>) -> Markup {
    html! {
        div.field {
            label for="username" { (text.username) }
            input #username name="username" type="text" autocomplete="username"
                autocapitalize="none" spellcheck="false" maxlength="128" required
                value=(page.username) autofocus[page.username.is_empty()]
                aria-invalid=[invalid(page.failure)] aria-describedby=[described(page.failure)];
        }
    }
}

fn password(text: &LoginText, page: &LoginPage<'_>) -> Markup {
    html! {
        div.field {
            label for="password" { (text.password) }
            input #password name="password" type="password" autocomplete="current-password"
                required autofocus[!page.username.is_empty()]
                aria-invalid=[invalid(page.failure)] aria-describedby=[described(page.failure)];
        }
    }
}

fn invalid(failure: Option<LoginFailure>) -> Option<&'static str> {
    (failure == Some(LoginFailure::WrongCredentials)).then_some("true")
}

fn described(failure: Option<LoginFailure>) -> Option<&'static str> {
    failure.map(|_| "failure")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::text::ENGLISH;

    const PAGE: LoginPage<'_> = LoginPage {
        request: "client_id=web-ui&state=%22",
        csrf: "token",
        client_name: Some("Walkthrough"),
        username: "",
        failure: None,
    };

    #[test]
    fn the_hooks_of_password_managers_are_there() {
        let html = login(ENGLISH, &PAGE).html;
        for hook in [
            "name=\"username\" type=\"text\" autocomplete=\"username\"",
            "name=\"password\" type=\"password\" autocomplete=\"current-password\"",
            "type=\"submit\"",
            "<label for=\"username\">",
            "<label for=\"password\">",
            "name=\"request\" value=\"client_id=web-ui&amp;state=%22\"",
        ] {
            assert!(html.contains(hook), "{hook}");
        }
        assert!(
            !html.contains("role=\"alert\"")
                && !html.contains("maxlength=\"128\" autocomplete=\"current")
        );
    }

    #[test]
    fn a_failure_is_announced_and_keeps_the_username() {
        let html = login(
            ENGLISH,
            &LoginPage {
                username: "ada\"><script>",
                failure: Some(LoginFailure::WrongCredentials),
                ..PAGE
            },
        )
        .html;
        assert!(
            html.contains("role=\"alert\"")
                && html.contains("value=\"ada&quot;&gt;&lt;script&gt;\"")
        );
        assert!(!html.contains("<script>"));
    }
}
