//! What JavaScript does of the way in and out (`glue.js`).

use std::time::Duration;

use js_sys::{Promise, Uint8Array};
use wasm_bindgen::{
    JsCast as _,
    prelude::{JsValue, wasm_bindgen},
};
use wasm_bindgen_futures::JsFuture;
use worker::web_sys::{Request, Response};

#[wasm_bindgen(module = "/src/glue.js")]
extern "C" {
    /// A request but for its body, as lines.
    pub(crate) fn head(request: &Request) -> String;

    fn body(
        request: &Request,
        is_short: bool,
        limit: usize,
        patience: usize,
        milliseconds: u32,
    ) -> Promise;

    fn bytes(message: &JsValue, is_short: bool, limit: usize, patience: usize) -> Promise;

    /// Keeps an answer for the next requests with this URL.
    pub(crate) fn keep(request: &Request, milliseconds: u32, head: &str, body: &[u8]);

    /// Forgets all that was kept.
    pub(crate) fn forget();

    /// A response of `head`, lines as well, and its body.
    pub(crate) fn respond(head: &str, body: &[u8], is_bodiless: bool) -> Response;
}

/// Why a body was not read to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cut {
    TooLong,
    TooSlow,
    Unreadable,
}

/// Whether the announced length of a body is within the limit; how much is taken and dropped beyond that.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bound {
    pub(crate) is_short: bool,
    pub(crate) limit: usize,
    pub(crate) patience: usize,
}

/// The body of a request.
pub(crate) async fn request_body(
    request: &Request,
    bound: Bound,
    deadline: Duration,
) -> Result<Vec<u8>, Cut> {
    let milliseconds = u32::try_from(deadline.as_millis()).unwrap_or(u32::MAX);
    let Bound {
        is_short,
        limit,
        patience,
    } = bound;
    found(body(request, is_short, limit, patience, milliseconds)).await
}

/// The body of a response.
pub(crate) async fn response_body(response: &Response, limit: usize) -> Result<Vec<u8>, Cut> {
    found(bytes(response, false, limit, 0)).await
}

async fn found(reading: Promise) -> Result<Vec<u8>, Cut> {
    let found = JsFuture::from(reading).await.map_err(|_| Cut::Unreadable)?;
    match found.dyn_ref::<Uint8Array>() {
        Some(bytes) => Ok(bytes.to_vec()),
        None if found == TOO_LARGE => Err(Cut::TooLong),
        None if found == TOO_SLOW => Err(Cut::TooSlow),
        None => Err(Cut::Unreadable),
    }
}

const TOO_LARGE: f64 = 413.0;
const TOO_SLOW: f64 = 408.0;
