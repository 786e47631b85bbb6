//! What this resource server says about itself (RFC 9728).

use serde::Serialize;

const WELL_KNOWN: &str = "/.well-known/oauth-protected-resource";

/// Protected resource metadata (RFC 9728 §2).
#[derive(Clone, Debug, Serialize)]
pub struct ProtectedResource<'a> {
    /// This resource's identifier.
    pub resource: &'a str,
    /// The issuers whose tokens it accepts.
    pub authorization_servers: [&'a str; 1],
    /// The scopes that its routes ask for.
    pub scopes_supported: &'a [&'a str],
    /// How a token may be sent.
    pub bearer_methods_supported: [&'a str; 1],
    /// A name for people.
    pub resource_name: &'a str,
}

impl<'a> ProtectedResource<'a> {
    /// The metadata of a resource with one issuer, which takes tokens in the header only.
    pub const fn new(
        resource: &'a str,
        issuer: &'a str,
        scopes: &'a [&'a str],
        name: &'a str,
    ) -> Self {
        Self {
            resource,
            authorization_servers: [issuer],
            scopes_supported: scopes,
            bearer_methods_supported: ["header"],
            resource_name: name,
        }
    }
}

/// Where the metadata stands: the well-known path comes between host and path (RFC 9728 §3.1).
pub(crate) fn metadata_url(resource: &str) -> String {
    let after_scheme = resource.find("://").map_or(0, |position| position + 3);
    let (scheme, rest) = resource.split_at(after_scheme);
    let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let path = if path == "/" { "" } else { path };
    format!("{scheme}{host}{WELL_KNOWN}{path}")
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
                "https://a.example/x/y",
                "https://a.example/.well-known/oauth-protected-resource/x/y",
            ),
        ] {
            assert_eq!(metadata_url(resource), url);
        }
    }
}
