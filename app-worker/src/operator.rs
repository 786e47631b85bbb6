//! Who may run: anyone while `OPERATOR_AUTH` is `open`, else the bearer of a token with scope `m2m:run`.
//!
//! The pages ask for one token for the API and use it here too, so the audience is the API.

use edge::Outbound;
use oauth_core::Fault;
use oauth_core::http::{Answer, Incoming};
use oauth_guard::{Access, Config, Denied, Guard, KeySource};
use webcrypto::WebCrypto;
use wire::OperatorAuth;
use worker::Env;

use crate::peers::Peers;
use crate::setup::Setup;

/// The guard of the operator's routes. It keeps the issuer's keys.
pub(crate) type OperatorGuard = Guard<WebCrypto>;

/// The scope that the operator's routes need.
const SCOPE: &str = "m2m:run";

/// A guard for the tokens that the pages hold.
pub(crate) fn guard(config: &wire::Config) -> OperatorGuard {
    let config = Config {
        issuer: config.issuer.clone(),
        resource: config.api.clone(),
    };
    Guard::new(config, WebCrypto::new())
}

/// Lets a request in, or gives the answer of RFC 6750 §3 that keeps it out.
pub(crate) async fn admit(setup: &Setup, env: &Env, incoming: &Incoming) -> Result<(), Answer> {
    match setup.settings.public.operator_auth {
        OperatorAuth::Open => Ok(()),
        OperatorAuth::Required => demand(setup, env, incoming)
            .await
            .map(|_| ())
            .map_err(|denied| setup.guard.refusal(&denied)),
    }
}

async fn demand(setup: &Setup, env: &Env, incoming: &Incoming) -> Result<Access, Denied> {
    let keys = IssuerKeys(Peers::new(setup, env));
    let access = setup.guard.admit(&keys, incoming, edge::now()).await?;
    access.require(SCOPE)?;
    Ok(access)
}

/// The issuer's key set, through its service binding.
struct IssuerKeys<'a>(Peers<'a>);

impl KeySource for IssuerKeys<'_> {
    async fn fetch_jwks(&self) -> Result<Vec<u8>, Fault> {
        let url = format!("{}/oauth/jwks", self.0.issuer());
        let fetched = self.0.fetch(&Outbound::get("auth.jwks", &url)).await?;
        match fetched.status {
            200 => Ok(fetched.body),
            status => Err(Fault::new("auth.jwks", status)),
        }
    }
}
