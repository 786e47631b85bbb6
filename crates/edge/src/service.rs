//! Calls to other servers, through a service binding or over the network, with limits of time and size.

use std::time::Duration;

use oauth_core::{
    Fault,
    http::{Headers, Method},
};
use worker::{Env, Fetch, Fetcher, Request, Response, wasm_bindgen::JsValue, web_sys};

use crate::glue::{self, Cut};

/// A request to another worker.
#[derive(Debug)]
pub struct Outbound<'a> {
    /// The purpose of the call, for the log (`auth.jwks`).
    pub what: &'static str,
    /// The method.
    pub method: Method,
    /// The whole URL; its host is what the other worker sees.
    pub url: &'a str,
    /// The request headers.
    pub headers: &'a [(&'a str, &'a str)],
    /// The body of a `POST`.
    pub body: Option<&'a str>,
    /// How long it may take.
    pub deadline: Duration,
    /// The response headers that are read.
    pub wanted: &'a [&'a str],
    /// The most bytes of a response body.
    pub limit: usize,
}

impl<'a> Outbound<'a> {
    /// A `GET` with five seconds and 256 KB.
    pub const fn get(what: &'static str, url: &'a str) -> Self {
        Self {
            what,
            method: Method::Get,
            url,
            headers: &[],
            body: None,
            deadline: Duration::from_secs(5),
            wanted: &[],
            limit: 256 * 1024,
        }
    }

    /// A `POST` of a form.
    pub const fn post(what: &'static str, url: &'a str, form: &'a str) -> Self {
        Self {
            method: Method::Post,
            body: Some(form),
            headers: &[("content-type", "application/x-www-form-urlencoded")],
            ..Self::get(what, url)
        }
    }
}

/// The response.
#[derive(Clone, Debug)]
pub struct Fetched {
    /// The status code.
    pub status: u16,
    /// The wanted headers that it has.
    pub headers: Headers,
    /// The body.
    pub body: Vec<u8>,
}

/// The way to a peer.
#[derive(Debug)]
pub enum Peer {
    /// Another worker, without leaving the platform.
    Bound(Fetcher),
    /// The host of the URL.
    Network,
}

impl Peer {
    /// The worker that is bound under `binding`, else the network.
    pub fn of(env: &Env, binding: &str) -> Self {
        env.service(binding).map_or(Self::Network, Self::Bound)
    }

    /// Calls it. Redirects are answers, never followed.
    pub async fn fetch(&self, outbound: &Outbound<'_>) -> Result<Fetched, Fault> {
        crate::with_timeout(outbound.what, outbound.deadline, async {
            let found = async {
                let response = self.respond(outbound).await?;
                read(response, outbound).await
            };
            found
                .await
                .map_err(|error| Fault::new(outbound.what, error))
        })
        .await
    }

    async fn respond(&self, outbound: &Outbound<'_>) -> worker::Result<Response> {
        let request = request(outbound)?;
        match self {
            Self::Bound(fetcher) => fetcher.fetch_request(request).await,
            Self::Network => Fetch::Request(request).send().await,
        }
    }
}

/// The platform's own request: what `worker::RequestInit` could say beyond it is 3 KB of code.
fn request(outbound: &Outbound<'_>) -> worker::Result<Request> {
    let headers = worker::Headers::new();
    for (name, value) in outbound.headers {
        headers.set(name, value)?;
    }
    let init = web_sys::RequestInit::new();
    init.set_method(outbound.method.name());
    init.set_redirect(web_sys::RequestRedirect::Manual);
    init.set_headers(headers.as_ref());
    if let Some(body) = outbound.body {
        init.set_body(&JsValue::from_str(body));
    }
    let request = web_sys::Request::new_with_str_and_init(outbound.url, &init)?;
    Ok(request.into())
}

async fn read(response: Response, outbound: &Outbound<'_>) -> worker::Result<Fetched> {
    let mut found = Vec::new();
    for &name in outbound.wanted {
        if let Some(value) = response.headers().get(name)? {
            found.push((name.to_owned(), value));
        }
    }
    let status = response.status_code();
    let body = glue::response_body(&response.into(), outbound.limit).await;
    let body = body.map_err(|why| {
        let why = match why {
            Cut::TooLong => "the answer is too large",
            Cut::TooSlow | Cut::Unreadable => "the answer broke off",
        };
        worker::Error::RustError(why.to_owned())
    })?;
    Ok(Fetched {
        status,
        headers: Headers::new(found),
        body,
    })
}
