//! The account page: where the user is signed in, and which applications have access.

use maud::{Markup, html};
use oauth_core::{UnixTime, client::DIRECT_LOGIN, endpoint, form};

use super::{
    Page,
    layout::{self, hidden},
    text::{AccountText, Text},
};

/// The contents of the account page.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AccountPage<'a> {
    /// The token against cross-site request forgery.
    pub(crate) csrf: &'a str,
    /// The user who is signed in.
    pub(crate) user_name: &'a str,
    /// The outcome of their last action.
    pub(crate) notice: Option<&'a str>,
    /// The time of this request.
    pub(crate) now: UnixTime,
    /// The number of login sessions.
    pub(crate) sessions: usize,
    /// The time when the oldest was opened.
    pub(crate) since: Option<UnixTime>,
    /// The applications that have access.
    pub(crate) applications: &'a [Application<'a>],
    /// The applications that have none, and were allowed before.
    pub(crate) remembered: &'a [Application<'a>],
    /// Whether this is their first page.
    pub(crate) is_first: bool,
    /// The key of the last one, if there may be more after it.
    pub(crate) next: Option<&'a str>,
}

/// An application, with its grants or its consents.
#[derive(Clone, Debug)]
pub(crate) struct Application<'a> {
    /// Its id.
    pub(crate) client_id: &'a str,
    /// Its name.
    pub(crate) name: String,
    /// Whether nobody has checked that name.
    pub(crate) is_unverified: bool,
    /// The site that publishes its document, where it is known by one.
    pub(crate) site: Option<&'a str>,
    /// Its grants, or its consents.
    pub(crate) accesses: Vec<Access<'a>>,
}

/// The access of one grant, or one consent.
#[derive(Clone, Debug)]
pub(crate) struct Access<'a> {
    /// The grant's key; a consent has none.
    pub(crate) key: Option<&'a str>,
    /// Each scope with its description.
    pub(crate) scopes: Vec<(&'a str, &'a str)>,
    /// The resource that it is for.
    pub(crate) resource: &'a str,
    /// The time when it was given.
    pub(crate) since: UnixTime,
    /// The time when it was last used, where that is known.
    pub(crate) used_at: Option<UnixTime>,
}

/// The account page.
pub(crate) fn account(text: &Text, page: &AccountPage<'_>) -> Page {
    let account = &text.account;
    let main = html! {
        div.intro {
            h1 { (account.title) }
            p { ((account.lead)(page.user_name)) }
        }
        @if let Some(notice) = page.notice {
            div.notice.done role="status" { p { (notice) } }
        }
        form.account method="post" action=(endpoint::ACCOUNT) {
            (hidden("csrf", page.csrf))
            (sessions(text, page))
            (applications(text, page))
            (remembered(text, page))
        }
        (pages(account, page))
    };
    layout::page(text, account.title, &main)
}

/// The page after signing out.
pub(crate) fn signed_out(text: &Text, notice: &str) -> Page {
    let account = &text.account;
    let main = html! {
        div.intro {
            h1 { (account.signed_out_heading) }
            p { (notice) }
        }
        div.sheet {
            ul.links { li { a href=(endpoint::ACCOUNT) { (account.sign_in_again) } } }
        }
    };
    layout::page(text, account.signed_out_title, &main)
}

fn sessions(text: &Text, page: &AccountPage<'_>) -> Markup {
    let since = page.since.map(|since| moment(text, since, page.now));
    let text = &text.account;
    html! {
        section.sheet aria-labelledby="sessions" {
            h2 #sessions { (text.sessions) }
            p { ((text.signed_in)(page.sessions, since)) }
            div.choice {
                input #forget name="forget" type="checkbox" value="yes";
                label for="forget" { (text.forget) }
            }
            div.decision {
                button type="submit" name="sign_out" value="here" { (text.sign_out) }
                button type="submit" name="sign_out" value="everywhere" aria-describedby="everywhere" {
                    (text.sign_out_everywhere)
                }
            }
            p.hint #everywhere { (text.about_everywhere) }
        }
    }
}

fn moment(text: &Text, time: UnixTime, now: UnixTime) -> Markup {
    html! { time { (text.dates.write(time, now)) } }
}

fn applications(text: &Text, page: &AccountPage<'_>) -> Markup {
    let account = &text.account;
    let none = match (page.is_first, page.next) {
        (true, None) => account.none,
        (_, Some(_)) => account.ended_meanwhile,
        (false, None) => account.no_more,
    };
    html! {
        h2 #applications { (account.applications) }
        @if page.applications.is_empty() { p.hint { (none) } }
        @for application in page.applications { (sheet(text, application, page.now)) }
    }
}

fn remembered(text: &Text, page: &AccountPage<'_>) -> Markup {
    let account = &text.account;
    html! {
        @if !page.remembered.is_empty() {
            h2 #remembered { (account.remembered) }
            p.hint { (account.about_remembered) }
            @for application in page.remembered { (sheet(text, application, page.now)) }
        }
    }
}

fn sheet(text: &Text, application: &Application<'_>, now: UnixTime) -> Markup {
    let account = &text.account;
    let name = &application.name;
    let has_access = application.accesses.iter().any(|it| it.key.is_some());
    let about = if application.client_id == DIRECT_LOGIN {
        account.about_direct_login
    } else if has_access {
        account.about_withdrawal
    } else {
        account.about_forgetting
    };
    html! {
        section.sheet.application {
            h3 { (name) }
            p.hint.wire { (application.client_id) }
            @if let Some(site) = application.site { p.hint { (text.consent.site) " " span.wire { (site) } } }
            @if application.is_unverified { p.hint { (account.unverified) } }
            ul.accesses {
                @for access in &application.accesses { li { (entry(text, name, access, now)) } }
            }
            button type="submit" name="withdraw" value=(application.client_id)
                aria-label=((account.withdraw_from)(name)) { (account.withdraw) }
            p.hint { (about) }
        }
    }
}

fn entry(text: &Text, name: &str, access: &Access<'_>, now: UnixTime) -> Markup {
    let since = text.dates.write(access.since, now);
    let used = access.used_at.map(|at| text.dates.write(at, now));
    let text = &text.account;
    html! {
        ul.scopes {
            @if access.scopes.is_empty() { li { (text.no_scope) } }
            @for (scope, description) in &access.scopes { li { (description) code { (scope) } } }
        }
        dl {
            dt { (text.resource) } dd.wire { (access.resource) }
            dt { (text.since) } dd { time { (since) } }
            @if let Some(used) = used { dt { (text.last_used) } dd { time { (used) } } }
        }
        @if let Some(key) = access.key {
            button type="submit" name="end" value=(key)
                aria-label=((text.end_of)(name, &since)) { (text.end) }
        }
    }
}

fn pages(text: &AccountText, page: &AccountPage<'_>) -> Markup {
    let next = page.next.map(|next| {
        let query = form::encode([("after", next)]);
        [endpoint::ACCOUNT, "?", &query].concat()
    });
    html! {
        @if !page.is_first || next.is_some() {
            nav.pages aria-label=(text.pages) {
                @if !page.is_first { a href=(endpoint::ACCOUNT) { (text.first_page) } }
                @if let Some(next) = next { a href=(next) { (text.next_page) } }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::text::ENGLISH;

    fn shown(change: impl FnOnce(&mut AccountPage<'_>)) -> String {
        shown_beside(&[], change)
    }

    fn shown_beside(
        remembered: &[Application<'_>],
        change: impl FnOnce(&mut AccountPage<'_>),
    ) -> String {
        let applications = [Application {
            client_id: "web-ui",
            name: "<script>alert(1)</script>".to_owned(),
            is_unverified: true,
            site: None,
            accesses: vec![Access {
                key: Some("web-ui AAAAAAAAAAAAAAAAAAAAAA"),
                scopes: vec![("read", "Read your profile")],
                resource: "http://localhost:8789",
                since: UnixTime(0),
                used_at: Some(UnixTime(86_400)),
            }],
        }];
        let mut page = AccountPage {
            csrf: "token",
            user_name: "Ada",
            notice: None,
            now: UnixTime(172_800),
            sessions: 1,
            since: Some(UnixTime(86_400)),
            applications: &applications,
            remembered,
            is_first: true,
            next: None,
        };
        change(&mut page);
        account(ENGLISH, &page).html
    }

    #[test]
    fn a_user_reads_who_has_access_to_what_and_since_when() {
        let html = shown(|_| ());
        for text in [
            "Ada",
            "In this browser alone, since <time>2 January 1970, 00:00 UTC, 1 day ago</time>",
            "Read your profile",
            "<code>read</code>",
            "http://localhost:8789",
            "<time>1 January 1970, 00:00 UTC, 2 days ago</time>",
            "Last used</dt><dd><time>2 January 1970, 00:00 UTC, 1 day ago</time>",
            "name=\"end\" value=\"web-ui AAAAAAAAAAAAAAAAAAAAAA\"",
            "name=\"withdraw\" value=\"web-ui\"",
            "name=\"sign_out\" value=\"here\"",
            "name=\"sign_out\" value=\"everywhere\"",
        ] {
            assert!(html.contains(text), "{text}");
        }
        assert!(!html.contains("role=\"status\"") && !html.contains("<nav"));
    }

    #[test]
    fn a_remembered_consent_can_be_withdrawn_and_has_no_access_to_end() {
        let remembered = [Application {
            client_id: "shop",
            name: "The shop".to_owned(),
            is_unverified: false,
            site: Some("shop.example.org"),
            accesses: vec![Access {
                key: None,
                scopes: vec![("read", "Read your profile")],
                resource: "http://localhost:8789",
                since: UnixTime(0),
                used_at: None,
            }],
        }];
        let html = shown_beside(&remembered, |page| page.applications = &[]);
        for text in [
            "you allowed before",
            "The shop",
            "Published by <span class=\"wire\">shop.example.org</span>",
            "name=\"withdraw\" value=\"shop\"",
        ] {
            assert!(html.contains(text), "{text}");
        }
        assert!(!html.contains("name=\"end\"") && !html.contains("Unverified"));
        assert!(shown(|_| ()).contains("Unverified") && !shown(|_| ()).contains("Published"));
        assert!(!shown(|_| ()).contains("you allowed before"));
    }

    #[test]
    fn markup_in_a_name_is_inert() {
        let html = shown(|page| page.notice = Some("<img src=x>"));
        assert!(!html.contains("<script>") && !html.contains("<img"));
        assert!(html.contains("role=\"status\"") && html.contains("&lt;img"));
    }

    #[test]
    fn a_page_of_many_leads_to_the_next_and_back_to_the_first() {
        let html = shown(|page| page.next = Some("web-ui AAAAAAAAAAAAAAAAAAAAAA"));
        assert!(html.contains("href=\"/account?after=web-ui%20AAAAAAAAAAAAAAAAAAAAAA\""));
        assert!(!html.contains("First page"));
        let html = shown(|page| page.is_first = false);
        assert!(html.contains("First page") && !html.contains("Next page"));
    }

    #[test]
    fn an_empty_page_says_what_it_means() {
        let empty = |is_first, next| {
            shown(|page| {
                (page.applications, page.is_first, page.next) = (&[], is_first, next);
            })
        };
        assert!(empty(true, None).contains("No application has access"));
        assert!(empty(false, None).contains("There are no more applications."));
        assert!(empty(true, Some("a b")).contains("has since ended"));
    }
}
