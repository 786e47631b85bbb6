//! A token that is revoked at the server while the client still uses it.

use super::world::*;
use crate::m2m::*;

const REVOCATION_ENDPOINT: &str = "https://as.example/revoke";

fn answering(status: u16) -> Stage {
    let world = Stage::new();
    world.set_api(move |_, call| {
        let status = if call.url == API { 200 } else { status };
        Ok(reply(status, &[], "[]"))
    });
    world
}

fn revoked(world: &Stage, endpoint: &str) -> Result<(), TokenFailed> {
    let source = source();
    world.run(&source);
    let outcome = world.block_on(revoke(&source, world, endpoint));
    world.run(&source);
    outcome
}

#[test]
fn the_server_learns_which_client_revokes_and_the_client_continues_with_the_token() {
    let world = answering(200);
    revoked(&world, REVOCATION_ENDPOINT).unwrap();
    let sent = world.sent.borrow();
    let revocations = sent.iter().filter(|call| call.url == REVOCATION_ENDPOINT);
    let [revocation] = revocations.collect::<Vec<_>>()[..] else {
        panic!("one revocation was expected");
    };
    let given = |name: &str| {
        let mut parameters = revocation.parameters().iter();
        let found = parameters.find(|parameter| parameter.name == name);
        found.map(|parameter| parameter.value.as_str())
    };
    assert_eq!(given("token"), Some("s3cret-1"));
    assert!(given("client_assertion").is_some());
    assert_eq!(world.calls_to(TOKEN_ENDPOINT), 1);
}

#[test]
fn a_server_that_does_not_revoke_it_is_a_failure() {
    let outcome = revoked(&answering(503), REVOCATION_ENDPOINT);
    assert_eq!(outcome.unwrap_err().slug(), "token_endpoint_failed");
}

#[test]
fn no_token_goes_to_an_endpoint_without_tls() {
    let world = answering(200);
    let plain = "http://as.example/revoke";
    assert!(revoked(&world, plain).is_err());
    assert_eq!(world.calls_to(plain), 0);
}
