//! Sends a call with the browser's `fetch` and measures it.

use oauth_client::HttpCall;
use oauth_core::http::Method;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    AbortSignal, Headers, Request, RequestCache, RequestCredentials, RequestInit, RequestRedirect,
    Response,
};

use crate::browser::stopwatch;
use crate::message::{Answered, Reply};
use crate::text::texts;

/// No call of a walkthrough takes longer than this, but for a server that does not answer at all.
const PATIENCE_MILLISECONDS: u32 = 15_000;

/// Sends a call. Cookies never travel with it, and a redirect is never followed.
pub(crate) async fn send(call: &HttpCall) -> Reply {
    send_within(call, PATIENCE_MILLISECONDS).await
}

/// The same, where an answer may take another time.
pub(crate) async fn send_within(call: &HttpCall, patience_milliseconds: u32) -> Reply {
    let begun = stopwatch();
    match exchange(call, patience_milliseconds).await {
        Ok((status, headers, body)) => Reply::Answered(Answered {
            status,
            headers,
            body,
            milliseconds: stopwatch() - begun,
        }),
        Err(cause) => Reply::Unreachable(said_by(&cause)),
    }
}

async fn exchange(
    call: &HttpCall,
    patience: u32,
) -> Result<(u16, Vec<(String, String)>, String), JsValue> {
    let window = web_sys::window().ok_or(JsValue::UNDEFINED)?;
    let request = request_of(call, patience)?;
    let response: Response = JsFuture::from(window.fetch_with_request(&request))
        .await?
        .dyn_into()?;
    let body = JsFuture::from(response.text()?)
        .await?
        .as_string()
        .unwrap_or_default();
    Ok((response.status(), listed(&response.headers())?, body))
}

fn request_of(call: &HttpCall, patience: u32) -> Result<Request, JsValue> {
    let headers = Headers::new()?;
    for (name, value) in &call.headers {
        headers.append(name, value)?;
    }
    let init = RequestInit::new();
    init.set_method(call.method.name());
    init.set_headers(&headers);
    init.set_credentials(RequestCredentials::Omit);
    init.set_cache(RequestCache::NoStore);
    init.set_redirect(RequestRedirect::Manual);
    init.set_signal(Some(&AbortSignal::timeout_with_u32(patience)));
    if let Some(body) = call.body_text() {
        init.set_body(&JsValue::from_str(&body));
    }
    Request::new_with_str_and_init(&call.url, &init)
}

fn listed(headers: &Headers) -> Result<Vec<(String, String)>, JsValue> {
    let mut list = Vec::new();
    for entry in headers.entries() {
        let pair: js_sys::Array = entry?.dyn_into()?;
        list.push((
            pair.get(0).as_string().unwrap_or_default(),
            pair.get(1).as_string().unwrap_or_default(),
        ));
    }
    Ok(list)
}

fn said_by(cause: &JsValue) -> String {
    cause.dyn_ref::<js_sys::Error>().map_or_else(
        || texts().wire.unreachable.to_owned(),
        |error| error.message().into(),
    )
}

/// The same call as a command line.
pub(crate) fn as_curl(
    call: &HttpCall,
    url: &str,
    body: Option<&str>,
    shown: impl Fn(&str, &str) -> String,
) -> String {
    let method = match call.method {
        Method::Get => String::new(),
        other @ (Method::Head
        | Method::Post
        | Method::Put
        | Method::Patch
        | Method::Delete
        | Method::Options
        | Method::Other) => {
            format!("-X {} ", other.name())
        }
    };
    let mut parts = vec![format!("curl -i {method}{}", quoted(url))];
    parts.extend(call.headers.iter().map(|(name, value)| {
        let header = format!("{name}: {}", shown(name, value));
        format!("-H {}", quoted(&header))
    }));
    parts.extend(body.map(|body| format!("--data-raw {}", quoted(body))));
    parts.join(" \\\n  ")
}

/// Quoted for a POSIX shell.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}
