//! The messages of a stateless server of the Model Context Protocol over Streamable HTTP, for servers that offer tools.
//!
//! - [`Server`] is its name and its [`Tool`]s. [`Server::receive`] reads a message: it is answered already, or it calls a
//!   tool, and [`ToolCall::answer`] answers with the tool's [`Outcome`].
//! - Revision 2026-07-28 is served, and those before it that clients still use; each request says which it speaks.
//! - There are no sessions and no streams: an id of a session is not read, and every answer is one JSON object.
//!
//! Whose request it is, and what they may do, is decided elsewhere.
//!
//! ```
//! use mcp::{About, Effect, Outcome, Received, Sent, Server, Tool};
//!
//! static SERVER: Server<fn() -> i32> = Server {
//!     name: "dice",
//!     title: "Dice",
//!     version: "1.0.0",
//!     instructions: "Throws dice.",
//!     tools: &[Tool {
//!         about: About {
//!             name: "throw",
//!             title: "Throw a die",
//!             description: "Throws one die.",
//!             effect: Effect::Reads,
//!             input: r#"{"type":"object","additionalProperties":false}"#,
//!             output: r#"{"type":"object","properties":{"eyes":{"type":"integer"}},"required":["eyes"]}"#,
//!         },
//!         scope: None,
//!         run: || 4,
//!     }],
//! };
//!
//! let sent = Sent { content_type: Some("application/json"), ..Sent::default() };
//! let body = br#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"throw"}}"#;
//! let Received::Call(call) = SERVER.receive(&sent, body) else { panic!("it calls a tool") };
//! let outcome = Outcome::Done(format!(r#"{{"eyes":{}}}"#, (call.tool.run)()));
//! let answer = call.answer(&outcome);
//! assert!(String::from_utf8(answer.body)?.contains(r#""structuredContent":{"eyes":4}"#));
//! # Ok::<(), std::string::FromUtf8Error>(())
//! ```

mod members;
mod message;
mod refused;
mod revision;
mod server;
mod tool;

pub use revision::{LATEST, REVISIONS};
pub use server::{Received, Sent, Server, ToolCall};
pub use tool::{About, Effect, Outcome, Tool};
