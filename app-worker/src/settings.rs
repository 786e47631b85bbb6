//! This worker's configuration, read once; all that is wrong with it is said at once.

use edge::ConfigFaults;
use oauth_client::m2m::{self, AuthMethod, Binding, RetryPolicy};
use oauth_core::scope::Scope;
use oauth_core::secret::Secret;
use wire::{Config, OperatorAuth};

use crate::alert::Alerts;
use crate::trouble::Troubles;

/// The scopes that the pages ask for unless `SCOPES` says otherwise.
const SCOPES: &str = "openid profile email offline_access read write read:posts";
/// The machine-to-machine client unless `CALLER_ID` says otherwise.
const CALLER_ID: &str = "caller";
/// The scope that the run needs at the API.
const CALLER_SCOPE: &str = "read:students";

/// The configuration.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    /// What the pages may know.
    pub(crate) public: Config,
    /// The machine-to-machine client.
    pub(crate) caller: m2m::Settings,
    /// Its private key. Without what it authenticates with everything works but the run, which says so.
    pub(crate) caller_key: Option<Secret<String>>,
    /// Its secret.
    pub(crate) caller_secret: Option<Secret<String>>,
    /// When to say that too many runs fail, and to whom.
    pub(crate) alerts: Alerts,
    /// Whether operators may provoke trouble.
    pub(crate) troubles: Troubles,
}

impl Settings {
    /// Reads the configuration from variables and secrets.
    pub(crate) fn read(mut source: edge::Settings<'_>) -> Result<Self, ConfigFaults> {
        let issuer = source.origin("ISSUER");
        let api = source.origin("API_ORIGIN");
        let app = source.origin("APP_ORIGIN");
        let client_id = source.required("CLIENT_ID");
        let operator_auth = if operator_is_open(&mut source) {
            OperatorAuth::Open
        } else {
            OperatorAuth::Required
        };
        let caller = caller(&mut source, &issuer, &api);
        let caller_key = source.optional("CALLER_PRIVATE_JWK").map(Secret::new);
        let caller_secret = source.optional("CALLER_SECRET").map(Secret::new);
        let alerts = Alerts::read(&mut source);
        let troubles = Troubles::read(&mut source);
        let public = Config {
            redirect_uri: format!("{app}/callback"),
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

/// The machine-to-machine client: how it authenticates, and whether its tokens are bound to its key.
fn caller(source: &mut edge::Settings<'_>, issuer: &str, api: &str) -> m2m::Settings {
    let methods = [
        AuthMethod::PrivateKeyJwt,
        AuthMethod::ClientSecretBasic,
        AuthMethod::ClientSecretPost,
    ];
    let bindings = [("off", Binding::Bearer), ("on", Binding::Dpop)];
    m2m::Settings {
        token_endpoint: format!("{issuer}/oauth/token"),
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

/// Closed unless it is said to be open: an absent or misspelt word opens nothing.
fn operator_is_open(source: &mut edge::Settings<'_>) -> bool {
    source.choice("OPERATOR_AUTH", &[("required", false), ("open", true)])
}

fn scopes(source: &mut edge::Settings<'_>) -> Vec<String> {
    let text = source
        .optional("SCOPES")
        .unwrap_or_else(|| SCOPES.to_owned());
    if Scope::parse(&text).is_err() {
        source.fault(
            "SCOPES",
            "is not a list of scopes with single blanks between",
        );
    }
    text.split(' ').map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(changes: &[(&str, &str)]) -> Result<Settings, ConfigFaults> {
        let source = |name: &str| {
            let given = changes.iter().find(|(known, _)| *known == name);
            given
                .map(|(_, value)| *value)
                .or(match name {
                    "ISSUER" => Some("http://localhost:8788"),
                    "API_ORIGIN" => Some("http://localhost:8789"),
                    "APP_ORIGIN" => Some("http://localhost:8787"),
                    "CLIENT_ID" => Some("web-ui"),
                    _ => None,
                })
                .map(str::to_owned)
        };
        Settings::read(edge::Settings::new(source))
    }

    #[test]
    fn the_pages_learn_what_they_need() {
        let settings = read(&[]).unwrap();
        assert_eq!(
            settings.public.redirect_uri,
            "http://localhost:8787/callback"
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
    fn the_caller_authenticates_as_it_is_told() {
        let caller = read(&[]).unwrap().caller;
        assert_eq!(
            (caller.auth_method, caller.binding),
            (AuthMethod::PrivateKeyJwt, Binding::Bearer)
        );
        let told = [
            ("CALLER_AUTH_METHOD", "client_secret_post"),
            ("CALLER_DPOP", "on"),
        ];
        let caller = read(&told).unwrap().caller;
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
    fn all_faults_are_told_together_without_a_value() {
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
        let read = Settings::read(edge::Settings::new(|name| {
            assert!(readme.contains(&format!("`{name}`")), "{name}");
            None
        }));
        assert!(read.is_err());
    }
}
