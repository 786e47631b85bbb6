//! Several resources at one server (RFC 8707 §2).

use super::*;

const MCP: &str = "https://api.example/mcp";

fn admit(guard: &Guard<Counting>, world: &World, token: &str) -> Result<Access, Denied> {
    run(guard.admit(&world.server, &request(token), NOW))
}

#[test]
fn row_127_a_token_for_one_resource_is_none_at_another() {
    let world = World::new();
    let mcp = world.guard.beside(MCP);
    let (for_api, for_mcp) = (good(&world), world.token(json!({"aud": MCP})));
    // Twice: what one guard remembers the other must not take.
    for _ in 0..2 {
        assert!(world.admit(&for_api).is_ok());
        assert!(admit(&mcp, &world, &for_mcp).is_ok());
        for refused in [world.admit(&for_mcp), admit(&mcp, &world, &for_api)] {
            assert_eq!(problem(refused), Some(TokenProblem::WrongAudience));
        }
    }
    assert_eq!(world.server.asked.get(), 1, "they share the issuer's keys");
}

#[test]
fn row_127_an_opaque_token_for_one_resource_is_none_at_another() {
    let world = World::introspecting();
    let mcp = world.guard.beside(MCP);
    for (audience, at_api) in [(RESOURCE, true), (MCP, false)] {
        let answer = described(json!({"aud": audience}));
        *world.server.answer.borrow_mut() = Some(answer);
        let token = format!("{OPAQUE}{audience}").replace([':', '/'], "");
        for _ in 0..2 {
            assert_eq!(world.admit(&token).is_ok(), at_api, "{audience}");
            assert_eq!(admit(&mcp, &world, &token).is_ok(), !at_api, "{audience}");
        }
    }
}

#[test]
fn each_resource_names_its_own_metadata() {
    let mcp = World::new().guard.beside(MCP);
    let answer = mcp.refusal(&Denied::NoCredentials, &request(""), Some("read"));
    let challenge = answer.header("www-authenticate").unwrap();
    let expected = [
        r#"realm="https://api.example/mcp""#,
        r#"resource_metadata="https://api.example/.well-known/oauth-protected-resource/mcp""#,
        r#"scope="read""#,
    ];
    for part in expected {
        assert!(challenge.contains(part), "{challenge}");
    }
    assert_eq!(mcp.config().resource, MCP);
    assert_eq!(mcp.config().origin, "https://api.example");
}
