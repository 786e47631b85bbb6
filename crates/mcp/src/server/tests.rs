//! Messages and their answers.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::revision::LATEST;
use crate::tool::{About, Effect};

static SERVER: Server<&str> = Server {
    name: "test",
    title: "A \"test\"",
    version: "1",
    instructions: "None.",
    tools: &[
        Tool {
            about: About {
                name: "look",
                title: "Look",
                description: "Looks.",
                effect: Effect::Reads,
                input: r#"{"type":"object"}"#,
                output: r#"{"type":"object"}"#,
            },
            scope: Some("read"),
            run: "look",
        },
        Tool {
            about: About {
                name: "größe",
                title: "Size",
                description: "Sets a size.",
                effect: Effect::Replaces,
                input: r#"{"type":"object"}"#,
                output: r#"{"type":"object"}"#,
            },
            scope: None,
            run: "size",
        },
    ],
};

const JSON: Sent<'_> = Sent {
    content_type: Some("application/json"),
    version: None,
    method: None,
    name: None,
};

fn modern(method: &str) -> Sent<'_> {
    Sent {
        version: Some(LATEST),
        method: Some(method),
        ..JSON
    }
}

/// A request of the latest revision.
fn request(method: &str, mut params: Value) -> Vec<u8> {
    params["_meta"] = json!({
        "io.modelcontextprotocol/protocolVersion": LATEST,
        "io.modelcontextprotocol/clientCapabilities": {},
    });
    let whole = json!({"jsonrpc": "2.0", "id": "a-1", "method": method, "params": params});
    whole.to_string().into_bytes()
}

fn earlier(method: &str, params: &Value) -> Vec<u8> {
    let whole = json!({"jsonrpc": "2.0", "id": 7, "method": method, "params": params});
    whole.to_string().into_bytes()
}

fn answered(sent: &Sent<'_>, body: &[u8]) -> (u16, Value) {
    let answer = match SERVER.receive(sent, body) {
        Received::Answered(answer) => answer,
        Received::Call(call) => call.answer(&Outcome::Done(r#"{"ran":true}"#.to_owned())),
    };
    let body = serde_json::from_slice(&answer.body).unwrap_or(Value::Null);
    (answer.status, body)
}

fn error(sent: &Sent<'_>, body: &[u8]) -> (u16, i64) {
    let (status, body) = answered(sent, body);
    (status, body["error"]["code"].as_i64().unwrap_or_default())
}

#[test]
fn a_handshake_agrees_on_a_revision() {
    for (asked, agreed) in [
        ("2025-11-25", "2025-11-25"),
        ("2025-06-18", "2025-06-18"),
        ("2025-03-26", "2025-03-26"),
        ("2024-11-05", "2024-11-05"),
        ("1999-01-01", "2025-11-25"),
        (LATEST, "2025-11-25"),
    ] {
        let params = json!({"protocolVersion": asked, "capabilities": {}, "clientInfo": {}});
        let (status, body) = answered(&JSON, &earlier("initialize", &params));
        assert_eq!((status, &body["id"]), (200, &json!(7)));
        assert_eq!(body["result"]["protocolVersion"], agreed);
        assert_eq!(body["result"]["capabilities"], json!({"tools": {}}));
        assert_eq!(body["result"]["serverInfo"]["title"], "A \"test\"");
        assert!(body["result"].get("resultType").is_none());
    }
}

#[test]
fn the_latest_revision_needs_no_handshake() {
    let sent = modern("server/discover");
    let (status, body) = answered(&sent, &request("server/discover", json!({})));
    assert_eq!((status, &body["id"]), (200, &json!("a-1")));
    let result = &body["result"];
    assert_eq!(result["supportedVersions"], json!(REVISIONS));
    assert_eq!(result["resultType"], "complete");
    assert_eq!(
        result["_meta"]["io.modelcontextprotocol/serverInfo"]["name"],
        "test"
    );
    assert!(result["ttlMs"].is_u64() && result["cacheScope"] == "public");
    for gone in ["initialize", "ping", "logging/setLevel", "prompts/list"] {
        let body = request(gone, json!({}));
        assert_eq!(error(&modern(gone), &body), (404, -32601), "{gone}");
    }
}

#[test]
fn tools_are_listed_with_what_they_take() {
    let (_, body) = answered(&modern("tools/list"), &request("tools/list", json!({})));
    let tools = &body["result"]["tools"];
    assert_eq!(tools[0]["name"], "look");
    assert_eq!(tools[0]["annotations"]["readOnlyHint"], true);
    let schemes = json!([{"type": "oauth2", "scopes": ["read"]}]);
    assert_eq!(tools[0]["securitySchemes"], schemes);
    assert_eq!(tools[0]["_meta"]["securitySchemes"], schemes);
    assert_eq!(tools[1]["annotations"]["destructiveHint"], true);
    let old = answered(&JSON, &earlier("tools/list", &json!({"cursor": null}))).1;
    assert_eq!(old["result"]["tools"], *tools);
    let paged = earlier("tools/list", &json!({"cursor": "2"}));
    assert_eq!(error(&JSON, &paged), (200, -32602));
}

#[test]
fn a_call_names_its_tool_in_the_body_and_in_the_header() {
    let call = |name: &str| request("tools/call", json!({"name": name, "arguments": {}}));
    let named = |name| Sent {
        name,
        ..modern("tools/call")
    };
    let (status, body) = answered(&named(Some("look")), &call("look"));
    assert_eq!(status, 200);
    assert_eq!(body["result"]["structuredContent"], json!({"ran": true}));
    assert_eq!(body["result"]["content"][0]["text"], r#"{"ran":true}"#);
    assert_eq!(
        answered(&named(Some("=?base64?Z3LDtsOfZQ==?=")), &call("größe")).0,
        200
    );
    for header in [None, Some("Look"), Some("=?base64?bG9vaw?"), Some("")] {
        assert_eq!(error(&named(header), &call("look")), (400, -32020));
    }
    assert_eq!(error(&named(Some("none")), &call("none")), (200, -32602));
    let bad = earlier("tools/call", &json!({"name": "look", "arguments": []}));
    assert_eq!(error(&JSON, &bad), (200, -32602));
    let old = earlier("tools/call", &json!({"name": "look"}));
    assert!(answered(&JSON, &old).1["result"]["structuredContent"].is_object());
}

#[test]
fn a_failure_of_a_tool_is_a_result_that_the_model_reads() {
    let body = earlier("tools/call", &json!({"name": "look"}));
    let Received::Call(call) = SERVER.receive(&JSON, &body) else {
        panic!("it calls a tool");
    };
    assert_eq!(call.tool.run, "look");
    let answer = call.answer(&Outcome::Failed("It is \"dark\"."));
    let body: Value = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!(body["result"]["isError"], true);
    assert_eq!(body["result"]["content"][0]["text"], "It is \"dark\".");
}

#[test]
fn headers_say_what_the_body_says() {
    let body = request("tools/list", json!({}));
    for sent in [
        modern("tools/call"),
        Sent {
            method: None,
            ..modern("")
        },
        Sent {
            version: None,
            ..modern("tools/list")
        },
        Sent {
            version: Some("2025-11-25"),
            ..modern("tools/list")
        },
    ] {
        assert_eq!(error(&sent, &body), (400, -32020), "{sent:?}");
    }
}

#[test]
fn a_request_of_the_latest_revision_says_what_its_client_can() {
    for params in [
        json!({}),
        json!({"_meta": {}}),
        json!({"_meta": []}),
        json!({"_meta": {"io.modelcontextprotocol/protocolVersion": 1}}),
        json!({"_meta": {"io.modelcontextprotocol/protocolVersion": LATEST}}),
    ] {
        let body = earlier("tools/list", &params);
        assert_eq!(
            error(&modern("tools/list"), &body),
            (400, -32602),
            "{params}"
        );
    }
}

#[test]
fn another_revision_is_refused_with_those_that_there_are() {
    let sent = Sent {
        version: Some("2099-01-01"),
        ..JSON
    };
    let (status, body) = answered(&sent, &earlier("tools/list", &json!({})));
    assert_eq!((status, &body["error"]["code"]), (400, &json!(-32022)));
    assert_eq!(body["error"]["data"]["supported"], json!(REVISIONS));
    assert_eq!(body["error"]["data"]["requested"], "2099-01-01");
    let known = Sent {
        version: Some("2025-06-18"),
        ..JSON
    };
    assert_eq!(answered(&known, &earlier("ping", &json!({}))).0, 200);
}

#[test]
fn what_is_no_request_is_answered_with_an_error() {
    let deep = "[".repeat(30_000);
    let deep = format!("{{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\",\"params\":{deep}");
    for (body, code) in [
        ("", -32700),
        ("{", -32700),
        (deep.as_str(), -32700),
        ("\u{feff}{}", -32700),
        // Found by the fuzzer: a form feed is no blank of JSON.
        (
            "\u{c}{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}",
            -32700,
        ),
        ("[]", -32600),
        (r#"[{"jsonrpc":"2.0","id":1,"method":"ping"}]"#, -32600),
        ("{}", -32600),
        ("1", -32600),
        (r#"{"jsonrpc":"1.0","id":1,"method":"ping"}"#, -32600),
        (r#"{"jsonrpc":"2.0","id":null,"method":"ping"}"#, -32600),
        (r#"{"jsonrpc":"2.0","id":{},"method":"ping"}"#, -32600),
        (r#"{"jsonrpc":"2.0","id":1,"id":2,"method":"ping"}"#, -32600),
        (r#"{"jsonrpc":"2.0","id":1,"method":7}"#, -32600),
        (r#"{"jsonrpc":"2.0","id":1,"result":{}}"#, -32600),
    ] {
        assert_eq!(error(&JSON, body.as_bytes()), (400, code), "{body:.80}");
    }
    assert_eq!(error(&JSON, b"\xff"), (400, -32700));
    assert_eq!(error(&JSON, &earlier("no/such", &json!({}))), (200, -32601));
    assert_eq!(error(&JSON, &earlier("ping", &json!([]))), (200, -32602));
    let form = Sent {
        content_type: Some("text/plain"),
        ..JSON
    };
    assert_eq!(error(&form, &earlier("ping", &json!({}))), (415, -32600));
}

#[test]
fn notifications_are_taken_without_an_answer() {
    for method in ["notifications/initialized", "notifications/cancelled", "x"] {
        let body = json!({"jsonrpc": "2.0", "method": method}).to_string();
        assert_eq!(answered(&JSON, body.as_bytes()), (202, Value::Null));
    }
}

#[test]
fn schemes_and_names_of_media_types_have_no_case() {
    let sent = Sent {
        content_type: Some("Application/JSON; charset=utf-8"),
        ..JSON
    };
    assert_eq!(answered(&sent, &earlier("ping", &json!({}))).0, 200);
}

proptest! {
    #[test]
    fn reading_never_panics(body: Vec<u8>, version: Option<String>, name: Option<String>) {
        let sent = Sent { version: version.as_deref(), name: name.as_deref(), ..JSON };
        let _ = answered(&sent, &body);
    }

    #[test]
    fn whatever_is_answered_is_json(id in "[0-9]{1,5}|\"[a-z]{0,9}\"", method: String, name: String) {
        let body = format!(
            r#"{{"jsonrpc":"2.0","id":{id},"method":{},"params":{{"name":{}}}}}"#,
            quoted(&method),
            quoted(&name)
        );
        let (_, body) = answered(&JSON, body.as_bytes());
        prop_assert_eq!(body["jsonrpc"].as_str(), Some("2.0"));
    }
}
