//! The page of a person's own account: where they are signed in, and which applications have access.

use oauth_core::UnixTime;

use super::{date::date, html::Html, layout};

/// What the account page shows.
#[derive(Clone, Copy, Debug)]
pub struct AccountPage<'a> {
    /// The token against cross-site request forgery.
    pub csrf: &'a str,
    /// The person who is signed in.
    pub user_name: &'a str,
    /// What they have just done, as a sentence.
    pub said: Option<&'a str>,
    /// How many login sessions there are.
    pub sessions: usize,
    /// When the oldest of them was opened.
    pub since: Option<UnixTime>,
    /// The applications that have access.
    pub applications: &'a [Application<'a>],
    /// Whether this is the first page of them.
    pub is_first: bool,
    /// What names the last one, if there may be more after it.
    pub next: Option<&'a str>,
}

/// An application, with every time that access was given to it.
#[derive(Clone, Debug)]
pub struct Application<'a> {
    /// Its id.
    pub client_id: &'a str,
    /// Its name.
    pub name: String,
    /// What it was given.
    pub accesses: Vec<Access<'a>>,
}

/// Access that was given once.
#[derive(Clone, Debug)]
pub struct Access<'a> {
    /// What names it.
    pub key: &'a str,
    /// Each scope with its description.
    pub scopes: Vec<(&'a str, &'a str)>,
    /// The resource that it is for.
    pub resource: &'a str,
    /// When it was given.
    pub since: UnixTime,
}

/// The account page.
pub fn account(page: &AccountPage<'_>) -> String {
    let main = Html::new()
        .markup("<div class=\"intro\"><h1>Your account</h1><p>You are signed in as <strong class=\"person\">")
        .text(page.user_name)
        .markup("</strong>.</p></div>")
        .html(&said(page.said))
        .markup("<form class=\"account\" method=\"post\" action=\"/account\">")
        .hidden("csrf", page.csrf)
        .html(&sessions(page))
        .html(&applications(page))
        .markup("</form>")
        .html(&pages(page));
    layout::page("Your account", &main)
}

/// The page after signing out, where nobody is signed in any more.
pub fn signed_out(said: &str) -> String {
    let main = Html::new()
        .markup("<div class=\"intro\"><h1>You are signed out</h1><p>")
        .text(said)
        .markup("</p></div><div class=\"sheet\"><ul class=\"links\">")
        .markup("<li><a href=\"/account\">Sign in again</a></li></ul></div>");
    layout::page("Signed out", &main)
}

fn said(said: Option<&str>) -> Html {
    match said {
        Some(said) => Html::new()
            .markup("<div class=\"notice done\" role=\"status\"><p>")
            .text(said)
            .markup("</p></div>"),
        None => Html::new(),
    }
}

fn sessions(page: &AccountPage<'_>) -> Html {
    let sheet = Html::new()
        .markup("<section class=\"sheet\" aria-labelledby=\"sessions\"><h2 id=\"sessions\">Where you are signed in</h2><p>");
    let sheet = match page.sessions {
        // This one is being looked at, so there is at least one.
        0 | 1 => sheet.markup("In this browser alone"),
        count => sheet
            .markup("In ")
            .text(&count.to_string())
            .markup(" browsers"),
    };
    let sheet = match page.since {
        Some(since) => sheet
            .markup(", since <time>")
            .text(&date(since))
            .markup("</time>.</p>"),
        None => sheet.markup(".</p>"),
    };
    sheet
        .markup("<div class=\"decision\">")
        .markup("<button type=\"submit\" name=\"sign_out\" value=\"here\">Sign out</button>")
        .markup("<button type=\"submit\" name=\"sign_out\" value=\"everywhere\" aria-describedby=\"everywhere\">")
        .markup("Sign out everywhere</button></div>")
        .markup("<p class=\"hint\" id=\"everywhere\">Signing out everywhere also ends the access of all applications.</p>")
        .markup("</section>")
}

fn applications(page: &AccountPage<'_>) -> Html {
    let list = Html::new().markup("<h2 id=\"applications\">Applications with access</h2>");
    if page.applications.is_empty() {
        let none = list.markup("<p class=\"hint\">");
        return match (page.is_first, page.next) {
            (true, None) => none.markup("No application has access to your account."),
            (_, Some(_)) => none.markup("Access on this page has ended meanwhile."),
            (false, None) => none.markup("There are no more."),
        }
        .markup("</p>");
    }
    let mut list = list;
    for application in page.applications {
        list = list.html(&sheet(application));
    }
    list
}

fn sheet(application: &Application<'_>) -> Html {
    let mut sheet = Html::new()
        .markup("<section class=\"sheet application\"><h3>")
        .text(&application.name)
        .markup("</h3><p class=\"hint wire\">")
        .text(application.client_id)
        .markup("</p><ul class=\"accesses\">");
    for access in &application.accesses {
        sheet = sheet.html(&entry(&application.name, access));
    }
    button(
        sheet.markup("</ul>"),
        ("withdraw", application.client_id),
        "Withdraw consent",
        &application.name,
    )
    .markup("<p class=\"hint\">Ends all its access, and it must ask you again.</p></section>")
}

fn entry(name: &str, access: &Access<'_>) -> Html {
    let mut entry = Html::new().markup("<li><ul class=\"scopes\">");
    if access.scopes.is_empty() {
        entry = entry.markup("<li>Nothing beyond signing you in</li>");
    }
    for (scope, description) in &access.scopes {
        entry = entry
            .markup("<li>")
            .text(description)
            .markup("<code>")
            .text(scope)
            .markup("</code></li>");
    }
    let since = date(access.since);
    let entry = entry
        .markup("</ul><dl><dt>At</dt><dd class=\"wire\">")
        .text(access.resource)
        .markup("</dd><dt>Since</dt><dd><time>")
        .text(&since)
        .markup("</time></dd></dl>");
    let of = [name, " since ", &since].concat();
    button(entry, ("end", access.key), "End access", &of).markup("</li>")
}

/// A button whose name says, to those who do not see where it stands, what it is about.
fn button(html: Html, sends: (&'static str, &str), label: &'static str, about: &str) -> Html {
    let (name, value) = sends;
    html.markup("<button type=\"submit\" name=\"")
        .markup(name)
        .markup("\" value=\"")
        .text(value)
        .markup("\" aria-label=\"")
        .markup(label)
        .markup(": ")
        .text(about)
        .markup("\">")
        .markup(label)
        .markup("</button>")
}

fn pages(page: &AccountPage<'_>) -> Html {
    if page.is_first && page.next.is_none() {
        return Html::new();
    }
    let mut nav = Html::new().markup("<nav class=\"pages\" aria-label=\"Pages\">");
    if !page.is_first {
        nav = nav.markup("<a href=\"/account\">First page</a>");
    }
    if let Some(next) = page.next {
        let query = oauth_core::form::encode([("after", next)]);
        nav = nav
            .markup("<a href=\"/account?")
            .text(&query)
            .markup("\">Next page</a>");
    }
    nav.markup("</nav>")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(change: impl FnOnce(&mut AccountPage<'_>)) -> String {
        let applications = [Application {
            client_id: "web-ui",
            name: "<script>alert(1)</script>".to_owned(),
            accesses: vec![Access {
                key: "web-ui AAAAAAAAAAAAAAAAAAAAAA",
                scopes: vec![("read", "Read your profile")],
                resource: "http://localhost:8789",
                since: UnixTime(0),
            }],
        }];
        let mut page = AccountPage {
            csrf: "token",
            user_name: "Ada",
            said: None,
            sessions: 1,
            since: Some(UnixTime(86_400)),
            applications: &applications,
            is_first: true,
            next: None,
        };
        change(&mut page);
        account(&page)
    }

    #[test]
    fn a_person_reads_who_has_access_to_what_and_since_when() {
        let html = shown(|_| ());
        for text in [
            "Ada",
            "In this browser alone, since <time>1970-01-02</time>",
            "Read your profile",
            "<code>read</code>",
            "http://localhost:8789",
            "<time>1970-01-01</time>",
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
    fn markup_in_a_name_is_inert() {
        let html = shown(|page| page.said = Some("<img src=x>"));
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
        assert!(empty(false, None).contains("There are no more."));
        assert!(empty(true, Some("a b")).contains("has ended meanwhile"));
    }
}
