//! The worker's configuration, read once an isolate.

use std::{cell::OnceCell, rc::Rc};

use edge::{ConfigFaults, Settings, Site};
use oauth_core::{
    Secret, base64url,
    keyring::Keyring,
    remote_document::{Reach, RemoteUrl},
    settings::{self, DirectLogin, Lifetimes, Registration, RegistrationMode, Resource},
};
use worker::Env;

/// The configuration.
#[derive(Debug)]
pub(crate) struct Config {
    /// The settings of the endpoints.
    pub(crate) settings: settings::Settings,
    /// The keys derived from `OSTIARY_SECRET`.
    pub(crate) keyring: Keyring,
    /// Whether there is an `OSTIARY_SECRET`: without one no key can be opened or made.
    pub(crate) has_secret: bool,
    /// The resolver that is asked before a URL that a stranger named, by DNS over HTTPS.
    pub(crate) resolver: Option<String>,
    /// The days for which an entry of the audit log is kept.
    pub(crate) audit_days: i64,
    /// The settings of the request path.
    pub(crate) site: Site,
}

thread_local! {
    static CURRENT: OnceCell<Rc<Config>> = const { OnceCell::new() };
}

impl Config {
    /// The configuration of this isolate. Faults are not cached, so that a repaired secret takes effect.
    pub(crate) fn current(env: &Env) -> Result<Rc<Self>, ConfigFaults> {
        CURRENT.with(|current| {
            if let Some(config) = current.get() {
                return Ok(Rc::clone(config));
            }
            let config = Rc::new(Self::read(Settings::from_env(env))?);
            Ok(Rc::clone(current.get_or_init(|| config)))
        })
    }

    /// The configuration for what is public, where nothing but the secret is at fault: its keys are random, and known to
    /// nobody.
    pub(crate) fn without_secret(env: &Env) -> Option<Self> {
        let random = base64url::encode(&edge::random_bytes::<32>().ok()?);
        let settings = Settings::new(|name| match name {
            "OSTIARY_SECRET" => Some(random.clone()),
            "OSTIARY_SECRET_PREVIOUS" => None,
            _ => env.var(name).ok().map(|value| value.to_string()),
        });
        let config = Self::read(settings).ok()?;
        Some(Self {
            has_secret: false,
            ..config
        })
    }

    fn read(mut settings: Settings<'_>) -> Result<Self, ConfigFaults> {
        let issuer = settings.origin("ISSUER");
        let resources = resources(&mut settings);
        let keyring = keyring(&mut settings);
        let lifetimes = lifetimes(&mut settings);
        let direct_login = settings.choice(
            "DIRECT_LOGIN",
            &[("off", DirectLogin::Off), ("on", DirectLogin::On)],
        );
        let registration = registration(&mut settings);
        let (client_documents, resolver) = client_documents(&mut settings);
        let audit_days = settings.number_within("AUDIT_DAYS", "days", 90, 1..=3_650);
        let config = keyring.map(|keyring| Self {
            audit_days,
            has_secret: true,
            resolver,
            site: Site {
                secure: issuer.starts_with("https://"),
                origins: Vec::new(),
            },
            settings: settings::Settings {
                issuer,
                resources,
                lifetimes,
                direct_login,
                registration,
                client_documents,
            },
            keyring,
        });
        settings.finish_some(config)
    }
}

fn resources(settings: &mut Settings<'_>) -> Vec<Resource> {
    let entries = settings.list("RESOURCES");
    let resources: Vec<Resource> = entries
        .iter()
        .filter_map(|entry| Resource::parse(entry))
        .collect();
    if resources.len() < entries.len() {
        settings.fault(
            "RESOURCES",
            "has an entry that is not URI, URI;token=jwt or URI;token=opaque",
        );
    }
    resources
}

/// The resolver, unless the settings name another.
const RESOLVER: &str = "https://cloudflare-dns.com/dns-query";

/// Where clients' documents may be, and who resolves the names of their hosts.
fn client_documents(settings: &mut Settings<'_>) -> (Option<Reach>, Option<String>) {
    const ON_OFF: [(&str, bool); 2] = [("on", true), ("off", false)];
    const OFF_ON: [(&str, bool); 2] = [("off", false), ("on", true)];
    let is_on = settings.choice("CLIENT_METADATA", &ON_OFF);
    let reach = if settings.choice("CLIENT_METADATA_INSECURE", &OFF_ON) {
        Reach::AndThisMachine
    } else {
        Reach::Public
    };
    let resolver = match settings.optional("DNS_RESOLVER").as_deref() {
        None => Some(RESOLVER.to_owned()),
        Some("off") => None,
        Some(url) if RemoteUrl::parse(url, Reach::AndThisMachine).is_ok() => Some(url.to_owned()),
        Some(_) => {
            settings.fault(
                "DNS_RESOLVER",
                "is neither off nor the https URL of a resolver (DNS over HTTPS, JSON)",
            );
            None
        }
    };
    (is_on.then_some(reach), resolver)
}

/// The keys that follow from `OSTIARY_SECRET`, and from the secret before it while that still counts.
fn keyring(settings: &mut Settings<'_>) -> Option<Keyring> {
    let secret = settings.required("OSTIARY_SECRET");
    let keyring = Keyring::from_secret(&secret).ok();
    if keyring.is_none() && !secret.is_empty() {
        settings.fault("OSTIARY_SECRET", "is not 32 bytes or more in base64url");
    }
    let Some(previous) = settings.optional("OSTIARY_SECRET_PREVIOUS") else {
        return keyring;
    };
    let both = keyring?.with_previous(&previous).ok();
    if both.is_none() {
        settings.fault(
            "OSTIARY_SECRET_PREVIOUS",
            "is not 32 bytes or more in base64url",
        );
    }
    both
}

/// The shortest initial access token: what is shorter can be guessed.
const SHORTEST_TOKEN: usize = 32;

fn registration(settings: &mut Settings<'_>) -> Registration {
    let mode = settings.choice(
        "REGISTRATION",
        &[
            ("off", RegistrationMode::Off),
            ("token", RegistrationMode::Token),
            ("open", RegistrationMode::Open),
        ],
    );
    let token = settings.optional("REGISTRATION_TOKEN");
    if token.as_ref().is_some_and(|it| it.len() < SHORTEST_TOKEN) {
        settings.fault("REGISTRATION_TOKEN", "is shorter than 32 characters");
    }
    if mode == RegistrationMode::Token && token.is_none() {
        settings.fault(
            "REGISTRATION_TOKEN",
            "is missing, which REGISTRATION=token needs",
        );
    }
    Registration {
        mode,
        token: token.map(Secret::new),
    }
}

fn lifetimes(settings: &mut Settings<'_>) -> Lifetimes {
    Lifetimes::read(|name, default, bounds| settings.seconds_within(name, default, bounds))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(secret: Option<&'static str>) -> Result<Config, ConfigFaults> {
        Config::read(Settings::new(move |name| match name {
            "ISSUER" => Some("https://auth.example.org".to_owned()),
            "RESOURCES" => Some("https://api.example.org".to_owned()),
            "OSTIARY_SECRET" => secret.map(str::to_owned),
            _ => None,
        }))
    }

    #[test]
    fn a_whole_configuration_is_read() {
        let config = read(Some("CQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQk")).unwrap();
        assert!(config.site.secure);
        assert_eq!(
            config.settings.resource(None),
            Some("https://api.example.org")
        );
    }

    #[test]
    fn a_lifetime_is_a_setting_within_bounds() {
        let with = |text: &'static str| {
            let mut settings = Settings::new(move |name| {
                (name == "AUTHORIZATION_CODE_LIFETIME").then(|| text.to_owned())
            });
            let lifetimes = lifetimes(&mut settings);
            settings.finish(lifetimes)
        };
        assert_eq!(with("120").unwrap().authorization_code, 120);
        assert_eq!(with("").unwrap(), Lifetimes::default());
        for text in ["0", "601", "-1", "1e3", "soon"] {
            assert!(with(text).is_err(), "{text}");
        }
    }

    #[test]
    fn the_audit_is_kept_for_a_number_of_days() {
        let with = |days: &'static str| {
            Config::read(Settings::new(move |name| match name {
                "ISSUER" => Some("https://auth.example.org".to_owned()),
                "RESOURCES" => Some("https://api.example.org".to_owned()),
                "OSTIARY_SECRET" => Some("CQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQk".to_owned()),
                "AUDIT_DAYS" => Some(days.to_owned()),
                _ => None,
            }))
        };
        assert_eq!(with("").unwrap().audit_days, 90);
        assert_eq!(with("365").unwrap().audit_days, 365);
        for text in ["0", "3651", "-1", "1.5", "never"] {
            let faults = with(text).unwrap_err().to_string();
            assert!(
                faults.contains("AUDIT_DAYS is not a number of days"),
                "{faults}"
            );
        }
    }

    #[test]
    fn clients_documents_are_on_for_public_hosts_unless_a_setting_says_otherwise() {
        let with = |name: &'static str, value: &'static str| {
            let mut settings =
                Settings::new(move |asked| (asked == name).then(|| value.to_owned()));
            let documents = client_documents(&mut settings);
            settings.finish(documents)
        };
        let usual = (Some(Reach::Public), Some(RESOLVER.to_owned()));
        assert_eq!(with("", "").unwrap(), usual);
        assert_eq!(with("CLIENT_METADATA", "off").unwrap().0, None);
        let insecure = with("CLIENT_METADATA_INSECURE", "on").unwrap();
        assert_eq!(insecure.0, Some(Reach::AndThisMachine));
        assert_eq!(with("DNS_RESOLVER", "off").unwrap().1, None);
        let own = "https://dns.example.org/q";
        assert_eq!(with("DNS_RESOLVER", own).unwrap().1.as_deref(), Some(own));
        assert!(with("DNS_RESOLVER", "on").is_err() && with("CLIENT_METADATA", "yes").is_err());
    }

    #[test]
    fn the_grace_of_a_refresh_can_be_switched_off() {
        let mut settings =
            Settings::new(|name| (name == "REFRESH_GRACE_LIFETIME").then(|| "0".to_owned()));
        let lifetimes = lifetimes(&mut settings);
        assert_eq!(lifetimes.refresh_grace, 0);
        assert_eq!(lifetimes.refresh_grace_public, 0);
    }

    #[test]
    fn a_bad_secret_is_named_but_not_shown() {
        assert!(
            read(None)
                .unwrap_err()
                .to_string()
                .contains("OSTIARY_SECRET is missing")
        );
        let faults = read(Some("too-short")).unwrap_err().to_string();
        assert!(faults.contains("OSTIARY_SECRET") && !faults.contains("too-short"));
    }

    #[test]
    fn row_88_who_may_register_is_a_setting_and_off_by_default() {
        let with = |mode: &'static str, token: &'static str| {
            let mut settings = Settings::new(move |name| match name {
                "REGISTRATION" => Some(mode.to_owned()),
                "REGISTRATION_TOKEN" => Some(token.to_owned()),
                _ => None,
            });
            let registration = registration(&mut settings);
            settings.finish(registration).map(|it| it.mode)
        };
        let token = "0123456789abcdef0123456789abcdef";
        assert_eq!(with("", "").ok(), Some(RegistrationMode::Off));
        assert_eq!(with("open", "").ok(), Some(RegistrationMode::Open));
        assert_eq!(with("token", token).ok(), Some(RegistrationMode::Token));
        for (mode, token) in [
            ("token", ""),
            ("token", "short"),
            ("open", "short"),
            ("on", ""),
        ] {
            let faults = with(mode, token).unwrap_err().to_string();
            assert!(faults.contains("REGISTRATION"), "{faults}");
            assert!(!faults.contains("short,"), "{faults}");
        }
    }

    #[test]
    fn the_readme_names_every_setting() {
        let readme = include_str!("../../README.md");
        let read = Config::read(Settings::new(|name| {
            assert!(readme.contains(&format!("`{name}`")), "{name}");
            None
        }));
        assert!(read.is_err());
    }

    #[test]
    fn the_readme_has_the_default_of_every_lifetime() {
        let readme = include_str!("../../README.md");
        Lifetimes::read(|name, default, _| {
            let row = readme
                .lines()
                .find(|line| line.contains(&format!("| `{name}` |")));
            let shown = row.and_then(|row| row.trim_end_matches(" |").rsplit("| ").next());
            let seconds = shown.and_then(|shown| shown.split(' ').next());
            assert_eq!(seconds, Some(default.to_string().as_str()), "{name}");
            default
        });
    }
}
