//! The server: from a message to its answer, or to the tool that it calls.

use oauth_core::http::Answer;

use crate::members::{Members, object, quoted, string};
use crate::message::{Message, Request};
use crate::refused::{INVALID_PARAMS, INVALID_REQUEST, METHOD_NOT_FOUND, Refused, response};
use crate::revision::{Era, REVISIONS, era, is_named, mismatch, negotiated};
use crate::tool::{Outcome, Tool};

/// For how long clients may keep what never changes while the server runs, in milliseconds.
const CACHE: &str = r#","ttlMs":300000,"cacheScope":"public""#;
/// The capabilities of the server: tools, whose list does not change.
const CAPABILITIES: &str = r#""capabilities":{"tools":{}}"#;

/// A server and its tools.
#[derive(Clone, Copy, Debug)]
pub struct Server<R: 'static> {
    /// Its name for programs.
    pub name: &'static str,
    /// Its name for people.
    pub title: &'static str,
    /// Its version.
    pub version: &'static str,
    /// How a model makes the best of it.
    pub instructions: &'static str,
    /// Its tools, in the order in which they are listed.
    pub tools: &'static [Tool<R>],
}

/// The headers of a request that say how its body is to be read.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sent<'a> {
    /// `Content-Type`.
    pub content_type: Option<&'a str>,
    /// `MCP-Protocol-Version`.
    pub version: Option<&'a str>,
    /// `Mcp-Method`.
    pub method: Option<&'a str>,
    /// `Mcp-Name`.
    pub name: Option<&'a str>,
}

/// A message that was read.
#[derive(Debug)]
pub enum Received<'a, R: 'static> {
    /// It is answered.
    Answered(Answer),
    /// It calls a tool.
    Call(ToolCall<'a, R>),
}

/// A call of a tool.
#[derive(Debug)]
pub struct ToolCall<'a, R: 'static> {
    /// The tool.
    pub tool: &'static Tool<R>,
    /// Its arguments: a JSON object without repeated members. The tool checks them.
    pub arguments: &'a str,
    reply: Reply<'a, R>,
}

/// How a request is answered.
#[derive(Debug)]
struct Reply<'a, R: 'static> {
    server: &'static Server<R>,
    id: &'a str,
    era: Era,
}

impl<R> ToolCall<'_, R> {
    /// The answer.
    pub fn answer(&self, outcome: &Outcome) -> Answer {
        self.reply.result(&outcome.members())
    }
}

impl<R> Reply<'_, R> {
    /// A result with these members, which are JSON.
    fn result(&self, members: &str) -> Answer {
        let more = match self.era {
            Era::Initialized => String::new(),
            Era::PerRequest => [
                if members.is_empty() { "" } else { "," },
                r#""resultType":"complete","_meta":{"io.modelcontextprotocol/serverInfo":"#,
                &self.server.info(),
                "}",
            ]
            .concat(),
        };
        let result = ["{", members, &more, "}"].concat();
        response(200, Some(self.id), "result", &result)
    }
}

impl<R> Server<R> {
    /// Reads a message.
    pub fn receive<'a>(&'static self, sent: &Sent<'_>, body: &'a [u8]) -> Received<'a, R> {
        let message = if is_json(sent.content_type) {
            Message::read(body)
        } else {
            let sentence = "The Content-Type must be application/json.";
            Err(Refused::new(415, INVALID_REQUEST, sentence))
        };
        match message {
            Ok(Message::Request(request)) => {
                let id = request.id;
                let answered = self.answered(sent, request);
                answered.unwrap_or_else(|refused| Received::Answered(refused.answer(Some(id))))
            }
            Ok(Message::Notification) => Received::Answered(Answer::empty(202)),
            Err(refused) => Received::Answered(refused.answer(None)),
        }
    }

    fn answered<'a>(
        &'static self,
        sent: &Sent<'_>,
        request: Request<'a>,
    ) -> Result<Received<'a, R>, Refused> {
        let era = era(sent, &request)?;
        let Request { id, method, params } = request;
        let params = params.ok_or(BAD_PARAMS)?;
        let server = self;
        let reply = Reply { server, id, era };
        let members = match (method.as_str(), era) {
            ("initialize", Era::Initialized) => self.initialized(&params)?,
            ("ping", Era::Initialized) => String::new(),
            ("server/discover", Era::PerRequest) => self.discovered(),
            ("tools/list", _) => self.listed(&params)?,
            ("tools/call", _) => return self.called(reply, sent, &params),
            (_, Era::Initialized) => return Err(unknown(200)),
            (_, Era::PerRequest) => return Err(unknown(404)),
        };
        Ok(Received::Answered(reply.result(&members)))
    }

    fn initialized(&self, params: &Members<'_>) -> Result<String, Refused> {
        let asked = params.get("protocolVersion").and_then(string);
        let asked = asked.ok_or(BAD_PARAMS)?;
        let version = negotiated(&asked);
        Ok([
            "\"protocolVersion\":\"",
            version,
            "\",",
            CAPABILITIES,
            ",\"serverInfo\":",
            &self.info(),
            ",\"instructions\":",
            &quoted(self.instructions),
        ]
        .concat())
    }

    fn discovered(&self) -> String {
        [
            "\"supportedVersions\":[",
            &REVISIONS.map(quoted).join(","),
            "],",
            CAPABILITIES,
            ",\"instructions\":",
            &quoted(self.instructions),
            CACHE,
        ]
        .concat()
    }

    fn listed(&self, params: &Members<'_>) -> Result<String, Refused> {
        // There is one page.
        if params.given("cursor").is_some() {
            let unknown = "The cursor is none of this server's.";
            return Err(Refused::new(200, INVALID_PARAMS, unknown));
        }
        let entries: Vec<String> = self.tools.iter().map(Tool::entry).collect();
        Ok(["\"tools\":[", &entries.join(","), "]", CACHE].concat())
    }

    fn called<'a>(
        &'static self,
        reply: Reply<'a, R>,
        sent: &Sent<'_>,
        params: &Members<'a>,
    ) -> Result<Received<'a, R>, Refused> {
        let name = params.get("name").and_then(string).ok_or(BAD_PARAMS)?;
        if reply.era == Era::PerRequest && !is_named(sent.name, &name) {
            return Err(mismatch("Mcp-Name"));
        }
        let arguments = params.given("arguments").unwrap_or("{}");
        object(arguments).ok_or(BAD_PARAMS)?;
        let tool = self.tools.iter().find(|tool| tool.about.name == name);
        let tool = tool.ok_or(Refused::new(
            200,
            INVALID_PARAMS,
            "Unknown tool: tools/list lists those that there are.",
        ))?;
        Ok(Received::Call(ToolCall {
            tool,
            arguments,
            reply,
        }))
    }

    fn info(&self) -> String {
        let [name, title, version] = [self.name, self.title, self.version].map(quoted);
        let (name, title, version) = (name.as_str(), title.as_str(), version.as_str());
        [
            "{\"name\":",
            name,
            ",\"title\":",
            title,
            ",\"version\":",
            version,
            "}",
        ]
        .concat()
    }
}

const BAD_PARAMS: Refused = Refused::new(
    200,
    INVALID_PARAMS,
    "The parameters are not those of the method.",
);

/// A method that is not there.
const fn unknown(status: u16) -> Refused {
    Refused::new(status, METHOD_NOT_FOUND, "Method not found")
}

/// Whether a media type is JSON's, whatever its parameters.
fn is_json(content_type: Option<&str>) -> bool {
    let essence = content_type.and_then(|text| text.split(';').next());
    essence.is_some_and(|text| text.trim().eq_ignore_ascii_case("application/json"))
}

#[cfg(test)]
mod tests;
