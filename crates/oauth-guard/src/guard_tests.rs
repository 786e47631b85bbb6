//! Admission and refusal, with an issuer in memory.

use std::cell::{Cell, RefCell};

use oauth_core::Fault;
use oauth_core::http::{Headers, Method};
use oauth_core::jose::{JwkSet, JwtError, Signer, TimeError, mint};
use serde_json::{Value, json};
use testkit::crypto::{NativeVerifier, P256Key, Rs256Key, run};

use super::*;

const NOW: UnixTime = UnixTime(1_700_000_000);
const ISSUER: &str = "https://as.example";
const RESOURCE: &str = "https://api.example";

struct Issuer {
    keys: RefCell<Vec<Jwk>>,
    up: Cell<bool>,
    asked: Cell<u32>,
}

impl Issuer {
    fn with(keys: Vec<Jwk>) -> Self {
        Self {
            keys: RefCell::new(keys),
            up: Cell::new(true),
            asked: Cell::new(0),
        }
    }
}

impl KeySource for Issuer {
    async fn fetch_jwks(&self) -> Result<Vec<u8>, Fault> {
        self.asked.set(self.asked.get() + 1);
        if !self.up.get() {
            return Err(Fault::new("jwks", "down"));
        }
        let keys = self.keys.borrow().clone();
        Ok(serde_json::to_vec(&JwkSet { keys }).unwrap())
    }
}

/// Counts signature checks.
#[derive(Default)]
struct Counting(Cell<u32>);

impl SignatureVerifier for Counting {
    async fn verify(
        &self,
        key: &Jwk,
        algorithm: oauth_core::jose::Algorithm,
        message: &[u8],
        signature: &[u8],
    ) -> Result<bool, Fault> {
        self.0.set(self.0.get() + 1);
        NativeVerifier
            .verify(key, algorithm, message, signature)
            .await
    }
}

struct World {
    guard: Guard<Counting>,
    issuer: Issuer,
    key: P256Key,
}

impl World {
    fn new() -> Self {
        let key = P256Key::from_seed(1);
        let config = Config {
            issuer: ISSUER.into(),
            resource: RESOURCE.into(),
        };
        Self {
            guard: Guard::new(config, Counting::default()),
            issuer: Issuer::with(vec![key.public(), Rs256Key::of_rfc_7515().public()]),
            key,
        }
    }

    fn admit_at(&self, token: &str, now: UnixTime) -> Result<Access, Denied> {
        run(self.guard.admit(&self.issuer, &request(token), now))
    }

    fn admit(&self, token: &str) -> Result<Access, Denied> {
        self.admit_at(token, NOW)
    }

    /// The problem of a token whose claims are good but for `changes`.
    fn problem(&self, changes: Value) -> Option<TokenProblem> {
        problem(self.admit(&signed(&self.key, "at+jwt", &claims(changes))))
    }
}

fn problem(result: Result<Access, Denied>) -> Option<TokenProblem> {
    match result {
        Ok(_) => None,
        Err(Denied::InvalidToken(problem)) => Some(problem),
        Err(other) => panic!("{other:?}"),
    }
}

fn request(token: &str) -> Incoming {
    let header = ("authorization".to_owned(), format!("Bearer {token}"));
    Incoming {
        method: Method::Get,
        path: "/".into(),
        query: String::new(),
        headers: Headers::new([header]),
        body: Vec::new(),
        address: None,
        request_id: "r".into(),
    }
}

fn claims(changes: Value) -> Value {
    let mut claims = json!({
        "iss": ISSUER, "sub": "u_ada", "aud": RESOURCE, "client_id": "web-ui", "scope": "read write",
        "jti": "j", "iat": NOW.0, "exp": NOW.0 + 300,
    });
    let Value::Object(changes) = changes else {
        panic!("changes are an object");
    };
    for (name, value) in changes {
        claims[name] = value;
    }
    claims
}

fn signed(key: &impl Signer, token_type: &str, claims: &Value) -> String {
    run(mint(key, token_type, claims)).unwrap()
}

fn good(world: &World) -> String {
    signed(&world.key, "at+jwt", &claims(json!({})))
}

#[test]
fn a_good_token_is_admitted_and_tells_who_and_what() {
    let world = World::new();
    let access = world.admit(&good(&world)).unwrap();
    assert_eq!((access.subject(), access.client_id()), ("u_ada", "web-ui"));
    assert_eq!(access.require_user().unwrap(), "u_ada");
    assert!(access.require("read").is_ok());
    let rsa = signed(
        &Rs256Key::of_rfc_7515(),
        "application/at+jwt",
        &claims(json!({})),
    );
    assert!(world.admit(&rsa).is_ok());
}

#[test]
fn scopes_compare_as_whole_words() {
    let world = World::new();
    let token = signed(
        &world.key,
        "at+jwt",
        &claims(json!({"scope": "readonly rea"})),
    );
    let access = world.admit(&token).unwrap();
    assert!(matches!(
        access.require("read"),
        Err(Denied::InsufficientScope { scope: "read" })
    ));
}

#[test]
fn a_machine_is_not_a_user() {
    let world = World::new();
    let changes = json!({"sub": "client-123", "client_id": "client-123"});
    let token = signed(&world.key, "at+jwt", &claims(changes));
    let access = world.admit(&token).unwrap();
    assert!(matches!(access.require_user(), Err(Denied::NotAUser)));
}

#[test]
fn another_kind_of_token_is_refused() {
    let world = World::new();
    for kind in ["JWT", "id_token", "at", "logout+jwt"] {
        let token = signed(&world.key, kind, &claims(json!({})));
        assert_eq!(
            problem(world.admit(&token)),
            Some(TokenProblem::WrongType),
            "{kind}"
        );
    }
}

#[test]
fn issuer_and_audience_are_compared_exactly() {
    let world = World::new();
    for issuer in [
        "https://as.example/",
        "https://AS.example",
        "https://evil.example",
        "",
    ] {
        assert_eq!(
            world.problem(json!({"iss": issuer})),
            Some(TokenProblem::WrongIssuer)
        );
    }
    for audience in [
        json!("https://api.example/"),
        json!("https://other.example"),
        json!([]),
        json!(["x"]),
    ] {
        assert_eq!(
            world.problem(json!({"aud": audience})),
            Some(TokenProblem::WrongAudience)
        );
    }
    assert_eq!(world.problem(json!({"aud": ["x", RESOURCE]})), None);
}

#[test]
fn time_is_kept_with_its_leeway() {
    let world = World::new();
    let at = |name: &str, offset: i64| world.problem(json!({name: NOW.0 + offset}));
    assert_eq!(at("exp", -30), None);
    assert_eq!(at("exp", -31), Some(TokenProblem::Time(TimeError::Expired)));
    assert_eq!(at("nbf", 60), None);
    assert_eq!(
        at("nbf", 61),
        Some(TokenProblem::Time(TimeError::NotYetValid))
    );
    for exp in [json!(null), json!("1800000000"), json!(-1), json!(1e300)] {
        let claims_problem = TokenProblem::Jwt(JwtError::Claims);
        assert_eq!(world.problem(json!({"exp": exp})), Some(claims_problem));
    }
}

#[test]
fn a_forged_token_under_a_known_key_id_is_refused() {
    let world = World::new();
    let forger = P256Key::from_seed(9).with_key_id(world.key.key_id());
    let token = signed(&forger, "at+jwt", &claims(json!({})));
    assert_eq!(
        problem(world.admit(&token)),
        Some(TokenProblem::Jwt(JwtError::BadSignature))
    );
}

#[test]
fn what_is_no_token_costs_the_issuer_nothing() {
    let world = World::new();
    let long = "a".repeat(20_000);
    for token in ["abc", "a.b.c", "e30.e30.", long.as_str()] {
        assert!(matches!(
            problem(world.admit(token)),
            Some(TokenProblem::Jwt(_))
        ));
    }
    assert_eq!(world.issuer.asked.get(), 0);
}

#[test]
fn keys_and_verified_tokens_are_remembered() {
    let world = World::new();
    let token = good(&world);
    for _ in 0..10 {
        world.admit(&token).unwrap();
    }
    assert_eq!(
        (world.issuer.asked.get(), world.guard.verifier.0.get()),
        (1, 1)
    );
}

#[test]
fn a_remembered_token_still_ends() {
    let world = World::new();
    let token = good(&world);
    world.admit(&token).unwrap();
    let end = NOW.plus(331);
    assert_eq!(
        problem(world.admit_at(&token, end)),
        Some(TokenProblem::Time(TimeError::Expired))
    );
    assert_eq!(world.guard.tokens.len(), 0);
}

#[test]
fn a_flood_of_unknown_key_ids_costs_one_look_a_minute() {
    let world = World::new();
    world.admit(&good(&world)).unwrap();
    let stranger = |id: i64| P256Key::from_seed(2).with_key_id(&format!("../{id}' OR 1=1"));
    for second in 0..=125 {
        let token = signed(&stranger(second), "at+jwt", &claims(json!({})));
        let refused = world.admit_at(&token, NOW.plus(second));
        assert_eq!(problem(refused), Some(TokenProblem::UnknownKey));
    }
    assert_eq!(world.issuer.asked.get(), 1 + 2);
}

#[test]
fn a_new_key_is_found_and_a_withdrawn_one_forgotten() {
    let world = World::new();
    let old = good(&world);
    world.admit(&old).unwrap();
    let next = P256Key::from_seed(3);
    *world.issuer.keys.borrow_mut() = vec![next.public()];
    let token = signed(&next, "at+jwt", &claims(json!({"exp": NOW.0 + 3600})));
    assert!(world.admit_at(&token, NOW.plus(60)).is_ok());
    assert_eq!(
        problem(world.admit_at(&old, NOW.plus(61))),
        Some(TokenProblem::UnknownKey)
    );
}

#[test]
fn a_withdrawn_key_is_noticed_even_by_remembered_tokens() {
    let world = World::new();
    let token = signed(&world.key, "at+jwt", &claims(json!({"exp": NOW.0 + 3600})));
    world.admit(&token).unwrap();
    *world.issuer.keys.borrow_mut() = vec![P256Key::from_seed(3).public()];
    assert!(world.admit_at(&token, NOW.plus(299)).is_ok());
    let refused = world.admit_at(&token, NOW.plus(300));
    assert_eq!(problem(refused), Some(TokenProblem::UnknownKey));
}

#[test]
fn an_unreachable_issuer_is_a_503_only_without_any_key() {
    let world = World::new();
    world.issuer.up.set(false);
    let token = signed(&world.key, "at+jwt", &claims(json!({"exp": NOW.0 + 3600})));
    assert!(matches!(world.admit(&token), Err(Denied::Unavailable(_))));
    world.issuer.up.set(true);
    assert!(world.admit(&token).is_ok());
    world.issuer.up.set(false);
    assert!(world.admit_at(&token, NOW.plus(1_000)).is_ok());
    let asked = world.issuer.asked.get();
    assert!(world.admit_at(&token, NOW.plus(1_005)).is_ok());
    assert_eq!(world.issuer.asked.get(), asked);
}

#[test]
fn a_new_key_is_not_called_unknown_while_the_issuer_cannot_be_reached() {
    let world = World::new();
    world.admit(&good(&world)).unwrap();
    let next = P256Key::from_seed(3);
    *world.issuer.keys.borrow_mut() = vec![next.public()];
    let token = signed(&next, "at+jwt", &claims(json!({"exp": NOW.0 + 3600})));
    world.issuer.up.set(false);
    for second in [60, 61, 69] {
        let refused = world.admit_at(&token, NOW.plus(second));
        assert!(matches!(refused, Err(Denied::Unavailable(_))), "{second}");
    }
    assert_eq!(world.issuer.asked.get(), 2);
    world.issuer.up.set(true);
    assert!(world.admit_at(&token, NOW.plus(70)).is_ok());
}

#[test]
fn a_refusal_names_the_metadata() {
    let world = World::new();
    let answer = world.guard.refusal(&Denied::NoCredentials);
    assert!(
        answer
            .header("www-authenticate")
            .is_some_and(|challenge| challenge.contains(
                "resource_metadata=\"https://api.example/.well-known/oauth-protected-resource\""
            ))
    );
}

#[test]
fn a_token_that_was_checked_while_its_key_was_withdrawn_is_not_remembered() {
    let world = World::new();
    let claims: Rc<AccessTokenClaims> = Rc::new(serde_json::from_value(claims(json!({}))).unwrap());
    let tokens = &world.guard.tokens;
    let before = tokens.epoch();
    tokens.flush();
    tokens.keep(TokenCache::hash("late"), Rc::clone(&claims), before, NOW);
    assert_eq!(tokens.len(), 0);
    tokens.keep(TokenCache::hash("new"), claims, tokens.epoch(), NOW);
    assert_eq!(tokens.len(), 1);
}

#[test]
fn memory_is_bounded() {
    let world = World::new();
    let claims: Rc<AccessTokenClaims> = Rc::new(serde_json::from_value(claims(json!({}))).unwrap());
    for number in 0..2_500 {
        let hash = TokenCache::hash(&format!("{number}"));
        world.guard.tokens.keep(hash, Rc::clone(&claims), 0, NOW);
    }
    assert!(world.guard.tokens.len() <= 1_000);
}

/// While it is asked, another request comes.
struct Meanwhile<'a>(&'a World, &'a str, UnixTime);

impl KeySource for Meanwhile<'_> {
    async fn fetch_jwks(&self) -> Result<Vec<u8>, Fault> {
        let Self(world, token, now) = *self;
        let other = request(token);
        let admitted = world.guard.admit(&world.issuer, &other, now).await;
        assert!(admitted.is_ok());
        assert_eq!(world.issuer.asked.get(), 1);
        world.issuer.fetch_jwks().await
    }
}

#[test]
fn while_one_request_asks_for_due_keys_the_others_use_the_old() {
    let world = World::new();
    assert!(world.admit(&good(&world)).is_ok());
    let later = NOW.plus(300);
    let token = signed(
        &world.key,
        "at+jwt",
        &claims(json!({ "exp": later.plus(300).0 })),
    );
    let source = Meanwhile(&world, &token, later);
    assert!(run(world.guard.admit(&source, &request(&token), later)).is_ok());
    assert_eq!(world.issuer.asked.get(), 2);
}
