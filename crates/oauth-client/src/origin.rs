//! The endpoints that may receive a credential: `https` anywhere, `http` only on this machine.

/// The scheme and authority of an absolute `http(s)` URL, as written, without lower-casing.
/// `None` for anything with user information, a backslash, a blank or a control in the authority.
pub fn origin_of(url: &str) -> Option<&str> {
    let rest = url
        .strip_prefix("https://")
        .or_else(|| url.strip_prefix("http://"))?;
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let scheme_length = url.len() - rest.len();
    let plain = !authority.is_empty()
        && authority
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b".-_:[]".contains(&byte));
    if plain {
        url.get(..scheme_length + authority.len())
    } else {
        None
    }
}

/// Whether an endpoint may be sent codes and tokens (RFC 6749 §3.1, §3.2: TLS), with the exception
/// of this machine itself, where there is no network between.
pub fn is_protected(url: &str) -> bool {
    origin_of(url).is_some_and(|origin| origin.starts_with("https://") || is_loopback(origin))
}

/// Whether an origin is this machine's (RFC 8252 §8.3, and `localhost` for development).
fn is_loopback(origin: &str) -> bool {
    let authority = origin.strip_prefix("http://").unwrap_or_default();
    ["localhost", "127.0.0.1", "[::1]"].iter().any(|host| {
        authority
            .strip_prefix(host)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with(':'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_tls_or_this_machine_is_protected() {
        for good in [
            "https://as.example/token",
            "https://as.example:8443",
            "http://localhost:8788/oauth/token",
            "http://127.0.0.1/x",
            "http://[::1]:1/x",
        ] {
            assert!(is_protected(good), "{good}");
        }
        for bad in [
            "http://as.example/token",
            "http://localhost.evil/x",
            "http://localhost@evil/x",
            "https://user:pass@as.example/",
            "https:///x",
            "javascript:alert(1)",
            "//as.example/x",
            "https://as.example\\@evil/",
        ] {
            assert!(!is_protected(bad), "{bad}");
        }
    }
}
