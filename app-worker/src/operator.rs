//! Who is an operator: anyone while `OPERATOR_AUTH` is `open`, otherwise the bearer of a token with scope `m2m:run`.
//!
//! The pages use one token for the API and for these routes, so the audience is the API. Where no token is required,
//! a page of another site still must not make a browser run.

use std::time::Duration;

use edge::Outbound;
use oauth_core::Fault;
use oauth_core::http::{Answer, Headers};
use oauth_guard::{
    Access, Certificate, Denied, Introspection, KeyCopies, KeySource, Proofs, RateLimits, Reply,
    Timer, Tombstones,
};
use wire::{OperatorAuth, Problem};

use crate::call::Call;
use crate::peers::Peers;

/// The scope that the operator's routes require.
const SCOPE: &str = "m2m:run";

/// Answers an operator with `answer`, or anyone else with the refusal of RFC 6750 §3. The operator is in the log line.
/// Where no token is required the operator is not known.
pub(crate) async fn admitted(
    call: &Call<'_>,
    answer: impl AsyncFnOnce(Option<&Access>) -> Answer,
) -> Answer {
    match admit(call).await {
        Ok(operator) => {
            let mut answer = answer(operator.as_ref()).await;
            answer.log.subject = operator.map(|access| access.subject().to_owned());
            answer
        }
        Err(refusal) => refusal,
    }
}

async fn admit(call: &Call<'_>) -> Result<Option<Access>, Answer> {
    let Call {
        isolate, incoming, ..
    } = call;
    let public = &isolate.config.public;
    match public.operator_auth {
        OperatorAuth::Open if is_of_another_site(&incoming.headers, &public.app) => {
            Err(foreign_page())
        }
        OperatorAuth::Open => Ok(None),
        OperatorAuth::Required => demand(call)
            .await
            .map(Some)
            .map_err(|denied| isolate.guard.refusal(&denied, incoming)),
    }
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

fn foreign_page() -> Answer {
    let sentence = "a page of another origin cannot ask this";
    refused(403, "cross_site_request", sentence)
}

/// A refusal in the form of RFC 6749 §5.2.
pub(crate) fn refused(status: u16, error: &'static str, sentence: &str) -> Answer {
    let problem = Problem {
        error: Some(error.to_owned()),
        error_description: sentence.to_owned(),
    };
    let mut answer = Answer::json(status, &problem);
    answer.log.refusal = Some(error);
    answer
}

async fn demand(call: &Call<'_>) -> Result<Access, Denied> {
    let keys = IssuerKeys(Peers::new(call.isolate, call.env));
    let guard = &call.isolate.guard;
    let access = guard.admit(&keys, call.incoming, edge::now()).await?;
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
