//! A user ends something while an application is on its way to a code: whichever comes first, nothing of what
//! has ended is left.

use std::{cell::RefCell, rc::Rc};

use oauth_core::{
    form,
    http::{Answer, Incoming, Method},
    id::UserId,
    lifecycle::{
        grant::EndReason,
        person::{Command, EndAll},
    },
};
use oauth_server::{Context, account, par::par, ports::People as _};
use testkit::{
    answer,
    crypto::run,
    fixture::{Fixture, PASSWORD, hidden, member, parameter, request, text},
    memory::{Part, World},
};

fn context(world: &World) -> Context<'_, World> {
    Context::new(&world.settings, &world.keyring, world, world.now.get())
}

/// Ada, signed in, with the consent page for `query`, and a request that withdraws her consent.
fn at_the_consent_page(fixture: &mut Fixture, query: &str) -> (Answer, Incoming) {
    let page = fixture.authorize(query);
    assert_eq!(fixture.log_in(&page, PASSWORD).status, 303);
    let page = run(answer!(
        Page,
        account::page,
        fixture.context(),
        &fixture.incoming(Method::Get, "/account", "", ""),
    ));
    let page = fixture.keep(page);
    let body = form::encode([
        ("csrf", hidden(&page, "csrf").as_str()),
        ("withdraw", "spa"),
    ]);
    let withdraw = fixture.incoming(Method::Post, "/account", "", &body);
    (fixture.authorize(query), withdraw)
}

#[test]
fn a_consent_that_was_on_its_way_does_not_outlive_its_withdrawal() {
    // Before each thing that is asked between the form's arrival and the code.
    let parts = [
        (Part::Consents, 1),
        (Part::Consents, 2),
        (Part::Consents, 3),
        (Part::Grants, 1),
        (Part::Sessions, 2),
    ];
    for (part, times) in parts {
        let mut fixture = Fixture::new();
        let query = request(&[]);
        let (page, withdraw) = at_the_consent_page(&mut fixture, &query);
        let act = Box::new(move |world: &World| {
            let answer = run(answer!(Page, account::change, context(world), &withdraw));
            assert_eq!(answer.status, 303, "{}", text(&answer));
        });
        *fixture.world.meanwhile.borrow_mut() = Some((part, times, act));
        let answer = fixture.decide(&page, "allow");
        assert!(
            fixture.world.meanwhile.borrow().is_none(),
            "{part:?} {times}"
        );
        assert_eq!(answer.status, 303, "{}", text(&answer));
        assert_eq!(parameter(&answer, "code"), "", "{part:?} {times}");
        // The application comes again: it must ask.
        let silently = fixture.authorize(&request(&[("prompt", "none")]));
        assert_eq!(
            parameter(&silently, "error"),
            "consent_required",
            "{part:?} {times}"
        );
    }
}

#[test]
fn a_consent_that_arrives_during_the_withdrawal_leads_to_nothing() {
    // Its session is looked up first; then, twice: the end, and the deletion.
    let moments = [
        (Part::Sessions, 2),
        (Part::Consents, 1),
        (Part::Sessions, 3),
        (Part::Consents, 2),
    ];
    for (part, times) in moments {
        let mut fixture = Fixture::new();
        let (page, withdraw) = at_the_consent_page(&mut fixture, &request(&[]));
        let body = form::encode([
            ("request", hidden(&page, "request").as_str()),
            ("csrf", hidden(&page, "csrf").as_str()),
            ("terms", hidden(&page, "terms").as_str()),
            ("decision", "allow"),
        ]);
        let allow = fixture.incoming(Method::Post, "/consent", "", &body);
        let code = Rc::new(RefCell::new(String::new()));
        let issued = Rc::clone(&code);
        let act = Box::new(move |world: &World| {
            let answer = run(answer!(
                Page,
                oauth_server::consent::consent,
                context(world),
                &allow
            ));
            *issued.borrow_mut() = parameter(&answer, "code");
        });
        *fixture.world.meanwhile.borrow_mut() = Some((part, times, act));
        run(answer!(Page, account::change, fixture.context(), &withdraw));
        assert!(fixture.world.meanwhile.borrow().is_none());
        let silently = fixture.authorize(&request(&[("prompt", "none")]));
        let error = parameter(&silently, "error");
        assert_eq!(error, "consent_required", "{part:?} {times}");
        // After the second end the user has allowed it anew.
        if (part, times) != (Part::Consents, 2) {
            let code = code.borrow();
            assert!(!code.is_empty(), "{part:?} {times}");
            assert_eq!(fixture.redeem(&code).status, 400, "{part:?} {times}");
        }
    }
}

#[test]
fn a_pushed_request_that_met_an_end_is_told_to_its_client() {
    let mut fixture = Fixture::new();
    let body = request(&[]);
    let push = fixture.incoming(Method::Post, "/oauth/par", "", &body);
    let pushed = run(answer!(Json, par, fixture.context(), &push));
    let uri = member(&pushed, "request_uri");
    let query = form::encode([("client_id", "spa"), ("request_uri", uri.as_str())]);
    let (page, _) = at_the_consent_page(&mut fixture, &query);
    let act = Box::new(|world: &World| {
        let end = Command::EndAll(EndAll {
            reason: EndReason::SignedOut,
            act: None,
        });
        run(world.send_to_person(&UserId::parse("u_ada").unwrap(), end)).unwrap();
    });
    *fixture.world.meanwhile.borrow_mut() = Some((Part::Sessions, 2, act));
    let answer = fixture.decide(&page, "allow");
    assert_eq!(answer.status, 303, "{}", text(&answer));
    assert_eq!(parameter(&answer, "error"), "login_required");
    assert_eq!(parameter(&answer, "state"), "the state");
}
