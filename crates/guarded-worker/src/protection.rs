//! The guard of a worker, with its configuration and caches: one for each isolate.

use std::cell::{OnceCell, RefCell};
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
use worker::web_sys::Request;
use worker::{Context, Env};

use crate::ports::Ports;
use crate::resource::Resource;
use crate::service::{Api, ScopeInfo};
use crate::settings::{self, Bound, Endpoints, GUARD, REPLAY};

/// The path of a resource, and its guard.
type OfResource = (&'static str, Rc<Guard<WebCrypto>>);

/// Admits the requests of one worker.
#[derive(Debug)]
pub struct Protection {
    /// The issuer, the resource, and the rules for tokens.
    pub(crate) config: Config,
    /// The origins, for CORS and the headers.
    pub(crate) site: Site,
    /// The value of `Authorization` at the introspection endpoint, if there are credentials for it.
    pub(crate) authorization: Option<Secret<String>>,
    /// What it asks the authorization server.
    pub(crate) endpoints: Endpoints,
    guard: Rc<Guard<WebCrypto>>,
    /// The guards of other resources, made where they are first needed.
    others: RefCell<Vec<OfResource>>,
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
        let endpoints = settings::endpoints(&mut settings, &issuer);
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
            guard: Rc::new(Guard::new(config.clone(), WebCrypto::new())),
            others: RefCell::default(),
            proofs: (!bound.has(REPLAY)).then(ProofMemory::default),
            authorization,
            endpoints,
            config,
        })
    }

    /// The ports of the guard for one request.
    pub fn ports<'a>(&'a self, env: &'a Env, context: &'a Context, request: &Request) -> Ports<'a> {
        Ports {
            env,
            context,
            request: JsValue::clone(request.as_ref()),
            endpoints: &self.endpoints,
            authorization: self.authorization.as_ref(),
            proofs: self.proofs.as_ref(),
        }
    }

    /// The guard of a resource.
    pub(crate) fn guard(&self, resource: &Resource) -> Rc<Guard<WebCrypto>> {
        if resource.path.is_empty() {
            return Rc::clone(&self.guard);
        }
        let mut others = self.others.borrow_mut();
        let known = others.iter().find(|(path, _)| *path == resource.path);
        if let Some((_, guard)) = known {
            return Rc::clone(guard);
        }
        let identifier = [&self.config.origin, resource.path].concat();
        let guard = Rc::new(self.guard.beside(&identifier));
        others.push((resource.path, Rc::clone(&guard)));
        guard
    }

    /// Admits a request by its access token for the worker's own resource.
    pub async fn admit(&self, ports: &Ports<'_>, request: &Incoming) -> Result<Access, Denied> {
        self.guard.admit(ports, request, edge::now()).await
    }

    /// The answer to a request that was not admitted there.
    pub fn refusal(&self, denied: &Denied, request: &Incoming) -> Answer {
        self.guard.refusal(denied, request, None)
    }

    /// Whether a page of this origin may send requests where only listed ones may.
    pub(crate) fn is_listed(&self, origin: &str) -> bool {
        origin == self.config.origin || self.site.origins.iter().any(|known| known == origin)
    }

    /// The metadata at a path (RFC 9728 §3). A resource's own path follows the well-known one; the worker's own resource is
    /// at the bare path as well, where clients look that do not know its path.
    pub(crate) fn metadata(&self, api: &Api, path: &str) -> Option<Answer> {
        let rest = path.strip_prefix(endpoint::PROTECTED_RESOURCE)?;
        let own = self.config.resource.strip_prefix(&self.config.origin);
        let resource = if rest.is_empty() || own == Some(rest) {
            &api.own
        } else {
            api.others.iter().find(|other| other.path == rest)?
        };
        let [scopes, listed] = [resource.scopes(), resource.listed()]
            .map(|scopes| scopes.iter().map(ScopeInfo::described).collect::<Vec<_>>());
        let guard = self.guard(resource);
        let document = ProtectedResource::new(guard.config(), resource.name, &scopes);
        Some(Answer::json(200, &document.listing(&listed)))
    }
}
