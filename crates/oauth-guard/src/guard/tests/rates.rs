//! How often a client may come.

use super::*;

impl World {
    fn limited() -> Self {
        Self::of(Config {
            opaque: OpaqueTokens::Introspected { cache: 5 },
            rate: ClientRate::Limited { period: 60 },
            ..Config::new(ISSUER, RESOURCE)
        })
    }
}

#[test]
fn a_client_that_comes_too_often_is_refused_whichever_token_it_brings() {
    let world = World::limited();
    let jwt = good(&world);
    for token in [jwt.as_str(), OPAQUE] {
        world.server.rate.set(Some(2));
        assert!(world.admit(token).is_ok() && world.admit(token).is_ok());
        let refused = world.admit(token);
        assert!(matches!(
            refused,
            Err(Denied::TooManyRequests { seconds: 60 })
        ));
    }
    assert_eq!(world.server.counted.take(), ["web-ui"; 6]);
}

#[test]
fn only_a_good_token_counts_against_its_client() {
    let world = World::limited();
    let stranger = P256Key::from_seed(9).with_key_id(world.key.key_id());
    let forged = signed(&stranger, "at+jwt", &claims(json!({})));
    let ended = world.token(json!({"exp": NOW.0 - 31}));
    for token in [forged, ended, "a.b".to_owned() + "é"] {
        assert!(world.admit(&token).is_err());
    }
    assert!(world.server.counted.borrow().is_empty());
}

#[test]
fn a_counter_that_is_down_or_hangs_refuses_nobody_and_the_access_tells_of_it() {
    let world = World::limited();
    let token = good(&world);
    world.server.rate.set(None);
    assert_eq!(
        world.admit(&token).unwrap().tolerated_fault().unwrap().what,
        "rate"
    );
    world.server.hanging.borrow_mut().push("rate");
    let mut request = world.begin(&token, NOW);
    assert!(step(&mut request).is_none());
    world.server.advance(500);
    let access = step(&mut request).unwrap().unwrap();
    assert_eq!(access.tolerated_fault().unwrap().what, "guard.rate");
}

#[test]
fn where_there_is_no_limit_nothing_is_counted() {
    let world = World::introspecting();
    assert!(world.admit(&good(&world)).is_ok() && world.admit(OPAQUE).is_ok());
    assert!(world.server.counted.borrow().is_empty());
}
