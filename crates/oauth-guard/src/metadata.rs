//! The metadata of this resource server (RFC 9728).

use oauth_core::jose::Algorithm;
use serde::Serialize;
use serde::ser::Serializer;

use crate::config::{Config, Dpop};

/// A scope, and the line that says to users what it allows.
type Described<'a> = (&'a str, &'a str);

/// Protected resource metadata (RFC 9728 §2), with one member of our own: what the scopes allow.
#[derive(Clone, Debug, Serialize)]
pub struct ProtectedResource<'a> {
    resource: &'a str,
    authorization_servers: [&'a str; 1],
    #[serde(serialize_with = "names")]
    scopes_supported: &'a [Described<'a>],
    bearer_methods_supported: [&'a str; 1],
    resource_name: &'a str,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    dpop_signing_alg_values_supported: &'a [Algorithm],
    #[serde(skip_serializing_if = "Option::is_none")]
    dpop_bound_access_tokens_required: Option<bool>,
    /// An authorization server shows these lines on its consent page.
    #[serde(
        skip_serializing_if = "<[_]>::is_empty",
        serialize_with = "descriptions"
    )]
    scope_descriptions: &'a [Described<'a>],
}

impl<'a> ProtectedResource<'a> {
    /// The metadata of a resource with a name for users and these scopes, which takes tokens in the header only.
    pub fn new(config: &'a Config, name: &'a str, scopes: &'a [(&'a str, &'a str)]) -> Self {
        const ALGORITHMS: &[Algorithm] = &Algorithm::ALL;
        Self {
            resource: &config.resource,
            authorization_servers: [&config.issuer],
            scopes_supported: scopes,
            bearer_methods_supported: ["header"],
            resource_name: name,
            dpop_signing_alg_values_supported: match config.dpop {
                Dpop::Off => &[],
                Dpop::Accepted | Dpop::Required => ALGORITHMS,
            },
            dpop_bound_access_tokens_required: (config.dpop == Dpop::Required).then_some(true),
            scope_descriptions: scopes,
        }
    }

    /// Lists no other scopes than these as supported; all are described still. A client that is told no scope by a challenge
    /// asks for all that are listed.
    #[must_use]
    pub const fn listing(self, scopes: &'a [(&'a str, &'a str)]) -> Self {
        Self {
            scopes_supported: scopes,
            ..self
        }
    }
}

fn names<S: Serializer>(scopes: &[Described<'_>], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(scopes.iter().map(|(name, _)| name))
}

fn descriptions<S: Serializer>(scopes: &[Described<'_>], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(scopes.iter().copied())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(dpop: Dpop, scopes: &[Described<'_>]) -> String {
        let config = Config {
            dpop,
            ..Config::new("https://as.example", "https://a.example")
        };
        serde_json::to_string(&ProtectedResource::new(&config, "A", scopes)).unwrap()
    }

    #[test]
    fn what_is_not_there_is_left_out() {
        assert_eq!(
            document(Dpop::Off, &[]),
            r#"{"resource":"https://a.example","authorization_servers":["https://as.example"],"scopes_supported":[],"bearer_methods_supported":["header"],"resource_name":"A"}"#
        );
    }

    #[test]
    fn scopes_are_listed_and_described() {
        let text = document(Dpop::Off, &[("read", "Read \"all\""), ("write", "Write")]);
        assert!(text.contains(r#""scopes_supported":["read","write"]"#));
        assert!(text.ends_with(r#""scope_descriptions":{"read":"Read \"all\"","write":"Write"}}"#));
    }

    #[test]
    fn scopes_that_are_not_listed_are_described_still() {
        let config = Config::new("https://as.example", "https://a.example");
        let all = [("read", "Read"), ("write", "Write")];
        let document = ProtectedResource::new(&config, "A", &all).listing(&all[..1]);
        let text = serde_json::to_string(&document).unwrap();
        assert!(text.contains(r#""scopes_supported":["read"]"#), "{text}");
        assert!(text.contains(r#""scope_descriptions":{"read":"Read","write":"Write"}"#));
    }

    #[test]
    fn it_says_how_tokens_may_or_must_be_bound() {
        let algorithms = Algorithm::ALL.map(Algorithm::name).join("\",\"");
        let algorithms = format!(r#""dpop_signing_alg_values_supported":["{algorithms}"]"#);
        let accepted = document(Dpop::Accepted, &[]);
        assert!(accepted.contains(&algorithms) && !accepted.contains("required"));
        let required = document(Dpop::Required, &[]);
        assert!(required.contains(&algorithms));
        assert!(required.contains(r#""dpop_bound_access_tokens_required":true"#));
    }
}
