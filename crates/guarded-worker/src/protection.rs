//! The guard of a worker, with its configuration and caches: one for each isolate.

use std::cell::OnceCell;
use std::rc::Rc;

use edge::{ConfigFaults, Settings, Site};
use oauth_core::Secret;
use oauth_core::endpoint;
use oauth_core::http::{Answer, Incoming};
use oauth_guard::{
    Access, Config, Denied, Guard, KeptKeys, OpaqueTokens, ProofMemory, ProtectedResource,
};
use webcrypto::WebCrypto;
use worker::wasm_bindgen::JsValue;
use worker::{Context, Env, Request};

use crate::ports::Ports;
use crate::settings::{self, Bound, GUARD, REPLAY};

/// Admits the requests of one worker.
#[derive(Debug)]
pub struct Protection {
    /// The issuer, the resource, and the rules for tokens.
    pub(crate) config: Config,
    /// The origins, for CORS and the headers.
    pub(crate) site: Site,
    /// The value of `Authorization` at the introspection endpoint, if there are credentials for it.
    pub(crate) authorization: Option<Secret<String>>,
    pub(crate) guard: Guard<WebCrypto>,
    /// The proofs that this isolate has seen, if no shared object remembers them.
    pub(crate) proofs: Option<ProofMemory>,
}

thread_local! {
    static CURRENT: OnceCell<Rc<Protection>> = const { OnceCell::new() };
}

impl Protection {
    /// This isolate's. Faults are not cached, so that a corrected setting takes effect.
    pub fn current(env: &Env) -> Result<Rc<Self>, ConfigFaults> {
        CURRENT.with(|current| {
            if let Some(known) = current.get() {
                return Ok(Rc::clone(known));
            }
            let new = Rc::new(Self::read(Settings::from_env(env), &Bound::of(env))?);
            Ok(Rc::clone(current.get_or_init(|| new)))
        })
    }

    /// Reads the settings; all faults at once.
    pub(crate) fn read(mut settings: Settings<'_>, bound: &Bound) -> Result<Self, ConfigFaults> {
        let issuer = settings.origin("ISSUER");
        let resource = settings.resource("RESOURCE");
        let origins = settings.origins("ALLOWED_ORIGINS");
        let authorization = settings::authorization(&mut settings);
        let cache = settings::cache(&mut settings);
        let config = Config {
            keys: if bound.has(GUARD) {
                KeptKeys::WithCopy
            } else {
                KeptKeys::InMemory
            },
            opaque: match authorization {
                Some(_) => OpaqueTokens::Introspected { cache },
                None => OpaqueTokens::Refused,
            },
            opaque_form: settings::opaque_form(&mut settings),
            revocation: settings::revocation(&mut settings, bound),
            dpop: settings::dpop(&mut settings),
            rate: settings::rate(&mut settings, bound),
            ..Config::new(issuer, resource.as_str())
        };
        settings.finish(Self {
            site: Site {
                secure: resource.starts_with("https://"),
                origins,
            },
            guard: Guard::new(config.clone(), WebCrypto::new()),
            proofs: (!bound.has(REPLAY)).then(ProofMemory::default),
            authorization,
            config,
        })
    }

    /// The ports of the guard for one request.
    pub fn ports<'a>(&'a self, env: &'a Env, context: &'a Context, request: &Request) -> Ports<'a> {
        Ports {
            env,
            context,
            request: JsValue::clone(request.inner().as_ref()),
            issuer: &self.config.issuer,
            authorization: self.authorization.as_ref(),
            proofs: self.proofs.as_ref(),
        }
    }

    /// Admits a request by its access token.
    pub async fn admit(&self, ports: &Ports<'_>, request: &Incoming) -> Result<Access, Denied> {
        self.guard.admit(ports, request, edge::now()).await
    }

    /// Introspects the token of an admitted request, now (RFC 7662 §2.2).
    pub(crate) async fn introspection(
        &self,
        ports: &Ports<'_>,
        request: &Incoming,
    ) -> Result<Vec<u8>, Denied> {
        let answer = self.guard.introspection(ports, request, edge::now());
        answer.await
    }

    /// The answer to a request that was not admitted.
    pub fn refusal(&self, denied: &Denied, request: &Incoming) -> Answer {
        self.guard.refusal(denied, request)
    }

    /// Whether a path below the well-known one is another resource's (RFC 9728 §3.1): this worker is one resource. Its
    /// metadata are at the bare path as well, where clients look that do not know the resource's own path.
    pub(crate) fn is_of_another_resource(&self, path: &str) -> bool {
        path.strip_prefix(endpoint::PROTECTED_RESOURCE)
            .is_some_and(|rest| {
                let own = self.config.resource.strip_prefix(&self.config.origin);
                !rest.is_empty() && own != Some(rest)
            })
    }

    /// Protected resource metadata (RFC 9728 §3.2).
    pub(crate) fn metadata(&self, name: &str, scopes: &[(&str, &str)]) -> Answer {
        Answer::json(200, &ProtectedResource::new(&self.config, name, scopes))
    }
}
