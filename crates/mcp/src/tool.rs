//! Tools: how they are described, and how they end.

use crate::members::quoted;

/// What a tool does, as models and people read it.
#[derive(Clone, Copy, Debug)]
pub struct About {
    /// Its name: letters, digits, `_`, `-` and `.`.
    pub name: &'static str,
    /// Its name for people.
    pub title: &'static str,
    /// What it does, for models.
    pub description: &'static str,
    /// What it leaves behind.
    pub effect: Effect,
    /// The JSON Schema of its arguments, an object.
    pub input: &'static str,
    /// The JSON Schema of its result, an object.
    pub output: &'static str,
}

/// What a tool leaves behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Nothing.
    Reads,
    /// It replaces something; twice is as good as once.
    Replaces,
}

impl Effect {
    const fn annotations(self) -> &'static str {
        match self {
            Self::Reads => r#"{"readOnlyHint":true,"openWorldHint":false}"#,
            Self::Replaces => {
                r#"{"readOnlyHint":false,"destructiveHint":true,"idempotentHint":true,"openWorldHint":false}"#
            }
        }
    }
}

/// A tool. `run` is for whoever executes it.
#[derive(Clone, Copy, Debug)]
pub struct Tool<R> {
    /// Its description.
    pub about: About,
    /// The scope that it takes.
    pub scope: Option<&'static str>,
    /// How it is executed.
    pub run: R,
}

/// How a call ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Well: the result, a JSON object by the tool's schema.
    Done(String),
    /// Not: a sentence that tells the model what to do better.
    Failed(&'static str),
}

impl<R> Tool<R> {
    /// Its entry in `tools/list`. Its security scheme is no part of the protocol: clients that read it there ask for the scope
    /// before they call.
    pub(crate) fn entry(&self) -> String {
        let About {
            name,
            title,
            description,
            effect,
            input,
            output,
        } = self.about;
        let scopes = self.scope.map(quoted).unwrap_or_default();
        let schemes = [
            r#""securitySchemes":[{"type":"oauth2","scopes":["#,
            &scopes,
            "]}]",
        ]
        .concat();
        [
            "{\"name\":",
            &quoted(name),
            ",\"title\":",
            &quoted(title),
            ",\"description\":",
            &quoted(description),
            ",\"inputSchema\":",
            input,
            ",\"outputSchema\":",
            output,
            ",\"annotations\":",
            effect.annotations(),
            ",",
            &schemes,
            ",\"_meta\":{",
            &schemes,
            "}}",
        ]
        .concat()
    }
}

impl Outcome {
    /// The members of a result of `tools/call`. The structured content is there as text too, for clients that read no other.
    pub(crate) fn members(&self) -> String {
        let text =
            |text: &str| [r#""content":[{"type":"text","text":"#, &quoted(text), "}]"].concat();
        match self {
            Self::Done(json) => [&text(json), ",\"structuredContent\":", json].concat(),
            Self::Failed(sentence) => [&text(sentence), ",\"isError\":true"].concat(),
        }
    }
}
