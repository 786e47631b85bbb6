//! The cookies that we set: all `__Host-`, so that no other origin can plant one (RFC 6265bis §4.1.3.2).

use oauth_core::http::Headers;

/// Holds the login session.
pub(crate) const SESSION: &str = "__Host-session";
/// Ties our forms to one browser before anyone has signed in.
pub(crate) const VISIT: &str = "__Host-visit";
/// Shows that this browser has signed in to an account before.
pub(crate) const KNOWN: &str = "__Host-known";
/// Shows that the password was just entered for one authorization request.
pub(crate) const FRESH: &str = "__Host-fresh";

/// The value of a cookie. Of two with one name none counts: we never set two.
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

/// `Set-Cookie` for a value of ours; without `max_age` it lasts as long as the browser runs.
pub(crate) fn set(name: &str, value: &str, max_age: Option<i64>) -> String {
    let max_age = max_age.map_or_else(String::new, |seconds| format!("; Max-Age={seconds}"));
    format!("{name}={value}; Path=/; Secure; HttpOnly; SameSite=Lax{max_age}")
}

/// `Set-Cookie` that takes a cookie away.
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
        assert_eq!(value(&headers, VISIT), None);
    }

    #[test]
    fn of_two_cookies_with_one_name_none_counts() {
        assert_eq!(
            value(&headers("__Host-visit=a; __Host-visit=b"), VISIT),
            None
        );
    }
}
