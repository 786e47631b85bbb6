//! The configuration of this worker, read once. All its faults are reported together.

use edge::ConfigFaults;
use oauth_client::m2m::{self, AuthMethod, Binding, RetryPolicy};
use oauth_client::origin::is_protected;
use oauth_core::endpoint;
use oauth_core::scope::Scope;
use oauth_core::secret::Secret;
use wire::OperatorAuth;

/// The scopes that the pages ask for unless `SCOPES` says otherwise.
const SCOPES: &str = "openid profile email offline_access read write read:posts";
/// The machine-to-machine client unless `CALLER_ID` says otherwise.
const CALLER_ID: &str = "caller";
/// The scope that the run requires at the API.
const CALLER_SCOPE: &str = "read:students";

/// The failures in a hundred runs from which there is an alert, unless `ALERT_THRESHOLD_PERCENT` says otherwise.
const THRESHOLD_PERCENT: u32 = 50;

/// The configuration.
#[derive(Clone, Debug)]
pub(crate) struct Config {
    /// The part that the pages may read.
    pub(crate) public: wire::Config,
    /// The machine-to-machine client.
    pub(crate) caller: m2m::Settings,
    /// Its private key. Without a credential only the run fails, with an error that says so.
    pub(crate) caller_key: Option<Secret<String>>,
    /// Its secret.
    pub(crate) caller_secret: Option<Secret<String>>,
    /// The threshold and the receiver of alerts.
    pub(crate) alerts: Alerts,
    /// Whether operators may provoke trouble.
    pub(crate) troubles: Troubles,
}

impl Config {
    /// Reads the configuration from variables and secrets.
    pub(crate) fn read(mut source: edge::Settings<'_>) -> Result<Self, ConfigFaults> {
        let issuer = source.origin("ISSUER");
        let api = source.origin("API_ORIGIN");
        let app = source.origin("APP_ORIGIN");
        let client_id = source.required("CLIENT_ID");
        let operator_auth = operator_auth(&mut source);
        let caller = caller(&mut source, &issuer, &api);
        let caller_key = source.optional("CALLER_PRIVATE_JWK").map(Secret::new);
        let caller_secret = source.optional("CALLER_SECRET").map(Secret::new);
        let alerts = Alerts::read(&mut source);
        let troubles = Troubles::read(&mut source);
        let public = wire::Config {
            redirect_uri: [&app, wire::Page::Callback.path()].concat(),
            scopes: scopes(&mut source),
            issuer,
            api,
            app,
            client_id,
            operator_auth,
        };
        source.finish(Self {
            public,
            caller,
            caller_key,
            caller_secret,
            alerts,
            troubles,
        })
    }
}

/// The threshold and the receiver of alerts.
#[derive(Clone, Debug)]
pub(crate) struct Alerts {
    /// The failures in a hundred runs from which there is an alert; 0 for never.
    pub(crate) threshold_percent: u32,
    /// The URL that a message is sent to. It is a secret: anyone who knows such a URL can send messages there.
    pub(crate) webhook: Option<Secret<String>>,
}

impl Alerts {
    /// Reads `ALERT_THRESHOLD_PERCENT` and `ALERT_WEBHOOK`.
    fn read(source: &mut edge::Settings<'_>) -> Self {
        Self {
            threshold_percent: threshold(source),
            webhook: webhook(source).map(Secret::new),
        }
    }
}

fn threshold(source: &mut edge::Settings<'_>) -> u32 {
    const NAME: &str = "ALERT_THRESHOLD_PERCENT";
    let Some(text) = source.optional(NAME) else {
        return THRESHOLD_PERCENT;
    };
    let percent = text.parse().ok().filter(|percent| *percent <= 100);
    percent.unwrap_or_else(|| {
        source.fault(NAME, "is not a number from 0 to 100");
        THRESHOLD_PERCENT
    })
}

fn webhook(source: &mut edge::Settings<'_>) -> Option<String> {
    const NAME: &str = "ALERT_WEBHOOK";
    let url = source.optional(NAME)?;
    if !is_protected(&url) {
        source.fault(NAME, "is not an https URL (or http on localhost)");
    }
    Some(url)
}

/// Whether operators may provoke trouble.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Troubles {
    /// The route does not exist.
    #[default]
    Off,
    /// They may.
    On,
}

impl Troubles {
    /// Reads `TROUBLE`. A misspelt value is a fault.
    fn read(source: &mut edge::Settings<'_>) -> Self {
        source.choice("TROUBLE", &[("off", Self::Off), ("on", Self::On)])
    }
}

/// Reads the machine-to-machine client: how it authenticates, and whether its tokens are bound to its key.
fn caller(source: &mut edge::Settings<'_>, issuer: &str, api: &str) -> m2m::Settings {
    let methods = [
        AuthMethod::PrivateKeyJwt,
        AuthMethod::ClientSecretBasic,
        AuthMethod::ClientSecretPost,
    ];
    let bindings = [("off", Binding::Bearer), ("on", Binding::Dpop)];
    m2m::Settings {
        token_endpoint: [issuer, endpoint::TOKEN].concat(),
        issuer: issuer.to_owned(),
        client_id: source
            .optional("CALLER_ID")
            .unwrap_or_else(|| CALLER_ID.to_owned()),
        scope: CALLER_SCOPE.to_owned(),
        resource: api.to_owned(),
        auth_method: source.choice(
            "CALLER_AUTH_METHOD",
            &methods.map(|method| (method.name(), method)),
        ),
        binding: source.choice("CALLER_DPOP", &bindings),
        retry: RetryPolicy::USUAL,
    }
}

/// Whether anyone may run; not if the setting is absent or misspelt.
fn operator_auth(source: &mut edge::Settings<'_>) -> OperatorAuth {
    let words = [
        ("required", OperatorAuth::Required),
        ("open", OperatorAuth::Open),
    ];
    source.choice("OPERATOR_AUTH", &words)
}

fn scopes(source: &mut edge::Settings<'_>) -> Vec<String> {
    let text = source
        .optional("SCOPES")
        .unwrap_or_else(|| SCOPES.to_owned());
    if Scope::parse(&text).is_err() {
        source.fault(
            "SCOPES",
            "is not a list of scopes separated by single spaces",
        );
    }
    text.split(' ').map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(changes: &[(&str, &str)]) -> Result<Config, ConfigFaults> {
        let source = |name: &str| {
            let given = changes.iter().find(|(known, _)| *known == name);
            given
                .map(|(_, value)| *value)
                .or(match name {
                    "ISSUER" => Some("http://localhost:8788"),
                    "API_ORIGIN" => Some("http://localhost:8789"),
                    "APP_ORIGIN" => Some("http://localhost:8790"),
                    "CLIENT_ID" => Some("web-ui"),
                    _ => None,
                })
                .map(str::to_owned)
        };
        Config::read(edge::Settings::new(source))
    }

    #[test]
    fn the_pages_learn_what_they_need() {
        let settings = read(&[]).unwrap();
        assert_eq!(
            settings.public.redirect_uri,
            "http://localhost:8790/callback"
        );
        assert!(settings.public.scopes.contains(&"openid".to_owned()));
        assert_eq!(
            settings.caller.token_endpoint,
            "http://localhost:8788/oauth/token"
        );
    }

    #[test]
    fn the_operator_s_routes_are_closed_unless_opened() {
        assert_eq!(
            read(&[]).unwrap().public.operator_auth,
            OperatorAuth::Required
        );
        let open = read(&[("OPERATOR_AUTH", "open")]).unwrap();
        assert_eq!(open.public.operator_auth, OperatorAuth::Open);
        assert!(read(&[("OPERATOR_AUTH", "opened")]).is_err());
    }

    #[test]
    fn the_caller_authenticates_as_configured() {
        let caller = read(&[]).unwrap().caller;
        assert_eq!(
            (caller.auth_method, caller.binding),
            (AuthMethod::PrivateKeyJwt, Binding::Bearer)
        );
        let other = [
            ("CALLER_AUTH_METHOD", "client_secret_post"),
            ("CALLER_DPOP", "on"),
        ];
        let caller = read(&other).unwrap().caller;
        assert_eq!(
            (caller.auth_method, caller.binding),
            (AuthMethod::ClientSecretPost, Binding::Dpop)
        );
        for misspelt in [
            ("CALLER_AUTH_METHOD", "client_secret"),
            ("CALLER_DPOP", "yes"),
        ] {
            assert!(read(&[misspelt]).is_err(), "{misspelt:?}");
        }
    }

    #[test]
    fn all_faults_are_reported_together_without_a_value() {
        let faults = read(&[
            ("ISSUER", "http://as.example/"),
            ("CLIENT_ID", ""),
            ("SCOPES", "a  \"b"),
            ("CALLER_PRIVATE_JWK", "s3cret"),
            ("CALLER_SECRET", "s3cret"),
        ])
        .unwrap_err()
        .to_string();
        for name in ["ISSUER", "CLIENT_ID", "SCOPES"] {
            assert!(faults.contains(name), "{faults}");
        }
        let settings = read(&[
            ("CALLER_PRIVATE_JWK", "s3cret"),
            ("CALLER_SECRET", "s3cret"),
        ])
        .unwrap();
        assert!(!format!("{settings:?}{faults}").contains("s3cret"));
    }

    #[test]
    fn the_readme_names_every_setting() {
        let readme = include_str!("../../README.md");
        let read = Config::read(edge::Settings::new(|name| {
            assert!(readme.contains(&format!("`{name}`")), "{name}");
            None
        }));
        assert!(read.is_err());
    }

    #[test]
    fn trouble_is_off_unless_it_is_switched_on() {
        let read = |value: Option<&str>| {
            let mut source = edge::Settings::new(|_: &str| value.map(str::to_owned));
            let troubles = Troubles::read(&mut source);
            source.finish(troubles)
        };
        assert_eq!(read(None).unwrap(), Troubles::Off);
        assert_eq!(read(Some("off")).unwrap(), Troubles::Off);
        assert_eq!(read(Some("on")).unwrap(), Troubles::On);
        for misspelt in ["ON", "true", "1", "onn"] {
            assert!(read(Some(misspelt)).is_err(), "{misspelt}");
        }
    }

    fn read_alerts(changes: &[(&str, &str)]) -> Result<Alerts, ConfigFaults> {
        let source = |name: &str| {
            let given = changes.iter().find(|(known, _)| *known == name);
            given.map(|(_, value)| (*value).to_owned())
        };
        let mut source = edge::Settings::new(source);
        let alerts = Alerts::read(&mut source);
        source.finish(alerts)
    }

    #[test]
    fn half_of_all_runs_is_the_threshold_unless_another_is_set() {
        let percent = |text: &str| read_alerts(&[("ALERT_THRESHOLD_PERCENT", text)]);
        assert_eq!(read_alerts(&[]).unwrap().threshold_percent, 50);
        assert_eq!(percent("0").unwrap().threshold_percent, 0);
        assert_eq!(percent("100").unwrap().threshold_percent, 100);
        for wrong in ["101", "-1", "half", "50%"] {
            assert!(percent(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_webhook_goes_over_https_and_is_never_shown() {
        let webhook = |url: &str| read_alerts(&[("ALERT_WEBHOOK", url)]);
        for good in ["https://hooks.example/s3cret", "http://localhost:9/s3cret"] {
            let alerts = webhook(good).unwrap();
            assert!(!format!("{alerts:?}").contains("s3cret"));
        }
        for bad in ["http://hooks.example/s3cret", "hooks.example/s3cret"] {
            let faults = webhook(bad).unwrap_err().to_string();
            assert!(faults.contains("ALERT_WEBHOOK") && !faults.contains("s3cret"));
        }
    }
}
