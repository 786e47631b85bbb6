//! The URL of a resource server's metadata (RFC 9728).

use crate::endpoint::PROTECTED_RESOURCE;

/// The URL of a resource's metadata: the well-known path comes between its host and its path or query, and a
/// slash at the end of the host goes (RFC 9728 §3.1). `None` for an identifier that is no URL.
pub fn metadata_url(resource: &str) -> Option<String> {
    let origin = origin(resource)?;
    let rest = resource.get(origin.len()..)?;
    let rest = match rest.strip_prefix('/') {
        Some(after) if after.is_empty() || after.starts_with('?') => after,
        Some(_) | None => rest,
    };
    Some([origin, PROTECTED_RESOURCE, rest].concat())
}

/// The origin of an `http` or `https` URL without user information and fragment.
pub fn origin(url: &str) -> Option<&str> {
    let (scheme, after) = url.split_once("://")?;
    let host = after.split(['/', '?']).next()?;
    let is_sound = matches!(scheme, "https" | "http")
        && !host.is_empty()
        && url.bytes().all(|byte| byte.is_ascii_graphic())
        && !host.contains(['@', '\\'])
        && !url.contains('#');
    is_sound
        .then(|| url.get(..scheme.len() + 3 + host.len()))
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_well_known_path_comes_after_the_host() {
        for (resource, url) in [
            (
                "https://a.example",
                "https://a.example/.well-known/oauth-protected-resource",
            ),
            (
                "https://a.example/",
                "https://a.example/.well-known/oauth-protected-resource",
            ),
            (
                "http://localhost:8789",
                "http://localhost:8789/.well-known/oauth-protected-resource",
            ),
            (
                "https://a.example/x/y",
                "https://a.example/.well-known/oauth-protected-resource/x/y",
            ),
            (
                "https://a.example/x/",
                "https://a.example/.well-known/oauth-protected-resource/x/",
            ),
            (
                "https://a.example?x=/y",
                "https://a.example/.well-known/oauth-protected-resource?x=/y",
            ),
            (
                "https://a.example/?x",
                "https://a.example/.well-known/oauth-protected-resource?x",
            ),
        ] {
            assert_eq!(metadata_url(resource).as_deref(), Some(url));
        }
    }

    #[test]
    fn what_is_no_url_has_no_metadata() {
        for resource in [
            "",
            "urn:example:api",
            "https://",
            "https:///x",
            "ftp://a.example",
            "https://user@a.example",
            "https://a.example#x",
            "https://a.ex ample",
            "https://a.example\n",
        ] {
            assert_eq!(metadata_url(resource), None, "{resource:?}");
        }
    }
}
