//! The page where a person signs in.

use super::{html::Html, layout};

/// Why the last attempt did not succeed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LoginFailure {
    /// Username and password do not belong together. Which of the two is wrong is not said.
    WrongCredentials,
    /// Too many attempts.
    Throttled {
        /// Seconds until the next attempt is looked at.
        retry_after_seconds: i64,
    },
    /// The page was open for too long, or came from another browser.
    Expired,
    /// The person was signed out everywhere while they signed in.
    SignedOut,
}

/// What the login page shows.
#[derive(Clone, Copy, Debug)]
pub struct LoginPage<'a> {
    /// The raw query of the authorization request that waits; may be empty.
    pub request: &'a str,
    /// The token against cross-site request forgery.
    pub csrf: &'a str,
    /// The application that asks, if one does.
    pub client_name: Option<&'a str>,
    /// What was typed before.
    pub username: &'a str,
    /// Why the page is shown again.
    pub failure: Option<LoginFailure>,
}

/// The login page.
pub fn login(page: &LoginPage<'_>) -> String {
    let main = Html::new()
        .html(&intro(page.client_name))
        .html(&notice(page.failure))
        .markup("<form class=\"sheet\" method=\"post\" action=\"/login\">")
        .hidden("request", page.request)
        .hidden("csrf", page.csrf)
        .html(&username(page))
        .html(&password(page))
        .markup("<div class=\"choice\"><input id=\"remember\" name=\"remember\" type=\"checkbox\" value=\"on\">")
        .markup("<label for=\"remember\">Keep me signed in on this device</label></div>")
        .markup("<button class=\"primary\" type=\"submit\">Sign in</button></form>");
    layout::page("Sign in", &main)
}

fn intro(client_name: Option<&str>) -> Html {
    let intro = Html::new().markup("<div class=\"intro\"><h1>Sign in</h1><p>");
    match client_name {
        Some(name) => intro
            .markup("to continue to <strong>")
            .text(name)
            .markup("</strong>. It will not see your password."),
        None => intro.markup("to this authorization server."),
    }
    .markup("</p></div>")
}

fn notice(failure: Option<LoginFailure>) -> Html {
    let Some(failure) = failure else {
        return Html::new();
    };
    let notice =
        Html::new().markup("<div class=\"notice\" id=\"failure\" role=\"alert\"><p><strong>");
    match failure {
        LoginFailure::WrongCredentials => notice
            .markup("Not signed in.</strong> Username and password do not match. Check both and try again."),
        LoginFailure::Throttled { retry_after_seconds } => notice
            .markup("Too many attempts.</strong> Wait ")
            .text(&duration(retry_after_seconds))
            .markup(", then try again."),
        LoginFailure::SignedOut => notice
            .markup("You were signed out everywhere.</strong> To sign in again, enter your password once more."),
        LoginFailure::Expired => notice
            .markup("This page was open too long.</strong> Nothing was lost: enter your password once more."),
    }
    .markup("</p></div>")
}

fn username(page: &LoginPage<'_>) -> Html {
    let field = Html::new()
        .markup("<div class=\"field\"><label for=\"username\">Username</label>")
        .markup("<input id=\"username\" name=\"username\" type=\"text\" autocomplete=\"username\" ")
        .markup("autocapitalize=\"none\" spellcheck=\"false\" maxlength=\"128\" required value=\"")
        .text(page.username)
        .markup("\"");
    let field = if page.username.is_empty() {
        field.markup(" autofocus")
    } else {
        field
    };
    described(field, page.failure).markup("></div>")
}

fn password(page: &LoginPage<'_>) -> Html {
    let field = Html::new()
        .markup("<div class=\"field\"><label for=\"password\">Password</label>")
        .markup("<input id=\"password\" name=\"password\" type=\"password\" ")
        .markup("autocomplete=\"current-password\" required");
    let field = if page.username.is_empty() {
        field
    } else {
        field.markup(" autofocus")
    };
    described(field, page.failure).markup("></div>")
}

fn described(field: Html, failure: Option<LoginFailure>) -> Html {
    match failure {
        Some(LoginFailure::WrongCredentials) => {
            field.markup(" aria-invalid=\"true\" aria-describedby=\"failure\"")
        }
        Some(LoginFailure::Throttled { .. } | LoginFailure::Expired | LoginFailure::SignedOut) => {
            field.markup(" aria-describedby=\"failure\"")
        }
        None => field,
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

    const PAGE: LoginPage<'_> = LoginPage {
        request: "client_id=web-ui&state=%22",
        csrf: "token",
        client_name: Some("Walkthrough"),
        username: "",
        failure: None,
    };

    #[test]
    fn the_hooks_of_password_managers_are_there() {
        let html = login(&PAGE);
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
        let html = login(&LoginPage {
            username: "ada\"><script>",
            failure: Some(LoginFailure::WrongCredentials),
            ..PAGE
        });
        assert!(
            html.contains("role=\"alert\"")
                && html.contains("value=\"ada&quot;&gt;&lt;script&gt;\"")
        );
        assert!(!html.contains("<script>"));
    }

    #[test]
    fn waiting_is_told_in_words() {
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
