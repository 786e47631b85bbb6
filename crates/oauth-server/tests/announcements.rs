//! What has ended is announced, whatever dies after the commit: finding F2, rows 55 and 73 of the table of threats.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

use std::collections::BTreeSet;

use oauth_core::{
    UnixTime, form,
    http::{Answer, Method},
    id::UserId,
    lifecycle::{
        grant::{EndReason, Grant},
        person::{Act, Command, EndAll, Entry, ListGrants, Reply},
    },
};
use oauth_server::{
    account,
    ports::{Consents as _, People as _},
    revoke::revoke,
};
use testkit::{
    answer,
    crypto::run,
    fixture::{Fixture, hidden, member},
    memory::{Part, World},
};

/// Longer than any answer to a refresh is stored for a retry.
const BEYOND_GRACE: i64 = 600;

/// A thief uses a refresh token that its owner has used already.
fn steal(fixture: &mut Fixture) -> UnixTime {
    let first = member(&fixture.tokens(), "refresh_token");
    let second = member(&fixture.refresh(&first), "refresh_token");
    fixture.wait(BEYOND_GRACE);
    assert_eq!(
        fixture.refresh(&first).log.refusal,
        Some("refresh_token_reused")
    );
    assert_eq!(
        fixture.refresh(&second).log.refusal,
        Some("refresh_token_dead")
    );
    fixture.world.now.get()
}

/// How often an event was recorded, each time with the user and, where a grant has ended, the client.
fn audited(fixture: &Fixture, event: &str) -> usize {
    let audit = fixture.world.audit_events.borrow();
    let all = audit.iter().filter(|one| one.event.word() == event);
    all.inspect(|one| {
        assert_eq!(one.subject.as_ref().map(UserId::as_str), Some("u_ada"));
        let is_of_client = matches!(
            event,
            "refresh_token_reused" | "token_revoked" | "client_grants_ended" | "consent_withdrawn"
        );
        assert_eq!(one.client_id.as_deref(), is_of_client.then_some("spa"));
        assert_eq!(one.actor, None);
    })
    .count()
}

/// The time of the one tombstone.
fn tombstone(fixture: &Fixture) -> Option<UnixTime> {
    let tombstones = fixture.world.tombstones.borrow();
    assert!(tombstones.len() <= 1);
    tombstones.values().next().copied()
}

fn entries(fixture: &Fixture) -> Vec<Entry> {
    let list = Command::List(ListGrants {
        after: None,
        limit: 20,
    });
    let ada = UserId::parse("u_ada").unwrap();
    let reply = run(fixture.world.send_to_person(&ada, list)).unwrap();
    let Reply::Grants { entries, .. } = reply else {
        panic!("no list")
    };
    entries
}

fn listed(fixture: &Fixture) -> usize {
    entries(fixture).len()
}

fn stored(fixture: &Fixture) -> Grant {
    let grants = fixture.world.grants.borrow();
    Grant::read(grants.values().next().unwrap()).unwrap()
}

/// The consents of Ada.
fn consents(fixture: &Fixture) -> usize {
    let ada = UserId::parse("u_ada").unwrap();
    // What is down can be looked into all the same.
    let broken = fixture.world.broken.take();
    let consents = run(fixture.world.consents_between(&ada, None, None)).unwrap();
    *fixture.world.broken.borrow_mut() = broken;
    consents.len()
}

/// The user presses a button on the account page.
fn press(fixture: &mut Fixture, button: (&str, &str)) -> Answer {
    let form = filled_in(fixture, &[button]);
    send(fixture, &form)
}

/// The form of the account page, with a button and what belongs to it.
fn filled_in(fixture: &mut Fixture, buttons: &[(&str, &str)]) -> String {
    let get = fixture.incoming(Method::Get, "/account", "", "");
    let page = run(answer!(Page, account::page, fixture.context(), &get));
    let page = fixture.keep(page);
    let csrf = hidden(&page, "csrf");
    let fields = [("csrf", csrf.as_str())].into_iter();
    form::encode(fields.chain(buttons.iter().copied()))
}

fn send(fixture: &mut Fixture, form: &str) -> Answer {
    let post = fixture.incoming(Method::Post, "/account", "", form);
    let answer = run(answer!(Page, account::change, fixture.context(), &post));
    fixture.keep(answer)
}

#[test]
fn row_55_theft_is_announced_beside_the_answer() {
    let mut fixture = Fixture::new();
    let at = steal(&mut fixture);
    assert_eq!(tombstone(&fixture), Some(at));
    assert_eq!(audited(&fixture, "refresh_token_reused"), 1);
    assert_eq!(listed(&fixture), 0);
    assert_eq!(stored(&fixture).unannounced(), None);
}

#[test]
fn row_55_theft_is_announced_by_the_alarm_when_the_object_dies_after_its_commit() {
    let mut fixture = Fixture::new();
    fixture.world.dies_after_commit.set(true);
    let at = steal(&mut fixture);
    assert_eq!(tombstone(&fixture), None);
    assert_eq!(audited(&fixture, "refresh_token_reused"), 0);
    fixture.wait(5);
    fixture.world.wake_grants();
    assert_eq!(tombstone(&fixture), Some(at), "the time of the theft");
    assert_eq!(audited(&fixture, "refresh_token_reused"), 1);
    assert_eq!(listed(&fixture), 0);
    // Later alarms and commands say nothing more, and the record goes when everything issued from it has expired.
    fixture.wait(60);
    fixture.world.wake_grants();
    assert_eq!(audited(&fixture, "refresh_token_reused"), 1);
    fixture.wait(100 * 86_400);
    fixture.world.wake_grants();
    assert!(fixture.world.grants.borrow().is_empty());
}

#[test]
fn row_55_what_cannot_be_announced_is_announced_when_the_stores_are_back() {
    for part in [Part::Cache, Part::Sessions, Part::Audit] {
        let mut fixture = Fixture::new();
        fixture.world.dies_after_commit.set(true);
        let at = steal(&mut fixture);
        fixture.world.broken.borrow_mut().insert(part);
        for _ in 0..10 {
            fixture.wait(600);
            fixture.world.wake_grants();
            assert!(stored(&fixture).unannounced().is_some());
        }
        fixture.world.broken.borrow_mut().clear();
        fixture.wait(600);
        fixture.world.wake_grants();
        assert_eq!(tombstone(&fixture), Some(at));
        assert_eq!(listed(&fixture), 0);
        assert_eq!(stored(&fixture).unannounced(), None);
    }
}

#[test]
fn row_55_a_grant_never_gives_up_announcing_its_end() {
    let mut fixture = Fixture::new();
    fixture.world.dies_after_commit.set(true);
    let at = steal(&mut fixture);
    fixture.world.broken.borrow_mut().insert(Part::Audit);
    // Long after all that was issued from it has expired.
    for _ in 0..200 {
        fixture.wait(86_400);
        fixture.world.wake_grants();
    }
    assert_eq!(audited(&fixture, "refresh_token_reused"), 0);
    fixture.world.broken.borrow_mut().clear();
    fixture.wait(86_400);
    fixture.world.wake_grants();
    assert_eq!(audited(&fixture, "refresh_token_reused"), 1);
    assert_eq!(tombstone(&fixture), Some(at));
    assert!(fixture.world.grants.borrow().is_empty());
}

#[test]
fn row_73_a_revocation_is_announced_when_the_object_dies_after_its_commit() {
    let mut fixture = Fixture::new();
    let token = member(&fixture.tokens(), "refresh_token");
    fixture.world.dies_after_commit.set(true);
    for _ in 0..2 {
        let parameters = [("client_id", "spa"), ("token", token.as_str())];
        let request = fixture.post("/oauth/revoke", None, &parameters);
        assert_eq!(
            run(answer!(Json, revoke, fixture.context(), &request)).status,
            200
        );
    }
    assert_eq!(tombstone(&fixture), None);
    let at = fixture.world.now.get();
    fixture.wait(5);
    fixture.world.wake_grants();
    assert_eq!(tombstone(&fixture), Some(at));
    assert_eq!(audited(&fixture, "token_revoked"), 1);
    assert_eq!(listed(&fixture), 0);
}

#[test]
fn f2_signing_out_everywhere_is_announced_when_the_object_dies_after_its_commit() {
    let mut fixture = Fixture::new();
    fixture.tokens();
    fixture.world.dies_after_commit.set(true);
    assert_eq!(press(&mut fixture, ("sign_out", "everywhere")).status, 303);
    let at = fixture.world.now.get();
    assert_eq!(tombstone(&fixture), None);
    // The grant itself has nothing to say: the user's end covers it.
    assert_eq!(stored(&fixture).unannounced(), None);
    fixture.wait(5);
    fixture.world.wake_people();
    assert_eq!(tombstone(&fixture), Some(at));
    assert!(fixture.world.tombstones.borrow().contains_key("u_ada"));
    assert_eq!(audited(&fixture, "everything_ended"), 1);
    fixture.wait(3_600);
    fixture.world.wake_people();
    assert_eq!(audited(&fixture, "everything_ended"), 1);
}

#[test]
fn f2_signing_out_everywhere_is_announced_when_kv_is_back() {
    let mut fixture = Fixture::new();
    fixture.tokens();
    fixture.world.broken.borrow_mut().insert(Part::Cache);
    assert_eq!(press(&mut fixture, ("sign_out", "everywhere")).status, 303);
    let at = fixture.world.now.get();
    for _ in 0..5 {
        fixture.wait(3_600);
        fixture.world.wake_people();
    }
    assert_eq!(tombstone(&fixture), None);
    fixture.world.broken.borrow_mut().clear();
    fixture.wait(3_600);
    fixture.world.wake_people();
    assert_eq!(tombstone(&fixture), Some(at));
}

#[test]
fn f2_every_act_on_the_account_page_is_announced_once() {
    for (button, event) in [
        (("sign_out", "here"), "logout"),
        (("sign_out", "everywhere"), "everything_ended"),
        (("withdraw", "spa"), "client_grants_ended"),
    ] {
        for dies in [false, true] {
            let mut fixture = Fixture::new();
            fixture.tokens();
            fixture.world.dies_after_commit.set(dies);
            assert_eq!(press(&mut fixture, button).status, 303);
            assert_eq!(audited(&fixture, event), usize::from(!dies), "{event}");
            for _ in 0..3 {
                fixture.wait(100);
                fixture.world.wake_people();
                fixture.world.wake_grants();
            }
            assert_eq!(audited(&fixture, event), 1, "{event}");
            let is_published = tombstone(&fixture).is_some();
            assert_eq!(is_published, button != ("sign_out", "here"), "{event}");
        }
    }
}

#[test]
fn the_end_of_one_grant_is_recorded_with_the_grant_and_its_client() {
    let mut fixture = Fixture::new();
    fixture.tokens();
    let entry = entries(&fixture).pop().unwrap();
    press(&mut fixture, ("end", entry.key().as_str()));
    let audit = fixture.world.audit_events.borrow();
    let mut ends = audit.iter().filter(|one| one.event.word() == "grant_ended");
    let end = ends.next().unwrap();
    assert_eq!(end.grant.as_ref(), Some(&entry.grant));
    assert_eq!(end.client_id.as_deref(), Some("spa"));
    assert_eq!(ends.count(), 0);
}

#[test]
fn f2_a_consent_is_forgotten_though_the_request_that_withdraws_it_is_lost() {
    let ways: [(&[(&str, &str)], _, _); 2] = [
        (&[("withdraw", "spa")], "client_grants_ended", Some("spa")),
        (
            &[("sign_out", "everywhere"), ("forget", "yes")],
            "everything_ended",
            None,
        ),
    ];
    for (buttons, ended, of) in ways {
        let mut fixture = Fixture::new();
        fixture.tokens();
        let form = filled_in(&mut fixture, buttons);
        // The user's object dies after its commit, and the request cannot do the rest.
        fixture.world.dies_after_commit.set(true);
        fixture.world.broken.borrow_mut().insert(Part::Consents);
        assert_eq!(send(&mut fixture, &form).status, 503);
        fixture.wait(3_600);
        fixture.world.wake_people();
        assert_eq!(consents(&fixture), 1);
        fixture.world.broken.borrow_mut().clear();
        fixture.wait(3_600);
        fixture.world.wake_people();
        assert_eq!(consents(&fixture), 0);
        assert_eq!(listed(&fixture), 0, "the access has ended as well");
        let audit = fixture.world.audit_events.borrow();
        for event in [ended, "consent_withdrawn"] {
            let all = audit.iter().filter(|one| one.event.word() == event);
            // What is repeated has the same id.
            let all: BTreeSet<_> = all
                .map(|one| (one.id.clone(), one.client_id.clone()))
                .collect();
            assert_eq!(all.len(), 1, "{event}");
            assert!(
                all.iter()
                    .all(|(id, client)| id.is_some() && client.as_deref() == of)
            );
        }
    }
}

#[test]
fn f2_a_consent_that_was_given_after_the_withdrawal_stays() {
    let mut fixture = Fixture::new();
    fixture.tokens();
    fixture.world.broken.borrow_mut().insert(Part::Audit);
    assert_eq!(press(&mut fixture, ("withdraw", "spa")).status, 303);
    assert_eq!(consents(&fixture), 0);
    fixture.wait(10);
    fixture.tokens();
    assert_eq!(consents(&fixture), 1);
    fixture.world.broken.borrow_mut().clear();
    fixture.wait(3_600);
    fixture.world.wake_people();
    assert_eq!(audited(&fixture, "consent_withdrawn"), 1);
    assert_eq!(consents(&fixture), 1);
}

/// Ends everything of Ada's.
fn end_everything(world: &World, id: &str) {
    let ada = UserId::parse("u_ada").unwrap();
    let end = Command::EndAll(EndAll {
        reason: EndReason::SignedOut,
        act: Some(Act {
            id: id.to_owned(),
            user_id: ada.clone(),
            by: "u_ada".to_owned(),
        }),
    });
    run(world.send_to_person(&ada, end)).unwrap();
}

#[test]
fn f2_an_end_that_comes_while_an_older_one_is_published_is_published_after_it() {
    let fixture = Fixture::new();
    let newer = Box::new(|world: &World| {
        world.now.set(world.now.get().plus(100));
        end_everything(world, "newer");
    });
    *fixture.world.meanwhile.borrow_mut() = Some((Part::Cache, 1, newer));
    end_everything(&fixture.world, "older");
    assert!(fixture.world.meanwhile.borrow().is_none());
    assert_eq!(tombstone(&fixture), Some(fixture.world.now.get()));
    assert_eq!(audited(&fixture, "everything_ended"), 2);
}

#[test]
fn f2_of_hundreds_of_ends_the_newest_has_the_tombstone() {
    let fixture = Fixture::new();
    let stores = [Part::Cache, Part::Audit];
    fixture.world.broken.borrow_mut().extend(stores);
    // More than a page of them, the newest with the first id.
    for id in (0..210).rev() {
        fixture.wait(1);
        end_everything(&fixture.world, &format!("{id:03}"));
    }
    let newest = fixture.world.now.get();
    fixture.world.broken.borrow_mut().clear();
    fixture.wait(3_600);
    fixture.world.wake_people();
    assert_eq!(tombstone(&fixture), Some(newest));
    assert_eq!(audited(&fixture, "everything_ended"), 210);
}

#[test]
fn f2_an_older_end_of_everything_does_not_replace_the_tombstone_of_a_newer_one() {
    // Stores that fail one after the other, and acts whose ids are in the other order than their times.
    for broken in [Part::Cache, Part::Audit] {
        let fixture = Fixture::new();
        fixture.world.broken.borrow_mut().insert(broken);
        for id in ["b", "a"] {
            fixture.wait(100);
            end_everything(&fixture.world, id);
        }
        let newest = fixture.world.now.get();
        fixture.world.broken.borrow_mut().clear();
        fixture.wait(3_600);
        fixture.world.wake_people();
        assert_eq!(tombstone(&fixture), Some(newest), "{broken:?}");
        assert_eq!(audited(&fixture, "everything_ended"), 2);
    }
}
