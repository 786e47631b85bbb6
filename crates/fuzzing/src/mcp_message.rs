//! A message to a server of tools.

use mcp::{About, Effect, Outcome, REVISIONS, Received, Sent, Server, Tool};
use oauth_core::http::Answer;
use serde_json::Value;

use crate::first_line;

static SERVER: Server<()> = Server {
    name: "dice",
    title: "Dice",
    version: "1.0.0",
    instructions: "Throws dice.",
    tools: &[Tool {
        about: About {
            name: "throw",
            title: "Throw a die",
            description: "Throws one die.",
            effect: Effect::Reads,
            input: r#"{"type":"object"}"#,
            output: r#"{"type":"object"}"#,
        },
        scope: Some("read"),
        run: (),
    }],
};

/// A line with the headers that say how the body is read, divided by `|`; and the body.
pub fn mcp_message(bytes: &[u8]) {
    let Some((headers, body)) = first_line(bytes) else {
        return;
    };
    let header = |header| Some(header).filter(|header: &&str| !header.is_empty());
    let mut headers = headers.split('|').map(header);
    let sent = Sent {
        version: headers.next().flatten(),
        method: headers.next().flatten(),
        name: headers.next().flatten(),
        content_type: headers.next().unwrap_or(Some("application/json")),
    };
    let message = match serde_json::from_slice::<Value>(body) {
        // The second opinion reads all of it. What nobody looks at is only held to the grammar, and an id goes back as it came.
        Err(error) if is_of_values(&error.to_string()) => return,
        read => read.unwrap_or_default(),
    };
    match SERVER.receive(&sent, body) {
        Received::Answered(answer) => answered(&answer, &message),
        Received::Call(call) => {
            let name = message.pointer("/params/name");
            assert_eq!(name.and_then(Value::as_str), Some("throw"));
            let arguments = serde_json::from_str::<Value>(call.arguments);
            assert!(arguments.is_ok_and(|json| json.is_object()));
            let answer = call.answer(&Outcome::Done(r#"{"eyes":4}"#.into()));
            answered(&answer, &message);
            let json: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
            assert!(json.pointer("/result/structuredContent/eyes").is_some());
        }
    }
}

/// Whether a text is JSON by the grammar, and has a number or a character that is none.
fn is_of_values(error: &str) -> bool {
    ["number out of range", "hex escape", "code point"]
        .iter()
        .any(|reason| error.contains(reason))
}

fn answered(answer: &Answer, message: &Value) {
    let status = answer.status;
    assert!(matches!(status, 200 | 202 | 400 | 404 | 415), "{status}");
    if status == 202 {
        assert!(answer.body.is_empty() && message.get("id").is_none());
        return;
    }
    let json: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let (id, result, error) = (json.get("id"), json.get("result"), json.get("error"));
    assert_eq!(json.get("jsonrpc"), Some(&Value::from("2.0")), "{json}");
    assert_eq!(result.is_some(), error.is_none());
    assert!(result.is_none() || id.is_some());
    assert!(error.is_none() || json.pointer("/error/code").is_some_and(Value::is_i64));
    assert!(id.is_none() || id == message.get("id"));
    let version = json.pointer("/result/protocolVersion");
    let version = version.and_then(Value::as_str);
    assert!(version.is_none_or(|version| REVISIONS.contains(&version)));
}
