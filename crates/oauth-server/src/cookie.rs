//! The cookies of this server (RFC 6265bis §4.1.3.2).
//!
//! Over https they are `__Host-`, so that no other origin can set one. Safari keeps no `Secure` cookie over http, not even
//! on localhost: there, and only there, they have plain names, and every program that listens on localhost gets them.

use oauth_core::{http::Headers, settings::Settings};

/// A cookie of this server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cookie {
    /// The login session.
    Session,
    /// Proof that this browser has signed in to an account before.
    Known,
    /// Proof that the password was just entered for one authorization request.
    Fresh,
}

impl Cookie {
    const fn name(self, is_secure: bool) -> &'static str {
        match (self, is_secure) {
            (Self::Session, true) => "__Host-session",
            (Self::Known, true) => "__Host-known",
            (Self::Fresh, true) => "__Host-fresh",
            (Self::Session, false) => "ostiary-session",
            (Self::Known, false) => "ostiary-known",
            (Self::Fresh, false) => "ostiary-fresh",
        }
    }

    /// The value in a request. Two cookies with the same name are both ignored: this server never sets two.
    pub(crate) fn value<'a>(self, settings: &Settings, headers: &'a Headers) -> Option<&'a str> {
        let name = self.name(is_secure(settings));
        let mut values = headers
            .value("cookie")?
            .split(';')
            .filter_map(|pair| pair.trim().split_once('='))
            .filter(|(known, _)| *known == name)
            .map(|(_, value)| value);
        let first = values.next()?;
        values.next().is_none().then_some(first)
    }

    /// The `Set-Cookie` header for a value; without `max_age`, in seconds, it lasts until the browser is closed.
    pub(crate) fn set(self, settings: &Settings, value: &str, max_age: Option<i64>) -> String {
        let is_secure = is_secure(settings);
        set(self.name(is_secure), is_secure, value, max_age)
    }

    /// The `Set-Cookie` header that deletes the cookie.
    pub(crate) fn clear(self, settings: &Settings) -> String {
        self.set(settings, "", Some(0))
    }
}

/// The most ids of one browser that count.
const MOST_VISITS: usize = 8;

/// The ids by which a browser proves that a form was served to it, the oldest first. Two tabs that are opened at once get one
/// each, and rarely does one replace the other's. There are 64 names: a page elsewhere that makes a browser ask again and
/// again must not fill its jar until the session falls out.
pub(crate) fn visits<'a>(
    settings: &Settings,
    headers: &'a Headers,
) -> impl Iterator<Item = &'a str> {
    let name = visit(settings);
    let cookies = headers.value("cookie").unwrap_or_default().split(';');
    cookies
        .filter_map(|pair| pair.trim().split_once('='))
        .filter(move |(known, _)| known.starts_with(name))
        .map(|(_, value)| value)
        .take(MOST_VISITS)
}

/// The `Set-Cookie` header for a new id of a browser.
pub(crate) fn set_visit(settings: &Settings, id: &str) -> String {
    let name = [visit(settings), "-", id.get(10..11).unwrap_or_default()].concat();
    set(&name, is_secure(settings), id, None)
}

fn visit(settings: &Settings) -> &'static str {
    if is_secure(settings) {
        "__Host-visit"
    } else {
        "ostiary-visit"
    }
}

fn set(name: &str, is_secure: bool, value: &str, max_age: Option<i64>) -> String {
    let secure = if is_secure { "; Secure" } else { "" };
    let mut header = [name, "=", value, "; Path=/", secure].concat();
    header.push_str("; HttpOnly; SameSite=Lax");
    if let Some(seconds) = max_age {
        header.push_str("; Max-Age=");
        header.push_str(&seconds.to_string());
    }
    header
}

/// Whether the pages come over https. The configuration allows http on loopback addresses only.
fn is_secure(settings: &Settings) -> bool {
    settings.issuer.starts_with("https:")
}

#[cfg(test)]
mod tests {
    use testkit::fixture::Fixture;

    use super::*;

    fn headers(cookie: &str) -> Headers {
        Headers::new([("Cookie".to_owned(), cookie.to_owned())])
    }

    fn settings(issuer: &str) -> Settings {
        let mut settings = Fixture::new().world.settings.clone();
        settings.issuer = issuer.to_owned();
        settings
    }

    #[test]
    fn a_cookie_is_found_by_its_whole_name() {
        let settings = settings("https://auth.example");
        let headers = headers("a=1; __Host-session=s1.x; x__Host-session=evil; ostiary-visit=v");
        assert_eq!(Cookie::Session.value(&settings, &headers), Some("s1.x"));
        assert_eq!(Cookie::Known.value(&settings, &headers), None);
    }

    #[test]
    fn two_cookies_with_one_name_are_both_ignored() {
        let settings = settings("https://auth.example");
        let headers = headers("__Host-known=a; __Host-known=b");
        assert_eq!(Cookie::Known.value(&settings, &headers), None);
    }

    #[test]
    fn over_https_only_this_origin_can_set_one() {
        assert_eq!(
            Cookie::Known.set(&settings("https://auth.example"), "v", Some(60)),
            "__Host-known=v; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=60"
        );
    }

    #[test]
    fn each_id_of_a_browser_has_its_cookie_and_a_flood_of_them_is_cut() {
        let settings = settings("https://auth.example");
        let set = set_visit(&settings, "0123456789AbCdEfGhIjKl");
        assert_eq!(
            set,
            "__Host-visit-A=0123456789AbCdEfGhIjKl; Path=/; Secure; HttpOnly; SameSite=Lax"
        );
        let headers =
            headers("__Host-visit-Ab=AbCd; x=1; ostiary-visit-x=x; __Host-visit=of-before");
        assert!(visits(&settings, &headers).eq(["AbCd", "of-before"]));
        let many = self::headers(&"__Host-visit-a=a; ".repeat(100));
        assert_eq!(visits(&settings, &many).count(), MOST_VISITS);
    }

    #[test]
    fn over_http_on_localhost_safari_keeps_them() {
        let settings = settings("http://localhost:8788");
        let set = Cookie::Session.set(&settings, "v", None);
        assert_eq!(set, "ostiary-session=v; Path=/; HttpOnly; SameSite=Lax");
        let headers = headers("ostiary-session=v; __Host-session=w");
        assert_eq!(Cookie::Session.value(&settings, &headers), Some("v"));
    }
}
