//! POST /mcp: some of the services as tools for models (Model Context Protocol), a resource of its own.

use guarded_worker::mcp::{self, About, Effect, Outcome, Server, Tool, ToolFuture, done, tool};
use guarded_worker::{Call, HandlerFuture, Needs, Protected, Resource, ScopeInfo, Service};
use serde::Serialize;

use crate::services::profile::{self, Profile, Update};
use crate::services::students::{self, Student};

/// Reading is asked for first; a client that wants to write asks for it then.
const FIRST: &[ScopeInfo] = &[profile::READ, students::READ];

pub(crate) const RESOURCE: Resource = Resource::new(
    "/mcp",
    "Ostiary API for models",
    &[Service {
        name: "mcp",
        scopes: &[profile::READ, students::READ, profile::WRITE],
        routes: &[Protected::post(
            "/mcp",
            Needs::TOKEN.from_listed_origins(),
            message,
        )],
    }],
)
.asking_first_for(FIRST);

static SERVER: Server = Server {
    name: "ostiary-api",
    title: "Ostiary API",
    version: env!("CARGO_PKG_VERSION"),
    instructions: "The students of a school, and the profile of the user who is signed in.",
    tools: &[LIST_STUDENTS, MY_PROFILE, CHANGE_MY_NAME],
};

fn message<'a>(call: &'a Call<'a>) -> HandlerFuture<'a> {
    Box::pin(mcp::answer(&SERVER, call))
}

const NOTHING: &str = r#"{"type":"object","additionalProperties":false}"#;
const PROFILE: &str = r#"{"type":"object","properties":{"sub":{"type":"string"},"name":{"type":["string","null"]},"email":{"type":["string","null"]},"bio":{"type":["string","null"]},"updated_at":{"type":["integer","null"],"description":"Seconds since 1970"}},"required":["sub"]}"#;

const LIST_STUDENTS: Tool = tool(
    About {
        name: "list_students",
        title: "List students",
        description: "Lists the students of the school: the id and the name of each.",
        effect: Effect::Reads,
        input: NOTHING,
        output: r#"{"type":"object","properties":{"students":{"type":"array","items":{"type":"object","properties":{"id":{"type":"integer"},"name":{"type":"string"}},"required":["id","name"]}}},"required":["students"]}"#,
    },
    Needs::scope(&students::READ),
    list_students,
);

const MY_PROFILE: Tool = tool(
    About {
        name: "my_profile",
        title: "My profile",
        description: "Reads the profile of the user who is signed in: name, email address and bio.",
        effect: Effect::Reads,
        input: NOTHING,
        output: PROFILE,
    },
    Needs::scope(&profile::READ).of_a_user(),
    my_profile,
);

const CHANGE_MY_NAME: Tool = tool(
    About {
        name: "change_my_name",
        title: "Change my name",
        description: "Changes the name in the profile of the user who is signed in, and answers with the whole profile.",
        effect: Effect::Replaces,
        input: r#"{"type":"object","properties":{"name":{"type":"string","minLength":1,"maxLength":100,"description":"The new name, on one line"}},"required":["name"],"additionalProperties":false}"#,
        output: PROFILE,
    },
    Needs::scope(&profile::WRITE).of_a_user(),
    change_my_name,
);

#[derive(Serialize)]
struct Students {
    students: Vec<Student>,
}

fn list_students<'a>(call: &'a Call<'a>, arguments: &'a str) -> ToolFuture<'a> {
    Box::pin(async move {
        if !is_empty(arguments) {
            return Ok(NO_ARGUMENTS);
        }
        let students = students::listed(call).await?;
        Ok(done(&Students { students }))
    })
}

fn my_profile<'a>(call: &'a Call<'a>, arguments: &'a str) -> ToolFuture<'a> {
    Box::pin(async move {
        if !is_empty(arguments) {
            return Ok(NO_ARGUMENTS);
        }
        let subject = call.access.require_user()?;
        Ok(done(&Profile::of(&call.database()?, subject).await?))
    })
}

fn change_my_name<'a>(call: &'a Call<'a>, arguments: &'a str) -> ToolFuture<'a> {
    Box::pin(async move {
        let subject = call.access.require_user()?;
        match renaming(arguments) {
            Ok(update) => Ok(done(&profile::store(call, subject, &update).await?)),
            Err(sentence) => Ok(Outcome::Failed(sentence)),
        }
    })
}

const NO_ARGUMENTS: Outcome = Outcome::Failed("this tool takes no arguments");

/// Whether a JSON object has no members.
fn is_empty(arguments: &str) -> bool {
    let inside = arguments.trim().strip_prefix('{');
    inside.is_some_and(|rest| rest.trim_start() == "}")
}

/// The change that the arguments ask for: a name and nothing else.
fn renaming(arguments: &str) -> Result<Update, &'static str> {
    let update = Update::parse(arguments.as_bytes()).map_err(profile::Refused::sentence)?;
    if update.name.is_some() && update.email.is_none() && update.bio.is_none() {
        Ok(update)
    } else {
        Err("the arguments must be an object with a name and nothing else")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schemas_are_json_objects() {
        for tool in SERVER.tools {
            for schema in [tool.about.input, tool.about.output] {
                let schema: serde_json::Value = serde_json::from_str(schema).unwrap();
                assert_eq!(schema["type"], "object", "{}", tool.about.name);
            }
            assert!(tool.scope.is_some(), "{}", tool.about.name);
        }
    }

    #[test]
    fn only_a_name_changes() {
        let update = renaming(r#"{"name":"Ada King"}"#).unwrap();
        assert_eq!(update.name.as_deref(), Some("Ada King"));
        for arguments in [
            "{}",
            r#"{"name":null}"#,
            r#"{"name":""}"#,
            r#"{"name":7}"#,
            r#"{"name":"Ada","email":"a@b.example"}"#,
            r#"{"name":"Ada","sub":"u_alan"}"#,
        ] {
            assert!(renaming(arguments).is_err(), "{arguments}");
        }
    }

    #[test]
    fn no_arguments_are_an_empty_object() {
        assert!(is_empty("{}") && is_empty(" { } "));
        assert!(!is_empty(r#"{"a":1}"#));
    }
}
