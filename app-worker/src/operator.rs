//! Who may run: anyone while `OPERATOR_AUTH` is `open`, else the bearer of a token with scope `m2m:run`.
//!
//! The pages ask for one token for the API and use it here too, so the audience is the API. Where no token is
//! asked for, a browser at least must not be made to run by another site's page.

use std::time::Duration;

use edge::Outbound;
use oauth_core::Fault;
use oauth_core::http::{Answer, Headers, Incoming};
use oauth_guard::{
    Access, Certificate, Config, Denied, Guard, Introspection, KeyCopies, KeySource, Proofs,
    RateLimits, Reply, Timer, Tombstones,
};
use webcrypto::WebCrypto;
use wire::{OperatorAuth, Problem};
use worker::Env;

use crate::peers::Peers;
use crate::setup::Setup;

/// The guard of the operator's routes. It keeps the issuer's keys.
pub(crate) type OperatorGuard = Guard<WebCrypto>;

/// The scope that the operator's routes need.
const SCOPE: &str = "m2m:run";

/// A guard for the tokens that the pages hold.
pub(crate) fn guard(config: &wire::Config) -> OperatorGuard {
    let config = Config::new(config.issuer.as_str(), config.api.as_str());
    Guard::new(config, WebCrypto::new())
}

/// Says in the line of the request who asked.
pub(crate) fn noted(mut answer: Answer, operator: Option<&Access>) -> Answer {
    answer.log.subject = operator.map(|access| access.subject().to_owned());
    answer
}

/// Lets a request in, or gives the answer that keeps it out: of RFC 6750 §3 where a token is needed. Where anyone may
/// run, nobody is known.
pub(crate) async fn admit(
    setup: &Setup,
    env: &Env,
    incoming: &Incoming,
) -> Result<Option<Access>, Answer> {
    let public = &setup.settings.public;
    match public.operator_auth {
        OperatorAuth::Open if is_of_another_site(&incoming.headers, &public.app) => {
            Err(foreign_page())
        }
        OperatorAuth::Open => Ok(None),
        OperatorAuth::Required => demand(setup, env, incoming)
            .await
            .map(Some)
            .map_err(|denied| setup.guard.refusal(&denied, incoming)),
    }
}

/// Whether a browser says that another origin's page made it ask. `Sec-Fetch-Site` (Fetch Metadata) tells of every
/// request, `Origin` where the first is missing; programs send neither.
fn is_of_another_site(headers: &Headers, own_origin: &str) -> bool {
    match headers.value("sec-fetch-site") {
        Some(site) => !matches!(site, "same-origin" | "none"),
        None => headers
            .value("origin")
            .is_some_and(|origin| origin != own_origin),
    }
}

fn foreign_page() -> Answer {
    let words = "a page of another origin cannot ask this";
    refused(403, "cross_site_request", words)
}

/// A refusal in the form of RFC 6749 §5.2.
pub(crate) fn refused(status: u16, error: &'static str, words: &str) -> Answer {
    let problem = Problem {
        error: Some(error.to_owned()),
        error_description: words.to_owned(),
    };
    let mut answer = Answer::json(status, &problem);
    answer.log.refusal = Some(error);
    answer
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
    async fn fetch_jwks(&self) -> Result<Reply, Fault> {
        let url = format!("{}/oauth/jwks", self.0.issuer());
        let fetched = self.0.fetch(&Outbound::get("auth.jwks", &url)).await?;
        Ok(Reply {
            status: fetched.status,
            body: fetched.body,
        })
    }
}

impl Timer for IssuerKeys<'_> {
    async fn pause(&self, milliseconds: u32) {
        edge::sleep(Duration::from_millis(milliseconds.into())).await;
    }
}

// The configuration asks for keys alone.
impl KeyCopies for IssuerKeys<'_> {}

impl Introspection for IssuerKeys<'_> {}

impl Tombstones for IssuerKeys<'_> {}

impl Proofs for IssuerKeys<'_> {}

impl RateLimits for IssuerKeys<'_> {}

impl Certificate for IssuerKeys<'_> {}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(headers: &[(&str, &str)]) -> bool {
        let headers = headers
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        is_of_another_site(&Headers::new(headers), "http://localhost:8787")
    }

    #[test]
    fn a_page_of_another_origin_cannot_start_a_run() {
        for headers in [
            &[("sec-fetch-site", "cross-site")][..],
            &[("sec-fetch-site", "same-site")],
            &[("sec-fetch-site", "cross-site"), ("origin", "null")],
            &[("origin", "http://localhost:9999")],
            &[("origin", "null")],
        ] {
            assert!(refused(headers), "{headers:?}");
        }
    }

    #[test]
    fn our_own_pages_and_programs_can() {
        for headers in [
            &[][..],
            &[("sec-fetch-site", "none")],
            &[
                ("sec-fetch-site", "same-origin"),
                ("origin", "http://localhost:8787"),
            ],
            &[("origin", "http://localhost:8787")],
        ] {
            assert!(!refused(headers), "{headers:?}");
        }
    }
}
