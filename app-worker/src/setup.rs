//! What outlives a request: the configuration, the token source, the imported and the derived key of an isolate.

use std::cell::{OnceCell, RefCell};
use std::rc::Rc;

use edge::{ConfigFaults, Site};
use oauth_client::m2m::TokenSource;
use oauth_core::keyring::{Keyring, Purpose};
use oauth_core::secret::Secret;
use oauth_core::{Fault, base64url};
use webcrypto::SigningKey;
use worker::Env;

use crate::operator::{self, OperatorGuard};
use crate::pages;
use crate::settings::Settings;

/// Everything that an isolate keeps.
pub(crate) struct Setup {
    pub(crate) settings: Settings,
    pub(crate) site: Site,
    pub(crate) policy: String,
    pub(crate) source: TokenSource,
    pub(crate) guard: OperatorGuard,
    /// Under which name the isolates of this client share what they share: another for each purpose and credential.
    pub(crate) shelf: String,
    keyring: Option<Keyring>,
    key: RefCell<Option<Rc<SigningKey>>>,
}

thread_local! {
    static SETUP: OnceCell<Result<Rc<Setup>, ConfigFaults>> = const { OnceCell::new() };
}

/// The isolate's setup, made by its first request. An isolate's variables never change.
pub(crate) fn setup(env: &Env) -> Result<Rc<Setup>, ConfigFaults> {
    SETUP.with(|cell| {
        cell.get_or_init(|| {
            Settings::read(edge::Settings::from_env(env))
                .map(|settings| Rc::new(Setup::new(settings)))
        })
        .clone()
    })
}

impl Setup {
    fn new(settings: Settings) -> Self {
        let keyring = keyring(&settings);
        let purpose = settings.caller.purpose();
        Self {
            shelf: keyring.as_ref().map_or_else(String::new, |keyring| {
                keyring.mac_text(Purpose::Name, &[&purpose])
            }),
            keyring,
            site: Site {
                secure: settings.public.app.starts_with("https://"),
                origins: Vec::new(),
            },
            policy: pages::content_security_policy(&settings.public),
            source: TokenSource::new(settings.caller.clone()),
            guard: operator::guard(&settings.public),
            key: RefCell::default(),
            settings,
        }
    }

    /// The caller's key, imported once.
    pub(crate) async fn caller_key(&self) -> Result<Rc<SigningKey>, Fault> {
        if let Some(key) = self.key.borrow().clone() {
            return Ok(key);
        }
        let jwk = self
            .settings
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

/// What is derived from the client's credentials: all isolates have them, and nobody else.
fn keyring(settings: &Settings) -> Option<Keyring> {
    let key = settings.caller_key.as_ref().map_or("", |key| key.expose());
    let secret = settings.caller_secret.as_ref();
    let secret = secret.map_or("", |secret| secret.expose());
    if key.is_empty() && secret.is_empty() {
        return None;
    }
    let root = format!("{LABEL}{}:{key}{secret}", key.len());
    Keyring::from_secret(&base64url::encode(root.as_bytes())).ok()
}

/// Keeps what is derived here apart from all else that anyone may derive from the same credential.
const LABEL: &str = "ostiary/v1/what the isolates of a machine-to-machine client share/";
