//! Tokens bound to a key (RFC 9449 §7) or a certificate (RFC 8705 §3).

use oauth_core::dpop::{DpopError, ProofOf, prove};

use super::*;
use crate::denied::ProofProblem;

const PATH: &str = "/students";
const URL: &str = "https://api.example/students";
const CERTIFICATE: &str = "bwcK0esc3ACC3DB2Y5_lESsXE8o9ltc05O89jdN-dg2";

impl World {
    fn bound(dpop: Dpop) -> Self {
        let world = Self::of(Config {
            opaque: OpaqueTokens::Introspected { cache: 5 },
            dpop,
            ..Config::new(ISSUER, RESOURCE)
        });
        world.describe_bound(json!({}));
        world
    }

    /// From now on, introspection describes a token that is bound to the client's key.
    fn describe_bound(&self, changes: Value) {
        let bound = json!({"token_type": "DPoP", "cnf": {"jkt": jkt()}});
        *self.server.answer.borrow_mut() = Some(described(changed(bound, changes)));
    }

    /// A JWT that is bound to the client's key, and an opaque token.
    fn both(&self) -> [String; 2] {
        let jwt = self.token(json!({"cnf": {"jkt": jkt()}}));
        [jwt, OPAQUE.to_owned()]
    }

    fn sent(&self, scheme: &str, token: &str, proof: Option<&str>) -> Result<Access, Denied> {
        self.sent_at(scheme, token, proof, NOW)
    }

    fn sent_at(
        &self,
        scheme: &str,
        token: &str,
        proof: Option<&str>,
        now: UnixTime,
    ) -> Result<Access, Denied> {
        let request = with_proof(scheme, token, proof);
        run(self.guard.admit(&self.server, &request, now))
    }

    fn problem_of_proof(&self, token: &str, proof: &str) -> Option<ProofProblem> {
        match self.sent("DPoP", token, Some(proof)) {
            Ok(_) => None,
            Err(Denied::InvalidProof(problem)) => Some(problem),
            Err(other) => panic!("{other:?}"),
        }
    }
}

fn client() -> P256Key {
    P256Key::from_seed(7)
}

fn jkt() -> String {
    client().public().thumbprint()
}

fn with_proof(scheme: &str, token: &str, proof: Option<&str>) -> Incoming {
    let authorization = ("Authorization".to_owned(), format!("{scheme} {token}"));
    let proof = proof.map(|proof| ("DPoP".to_owned(), proof.to_owned()));
    Incoming {
        path: PATH.into(),
        query: "page=2".into(),
        headers: Headers::new([authorization].into_iter().chain(proof)),
        ..request(token)
    }
}

/// A proof of a request with this token.
fn of<'a>(token: &'a str, jti: &'a str) -> ProofOf<'a> {
    ProofOf {
        method: "GET",
        url: URL,
        access_token: Some(token),
        nonce: None,
        jti,
        now: NOW,
    }
}

fn proof(of: ProofOf<'_>) -> String {
    run(prove(&client(), &client().public(), &of)).unwrap()
}

#[test]
fn a_bound_token_with_its_proof_is_admitted_however_the_scheme_is_spelt() {
    for dpop in [Dpop::Accepted, Dpop::Required] {
        let world = World::bound(dpop);
        for (number, token) in world.both().iter().enumerate() {
            for scheme in ["DPoP", "dpop", "DPOP"] {
                let proof = proof(of(token, &format!("{scheme}{number}")));
                let access = world.sent(scheme, token, Some(&proof)).unwrap();
                assert_eq!(access.claims().cnf.as_ref().unwrap().jkt, Some(jkt()));
            }
        }
    }
}

#[test]
fn a_bound_token_is_no_bearer_token_and_an_unbound_one_needs_no_proof() {
    let world = World::bound(Dpop::Accepted);
    for (number, token) in world.both().iter().enumerate() {
        let proof = proof(of(token, &format!("{number}")));
        for proof in [None, Some(proof.as_str())] {
            let refused = world.sent("Bearer", token, proof);
            assert_eq!(problem(refused), Some(TokenProblem::BoundSentAsBearer));
        }
    }
    let unbound = good(&world);
    let proof = proof(of(&unbound, "u"));
    let refused = world.sent("DPoP", &unbound, Some(&proof));
    assert_eq!(problem(refused), Some(TokenProblem::NotBound));
    assert!(world.sent("Bearer", &unbound, None).is_ok());
}

#[test]
fn where_proofs_are_required_an_unbound_token_is_refused() {
    let world = World::bound(Dpop::Required);
    let token = good(&world);
    let refused = world.sent("Bearer", &token, None);
    assert_eq!(problem(refused), Some(TokenProblem::NotBound));
    let by_certificate = world.token(json!({"cnf": {"x5t#S256": CERTIFICATE}}));
    let refused = world.sent("Bearer", &by_certificate, None);
    assert_eq!(problem(refused), Some(TokenProblem::NotBound));
}

#[test]
fn where_proofs_are_off_the_scheme_is_unknown_and_a_bound_token_cannot_be_checked() {
    let world = World::bound(Dpop::Off);
    for (number, token) in world.both().iter().enumerate() {
        let proof = proof(of(token, &format!("{number}")));
        let refused = world.sent("DPoP", token, Some(&proof));
        assert!(matches!(refused, Err(Denied::NoCredentials)));
        let refused = world.sent("Bearer", token, Some(&proof));
        assert_eq!(problem(refused), Some(TokenProblem::UnknownBinding));
    }
}

#[test]
fn a_proof_is_needed_and_only_one() {
    let world = World::bound(Dpop::Accepted);
    for token in world.both() {
        let missing = world.sent("DPoP", &token, None);
        assert!(matches!(
            missing,
            Err(Denied::InvalidProof(ProofProblem::Missing))
        ));
        // Two headers arrive joined by a comma.
        let two = format!("{}, {}", proof(of(&token, "a")), proof(of(&token, "b")));
        for bad in [two.as_str(), "", "abc", "a.b.c"] {
            let found = world.problem_of_proof(&token, bad);
            assert!(matches!(found, Some(ProofProblem::Dpop(_))), "{bad}");
        }
    }
}

/// Proofs that differ from the good one in one thing, and what is wrong with each.
fn wrong<'a>(good: ProofOf<'a>) -> Vec<(ProofOf<'a>, DpopError)> {
    let to = |url: &'a str| (ProofOf { url, ..good }, DpopError::Url);
    let for_token = |access_token: Option<&'a str>| {
        let changed = ProofOf {
            access_token,
            ..good
        };
        (changed, DpopError::AccessToken)
    };
    let at = |seconds: i64| {
        let now = NOW.plus(seconds);
        (ProofOf { now, ..good }, DpopError::Time)
    };
    let method = "POST";
    vec![
        (ProofOf { method, ..good }, DpopError::Method),
        to(RESOURCE),
        to("https://evil.example/students"),
        to("http://api.example/students"),
        for_token(Some("other")),
        for_token(None),
        at(-3_600),
        at(3_600),
    ]
}

#[test]
fn the_proof_must_be_for_this_request_and_token() {
    let world = World::bound(Dpop::Accepted);
    for token in world.both() {
        for (changed, expected) in wrong(of(&token, "j")) {
            let found = world.problem_of_proof(&token, &proof(changed));
            assert_eq!(found, Some(ProofProblem::Dpop(expected)), "{changed:?}");
        }
    }
}

#[test]
fn the_url_is_that_of_our_configuration_and_never_of_the_requests_host() {
    let world = World::bound(Dpop::Accepted);
    for (number, token) in world.both().iter().enumerate() {
        let mut request = with_proof("DPoP", token, None);
        let evil = format!("{number}");
        let evil = proof(ProofOf {
            url: "https://evil.example/students",
            ..of(token, &evil)
        });
        request.headers = Headers::new([
            ("authorization".to_owned(), format!("DPoP {token}")),
            ("host".to_owned(), "evil.example".to_owned()),
            ("x-forwarded-host".to_owned(), "evil.example".to_owned()),
            ("dpop".to_owned(), evil),
        ]);
        let refused = run(world.guard.admit(&world.server, &request, NOW));
        assert!(matches!(
            refused,
            Err(Denied::InvalidProof(ProofProblem::Dpop(DpopError::Url)))
        ));
    }
}

#[test]
fn another_clients_proof_does_not_help_a_thief() {
    let world = World::bound(Dpop::Accepted);
    let thief = P256Key::from_seed(8);
    for token in world.both() {
        let proof = run(prove(&thief, &thief.public(), &of(&token, "t"))).unwrap();
        let found = world.problem_of_proof(&token, &proof);
        assert_eq!(found, Some(ProofProblem::WrongKey));
    }
}

#[test]
fn a_proof_is_good_once_also_of_many_at_once() {
    let world = World::bound(Dpop::Accepted);
    for (number, token) in world.both().iter().enumerate() {
        let proof = proof(of(token, &format!("{number}")));
        let begin = || world.begin_with(with_proof("DPoP", token, Some(&proof)), NOW);
        let mut requests: Vec<_> = (0..50).map(|_| begin()).collect();
        let mut admitted = 0;
        for round in 0..50 {
            requests.retain_mut(|request| match step(request) {
                Some(result) => {
                    admitted += u32::from(result.is_ok());
                    false
                }
                None => true,
            });
            world.server.advance(25 * round);
        }
        assert_eq!((admitted, requests.len()), (1, 0));
        let later = world.sent_at("DPoP", token, Some(&proof), NOW.plus(4));
        assert!(matches!(
            later,
            Err(Denied::InvalidProof(ProofProblem::Replayed))
        ));
    }
}

#[test]
fn a_proof_that_was_refused_was_not_used_and_two_clients_may_have_one_jti() {
    let world = World::bound(Dpop::Accepted);
    let [token, _] = world.both();
    let one = proof(of(&token, "same"));
    // As a bearer token, with a proof: what counts is the token.
    assert!(world.sent("Bearer", &token, Some(&one)).is_err());
    let other = P256Key::from_seed(8);
    let theirs = world.token(json!({"cnf": {"jkt": other.public().thumbprint()}}));
    let proof = run(prove(&other, &other.public(), &of(&theirs, "same"))).unwrap();
    assert!(world.sent("DPoP", &theirs, Some(&proof)).is_ok());
    assert!(world.sent("DPoP", &token, Some(&one)).is_ok());
}

#[test]
fn when_it_cannot_be_known_whether_a_proof_is_new_nobody_passes() {
    let world = World::bound(Dpop::Accepted);
    let [token, _] = world.both();
    let fresh = proof(of(&token, "p"));
    world.server.proofs_up.set(false);
    assert!(is_unavailable(&world.sent("DPoP", &token, Some(&fresh))));
    world.server.hanging.borrow_mut().push("proofs");
    let mut request = world.begin_with(with_proof("DPoP", &token, Some(&fresh)), NOW);
    assert!(step(&mut request).is_none());
    world.server.advance(2_000);
    assert!(is_unavailable(&step(&mut request).unwrap()));
}

#[test]
fn introspection_must_say_to_which_key() {
    let world = World::bound(Dpop::Accepted);
    let refused = |changes: Value, token: &str| {
        world.describe_bound(changes);
        let proof = proof(of(token, token));
        problem(world.sent("DPoP", token, Some(&proof)))
    };
    let untold = Some(TokenProblem::WrongType);
    assert_eq!(refused(json!({"cnf": null}), "a1.a"), untold);
    assert_eq!(refused(json!({"cnf": {}}), "a1.b"), untold);
    let empty = refused(json!({"cnf": {}, "token_type": "Bearer"}), "a1.c");
    assert_eq!(empty, Some(TokenProblem::UnknownBinding));
    for cnf in [
        json!({"jkt": jkt(), "kid": "x"}),
        json!({"jwk": {}}),
        json!("x"),
    ] {
        let unknown = refused(
            json!({"cnf": cnf, "token_type": "Bearer"}),
            &cnf.to_string().len().to_string(),
        );
        assert_eq!(unknown, Some(TokenProblem::UnknownBinding), "{cnf}");
    }
    // Whatever it calls the type, the key is what counts.
    assert_eq!(refused(json!({"token_type": "Bearer"}), "a1.d"), None);
}

#[test]
fn a_jwt_with_a_binding_that_we_do_not_know_is_refused() {
    let world = World::bound(Dpop::Accepted);
    let unknown = world.token(json!({"cnf": {"jkt": jkt(), "jwe": "x"}}));
    assert_eq!(
        problem(world.sent("Bearer", &unknown, None)),
        Some(TokenProblem::Jwt(JwtError::Claims))
    );
    let empty = world.token(json!({"cnf": {}}));
    assert_eq!(
        problem(world.sent("Bearer", &empty, None)),
        Some(TokenProblem::UnknownBinding)
    );
}

#[test]
fn a_token_bound_to_a_certificate_needs_that_certificate() {
    let world = World::bound(Dpop::Off);
    world.describe_bound(json!({"token_type": "Bearer", "cnf": {"x5t#S256": CERTIFICATE}}));
    let jwt = world.token(json!({"cnf": {"x5t#S256": CERTIFICATE}}));
    for token in [jwt.as_str(), OPAQUE] {
        for (of_client, expected) in [
            (None, Some(TokenProblem::WrongCertificate)),
            (Some(""), Some(TokenProblem::WrongCertificate)),
            (
                Some("A4DtL2JmUMhAsvJj5tKyn64SqzmuXbMrJa0n761y5v0"),
                Some(TokenProblem::WrongCertificate),
            ),
            (Some(CERTIFICATE), None),
        ] {
            *world.server.thumbprint.borrow_mut() = of_client.map(str::to_owned);
            assert_eq!(problem(world.sent("Bearer", token, None)), expected);
        }
    }
}

#[test]
fn a_certificate_is_read_only_for_a_token_that_is_bound_to_one() {
    let world = World::bound(Dpop::Accepted);
    let [token, _] = world.both();
    let once = proof(of(&token, "c"));
    assert!(world.sent("DPoP", &token, Some(&once)).is_ok());
    assert!(world.sent("Bearer", &good(&world), None).is_ok());
    assert_eq!(world.server.thumbprints_read.get(), 0);
}

#[test]
fn who_is_bound_to_both_needs_both() {
    let world = World::bound(Dpop::Accepted);
    let token = world.token(json!({"cnf": {"jkt": jkt(), "x5t#S256": CERTIFICATE}}));
    let once = proof(of(&token, "both"));
    let refused = world.sent("DPoP", &token, Some(&once));
    assert_eq!(problem(refused), Some(TokenProblem::WrongCertificate));
    *world.server.thumbprint.borrow_mut() = Some(CERTIFICATE.to_owned());
    let refused = world.sent("Bearer", &token, None);
    assert_eq!(problem(refused), Some(TokenProblem::BoundSentAsBearer));
    assert!(world.sent("DPoP", &token, Some(&once)).is_ok());
}
