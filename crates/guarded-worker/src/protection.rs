//! The guard of a worker, with what it has learnt and what it was told. One lives as long as its isolate.

use std::cell::OnceCell;
use std::rc::Rc;

use edge::{ConfigFaults, Settings, Site};
use oauth_core::Secret;
use oauth_core::http::{Answer, Incoming};
use oauth_guard::{Access, Denied, Guard, ProtectedResource};
use webcrypto::WebCrypto;
use worker::{Env, Request};

use crate::service::Api;
use crate::settings::Bound;
use crate::sources::Sources;

/// Admits the requests of one worker.
#[derive(Debug)]
pub struct Protection {
    /// The authorization server.
    pub(crate) issuer: String,
    /// Our own origin, which is our resource identifier.
    pub(crate) resource: String,
    /// What the way of a request needs to know.
    pub(crate) site: Site,
    /// The value of `Authorization` at the introspection endpoint, where we may ask there.
    pub(crate) authorization: Option<Secret<String>>,
    pub(crate) guard: Guard<WebCrypto>,
}

thread_local! {
    static CURRENT: OnceCell<Rc<Protection>> = const { OnceCell::new() };
}

impl Protection {
    /// The one of this isolate. Faults are not kept, so that a repaired setting counts.
    pub fn current(env: &Env) -> Result<Rc<Self>, ConfigFaults> {
        CURRENT.with(|current| {
            if let Some(known) = current.get() {
                return Ok(Rc::clone(known));
            }
            let new = Rc::new(Self::read(Settings::from_env(env), Bound::of(env))?);
            Ok(Rc::clone(current.get_or_init(|| new)))
        })
    }

    /// What the guard may ask while it judges a request.
    pub fn sources<'a>(&'a self, env: &'a Env, _request: &Request) -> Sources<'a> {
        Sources {
            env,
            issuer: &self.issuer,
            authorization: self.authorization.as_ref(),
        }
    }

    /// Admits a request by its access token.
    pub async fn admit(&self, sources: &Sources<'_>, request: &Incoming) -> Result<Access, Denied> {
        self.guard.admit(sources, request, edge::now()).await
    }

    /// The answer to a request that was not admitted.
    pub fn refusal(&self, denied: &Denied, request: &Incoming) -> Answer {
        self.guard.refusal(denied, request)
    }

    /// Protected resource metadata (RFC 9728 §3.2).
    pub(crate) fn metadata(&self, api: &Api) -> Answer {
        let scopes = api.scopes();
        let names: Vec<&str> = scopes.iter().map(|scope| scope.name).collect();
        let document = ProtectedResource::new(&self.resource, &self.issuer, &names, api.name);
        Answer::json(200, &document)
    }
}
