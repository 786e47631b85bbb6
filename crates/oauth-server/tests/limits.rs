//! Rates, and the bound on passwords that are checked at a time: rows 113 and 128 of the table of threats.

use oauth_core::{
    client::RegisteredBy,
    form::Form,
    http::{Answer, Incoming, Method},
    id::ClientId,
};
use oauth_server::{
    Render, authorize::authorize, discovery, par::par, ports::Rate, rate::Counted, respond,
    token::token, userinfo::userinfo,
};
use testkit::{
    crypto::run,
    fixture::{Fixture, PASSWORD, SECRET, basic, member, request, text},
    memory::{Asked, Part},
};

const CALLERS: Counted = Counted::ByCaller(Rate::Strangers);

/// The answer of an endpoint whose requests are counted.
macro_rules! counted {
    ($fixture:expr, $endpoint:path, $render:ident, $counted:expr, $request:expr) => {{
        let context = $fixture.context().counted_as($counted);
        let request = $request;
        run(async {
            let endpoint = $endpoint(&context, &request);
            respond(&context, &request, Render::$render, endpoint).await
        })
    }};
}

fn machine(fixture: &Fixture, secret: &str) -> Answer {
    let parameters = [("grant_type", "client_credentials")];
    let request = fixture.post("/oauth/token", Some(&basic("web", secret)), &parameters);
    counted!(fixture, token, Json, CALLERS, request)
}

fn assert_refused(answer: &Answer) {
    assert_eq!(answer.status, 429, "{}", text(answer));
    assert_eq!(answer.header("retry-after"), Some("10"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(answer.log.refusal, Some("too_many_requests"));
}

#[test]
fn row_128_a_client_that_proves_itself_counts_by_itself_and_a_stranger_by_network() {
    let mut fixture = Fixture::new();
    fixture.world.rates.limit.set(2);
    for _ in 0..2 {
        assert_eq!(machine(&fixture, "wrong").status, 401);
    }
    let refused = machine(&fixture, "wrong");
    assert_refused(&refused);
    assert_eq!(member(&refused, "error"), "temporarily_unavailable");
    // From the same address the client itself is answered, until its own count is full, wherever it asks from.
    assert_eq!(machine(&fixture, SECRET).status, 200);
    fixture.address = "192.0.2.77".to_owned();
    assert_eq!(machine(&fixture, "wrong").status, 401);
    assert_eq!(machine(&fixture, SECRET).status, 200);
    assert_refused(&machine(&fixture, SECRET));
    let names = fixture.world.rates.names();
    assert_eq!(names[&Rate::Clients], 1);
    assert_eq!(names[&Rate::Strangers], 2);
}

#[test]
fn row_128_clients_that_anyone_could_register_count_together_within_a_network() {
    let mut fixture = Fixture::new();
    let ids = ["c_one", "c_two", "c_three"];
    for name in ids {
        let id = ClientId::parse(name).unwrap();
        let mut client = fixture.world.clients.borrow()[&ClientId::parse("web").unwrap()]
            .as_ref()
            .clone();
        client.secret_hashes = vec![fixture.world.keyring.client_secret_hash(&id, SECRET)];
        client.client_id = id;
        client.registered_by = RegisteredBy::Itself;
        fixture.register(client);
    }
    fixture.world.rates.limit.set(2);
    let ask = |fixture: &Fixture, id: &str| {
        let parameters = [("grant_type", "refresh_token"), ("refresh_token", "x")];
        let request = fixture.post("/oauth/token", Some(&basic(id, SECRET)), &parameters);
        counted!(fixture, token, Json, CALLERS, request)
    };
    assert_eq!(ask(&fixture, "c_one").status, 400);
    assert_eq!(ask(&fixture, "c_two").status, 400);
    assert_refused(&ask(&fixture, "c_three"));
    fixture.address = "192.0.2.77".to_owned();
    assert_eq!(ask(&fixture, "c_three").status, 400);
}

#[test]
fn row_128_a_network_that_asks_too_often_is_looked_up_for_no_more() {
    let fixture = Fixture::new();
    fixture.world.rates.limit.set(2);
    let invented = |id: &str| {
        let parameters = [("grant_type", "client_credentials")];
        let request = fixture.post("/oauth/token", Some(&basic(id, "wrong")), &parameters);
        counted!(fixture, token, Json, CALLERS, request)
    };
    for id in ["one", "two"] {
        assert_eq!(invented(id).status, 401);
    }
    assert_refused(&invented("three"));
    fixture.world.broken.borrow_mut().insert(Part::Clients);
    assert_refused(&invented("four"));
}

#[test]
fn row_128_a_public_client_is_a_stranger_who_may_make_less() {
    let fixture = Fixture::new();
    fixture.world.rates.limit.set(1);
    let form = Form::parse(request(&[]).as_bytes()).unwrap();
    let parameters: Vec<(&str, &str)> = form.iter().collect();
    let push = || {
        let request = fixture.post("/oauth/par", None, &parameters);
        let makers = Counted::ByCaller(Rate::Making);
        counted!(fixture, par, Json, makers, request)
    };
    assert_eq!(push().status, 201);
    assert_refused(&push());
    assert_eq!(machine(&fixture, "wrong").status, 401, "another rate");
}

#[test]
fn row_128_strangers_from_many_networks_have_one_limit_on_what_is_made_for_them() {
    let mut fixture = Fixture::new();
    fixture.world.rates.everyone.set(3);
    let form = Form::parse(request(&[]).as_bytes()).unwrap();
    let parameters: Vec<(&str, &str)> = form.iter().collect();
    let push = |fixture: &Fixture, parameters: &[(&str, &str)], authorization: Option<&str>| {
        let request = fixture.post("/oauth/par", authorization, parameters);
        let makers = Counted::ByCaller(Rate::Making);
        counted!(fixture, par, Json, makers, request)
    };
    for network in 0..3 {
        fixture.address = format!("192.0.2.{network}");
        assert_eq!(push(&fixture, &parameters, None).status, 201);
    }
    fixture.address = "192.0.2.9".to_owned();
    assert_refused(&push(&fixture, &parameters, None));
    // A client that proves itself is no stranger.
    let own = request(&[("client_id", "web")]);
    let own = Form::parse(own.as_bytes()).unwrap();
    let own: Vec<(&str, &str)> = own.iter().collect();
    let web = basic("web", SECRET);
    assert_eq!(push(&fixture, &own, Some(&web)).status, 201);
    // One that anyone could register is one, whatever it proves.
    let id = ClientId::parse("web").unwrap();
    if let Some(client) = fixture.world.clients.borrow_mut().get_mut(&id) {
        std::rc::Rc::make_mut(client).registered_by = RegisteredBy::Itself;
    }
    assert_refused(&push(&fixture, &own, Some(&web)));
    fixture.world.rates.everyone.set(usize::MAX);
    let grants = fixture.world.grants.borrow().len();
    assert_eq!(push(&fixture, &own, Some(&web)).status, 201);
    assert_eq!(fixture.world.grants.borrow().len(), grants);
}

#[test]
fn row_128_who_asks_for_documents_that_were_never_fetched_is_counted() {
    let mut fixture = Fixture::new();
    fixture.world.rates.limit.set(2);
    let invented = |fixture: &Fixture, id: &str| {
        let parameters = [("grant_type", "refresh_token"), ("client_id", id)];
        let request = fixture.post("/oauth/token", None, &parameters);
        counted!(fixture, token, Json, CALLERS, request)
    };
    for id in ["https://a.example.org/c", "https://b.example.org/c"] {
        assert_eq!(invented(&fixture, id).status, 503);
    }
    assert_refused(&invented(&fixture, "https://c.example.org/c"));
    fixture.address = "192.0.2.77".to_owned();
    assert_eq!(invented(&fixture, "https://d.example.org/c").status, 503);
}

#[test]
fn row_128_guesses_from_many_networks_have_one_limit_and_a_known_browser_is_not_under_it() {
    let mut fixture = Fixture::new();
    let page = fixture.authorize(&request(&[]));
    assert_eq!(fixture.log_in(&page, PASSWORD).status, 303);
    let known = fixture.cookies.clone();
    fixture.world.rates.everyone.set(3);
    let objects = |fixture: &Fixture| {
        let asked = fixture.world.asked.borrow();
        asked
            .iter()
            .filter(|asked| **asked == Asked::Part(Part::ATTEMPTS))
            .count()
    };
    for network in 0..2 {
        fixture.address = format!("198.51.100.{network}");
        fixture.cookies.clear();
        let page = fixture.authorize(&request(&[]));
        assert_eq!(fixture.log_in(&page, "wrong").status, 200);
    }
    fixture.cookies.clear();
    fixture.address = "198.51.100.77".to_owned();
    let page = fixture.authorize(&request(&[]));
    let before = objects(&fixture);
    let refused = fixture.log_in(&page, PASSWORD);
    assert_eq!(refused.status, 429);
    assert_eq!(refused.header("retry-after"), Some("10"));
    assert_eq!(
        objects(&fixture) - before,
        2,
        "its network's, and given back"
    );
    fixture.cookies = known;
    let page = fixture.authorize(&request(&[("prompt", "login")]));
    assert_eq!(fixture.log_in(&page, PASSWORD).status, 303);
}

fn page(fixture: &Fixture) -> Answer {
    let incoming = fixture.incoming(Method::Get, "/oauth/authorize", &request(&[]), "");
    let pages = Counted::ByNetwork(Rate::Pages);
    counted!(fixture, authorize, Page, pages, incoming)
}

#[test]
fn row_128_pages_count_by_network_before_anything_is_read() {
    let mut fixture = Fixture::new();
    fixture.world.rates.limit.set(1);
    assert_eq!(page(&fixture).status, 200);
    fixture.world.asked.take();
    let refused = page(&fixture);
    assert_refused(&refused);
    assert!(text(&refused).contains("Too many requests"));
    assert!(fixture.world.asked.take().is_empty());
    fixture.address = "2001:db8:1:2::3".to_owned();
    assert_eq!(page(&fixture).status, 200);
    fixture.address = "2001:db8:1:2:ffff::9".to_owned();
    assert_refused(&page(&fixture));
}

#[test]
fn row_128_a_known_browser_does_not_count_with_its_network_but_with_its_account() {
    let mut fixture = Fixture::new();
    let shown = fixture.authorize(&request(&[]));
    assert_eq!(fixture.log_in(&shown, PASSWORD).status, 303);
    let known = std::mem::take(&mut fixture.cookies);
    // Each sign-in makes another known browser; the account's are one.
    let shown = fixture.authorize(&request(&[]));
    assert_eq!(fixture.log_in(&shown, PASSWORD).status, 303);
    let another = std::mem::take(&mut fixture.cookies);
    let name = "__Host-known";
    assert_ne!(known[name], another[name]);

    fixture.world.rates.limit.set(2);
    for _ in 0..2 {
        assert_eq!(page(&fixture).status, 200);
    }
    assert_refused(&page(&fixture));
    // One that nobody issued is no cookie.
    let forged = known[name].replacen("k1.", "k1.x", 1);
    fixture.cookies = [(name.to_owned(), forged)].into();
    assert_refused(&page(&fixture));

    let account = known[name].split('.').nth(1).unwrap().to_owned();
    fixture.cookies = [(name.to_owned(), known[name].clone())].into();
    fixture.world.asked.take();
    assert_eq!(page(&fixture).status, 200);
    fixture.address = "192.0.2.77".to_owned();
    fixture.cookies = [(name.to_owned(), another[name].clone())].into();
    assert_eq!(page(&fixture).status, 200);
    // The account's are used up: now it counts as anyone in its network does.
    for _ in 0..2 {
        assert_eq!(page(&fixture).status, 200);
    }
    fixture.world.asked.take();
    assert_refused(&page(&fixture));
    assert!(fixture.world.asked.take().is_empty());
    let counted = format!("{:?}", fixture.world.rates.counted.borrow());
    assert!(!counted.contains(&account), "{counted}");
}

#[test]
fn row_128_no_name_under_which_requests_count_shows_an_address() {
    let fixture = Fixture::new();
    page(&fixture);
    machine(&fixture, "wrong");
    let counted = format!("{:?}", fixture.world.rates.counted.borrow());
    assert!(!counted.contains("192.0.2.1"), "{counted}");
}

#[test]
fn row_128_what_is_the_same_for_everyone_is_not_counted_and_callers_without_address_share() {
    let fixture = Fixture::new();
    fixture.world.rates.limit.set(0);
    let jwks = fixture.incoming(Method::Get, "/oauth/jwks", "", "");
    let answer = counted!(fixture, discovery::jwks, Json, Counted::Not, jwks);
    assert_eq!(answer.status, 200);
    fixture.world.rates.limit.set(1);
    for (address, status) in [(None, 200), (Some("unreadable"), 429), (None, 429)] {
        let incoming = Incoming {
            address: address.map(str::to_owned),
            ..fixture.incoming(Method::Get, "/oauth/authorize", &request(&[]), "")
        };
        let pages = Counted::ByNetwork(Rate::Pages);
        let answer = counted!(fixture, authorize, Page, pages, incoming);
        assert_eq!(answer.status, status);
    }
}

#[test]
fn row_128_a_good_access_token_counts_by_its_user_and_any_other_by_network() {
    let mut fixture = Fixture::new();
    let good = member(&fixture.tokens(), "access_token");
    fixture.world.rates.limit.set(1);
    let ask = |token: &str| {
        let mut request = fixture.incoming(Method::Get, "/oauth/userinfo", "", "");
        let bearer = ["Bearer ", token].concat();
        request.headers = oauth_core::http::Headers::new([("authorization".to_owned(), bearer)]);
        counted!(fixture, userinfo, Challenge, CALLERS, request)
    };
    assert_eq!(ask("x").status, 401);
    assert_refused(&ask("y"));
    assert_eq!(ask(&good).status, 200);
    assert_refused(&ask(&good));
}

#[test]
fn s2_passwords_beyond_the_bound_are_503_and_cost_no_attempt() {
    let mut fixture = Fixture::new();
    let page = fixture.authorize(&request(&[]));
    let places = fixture.world.password_places.clone();
    let held: Vec<_> = std::iter::from_fn(|| places.take()).collect();
    fixture.world.asked.take();
    for _ in 0..30 {
        let answer = fixture.log_in(&page, "wrong");
        assert_eq!(answer.status, 503, "{}", text(&answer));
        assert!(answer.header("retry-after").is_some());
    }
    assert!(
        fixture
            .world
            .asked
            .take()
            .iter()
            .all(|asked| *asked != testkit::memory::Asked::Part(testkit::memory::Part::ATTEMPTS))
    );
    drop(held);
    assert_eq!(fixture.log_in(&page, PASSWORD).status, 303);
    // Each check has given its place back.
    assert!(places.take().is_some() && places.take().is_some());
}

#[test]
fn s2_strangers_who_fill_the_places_leave_one_to_a_browser_that_is_known_to_the_account() {
    let mut fixture = Fixture::new();
    let page = fixture.authorize(&request(&[]));
    assert_eq!(fixture.log_in(&page, PASSWORD).status, 303);
    let places = fixture.world.password_places.clone();
    let held: Vec<_> = std::iter::from_fn(|| places.take()).collect();
    assert!(!held.is_empty());
    let page = fixture.authorize(&request(&[("prompt", "login")]));
    assert_eq!(fixture.log_in(&page, PASSWORD).status, 303);
    // It has given its place back, and to another account it is a stranger.
    assert_eq!(fixture.log_in(&page, PASSWORD).status, 303);
    assert_eq!(fixture.log_in_as(&page, "alan", PASSWORD).status, 503);
}

#[test]
fn row_34_a_secret_that_was_changed_a_moment_ago_authenticates() {
    let fixture = Fixture::new();
    let id = ClientId::parse("web").unwrap();
    let new = fixture.world.keyring.client_secret_hash(&id, "new-secret");
    let changed = Box::new(move |world: &testkit::memory::World| {
        let mut clients = world.clients.borrow_mut();
        let web = std::rc::Rc::make_mut(clients.get_mut(&id).unwrap());
        web.secret_hashes = vec![new];
    });
    // The first look finds the old registration, as an isolate's copy would be.
    *fixture.world.meanwhile.borrow_mut() = Some((testkit::memory::Part::Clients, 2, changed));
    assert_eq!(machine(&fixture, "new-secret").status, 200);
    assert_eq!(machine(&fixture, SECRET).status, 401);
}
