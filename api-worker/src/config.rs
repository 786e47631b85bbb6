//! The worker's configuration, read once an isolate, and the guard that lives as long.

use std::cell::OnceCell;
use std::rc::Rc;

use edge::{ConfigFaults, Settings, Site};
use oauth_core::{Secret, base64url, form};
use oauth_guard::{Config, Guard, JwtRevocation, OpaqueTokens};
use webcrypto::WebCrypto;
use worker::Env;

/// This resource server.
#[derive(Debug)]
pub(crate) struct Api {
    /// The authorization server.
    pub(crate) issuer: String,
    /// Our own origin, which is our resource identifier.
    pub(crate) resource: String,
    /// What the way of a request needs to know.
    pub(crate) site: Site,
    /// The value of `Authorization` at the introspection endpoint, where we may ask there.
    pub(crate) authorization: Option<Secret<String>>,
    /// Admits requests.
    pub(crate) guard: Guard<WebCrypto>,
}

thread_local! {
    static CURRENT: OnceCell<Rc<Api>> = const { OnceCell::new() };
}

impl Api {
    /// The one of this isolate. Faults are not kept, so that a repaired setting counts.
    pub(crate) fn current(env: &Env) -> Result<Rc<Self>, ConfigFaults> {
        CURRENT.with(|current| {
            if let Some(api) = current.get() {
                return Ok(Rc::clone(api));
            }
            let bound = env.kv("REVOKED").is_ok();
            let api = Rc::new(Self::read(Settings::from_env(env), bound)?);
            Ok(Rc::clone(current.get_or_init(|| api)))
        })
    }

    /// `bound` tells whether there is a namespace to look for tombstones in.
    fn read(mut settings: Settings<'_>, bound: bool) -> Result<Self, ConfigFaults> {
        let issuer = settings.origin("ISSUER");
        let resource = settings.origin("RESOURCE");
        let origins = settings.origins("ALLOWED_ORIGINS");
        let authorization = authorization(&mut settings);
        let cache = cache(&mut settings);
        let config = Config {
            issuer: issuer.clone(),
            resource: resource.clone(),
            opaque: match authorization {
                Some(_) => OpaqueTokens::Introspected { cache },
                None => OpaqueTokens::Refused,
            },
            revocation: revocation(&mut settings, bound),
        };
        settings.finish(Self {
            site: Site {
                secure: resource.starts_with("https://"),
                origins,
            },
            guard: Guard::new(config, WebCrypto::new()),
            authorization,
            issuer,
            resource,
        })
    }
}

/// Our credentials as a client of the authorization server (RFC 6749 §2.3.1): both of them, or none.
fn authorization(settings: &mut Settings<'_>) -> Option<Secret<String>> {
    const ID: &str = "INTROSPECTION_CLIENT_ID";
    const SECRET: &str = "INTROSPECTION_CLIENT_SECRET";
    match (settings.optional(ID), settings.optional(SECRET)) {
        (Some(id), Some(secret)) => {
            let credentials = form::encode([(id.as_str(), secret.as_str())]).replacen('=', ":", 1);
            Some(Secret::new(format!("Basic {}", base64(&credentials))))
        }
        (None, None) => None,
        (Some(_), None) => {
            settings.fault(SECRET, "is missing, though there is an id");
            None
        }
        (None, Some(_)) => {
            settings.fault(ID, "is missing, though there is a secret");
            None
        }
    }
}

/// base64 in the alphabet that `Basic` wants (RFC 7617 §2), with padding.
fn base64(text: &str) -> String {
    let mut encoded = base64url::encode(text.as_bytes());
    encoded = encoded.replace('-', "+").replace('_', "/");
    while !encoded.len().is_multiple_of(4) {
        encoded.push('=');
    }
    encoded
}

/// How long an answer about an opaque token counts, in seconds; 0 asks for every request.
fn cache(settings: &mut Settings<'_>) -> i64 {
    settings.seconds_within("INTROSPECTION_CACHE_SECONDS", 5, 0..=300)
}

fn revocation(settings: &mut Settings<'_>, bound: bool) -> JwtRevocation {
    let words = [
        ("off", JwtRevocation::ByExpiry),
        ("on", JwtRevocation::ByTombstone),
    ];
    let revocation = settings.choice("TOMBSTONES", &words);
    if revocation == JwtRevocation::ByTombstone && !bound {
        settings.fault("TOMBSTONES", "is on, but there is no KV binding REVOKED");
    }
    revocation
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(
        more: &'static [(&'static str, &'static str)],
        bound: bool,
    ) -> Result<Api, ConfigFaults> {
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
        Api::read(Settings::new(source), bound)
    }

    fn faults(more: &'static [(&'static str, &'static str)]) -> String {
        with(more, false).unwrap_err().to_string()
    }

    #[test]
    fn a_whole_configuration_is_read() {
        let api = with(&[], false).unwrap();
        assert!(api.site.secure);
        assert_eq!(api.site.origins, ["https://app.example.org"]);
        assert!(api.authorization.is_none());
    }

    #[test]
    fn a_resource_that_is_no_origin_is_refused() {
        assert!(faults(&[("RESOURCE", "https://api.example.org/v1")]).contains("RESOURCE"));
    }

    #[test]
    fn our_credentials_are_encoded_before_they_are_joined() {
        let api = with(
            &[
                ("INTROSPECTION_CLIENT_ID", "the api:=é"),
                ("INTROSPECTION_CLIENT_SECRET", "a+b=c%:"),
            ],
            false,
        );
        let authorization = api.unwrap().authorization.unwrap();
        let credentials = "the%20api%3A%3D%C3%A9:a%2Bb%3Dc%25%3A";
        assert_eq!(
            authorization.expose(),
            &format!("Basic {}", base64(credentials))
        );
    }

    #[test]
    fn basic_has_its_own_alphabet_and_padding() {
        for (plain, encoded) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("ab~", "YWJ+"),
            ("ab?", "YWI/"),
            (
                "api:api-secret-0123456789abcdef01234567",
                "YXBpOmFwaS1zZWNyZXQtMDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3",
            ),
        ] {
            assert_eq!(base64(plain), encoded);
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
        assert!(with(&[("TOMBSTONES", "on")], true).is_ok());
        assert!(faults(&[("TOMBSTONES", "yes")]).contains("TOMBSTONES"));
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
}
