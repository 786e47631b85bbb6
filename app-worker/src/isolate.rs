//! The state that an isolate keeps between requests: the configuration, the token source, the guard, the keys.

use std::cell::{OnceCell, RefCell};
use std::rc::Rc;

use edge::{ConfigFaults, Site};
use oauth_client::m2m::TokenSource;
use oauth_core::keyring::{Keyring, Purpose};
use oauth_core::secret::Secret;
use oauth_core::{Fault, base64url};
use oauth_guard::Guard;
use webcrypto::{SigningKey, WebCrypto};
use worker::Env;

use crate::config::Config;

/// The state of an isolate between requests.
pub(crate) struct Isolate {
    pub(crate) config: Config,
    pub(crate) site: Site,
    pub(crate) policy: String,
    pub(crate) source: TokenSource,
    pub(crate) guard: OperatorGuard,
    /// The name of the state that the isolates of this client share: another for each purpose and credential.
    pub(crate) state_name: String,
    keyring: Option<Keyring>,
    key: RefCell<Option<Rc<SigningKey>>>,
}

thread_local! {
    static CURRENT: OnceCell<Result<Rc<Isolate>, ConfigFaults>> = const { OnceCell::new() };
}

impl Isolate {
    /// The isolate's, made by its first request. An isolate's variables never change.
    pub(crate) fn current(env: &Env) -> Result<Rc<Self>, ConfigFaults> {
        CURRENT.with(|cell| {
            cell.get_or_init(|| {
                Config::read(edge::Settings::from_env(env)).map(|config| Rc::new(Self::new(config)))
            })
            .clone()
        })
    }

    fn new(config: Config) -> Self {
        let keyring = keyring(&config);
        let purpose = config.caller.purpose();
        Self {
            state_name: keyring.as_ref().map_or_else(String::new, |keyring| {
                keyring.mac_text(Purpose::Name, &[&purpose])
            }),
            keyring,
            site: Site {
                secure: config.public.app.starts_with("https://"),
                origins: Vec::new(),
            },
            policy: content_security_policy(&config.public),
            source: TokenSource::new(config.caller.clone()),
            guard: guard(&config.public),
            key: RefCell::default(),
            config,
        }
    }

    /// The caller's key, imported once.
    pub(crate) async fn caller_key(&self) -> Result<Rc<SigningKey>, Fault> {
        if let Some(key) = self.key.borrow().clone() {
            return Ok(key);
        }
        let jwk = self
            .config
            .caller_key
            .as_ref()
            .ok_or_else(|| Fault::new("caller_key", "CALLER_PRIVATE_JWK is missing"))?;
        let key = Rc::new(SigningKey::import(jwk, None).await?);
        *self.key.borrow_mut() = Some(Rc::clone(&key));
        Ok(key)
    }

    /// The key under which the token is sealed for the other isolates.
    pub(crate) fn sealing_key(&self) -> Result<Secret<[u8; 32]>, Fault> {
        let keyring = self.keyring.as_ref();
        keyring
            .map(|keyring| keyring.key(Purpose::Seal))
            .ok_or_else(|| Fault::new("sealing_key", "there is no credential to derive it from"))
    }
}

/// The keys that are derived from the client's credentials, which only the isolates of this client have.
fn keyring(config: &Config) -> Option<Keyring> {
    let key = config.caller_key.as_ref().map_or("", |key| key.expose());
    let secret = config.caller_secret.as_ref();
    let secret = secret.map_or("", |secret| secret.expose());
    if key.is_empty() && secret.is_empty() {
        return None;
    }
    let root = format!("{LABEL}{}:{key}{secret}", key.len());
    Keyring::from_secret(&base64url::encode(root.as_bytes())).ok()
}

/// Separates these keys from all others that may be derived from the same credential.
const LABEL: &str = "ostiary/v1/what the isolates of a machine-to-machine client share/";

/// The guard of the operator's routes, for the tokens of the pages. It caches the issuer's keys.
pub(crate) type OperatorGuard = Guard<WebCrypto>;

fn guard(config: &wire::Config) -> OperatorGuard {
    let config = oauth_guard::Config::new(config.issuer.as_str(), config.api.as_str());
    Guard::new(config, WebCrypto::new())
}

/// The policy of the document: it connects only to itself and its two peers.
fn content_security_policy(config: &wire::Config) -> String {
    format!(
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; \
         img-src 'self' data:; connect-src 'self' {} {}; form-action 'self'; base-uri 'none'; \
         frame-ancestors 'none'; font-src 'self'; manifest-src 'self'",
        config.issuer, config.api
    )
}

#[cfg(test)]
mod tests {
    use wire::{Config, OperatorAuth};

    use super::content_security_policy;

    #[test]
    fn the_policy_lets_the_pages_talk_to_the_two_peers_only() {
        let policy = content_security_policy(&Config {
            issuer: "http://localhost:8788".into(),
            api: "http://localhost:8789".into(),
            app: "http://localhost:8790".into(),
            client_id: "web-ui".into(),
            redirect_uri: "http://localhost:8790/callback".into(),
            scopes: Vec::new(),
            operator_auth: OperatorAuth::Required,
        });
        assert!(policy.contains("connect-src 'self' http://localhost:8788 http://localhost:8789;"));
        assert!(!policy.contains("unsafe-inline") && !policy.contains("  "));
    }
}
