//! The settings of a worker behind the guard, from its variables and secrets; all faults at once.

use edge::Settings;
use oauth_core::{Secret, client_authentication, endpoint};
use oauth_guard::{ClientRate, Dpop, JwtRevocation, OpaqueForm};
use worker::Env;

/// The KV namespace of the authorization server's tombstones, read only.
pub(crate) const REVOKED: &str = "REVOKED";
/// A KV namespace of the worker's own, for a copy of the issuer's keys.
pub(crate) const GUARD: &str = "GUARD";
/// The authorization server's objects that remember used values.
pub(crate) const REPLAY: &str = "REPLAY";
/// The platform's rate limiter.
pub(crate) const RATE_LIMIT: &str = "RATE_LIMIT";

/// The optional bindings that exist.
#[derive(Clone, Debug, Default)]
pub(crate) struct Bound(Vec<&'static str>);

impl Bound {
    pub(crate) fn of(env: &Env) -> Self {
        let all = [
            (REVOKED, env.kv(REVOKED).is_ok()),
            (GUARD, env.kv(GUARD).is_ok()),
            (REPLAY, env.durable_object(REPLAY).is_ok()),
            (RATE_LIMIT, env.rate_limiter(RATE_LIMIT).is_ok()),
        ];
        Self(all.iter().filter(|one| one.1).map(|one| one.0).collect())
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.contains(&name)
    }
}

/// The worker's credentials as a client of the authorization server (RFC 6749 §2.3.1): both parts, or none.
pub(crate) fn authorization(settings: &mut Settings<'_>) -> Option<Secret<String>> {
    const ID: &str = "INTROSPECTION_CLIENT_ID";
    const SECRET: &str = "INTROSPECTION_CLIENT_SECRET";
    match (settings.optional(ID), settings.optional(SECRET)) {
        (Some(id), Some(secret)) => Some(Secret::new(client_authentication::basic(&id, &secret))),
        (None, None) => None,
        (Some(_), None) => {
            settings.fault(
                SECRET,
                "is missing, although INTROSPECTION_CLIENT_ID is set",
            );
            None
        }
        (None, Some(_)) => {
            settings.fault(
                ID,
                "is missing, although INTROSPECTION_CLIENT_SECRET is set",
            );
            None
        }
    }
}

/// What the guard asks the authorization server: the whole URLs.
#[derive(Clone, Debug)]
pub(crate) struct Endpoints {
    /// Its `jwks_uri`.
    pub(crate) keys: String,
    /// Its `introspection_endpoint`.
    pub(crate) introspection: String,
}

/// Where another server than Ostiary has its keys and its introspection endpoint, settings say: to read its metadata would
/// cost each isolate a request before the first.
pub(crate) fn endpoints(settings: &mut Settings<'_>, issuer: &str) -> Endpoints {
    let mut at = |name, path| {
        let own = || [issuer, path].concat();
        settings.url(name).unwrap_or_else(own)
    };
    Endpoints {
        keys: at("JWKS_URI", endpoint::JWKS),
        introspection: at("INTROSPECTION_URI", endpoint::INTROSPECT),
    }
}

/// How long the introspection of an opaque token is cached, in seconds; 0 introspects for every request.
pub(crate) fn cache(settings: &mut Settings<'_>) -> i64 {
    settings.seconds_within("INTROSPECTION_CACHE_SECONDS", 5, 0..=300)
}

/// The form of the issuer's opaque tokens. Only the operator knows whose they are: to refuse another issuer's tokens by
/// the form of ours would be an outage.
pub(crate) fn opaque_form(settings: &mut Settings<'_>) -> OpaqueForm {
    let words = [("any", OpaqueForm::Any), ("ostiary", OpaqueForm::Ostiary)];
    settings.choice("OPAQUE_TOKENS", &words)
}

pub(crate) fn revocation(settings: &mut Settings<'_>, bound: &Bound) -> JwtRevocation {
    let words = [
        ("off", JwtRevocation::ByExpiry),
        ("on", JwtRevocation::ByTombstone),
    ];
    let revocation = settings.choice("TOMBSTONES", &words);
    if revocation == JwtRevocation::ByTombstone && !bound.has(REVOKED) {
        settings.fault("TOMBSTONES", "is on, but there is no KV binding REVOKED");
    }
    revocation
}

/// Whether tokens may, or must, be bound to a client's key (RFC 9449).
pub(crate) fn dpop(settings: &mut Settings<'_>) -> Dpop {
    let words = [
        ("accepted", Dpop::Accepted),
        ("off", Dpop::Off),
        ("required", Dpop::Required),
    ];
    settings.choice("DPOP", &words)
}

/// The period of `[[ratelimits]]` in wrangler.toml, sent to a refused client as `Retry-After`.
pub(crate) fn rate(settings: &mut Settings<'_>, bound: &Bound) -> ClientRate {
    const NAME: &str = "RATE_LIMIT_PERIOD_SECONDS";
    let period = settings.seconds(NAME, 60, 60);
    if bound.has(RATE_LIMIT) {
        ClientRate::Limited { period }
    } else {
        ClientRate::Unlimited
    }
}

#[cfg(test)]
mod tests {
    use edge::ConfigFaults;
    use oauth_guard::KeptKeys;

    use super::*;
    use crate::protection::Protection;
    use crate::service::Api;

    fn with(
        more: &'static [(&'static str, &'static str)],
        bound: &[&'static str],
    ) -> Result<Protection, ConfigFaults> {
        let whole = [
            ("ISSUER", "https://auth.example.org"),
            ("RESOURCE", "https://api.example.org"),
            ("ALLOWED_ORIGINS", "https://app.example.org"),
        ];
        let source = move |name: &str| {
            let mut settings = more.iter().chain(&whole);
            settings
                .find(|(known, _)| *known == name)
                .map(|(_, value)| (*value).to_owned())
        };
        Protection::read(Settings::new(source), &Bound(bound.to_vec()))
    }

    fn faults(more: &'static [(&'static str, &'static str)]) -> String {
        with(more, &[]).unwrap_err().to_string()
    }

    #[test]
    fn the_form_of_opaque_tokens_is_any_unless_it_is_named() {
        for (text, form) in [
            ("", OpaqueForm::Any),
            ("any", OpaqueForm::Any),
            ("ostiary", OpaqueForm::Ostiary),
        ] {
            let mut settings = Settings::new(move |_| Some(text.to_owned()));
            assert_eq!(opaque_form(&mut settings), form);
        }
        let mut settings = Settings::new(|_| Some("ours".to_owned()));
        opaque_form(&mut settings);
        assert!(settings.finish(()).is_err());
    }

    #[test]
    fn a_whole_configuration_is_read() {
        let protection = with(&[], &[]).unwrap();
        assert!(protection.site.secure);
        assert_eq!(protection.site.origins, ["https://app.example.org"]);
        assert!(protection.authorization.is_none());
    }

    #[test]
    fn keys_and_introspection_are_at_the_issuer_s_own_paths_unless_settings_say_where() {
        let endpoints = with(&[], &[]).unwrap().endpoints;
        assert_eq!(endpoints.keys, "https://auth.example.org/oauth/jwks");
        let introspection = "https://auth.example.org/oauth/introspect";
        assert_eq!(endpoints.introspection, introspection);
        let elsewhere: &[_] = &[
            ("JWKS_URI", "https://keys.example.org/realms/a/certs"),
            ("INTROSPECTION_URI", "https://auth.example.org/introspect"),
        ];
        let endpoints = with(elsewhere, &[]).unwrap().endpoints;
        assert_eq!(endpoints.keys, "https://keys.example.org/realms/a/certs");
        assert_eq!(
            endpoints.introspection,
            "https://auth.example.org/introspect"
        );
        assert!(faults(&[("JWKS_URI", "http://keys.example.org/certs")]).contains("JWKS_URI"));
        assert!(faults(&[("INTROSPECTION_URI", "/introspect")]).contains("INTROSPECTION_URI"));
    }

    #[test]
    fn a_resource_may_have_a_path_and_nothing_else() {
        assert!(with(&[("RESOURCE", "https://api.example.org/v1")], &[]).is_ok());
        assert!(with(&[("RESOURCE", "http://localhost:8789/mcp")], &[]).is_ok());
        assert!(faults(&[("RESOURCE", "http://api.example.org")]).contains("RESOURCE"));
        assert!(faults(&[("RESOURCE", "https://api.example.org?v=1")]).contains("RESOURCE"));
        assert!(faults(&[("RESOURCE", "https://api.example.org#v1")]).contains("RESOURCE"));
        assert!(faults(&[("RESOURCE", "https://api.example.org/a/../b")]).contains("RESOURCE"));
        assert!(faults(&[("RESOURCE", "urn:example:api")]).contains("RESOURCE"));
        assert!(faults(&[("RESOURCE", "https://api.example.org/")]).contains("RESOURCE"));
        assert!(faults(&[("RESOURCE", "https://api.example.org/\"")]).contains("RESOURCE"));
    }

    #[test]
    fn the_metadata_of_a_resource_with_a_path_are_below_the_well_known_path() {
        let protection = with(&[("RESOURCE", "https://api.example.org/mcp")], &[]).unwrap();
        let api = Api::new("Test", &[]);
        for (path, is_there) in [
            ("/.well-known/oauth-protected-resource", true),
            ("/.well-known/oauth-protected-resource/mcp", true),
            ("/.well-known/oauth-protected-resource/mcp/", false),
            ("/.well-known/oauth-protected-resource/other", false),
        ] {
            let found = protection.metadata(&api, path).is_some();
            assert_eq!(found, is_there, "{path}");
        }
    }

    #[test]
    fn half_of_a_configuration_is_none() {
        let no_secret = faults(&[("INTROSPECTION_CLIENT_ID", "api")]);
        assert!(no_secret.contains("INTROSPECTION_CLIENT_SECRET is missing"));
        let no_id = faults(&[("INTROSPECTION_CLIENT_SECRET", "very-secret")]);
        assert!(no_id.contains("INTROSPECTION_CLIENT_ID is missing"));
        assert!(!no_id.contains("very-secret"));
        assert!(faults(&[("TOMBSTONES", "on")]).contains("REVOKED"));
        assert!(with(&[("TOMBSTONES", "on")], &[REVOKED]).is_ok());
        assert!(faults(&[("TOMBSTONES", "yes")]).contains("TOMBSTONES"));
    }

    #[test]
    fn what_is_bound_is_used() {
        let bare = with(&[], &[]).unwrap();
        assert_eq!(bare.config.keys, KeptKeys::InMemory);
        assert_eq!(bare.config.rate, ClientRate::Unlimited);
        assert!(bare.proofs.is_some(), "proofs are remembered in memory");
        let whole = with(
            &[("RATE_LIMIT_PERIOD_SECONDS", "10")],
            &[GUARD, REPLAY, RATE_LIMIT],
        );
        let whole = whole.unwrap();
        assert_eq!(whole.config.keys, KeptKeys::WithCopy);
        assert_eq!(whole.config.rate, ClientRate::Limited { period: 10 });
        assert!(whole.proofs.is_none(), "the objects remember them");
    }

    #[test]
    fn tokens_may_be_bound_unless_it_is_said_otherwise() {
        for (word, dpop) in [
            ("", Dpop::Accepted),
            ("accepted", Dpop::Accepted),
            ("off", Dpop::Off),
            ("required", Dpop::Required),
        ] {
            let mut settings = Settings::new(move |_| Some(word.to_owned()));
            assert_eq!(super::dpop(&mut settings), dpop);
            assert!(settings.finish(()).is_ok(), "{word}");
        }
        assert!(faults(&[("DPOP", "on")]).contains("DPOP"));
        assert!(faults(&[("RATE_LIMIT_PERIOD_SECONDS", "0")]).contains("RATE_LIMIT"));
    }

    #[test]
    fn the_cache_is_a_number_of_seconds_and_may_be_none() {
        const NAME: &str = "INTROSPECTION_CACHE_SECONDS";
        for (text, seconds) in [("", 5), ("0", 0), ("1", 1), ("300", 300)] {
            let mut settings = Settings::new(move |_| Some(text.to_owned()));
            assert_eq!(cache(&mut settings), seconds);
            assert!(settings.finish(()).is_ok(), "{text}");
        }
        for text in ["301", "-1", "00x", "soon"] {
            let mut settings = Settings::new(move |_| Some(text.to_owned()));
            cache(&mut settings);
            let faults = settings.finish(()).unwrap_err().to_string();
            assert!(faults.contains(NAME), "{text}");
        }
    }

    #[test]
    fn the_readme_names_every_setting() {
        let readme = include_str!("../../../README.md");
        let is_named = |name: &str| assert!(readme.contains(&format!("`{name}`")), "{name}");
        let bindings = vec![REVOKED, GUARD, REPLAY, RATE_LIMIT];
        bindings.iter().copied().for_each(is_named);
        let source = |name: &str| {
            is_named(name);
            None
        };
        assert!(Protection::read(Settings::new(source), &Bound(bindings)).is_err());
    }
}
