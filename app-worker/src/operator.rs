//! The operators: anyone while `OPERATOR_AUTH` is `open`, otherwise the bearer of a token with scope `m2m:run`.
//!
//! The pages use one token for the API and for these routes, so the audience is the API. Where no token is required,
//! a page of another site still must not make a browser run.

use std::time::Duration;

use edge::Outbound;
use oauth_core::http::Headers;
use oauth_core::{Fault, endpoint};
use oauth_guard::{
    Access, Certificate, Denied, Introspection, KeyCopies, KeySource, Proofs, RateLimits, Reply,
    Timer, Tombstones,
};
use wire::OperatorAuth;

use crate::call::Call;
use crate::peers::Peers;
use crate::refused::Refused;

/// The scope that the operator's routes require.
const SCOPE: &str = "m2m:run";

/// An operator, admitted. Only [`Operator::admit`] makes one.
#[derive(Debug)]
pub(crate) struct Operator(Option<Access>);

impl Operator {
    /// Admits an operator, or says why the request is refused.
    pub(crate) async fn admit(call: &Call<'_>) -> Result<Self, Refused> {
        let public = &call.isolate.config.public;
        match public.operator_auth {
            OperatorAuth::Open if is_of_another_site(&call.incoming.headers, &public.app) => {
                Err(Refused::CrossSite)
            }
            OperatorAuth::Open => Ok(Self(None)),
            OperatorAuth::Required => {
                let access = access(call).await.map_err(Refused::NotOperator)?;
                Ok(Self(Some(access)))
            }
        }
    }

    /// The user who is the operator; unknown where no token is required.
    pub(crate) fn subject(&self) -> Option<&str> {
        self.0.as_ref().map(Access::subject)
    }
}

/// The access of the request's token, which must have the scope.
async fn access(call: &Call<'_>) -> Result<Access, Denied> {
    let keys = IssuerKeys(Peers::new(call.isolate, call.env));
    let guard = &call.isolate.guard;
    let access = guard.admit(&keys, call.incoming, edge::now()).await?;
    access.require(SCOPE)?;
    Ok(access)
}

/// Whether a browser says that a page of another origin made the request. `Sec-Fetch-Site` (Fetch Metadata) is on every
/// request, `Origin` where the first is missing; programs send neither.
fn is_of_another_site(headers: &Headers, own_origin: &str) -> bool {
    match headers.value("sec-fetch-site") {
        Some(site) => !matches!(site, "same-origin" | "none"),
        None => headers
            .value("origin")
            .is_some_and(|origin| origin != own_origin),
    }
}

/// The issuer's key set, through its service binding.
struct IssuerKeys<'a>(Peers<'a>);

impl KeySource for IssuerKeys<'_> {
    async fn fetch_jwks(&self) -> Result<Reply, Fault> {
        let url = [self.0.issuer(), endpoint::JWKS].concat();
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

// The configuration needs only the keys.
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
        is_of_another_site(&Headers::new(headers), "http://localhost:8790")
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
                ("origin", "http://localhost:8790"),
            ],
            &[("origin", "http://localhost:8790")],
        ] {
            assert!(!refused(headers), "{headers:?}");
        }
    }
}
