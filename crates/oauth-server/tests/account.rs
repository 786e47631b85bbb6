//! A user's own account: what has access, and its end, effective at the next request.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

use oauth_core::{
    form,
    http::{Answer, Method},
    id::{ClientId, GrantId, UserId},
    lifecycle::person::{self, Entry},
    scope::Scope,
};
use oauth_server::{
    account,
    audit::{AuditEvent, Event},
    login,
    ports::{Consents, People, RememberedConsent},
};
use testkit::{
    answer,
    crypto::run,
    fixture::{
        Fixture, PASSWORD, REDIRECT, SECRET, VERIFIER, basic, hidden, member, parameter, request,
        text,
    },
    memory::Part,
};

fn open(fixture: &mut Fixture, query: &str) -> Answer {
    let request = fixture.incoming(Method::Get, "/account", query, "");
    let answer = run(answer!(Page, account::page, fixture.context(), &request));
    fixture.keep(answer)
}

/// Presses a button of a page.
fn press(fixture: &mut Fixture, page: &Answer, name: &str, value: &str) -> Answer {
    send(fixture, &[("csrf", &hidden(page, "csrf")), (name, value)])
}

fn send(fixture: &mut Fixture, fields: &[(&str, &str)]) -> Answer {
    let body = form::encode(fields.iter().copied());
    let request = fixture.incoming(Method::Post, "/account", "", &body);
    let answer = run(answer!(Page, account::change, fixture.context(), &request));
    fixture.keep(answer)
}

/// Goes where an answer sends the browser.
fn follow(fixture: &mut Fixture, answer: &Answer) -> Answer {
    assert_eq!(answer.status, 303, "{}", text(answer));
    let location = answer.header("location").unwrap();
    let query = location.strip_prefix("/account").unwrap();
    open(fixture, query.trim_start_matches('?'))
}

/// The value of the first button with this name.
fn button(page: &Answer, name: &str) -> String {
    let page = text(page);
    let (_, rest) = page
        .split_once(&format!("name=\"{name}\" value=\""))
        .unwrap();
    rest.split_once('"').unwrap().0.to_owned()
}

fn ada() -> UserId {
    UserId::parse("u_ada").unwrap()
}

fn index(fixture: &Fixture, command: person::Command) -> person::Reply {
    run(fixture.world.send_to_person(&ada(), command)).unwrap()
}

/// Grants of Ada's that were never begun, in her index.
fn add(fixture: &Fixture, client: &str, count: u16) {
    add_numbered(fixture, client, 0..count);
}

fn add_numbered(fixture: &Fixture, client: &str, numbers: std::ops::Range<u16>) {
    let person::Reply::Marked(mark) = index(fixture, person::Command::Mark) else {
        panic!("no mark");
    };
    for number in numbers {
        let [high, low] = number.to_be_bytes();
        let id = std::array::from_fn(|place| [high, low].get(place).copied().unwrap_or(7));
        let entry = Entry {
            grant: GrantId::from_random(id),
            client_id: ClientId::parse(client).unwrap(),
            scope: Scope::parse("read").unwrap(),
            resource: "https://api.example".to_owned(),
            since: fixture.world.now.get(),
            until: fixture.world.now.get().plus(1_000),
            session: None,
        };
        let register = person::Command::Register(person::Register { entry, mark });
        assert_eq!(index(fixture, register), person::Reply::Done);
    }
}

/// The same for more grants than a client may have: they are from before there was a bound.
fn add_beyond_the_bound(fixture: &Fixture, client: &str, count: u16) {
    for begin in (0..count).step_by(50) {
        add_numbered(fixture, "other", begin..begin + 50);
        let mut people = fixture.world.people.borrow_mut();
        let rows = people.get_mut(&ada()).unwrap();
        let added: Vec<String> = rows
            .keys()
            .filter(|key| key.starts_with("grant/other "))
            .cloned()
            .collect();
        for key in added {
            let text = rows.remove(&key).unwrap();
            rows.insert(
                key.replace("other", client),
                text.replace(r#""other""#, &format!(r#""{client}""#)),
            );
        }
    }
}

fn count(page: &Answer, what: &str) -> usize {
    text(page).matches(what).count()
}

#[test]
fn nobody_signed_in_gets_the_login_page_and_comes_back() {
    let mut fixture = Fixture::new();
    let page = open(&mut fixture, "");
    assert_eq!(page.status, 200);
    let answer = fixture.log_in(&page, PASSWORD);
    let page = follow(&mut fixture, &answer);
    assert!(text(&page).contains("Ada Lovelace"));
    assert!(text(&page).contains("No application has access"));
    assert!(text(&page).contains("In this browser alone"));
    assert_eq!(page.header("cache-control"), Some("no-store"));
    assert_eq!(page.header("x-frame-options"), Some("DENY"));
}

#[test]
fn an_application_stands_there_with_its_scopes_resource_and_day() {
    let mut fixture = Fixture::new();
    fixture.tokens();
    let page = open(&mut fixture, "");
    for sentence in [
        "The spa application",
        "Read your profile",
        "https://api.example",
        "15 January 2027, ",
    ] {
        assert!(text(&page).contains(sentence), "{sentence}");
    }
}

#[test]
fn ending_one_access_leaves_the_others_alive() {
    let mut fixture = Fixture::new();
    let first = fixture.tokens();
    let second = fixture.tokens();
    let page = open(&mut fixture, "");
    assert_eq!(count(&page, "name=\"end\""), 2);
    let key = button(&page, "end");
    let answer = press(&mut fixture, &page, "end", &key);
    let page = follow(&mut fixture, &answer);
    assert!(text(&page).contains("Access has ended.") && text(&page).contains("role=\"status\""));
    assert_eq!(count(&page, "name=\"end\""), 1);
    let alive = [&first, &second].map(|tokens| {
        let access = fixture.userinfo(&member(tokens, "access_token")).status;
        let refresh = fixture.refresh(&member(tokens, "refresh_token")).status;
        (access, refresh)
    });
    assert!(
        alive.contains(&(401, 400)) && alive.contains(&(200, 200)),
        "{alive:?}"
    );
    assert_eq!(fixture.world.tombstones.borrow().len(), 1);
    // Once more: it had ended before.
    let page = open(&mut fixture, "");
    let answer = press(&mut fixture, &page, "end", &key);
    assert!(text(&follow(&mut fixture, &answer)).contains("had already ended"));
}

#[test]
fn withdrawing_consent_ends_all_access_of_the_application_and_asks_again() {
    let mut fixture = Fixture::new();
    let tokens = fixture.tokens();
    let direct = fixture.grant(&request(&[("client_id", "web"), ("scope", "openid")]));
    let redeemed = fixture.token(
        Some(&basic("web", SECRET)),
        &[
            ("grant_type", "authorization_code"),
            ("code", &parameter(&direct, "code")),
            ("redirect_uri", REDIRECT),
            ("code_verifier", VERIFIER),
        ],
    );
    assert_eq!(redeemed.status, 200, "{}", text(&redeemed));
    assert_eq!(fixture.authorize(&request(&[])).status, 303);
    let page = open(&mut fixture, "");
    let answer = press(&mut fixture, &page, "withdraw", "spa");
    let page = follow(&mut fixture, &answer);
    assert!(
        text(&page).contains("all access of The spa application has ended."),
        "{}",
        text(&page)
    );
    assert_eq!(
        fixture.refresh(&member(&tokens, "refresh_token")).status,
        400
    );
    assert_eq!(
        fixture.userinfo(&member(&tokens, "access_token")).status,
        401
    );
    // The other application keeps its access and its consent.
    assert!(text(&page).contains("The web application"));
    let web = request(&[("client_id", "web"), ("scope", "openid")]);
    assert_eq!(fixture.authorize(&web).status, 303);
    assert!(text(&fixture.authorize(&request(&[]))).contains("value=\"allow\""));
}

#[test]
fn signing_out_ends_this_session_alone() {
    let mut fixture = Fixture::new();
    let tokens = fixture.tokens();
    let browser = fixture.cookies.clone();
    fixture.cookies.clear();
    let page = open(&mut fixture, "");
    fixture.log_in(&page, PASSWORD);
    let page = open(&mut fixture, "");
    assert!(text(&page).contains("In 2 browsers"));
    let answer = press(&mut fixture, &page, "sign_out", "here");
    assert!(
        answer
            .headers
            .iter()
            .any(|(_, value)| value.starts_with("__Host-session=;"))
    );
    let page = follow(&mut fixture, &answer);
    assert!(text(&page).contains("You are signed out"));
    assert!(text(&open(&mut fixture, "")).contains("name=\"password\""));
    assert_eq!(
        fixture.refresh(&member(&tokens, "refresh_token")).status,
        200
    );
    fixture.cookies = browser;
    assert!(text(&open(&mut fixture, "")).contains("In this browser alone"));
}

#[test]
fn signing_out_everywhere_ends_every_session_and_every_grant() {
    let mut fixture = Fixture::new();
    let tokens = fixture.tokens();
    let code = parameter(&fixture.grant(&request(&[])), "code");
    let browser = fixture.cookies.clone();
    fixture.cookies.clear();
    let page = open(&mut fixture, "");
    fixture.log_in(&page, PASSWORD);
    let page = open(&mut fixture, "");
    let answer = press(&mut fixture, &page, "sign_out", "everywhere");
    let page = follow(&mut fixture, &answer);
    assert!(text(&page).contains("signed out everywhere. All access has ended."));
    assert_eq!(
        fixture.refresh(&member(&tokens, "refresh_token")).status,
        400
    );
    assert_eq!(
        fixture.userinfo(&member(&tokens, "access_token")).status,
        401
    );
    assert_eq!(member(&fixture.redeem(&code), "error"), "invalid_grant");
    assert!(fixture.world.tombstones.borrow().contains_key("u_ada"));
    fixture.cookies = browser;
    assert!(text(&fixture.authorize(&request(&[]))).contains("name=\"password\""));
    // The password begins anew.
    assert!(!member(&fixture.tokens(), "access_token").is_empty());
}

/// Whether `spa` gets a code without a page.
fn is_silent(fixture: &mut Fixture) -> bool {
    fixture.authorize(&request(&[])).status == 303
}

fn sign_in_at_the_account(fixture: &mut Fixture) -> Answer {
    let page = open(fixture, "");
    fixture.log_in(&page, PASSWORD);
    open(fixture, "")
}

#[test]
fn row_100_a_consent_that_outlives_its_access_is_listed_and_can_be_withdrawn() {
    let mut fixture = Fixture::new();
    fixture.tokens();
    let page = open(&mut fixture, "");
    assert!(!text(&page).contains("you allowed before"), "it has access");
    assert_eq!(count(&page, "name=\"withdraw\""), 1);
    press(&mut fixture, &page, "sign_out", "everywhere");
    let page = sign_in_at_the_account(&mut fixture);
    for sentence in [
        "you allowed before",
        "The spa application",
        "Read your profile",
        "Stay connected",
    ] {
        assert!(text(&page).contains(sentence), "{sentence}");
    }
    assert_eq!(count(&page, "name=\"end\""), 0);
    assert!(is_silent(&mut fixture), "what the page says is so");
    let page = open(&mut fixture, "");
    let answer = press(&mut fixture, &page, "withdraw", "spa");
    let page = follow(&mut fixture, &answer);
    assert_eq!(count(&page, "name=\"withdraw\""), 0);
    assert!(!is_silent(&mut fixture));
}

#[test]
fn row_100_signing_out_everywhere_withdraws_the_consents_where_the_user_says_so() {
    let mut fixture = Fixture::new();
    fixture.tokens();
    let page = open(&mut fixture, "");
    assert!(text(&page).contains("type=\"checkbox\""));
    press(&mut fixture, &page, "sign_out", "everywhere");
    let page = sign_in_at_the_account(&mut fixture);
    assert!(is_silent(&mut fixture), "they stay");
    let csrf = hidden(&page, "csrf");
    let fields = [
        ("csrf", csrf.as_str()),
        ("sign_out", "everywhere"),
        ("forget", "yes"),
    ];
    let answer = send(&mut fixture, &fields);
    let notice = follow(&mut fixture, &answer);
    assert!(text(&notice).contains("every application must ask you again"));
    let page = sign_in_at_the_account(&mut fixture);
    assert_eq!(count(&page, "name=\"withdraw\""), 0);
    assert!(!is_silent(&mut fixture));
    let csrf = hidden(&page, "csrf");
    let fields = [
        ("csrf", csrf.as_str()),
        ("sign_out", "everywhere"),
        ("forget", "perhaps"),
    ];
    assert_eq!(send(&mut fixture, &fields).status, 400);
}

#[test]
fn remembered_consents_stand_on_the_page_of_their_neighbours() {
    let mut fixture = Fixture::new();
    let page = open(&mut fixture, "");
    fixture.log_in(&page, PASSWORD);
    let resource = "https://api.example";
    let scope = Scope::parse("read").unwrap();
    for id in ["aaa", "web", "zzz"] {
        let client_id = ClientId::parse(id).unwrap();
        let since = fixture.world.now.get();
        let consent = RememberedConsent {
            client_id,
            resource: resource.to_owned(),
            scope: scope.clone(),
            since,
        };
        let event = AuditEvent::new(Event::ConsentGiven, since);
        run(fixture.world.remember(&ada(), &consent, event)).unwrap();
    }
    add(&fixture, "web", 25);
    let first = open(&mut fixture, "");
    let html = text(&first);
    let (_, after) = html.split_once("href=\"/account?").unwrap();
    let second = open(&mut fixture, after.split_once('"').unwrap().0);
    let listed =
        |page: &Answer| ["aaa", "zzz"].map(|id| text(page).contains(&format!("value=\"{id}\"")));
    assert_eq!(listed(&first), [true, false]);
    assert_eq!(listed(&second), [false, true]);
    // One that has access is listed with it alone.
    assert_eq!(
        [&first, &second].map(|page| count(page, "value=\"web\"")),
        [1, 1]
    );
}

#[test]
fn many_are_listed_in_pages_of_twenty() {
    let mut fixture = Fixture::new();
    let page = open(&mut fixture, "");
    fixture.log_in(&page, PASSWORD);
    add(&fixture, "web", 45);
    let mut seen = Vec::new();
    let mut page = open(&mut fixture, "");
    loop {
        seen.push(count(&page, "name=\"end\""));
        let page_text = text(&page);
        let Some((_, rest)) = page_text.split_once("/account?after=") else {
            break;
        };
        let query = format!("after={}", rest.split_once('"').unwrap().0);
        page = open(&mut fixture, &query);
    }
    assert_eq!(seen, [20, 20, 5]);
    assert!(text(&page).contains("First page"));
}

#[test]
fn a_form_without_its_token_or_of_another_session_or_page_changes_nothing() {
    let mut fixture = Fixture::new();
    let tokens = fixture.tokens();
    let page = open(&mut fixture, "");
    let csrf = hidden(&page, "csrf");
    let consent = fixture.authorize(&request(&[("prompt", "consent")]));
    for wrong in ["", "x", &hidden(&consent, "csrf")] {
        assert_eq!(
            send(&mut fixture, &[("csrf", wrong), ("sign_out", "everywhere")]).status,
            403
        );
    }
    for wrong in [
        vec![("csrf", csrf.as_str())],
        vec![("csrf", &csrf), ("sign_out", "elsewhere")],
        vec![("csrf", &csrf), ("end", "spa")],
        vec![("csrf", &csrf), ("withdraw", "u_ada")],
        vec![("csrf", &csrf), ("sign_out", "here"), ("withdraw", "spa")],
        vec![("csrf", &csrf), ("withdraw", "spa"), ("withdraw", "web")],
    ] {
        assert_eq!(send(&mut fixture, &wrong).status, 400, "{wrong:?}");
    }
    let login = fixture.authorize(&request(&[("prompt", "login")]));
    fixture.log_in(&login, PASSWORD);
    let led_back = send(&mut fixture, &[("csrf", &csrf), ("sign_out", "everywhere")]);
    assert_eq!(
        (led_back.status, led_back.header("location")),
        (303, Some("/account"))
    );
    assert_eq!(
        fixture.refresh(&member(&tokens, "refresh_token")).status,
        200
    );
}

#[test]
fn somebody_elses_grant_cannot_be_ended() {
    let mut fixture = Fixture::new();
    let page = open(&mut fixture, "");
    fixture.log_in(&page, PASSWORD);
    let other = GrantId::from_random([9; 16]);
    let page = open(&mut fixture, "");
    let answer = press(&mut fixture, &page, "end", &format!("spa {other}"));
    assert!(text(&follow(&mut fixture, &answer)).contains("had already ended"));
    assert!(fixture.world.grants.borrow().is_empty());
}

#[test]
fn the_page_says_only_what_this_server_told_this_browser() {
    let mut fixture = Fixture::new();
    fixture.tokens();
    let forged = open(&mut fixture, "said=Call%20us%20at%20555&proof=x");
    assert!(!text(&forged).contains("555"));
    let page = open(&mut fixture, "");
    let answer = press(&mut fixture, &page, "withdraw", "spa");
    let location = answer.header("location").unwrap().to_owned();
    let query = location.split_once('?').unwrap().1;
    fixture.cookies.clear();
    assert!(!text(&open(&mut fixture, query)).contains("all access of"));
}

#[test]
fn a_session_that_has_ended_meanwhile_leads_to_the_login() {
    let mut fixture = Fixture::new();
    fixture.tokens();
    let page = open(&mut fixture, "");
    fixture.wait(13 * 3_600);
    let answer = press(&mut fixture, &page, "sign_out", "everywhere");
    assert!(text(&follow(&mut fixture, &answer)).contains("name=\"password\""));
}

#[test]
fn signed_in_the_login_page_leads_to_the_account() {
    let mut fixture = Fixture::new();
    let page = open(&mut fixture, "");
    fixture.log_in(&page, PASSWORD);
    let request = fixture.incoming(Method::Get, "/login", "", "");
    let page = run(answer!(Page, login::page, fixture.context(), &request));
    assert!(text(&page).contains("href=\"/account\""));
}

#[test]
fn where_a_store_fails_the_answer_is_503_and_asking_again_ends_the_rest() {
    let mut fixture = Fixture::new();
    let tokens = fixture.tokens();
    for (name, value, part) in [
        ("withdraw", "spa", Part::Consents),
        ("withdraw", "spa", Part::Clients),
        ("withdraw", "spa", Part::Grants),
        ("sign_out", "everywhere", Part::Sessions),
    ] {
        let page = open(&mut fixture, "");
        fixture.world.broken.borrow_mut().insert(part);
        let answer = press(&mut fixture, &page, name, value);
        fixture.world.broken.borrow_mut().clear();
        assert_eq!(answer.status, 503, "{part:?}");
        assert!(answer.header("retry-after").is_some(), "{part:?}");
    }
    // The grants' homes were down: the index knows, they do not yet. The consent is gone already.
    assert!(text(&open(&mut fixture, "")).contains("No application has access"));
    assert_eq!(
        fixture.userinfo(&member(&tokens, "access_token")).status,
        200
    );
    let page = open(&mut fixture, "");
    let answer = press(&mut fixture, &page, "withdraw", "spa");
    assert_eq!(answer.status, 303);
    assert_eq!(
        fixture.userinfo(&member(&tokens, "access_token")).status,
        401
    );
}

#[test]
fn access_that_died_of_a_replay_or_was_never_taken_is_not_shown() {
    let mut fixture = Fixture::new();
    let code = parameter(&fixture.grant(&request(&[])), "code");
    assert_eq!(count(&open(&mut fixture, ""), "name=\"end\""), 0);
    assert_eq!(fixture.redeem(&code).status, 200);
    assert_eq!(count(&open(&mut fixture, ""), "name=\"end\""), 1);
    assert_eq!(fixture.redeem(&code).status, 400);
    assert_eq!(count(&open(&mut fixture, ""), "name=\"end\""), 0);
}

#[test]
fn a_grant_that_does_not_answer_keeps_no_other_alive() {
    let mut fixture = Fixture::new();
    let page = open(&mut fixture, "");
    fixture.log_in(&page, PASSWORD);
    add_numbered(&fixture, "spa", 0..1);
    let ending = person::Command::List(person::ListGrants {
        after: None,
        limit: 1,
    });
    let person::Reply::Grants { entries, .. } = index(&fixture, ending) else {
        panic!("no grants");
    };
    let broken = entries.first().unwrap().grant.clone();
    fixture
        .world
        .grants
        .borrow_mut()
        .insert(broken, "{".to_owned());
    let page = open(&mut fixture, "");
    assert_eq!(press(&mut fixture, &page, "withdraw", "spa").status, 503);

    // The broken grant's end comes before this client's.
    add_numbered(&fixture, "web", 1..4);
    let page = open(&mut fixture, "");
    assert_eq!(press(&mut fixture, &page, "withdraw", "web").status, 503);
    let dead = fixture.world.grants.borrow();
    let dead = dead.values().filter(|record| record.contains("dead"));
    assert_eq!(dead.count(), 3);
}

#[test]
fn ten_thousand_grants_of_one_person_end_a_thousand_a_request() {
    let mut fixture = Fixture::new();
    let page = open(&mut fixture, "");
    fixture.log_in(&page, PASSWORD);
    add_beyond_the_bound(&fixture, "web", 10_000);
    let page = open(&mut fixture, "");
    let answer = press(&mut fixture, &page, "withdraw", "web");
    assert!(text(&follow(&mut fixture, &answer)).contains("is ending"));
    assert_eq!(fixture.world.grants.borrow().len(), 1_000);
    // All are over in the index already.
    assert!(text(&open(&mut fixture, "")).contains("has since ended"));
    for thousand in 2..=10 {
        let page = open(&mut fixture, "");
        press(&mut fixture, &page, "withdraw", "web");
        assert_eq!(fixture.world.grants.borrow().len(), thousand * 1_000);
    }
    let page = open(&mut fixture, "");
    let answer = press(&mut fixture, &page, "withdraw", "web");
    assert!(text(&follow(&mut fixture, &answer)).contains("has ended."));
    let ending = person::Command::Ending(person::ListEnding {
        limit: 1,
        beyond: None,
    });
    assert_eq!(index(&fixture, ending), person::Reply::Done);
}
