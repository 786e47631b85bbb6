//! What must hold of whatever strangers send: each function takes any bytes, and panics where a property does not hold.
//!
//! The fuzzer in `fuzz/` makes up the bytes; the test of this crate gives the functions those that it found worth keeping. Where
//! a target takes several texts, a line break divides them.
//!
//! | target | what is read | what must hold |
//! | --- | --- | --- |
//! | [`form`] | a query or a body | what is read is printed and read alike; a repeat is never one value |
//! | [`basic`] | `Authorization` and a form | one method, the client of both, and the secret as it was encoded |
//! | [`redirect`] | a registered and a presented redirect URI | nothing but a loopback port differs; a browser goes to the host that users are shown |
//! | [`scope`] | two scopes | the operations are those of sets; what is narrowed is a subset |
//! | [`jwt`] | a token | three canonical segments; what is verified is what was signed, with the header's algorithm and a key that is for it |
//! | [`jwk`] | a key or a set | printed and read alike; nothing private is stored |
//! | [`dpop`] | a proof | it is for this request, now, and for the key that it names |
//! | [`document`] | a URL and the document there | it names its URL, has no secret, and returns to its own site or this machine |
//! | [`registration`] | metadata | no privilege, no redirect URI but those asked for |
//! | [`mcp_message()`] | headers and a message | the answer is JSON-RPC with the request's id, or a tool is called with an object |

#![expect(
    clippy::missing_panics_doc,
    reason = "each function panics where a property does not hold"
)]

mod client;
mod mcp_message;
mod request;
mod token;
mod uris;

pub use client::{document, registration};
pub use mcp_message::mcp_message;
pub use request::{basic, form, scope};
pub use token::{dpop, jwk, jwt};
pub use uris::redirect;

/// A function that takes any bytes.
pub type Target = fn(&[u8]);

/// The targets, each with the name of its folder in `fuzz/corpus`.
pub const TARGETS: [(&str, Target); 10] = [
    ("form", form),
    ("basic", basic),
    ("redirect", redirect),
    ("scope", scope),
    ("jwt", jwt),
    ("jwk", jwk),
    ("dpop", dpop),
    ("document", document),
    ("registration", registration),
    ("mcp_message", mcp_message),
];

/// The first line, and what comes after it.
fn first_line(bytes: &[u8]) -> Option<(&str, &[u8])> {
    let mut parts = bytes.splitn(2, |byte| *byte == b'\n');
    let line = std::str::from_utf8(parts.next()?).ok()?;
    Some((line, parts.next().unwrap_or_default()))
}
