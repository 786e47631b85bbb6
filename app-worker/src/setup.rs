//! What outlives a request: the configuration, the token source and the imported key of an isolate.

use std::cell::{OnceCell, RefCell};
use std::rc::Rc;

use edge::{ConfigFaults, Site};
use oauth_client::m2m::TokenSource;
use oauth_core::Fault;
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
        Self {
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
}
