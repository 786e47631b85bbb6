//! Calls through a service binding: bounded in time and size.

use std::time::Duration;

use oauth_core::{
    Fault,
    http::{Headers, Method},
};
use worker::{Fetcher, RequestInit, RequestRedirect, wasm_bindgen::JsValue};

/// A request to another worker.
#[derive(Debug)]
pub struct Outbound<'a> {
    /// What the call is for, for the log (`auth.jwks`).
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
    /// The response headers that the caller wants.
    pub wanted: &'a [&'a str],
    /// The most bytes of an answer that are taken.
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

/// What came back.
#[derive(Clone, Debug)]
pub struct Fetched {
    /// The status code.
    pub status: u16,
    /// Those of the wanted headers that were there.
    pub headers: Headers,
    /// The body.
    pub body: Vec<u8>,
}

/// Calls the worker behind `fetcher`. Redirects are answers, never followed.
pub async fn fetch(fetcher: &Fetcher, outbound: &Outbound<'_>) -> Result<Fetched, Fault> {
    crate::with_timeout(outbound.what, outbound.deadline, async {
        call(fetcher, outbound)
            .await
            .map_err(|error| Fault::new(outbound.what, error))
    })
    .await
}

async fn call(fetcher: &Fetcher, outbound: &Outbound<'_>) -> worker::Result<Fetched> {
    let headers = worker::Headers::new();
    for (name, value) in outbound.headers {
        headers.set(name, value)?;
    }
    let mut init = RequestInit::new();
    init.with_method(outbound.method.name().to_owned().into())
        .with_redirect(RequestRedirect::Manual)
        .with_headers(headers)
        .with_body(outbound.body.map(JsValue::from_str));
    let mut response = fetcher.fetch(outbound.url, Some(init)).await?;
    let mut found = Vec::new();
    for &name in outbound.wanted {
        if let Some(value) = response.headers().get(name)? {
            found.push((name.to_owned(), value));
        }
    }
    let body = response.bytes().await?;
    if body.len() > outbound.limit {
        return Err(worker::Error::RustError(
            "the answer is too large".to_owned(),
        ));
    }
    Ok(Fetched {
        status: response.status_code(),
        headers: Headers::new(found),
        body,
    })
}
