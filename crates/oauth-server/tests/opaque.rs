//! Opaque access tokens at our own door (OIDC Core §5.3).

use testkit::{
    fixture::{Fixture, member, parameter, request, text},
    memory::Part,
};

fn token(fixture: &mut Fixture, scope: &str) -> String {
    let changes = [("resource", "https://mcp.example"), ("scope", scope)];
    let code = parameter(&fixture.grant(&request(&changes)), "code");
    let token = member(&fixture.redeem(&code), "access_token");
    assert!(token.starts_with("a1."), "{token}");
    token
}

#[test]
fn userinfo_takes_an_opaque_token_for_what_it_allows() {
    let mut fixture = Fixture::new();
    let whole = token(&mut fixture, "openid profile");
    let info = fixture.userinfo(&whole);
    assert_eq!(info.status, 200, "{}", text(&info));
    assert_eq!(member(&info, "preferred_username"), "ada");
    let bare = token(&mut fixture, "openid");
    assert_eq!(member(&fixture.userinfo(&bare), "preferred_username"), "");
    let closed = token(&mut fixture, "read");
    let refused = fixture.userinfo(&closed);
    assert_eq!(
        (refused.status, refused.log.refusal),
        (403, Some("openid_scope_missing"))
    );
}

#[test]
fn a_token_of_a_narrower_refresh_opens_no_more_than_it_says() {
    let mut fixture = Fixture::new();
    let changes = [("resource", "https://mcp.example")];
    let code = parameter(&fixture.grant(&request(&changes)), "code");
    let refresh_token = member(&fixture.redeem(&code), "refresh_token");
    let parameters = [
        ("grant_type", "refresh_token"),
        ("client_id", "spa"),
        ("refresh_token", refresh_token.as_str()),
        ("scope", "openid"),
    ];
    let narrow = member(&fixture.token(None, &parameters), "access_token");
    let info = fixture.userinfo(&narrow);
    assert_eq!(
        (info.status, member(&info, "preferred_username")),
        (200, String::new())
    );
}

#[test]
fn userinfo_refuses_what_is_forged_expired_or_over() {
    let mut fixture = Fixture::new();
    let sound = token(&mut fixture, "openid");
    let forged = sound.replacen(".18", ".19", 1);
    assert_eq!(fixture.userinfo(&forged).log.refusal, Some("token_invalid"));
    fixture.wait(3_599);
    assert_eq!(fixture.userinfo(&sound).status, 200);
    fixture.wait(1);
    let refused = fixture.userinfo(&sound);
    assert_eq!(
        (refused.status, refused.log.refusal),
        (401, Some("token_expired"))
    );
    let gone = token(&mut fixture, "openid");
    fixture.world.grants.borrow_mut().clear();
    assert_eq!(fixture.userinfo(&gone).log.refusal, Some("token_revoked"));
}

#[test]
fn userinfo_calls_no_live_opaque_token_invalid() {
    let mut fixture = Fixture::new();
    let token = token(&mut fixture, "openid");
    for part in [Part::Grants, Part::Clients, Part::Users] {
        fixture.world.broken.borrow_mut().insert(part);
        let answer = fixture.userinfo(&token);
        fixture.world.broken.borrow_mut().clear();
        assert_eq!(answer.status, 503, "{part:?}");
    }
    assert_eq!(fixture.userinfo(&token).status, 200);
}
