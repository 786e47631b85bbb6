//! The cookies of this server: all `__Host-`, so that no other origin can set one (RFC 6265bis §4.1.3.2).

use oauth_core::http::Headers;

/// The login session.
pub(crate) const SESSION: &str = "__Host-session";
/// Identifies the browser, so that a form is accepted only from the one it was served to.
pub(crate) const BROWSER: &str = "__Host-visit";
/// Proof that this browser has signed in to an account before.
pub(crate) const KNOWN: &str = "__Host-known";
/// Proof that the password was just entered for one authorization request.
pub(crate) const FRESH: &str = "__Host-fresh";

/// The value of a cookie. Two with the same name are both ignored: this server never sets two.
pub(crate) fn value<'a>(headers: &'a Headers, name: &str) -> Option<&'a str> {
    let mut values = headers
        .value("cookie")?
        .split(';')
        .filter_map(|pair| pair.trim().split_once('='))
        .filter(|(known, _)| *known == name)
        .map(|(_, value)| value);
    let first = values.next()?;
    values.next().is_none().then_some(first)
}

/// The `Set-Cookie` header for a value; without `max_age` it lasts until the browser is closed.
pub(crate) fn set(name: &str, value: &str, max_age: Option<i64>) -> String {
    let max_age = max_age.map_or_else(String::new, |seconds| format!("; Max-Age={seconds}"));
    format!("{name}={value}; Path=/; Secure; HttpOnly; SameSite=Lax{max_age}")
}

/// The `Set-Cookie` header that deletes a cookie.
pub(crate) fn clear(name: &str) -> String {
    set(name, "", Some(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(cookie: &str) -> Headers {
        Headers::new([("Cookie".to_owned(), cookie.to_owned())])
    }

    #[test]
    fn a_cookie_is_found_by_its_whole_name() {
        let headers = headers("a=1; __Host-session=s1.x; x__Host-session=evil");
        assert_eq!(value(&headers, SESSION), Some("s1.x"));
        assert_eq!(value(&headers, BROWSER), None);
    }

    #[test]
    fn two_cookies_with_one_name_are_both_ignored() {
        assert_eq!(
            value(&headers("__Host-visit=a; __Host-visit=b"), BROWSER),
            None
        );
    }
}
