//! An MCP server behind the guard: a resource of its own, whose tools each say what they need.

use oauth_core::http::Answer;
use oauth_guard::Denied;
use serde::Serialize;

pub use mcp::{About, Effect, Outcome};
use mcp::{Received, Sent};

use crate::call::{Call, Later};
use crate::service::Needs;

/// An MCP server.
pub type Server = mcp::Server<Runs>;
/// A tool of it.
pub type Tool = mcp::Tool<Runs>;

/// The result of a tool: an outcome for the model, or a refusal of the whole request (a `Fault` is a 503).
pub type ToolFuture<'a> = Later<'a, Result<Outcome, Denied>>;

/// What executes a tool: it gets the admitted request, and the arguments as JSON, an object.
pub type RunTool = for<'a> fn(&'a Call<'a>, &'a str) -> ToolFuture<'a>;

/// What a tool needs, and what executes it.
#[derive(Clone, Copy, Debug)]
pub struct Runs {
    needs: Needs,
    run: RunTool,
}

/// A tool. As with a route, one that does not say what it needs does not compile.
pub const fn tool(about: About, needs: Needs, run: RunTool) -> Tool {
    Tool {
        about,
        scope: match needs.scope {
            Some(scope) => Some(scope.name),
            None => None,
        },
        run: Runs { needs, run },
    }
}

/// The outcome of a tool whose result is an object.
pub fn done(result: &impl Serialize) -> Outcome {
    // Our records can always be written as JSON.
    Outcome::Done(serde_json::to_string(result).unwrap_or_default())
}

/// Answers one message. A tool whose needs are not met is refused as a route is: 403, with the scope to ask for.
pub async fn answer(server: &'static Server, call: &Call<'_>) -> Result<Answer, Denied> {
    let header = |name| call.header(name);
    let (version, method) = (header("mcp-protocol-version"), header("mcp-method"));
    let name = header("mcp-name");
    let sent = Sent {
        content_type: call.request.headers.value("content-type"),
        version: version.as_deref(),
        method: method.as_deref(),
        name: name.as_deref(),
    };
    match server.receive(&sent, &call.request.body) {
        Received::Answered(answer) => Ok(answer),
        Received::Call(called) => {
            let Runs { needs, run } = called.tool.run;
            needs.check(call.access, edge::now())?;
            let outcome = run(call, called.arguments).await?;
            Ok(called.answer(&outcome))
        }
    }
}
