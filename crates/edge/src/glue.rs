//! What JavaScript does of the way in and out (`glue.js`).

use std::time::Duration;

use js_sys::{Promise, Uint8Array};
use oauth_core::concurrent::race;
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

    fn bytes(message: &JsValue, is_short: bool, limit: usize, patience: usize) -> Promise;

    /// A promise, and the way to settle it.
    pub(crate) type Deferred;

    pub(crate) fn deferred() -> Deferred;

    #[wasm_bindgen(method, getter)]
    pub(crate) fn promise(this: &Deferred) -> Promise;

    #[wasm_bindgen(method)]
    pub(crate) fn resolve(this: &Deferred, response: &Response);

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
    let Bound {
        is_short,
        limit,
        patience,
    } = bound;
    let reading = found(bytes(request, is_short, limit, patience));
    race(reading, crate::sleep(deadline))
        .await
        .unwrap_or(Err(Cut::TooSlow))
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
        None => Err(Cut::Unreadable),
    }
}

const TOO_LARGE: f64 = 413.0;
