use proptest::prelude::*;

use super::*;
use crate::{id::ClientId, lifecycle::grant::EndReason};
use crate::{
    id::GrantId,
    lifecycle::rows::{Memory, RECORD, apply},
    scope::Scope,
};

/// A user's object in memory.
#[derive(Clone, Default)]
struct Person {
    rows: Memory,
    /// The most rows that one step changed.
    most_changes: usize,
}

impl Person {
    fn ask(&mut self, command: Command, now: i64) -> Reply {
        let step = step(&self.rows, command, UnixTime(now)).unwrap();
        self.most_changes = self.most_changes.max(step.changes.len());
        apply(&mut self.rows, step.changes);
        step.reply
    }

    fn mark(&mut self) -> Mark {
        let Reply::Marked(mark) = self.ask(Command::Mark, 0) else {
            panic!("no mark")
        };
        mark
    }

    fn open(&mut self, hash: &str, auth_time: i64) -> Reply {
        let mark = self.mark();
        let session = session(hash, auth_time);
        self.ask(Command::Open(OpenSession { session, mark }), auth_time)
    }

    fn find(&mut self, hash: &str, now: i64) -> Option<Mark> {
        let reply = self.ask(Command::Find(FindSession { hash: hash.into() }), now);
        let Reply::Found { session, mark } = reply else {
            assert_eq!(reply, Reply::Unknown);
            return None;
        };
        assert_eq!(session.hash, hash);
        Some(mark)
    }

    fn register(&mut self, entry: &Entry) -> Reply {
        let mark = self.mark();
        self.register_under(entry, mark)
    }

    /// Adds a grant as it was done before there was a bound.
    fn register_beyond_the_bound(&mut self, added: &Entry) {
        let other = ClientId::parse("other").unwrap();
        let elsewhere = Entry {
            client_id: other,
            ..added.clone()
        };
        assert_eq!(self.register(&elsewhere), Reply::Done);
        let row = self.rows.remove(&elsewhere.key().row()).unwrap();
        let row = row.replace(r#""other""#, &format!(r#""{}""#, added.client_id));
        self.rows.insert(added.key().row(), row);
    }

    fn register_under(&mut self, entry: &Entry, mark: Mark) -> Reply {
        let entry = entry.clone();
        self.ask(Command::Register(Register { entry, mark }), 1)
    }

    fn list(&mut self, after: Option<EntryKey>, limit: usize) -> (Vec<Entry>, Option<EntryKey>) {
        let Reply::Grants { entries, next } =
            self.ask(Command::List(ListGrants { after, limit }), 1)
        else {
            panic!("no list")
        };
        (entries, next)
    }

    fn list_all(&mut self) -> Vec<Entry> {
        let (mut all, mut next) = self.list(None, PAGE);
        while let Some(after) = next {
            let (entries, following) = self.list(Some(after), PAGE);
            all.extend(entries);
            next = following;
        }
        all
    }

    /// A page of what is ending; `None` when nothing is.
    fn ending(&mut self, limit: usize) -> Option<Vec<Entry>> {
        let reply = self.ask(
            Command::Ending(ListEnding {
                limit,
                beyond: None,
            }),
            1,
        );
        let Reply::Ending { entries, .. } = reply else {
            assert_eq!(reply, Reply::Done);
            return None;
        };
        Some(entries)
    }

    /// The second part of an end, by its caller or the alarm: the grants that it ended.
    fn finish(&mut self) -> Vec<Entry> {
        let mut all = Vec::new();
        while let Some(entries) = self.ending(PAGE) {
            let grants = entries.iter().map(Entry::key).collect();
            all.extend(entries);
            self.ask(Command::Forget(Forget { grants }), 1);
        }
        all
    }

    fn sweep(&mut self, now: i64) -> Option<UnixTime> {
        let (mut after, mut earliest) = (None, None);
        loop {
            let found = sweep(&self.rows, after.as_deref(), UnixTime(now)).unwrap();
            apply(&mut self.rows, found.changes);
            earliest = found
                .earliest
                .map_or(earliest, |at| rows::sooner(earliest, at));
            match found.after {
                Some(next) => after = Some(next),
                None => return earliest,
            }
        }
    }
}

fn session(hash: &str, auth_time: i64) -> Session {
    Session {
        hash: hash.into(),
        auth_time: UnixTime(auth_time),
        expires_at: UnixTime(auth_time + 100),
    }
}

fn entry(client: &str, number: u16) -> Entry {
    let mut id = [0; 16];
    id[..2].copy_from_slice(&number.to_be_bytes());
    Entry {
        grant: GrantId::from_random(id),
        client_id: ClientId::parse(client).unwrap(),
        scope: Scope::parse("read").unwrap(),
        resource: "https://api.example".into(),
        since: UnixTime(1),
        until: UnixTime(1_000),
        session: None,
    }
}

fn end_of(client: &str) -> Command {
    Command::EndOf(EndOf {
        client_id: ClientId::parse(client).unwrap(),
        reason: EndReason::TooManyTries,
        act: None,
    })
}

const fn end(grant: EntryKey) -> Command {
    let reason = EndReason::CodeReplayed;
    Command::End(EndGrant {
        grant,
        reason,
        act: None,
    })
}

const END_ALL: Command = Command::EndAll(EndAll {
    reason: EndReason::Revoked,
    act: None,
});

#[test]
fn why_it_was_ended_is_told_with_each_grant() {
    let mut person = Person::default();
    for (number, command) in [
        (1, END_ALL),
        (2, end_of("spa")),
        (3, end(entry("spa", 3).key())),
    ] {
        person.register(&entry("spa", number));
        person.ask(command, 1);
    }
    let mut reasons = Vec::new();
    let next = || {
        Command::Ending(ListEnding {
            limit: 1,
            beyond: None,
        })
    };
    while let Reply::Ending {
        entries, reason, ..
    } = person.ask(next(), 1)
    {
        let grants = entries.iter().map(Entry::key).collect();
        reasons.extend(entries.iter().map(|_| reason));
        person.ask(Command::Forget(Forget { grants }), 1);
    }
    assert_eq!(
        reasons,
        [
            EndReason::Revoked,
            EndReason::TooManyTries,
            EndReason::CodeReplayed
        ]
    );
}

#[test]
fn a_session_is_found_until_it_ends() {
    let mut person = Person::default();
    assert_eq!(person.open("a", 0), Reply::Done);
    assert!(person.find("a", 99).is_some());
    assert!(person.find("a", 100).is_none());
    assert!(person.find("b", 0).is_none());
}

#[test]
fn a_closed_session_is_gone_and_the_others_stay() {
    let mut person = Person::default();
    person.open("a", 0);
    person.open("b", 0);
    assert_eq!(
        person.ask(
            Command::Close(CloseSession {
                hash: "a".into(),
                act: None
            }),
            1
        ),
        Reply::Done
    );
    assert!(person.find("a", 1).is_none());
    assert!(person.find("b", 1).is_some());
}

#[test]
fn the_oldest_session_gives_way_to_the_fifty_first() {
    let mut person = Person::default();
    for n in 0..=MOST {
        // The keys are not in the order of time.
        person.open(&format!("{}", 99 - n), i64::try_from(n).unwrap());
    }
    assert!(person.find("99", 60).is_none());
    assert!(person.find("98", 60).is_some());
    let sessions = person.ask(Command::Sessions, 60);
    let since = Some(UnixTime(1));
    assert_eq!(sessions, Reply::Sessions { count: MOST, since });
}

#[test]
fn a_session_that_is_opened_again_takes_no_other_ones_place() {
    let mut person = Person::default();
    for n in 0..MOST {
        person.open(&n.to_string(), i64::try_from(n).unwrap());
    }
    person.open("7", 7);
    assert!(person.find("0", 50).is_some());
}

#[test]
fn sessions_that_have_had_their_time_take_no_place_and_do_not_count() {
    let mut person = Person::default();
    for n in 0..MOST {
        person.open(&n.to_string(), 0);
    }
    person.open("new", 100);
    let since = Some(UnixTime(100));
    assert_eq!(
        person.ask(Command::Sessions, 100),
        Reply::Sessions { count: 1, since }
    );
    assert_eq!(person.rows.len(), 1);
}

#[test]
fn an_end_of_everything_ends_sessions_and_grants_at_once() {
    let mut person = Person::default();
    person.open("a", 0);
    person.register(&entry("spa", 1));
    assert_eq!(person.ask(END_ALL, 1), Reply::Done);
    assert!(person.find("a", 1).is_none());
    assert_eq!(person.list_all(), []);
    assert_eq!(person.finish(), [entry("spa", 1)]);
    assert_eq!(person.ending(PAGE), None);
}

#[test]
fn what_began_before_an_end_of_everything_is_refused_after_it() {
    let mut person = Person::default();
    let mark = person.mark();
    person.ask(END_ALL, 1);
    let before = person.rows.clone();
    let session = session("a", 1);
    assert_eq!(
        person.ask(Command::Open(OpenSession { session, mark }), 1),
        Reply::Ended
    );
    assert_eq!(person.register_under(&entry("spa", 1), mark), Reply::Ended);
    assert_eq!(person.rows, before);
    assert_eq!(person.open("b", 1), Reply::Done);
    assert_eq!(person.register(&entry("spa", 2)), Reply::Done);
    assert_eq!(person.list_all(), [entry("spa", 2)]);
    assert_eq!(person.finish(), []);
    assert_eq!(person.list_all(), [entry("spa", 2)]);
}

#[test]
fn a_mark_that_was_not_taken_here_is_refused() {
    let mut person = Person::default();
    let mark = Mark(7);
    let session = session("a", 1);
    assert_eq!(
        person.ask(Command::Open(OpenSession { session, mark }), 1),
        Reply::Ended
    );
    assert_eq!(person.register_under(&entry("spa", 1), mark), Reply::Ended);
    assert!(person.rows.is_empty());
}

#[test]
fn the_end_of_one_client_leaves_the_others_and_the_sessions() {
    let mut person = Person::default();
    person.open("a", 0);
    let mark = person.find("a", 1).unwrap();
    person.register(&entry("spa", 1));
    person.register(&entry("spa!", 2));
    person.register(&entry("sp", 3));
    person.ask(end_of("spa"), 1);
    assert!(person.find("a", 1).is_some());
    assert_eq!(person.list_all(), [entry("sp", 3), entry("spa!", 2)]);
    assert_eq!(person.register_under(&entry("spa", 4), mark), Reply::Ended);
    assert_eq!(person.register_under(&entry("sp", 5), mark), Reply::Done);
    assert_eq!(person.open("b", 1), Reply::Done);
    assert_eq!(person.finish(), [entry("spa", 1)]);
    assert_eq!(person.register(&entry("spa", 6)), Reply::Done);
}

#[test]
fn a_session_may_be_opened_across_the_end_of_one_client() {
    let mut person = Person::default();
    let mark = person.mark();
    person.ask(end_of("spa"), 1);
    let session = session("a", 1);
    assert_eq!(
        person.ask(Command::Open(OpenSession { session, mark }), 1),
        Reply::Done
    );
}

#[test]
fn a_grant_of_a_session_that_has_ended_is_refused() {
    let mut person = Person::default();
    person.open("a", 0);
    let mark = person.find("a", 1).unwrap();
    let of = |number, hash: &str| Entry {
        session: Some(hash.into()),
        ..entry("spa", number)
    };
    assert_eq!(person.register_under(&of(1, "a"), mark), Reply::Done);
    person.ask(
        Command::Close(CloseSession {
            hash: "a".into(),
            act: None,
        }),
        1,
    );
    assert_eq!(person.register_under(&of(2, "a"), mark), Reply::Ended);
    // The end of a session is no end of what it granted.
    assert_eq!(person.list_all(), [of(1, "a")]);
}

#[test]
fn one_grant_is_ended_by_itself_and_only_here() {
    let mut person = Person::default();
    person.register(&entry("spa", 1));
    person.register(&entry("spa", 2));
    let grant = entry("spa", 1).key();
    assert_eq!(person.ask(end(grant), 1), Reply::Done);
    assert_eq!(person.list_all(), [entry("spa", 2)]);
    // Sent again, it stays ended.
    assert_eq!(person.register(&entry("spa", 1)), Reply::Ended);
    assert_eq!(person.finish(), [entry("spa", 1)]);
    let foreign = entry("web", 1).key();
    let before = person.rows.clone();
    assert_eq!(person.ask(end(foreign), 1), Reply::Unknown);
    assert_eq!(person.rows, before);
}

#[test]
fn a_grant_that_is_over_is_forgotten_and_forgetting_it_twice_is_nothing() {
    let mut person = Person::default();
    person.register(&entry("spa", 1));
    let grants = vec![entry("spa", 1).key()];
    for _ in 0..2 {
        let grants = grants.clone();
        assert_eq!(
            person.ask(Command::Forget(Forget { grants }), 1),
            Reply::Done
        );
        assert_eq!(person.list_all(), []);
    }
}

#[test]
fn a_list_goes_on_where_the_last_page_ended() {
    let mut person = Person::default();
    for number in 0..5 {
        person.register(&entry("spa", number));
    }
    let (first, next) = person.list(None, 2);
    let (second, next) = person.list(next, 2);
    let (third, end) = person.list(next, 2);
    let numbers = [first, second, third].concat();
    assert_eq!(numbers, (0..5).map(|n| entry("spa", n)).collect::<Vec<_>>());
    assert_eq!(end, None);
    // A cursor from outside is read as strictly as any input.
    assert_eq!(
        EntryKey::parse(numbers[0].key().as_str()),
        Some(numbers[0].key())
    );
    for text in [
        "",
        "spa",
        "spa AAAA",
        " AAAAAAAAAAAAAAAAAAAAAA",
        "u_ada AAAAAAAAAAAAAAAAAAAAAA",
    ] {
        assert_eq!(EntryKey::parse(text), None, "{text}");
    }
}

#[test]
fn ten_thousand_grants_are_listed_and_ended_in_pages() {
    let mut person = Person::default();
    person.open("a", 0);
    for number in 0..10_000 {
        person.register(&entry(&format!("client-{}", number % 112), number));
    }
    assert_eq!(person.list_all().len(), 10_000);
    person.most_changes = 0;
    person.ask(END_ALL, 1);
    assert!(person.most_changes <= 3, "{}", person.most_changes);
    person.register(&entry("client-3", 10_000));
    assert_eq!(person.list_all(), [entry("client-3", 10_000)]);
    assert_eq!(person.finish().len(), 10_000);
    assert!(person.most_changes <= PAGE, "{}", person.most_changes);
    assert_eq!(person.list_all(), [entry("client-3", 10_000)]);
}

#[test]
fn an_end_finds_its_grants_behind_thousands_that_were_given_after_it() {
    let mut person = Person::default();
    person.register(&entry("spa", 5_000));
    person.ask(END_ALL, 1);
    for number in (0..5_000).chain(5_001..6_000) {
        person.register_beyond_the_bound(&entry("spa", number));
    }
    let mut rounds = 1;
    let mut found = person.ending(PAGE).unwrap();
    while found.is_empty() {
        found = person.ending(PAGE).unwrap();
        rounds += 1;
    }
    assert_eq!(found, [entry("spa", 5_000)]);
    assert!(rounds <= 6_000 / PAGE + 2, "{rounds}");
    assert_eq!(person.finish(), [entry("spa", 5_000)]);
    assert_eq!(person.list_all().len(), 5_999);
}

#[test]
fn the_sweep_takes_what_has_had_its_time_and_says_when_to_come_again() {
    let mut person = Person::default();
    person.open("a", 0);
    person.register(&entry("spa", 1));
    assert_eq!(person.sweep(99), Some(UnixTime(100)));
    assert_eq!(person.sweep(100), Some(UnixTime(1_000)));
    assert_eq!(person.rows.len(), 1);
    assert_eq!(person.sweep(1_000), None);
    assert!(person.rows.is_empty());
}

#[test]
fn the_count_of_ends_outlives_every_mark() {
    let mut person = Person::default();
    let mark = person.mark();
    person.ask(END_ALL, 10);
    person.finish();
    assert_eq!(person.sweep(20), Some(UnixTime(10 + REMEMBERED)));
    assert_eq!(person.register_under(&entry("spa", 1), mark), Reply::Ended);
    assert_eq!(person.sweep(10 + REMEMBERED), None);
    // With something left, the count stays, however old.
    person.register(&entry("spa", 2));
    let first = person.mark();
    person.sweep(999);
    assert_eq!(person.mark(), first);
}

#[test]
fn the_end_of_a_client_is_remembered_until_it_is_finished() {
    let mut person = Person::default();
    let mut kept = entry("spa", 1);
    kept.until = UnixTime(i64::MAX);
    person.register(&kept);
    person.ask(end_of("spa"), 10);
    assert_eq!(
        person.sweep(10 + REMEMBERED),
        Some(UnixTime(10 + REMEMBERED + ending::LEFT_TO_CALLER))
    );
    assert_eq!(person.list_all(), []);
    assert_eq!(person.finish(), [kept]);
    assert_eq!(person.sweep(10 + REMEMBERED), None);
    assert_eq!(person.rows.keys().collect::<Vec<_>>(), [COUNTER]);
}

#[test]
fn a_record_of_version_1_becomes_rows_and_its_sessions_go_on() {
    let record = r#"{"version":1,"sessions":[
        {"hash":"a","auth_time":0,"expires_at":100},{"hash":"b","auth_time":5,"expires_at":105}]}"#;
    let mut person = Person::default();
    person.rows.insert(RECORD.into(), record.into());
    let changes = migrate(&person.rows).unwrap();
    apply(&mut person.rows, changes);
    assert!(person.find("a", 99).is_some());
    assert!(person.find("b", 104).is_some());
    assert!(person.find("a", 100).is_none());
    assert_eq!(migrate(&person.rows).unwrap(), []);
}

#[test]
fn a_record_that_cannot_be_read_stays() {
    for record in ["{", r#"{"version":3,"sessions":[]}"#] {
        let mut person = Person::default();
        person.rows.insert(RECORD.into(), record.into());
        assert!(migrate(&person.rows).is_err());
    }
}

#[test]
fn a_row_that_cannot_be_read_is_a_fault_and_no_answer() {
    let mut person = Person::default();
    person.open("a", 0);
    let key = person.rows.keys().next().cloned().unwrap();
    person.rows.insert(key, "{}".into());
    let find = Command::Find(FindSession { hash: "a".into() });
    assert!(step(&person.rows, find, UnixTime(1)).is_err());
    assert!(step(&person.rows, Command::Sessions, UnixTime(1)).is_err());
    assert!(sweep(&person.rows, None, UnixTime(1)).is_err());
}

#[derive(Clone, Debug)]
enum Act {
    Mark,
    Open(u8),
    Close(u8),
    Register(u8, u16),
    End(u8, u16),
    EndOf(u8),
    EndAll,
    Finish,
    Sweep,
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        Just(Act::Mark),
        (0..4u8).prop_map(Act::Open),
        (0..4u8).prop_map(Act::Close),
        (0..3u8, 0..6u16).prop_map(|(client, number)| Act::Register(client, number)),
        (0..3u8, 0..6u16).prop_map(|(client, number)| Act::End(client, number)),
        (0..3u8).prop_map(Act::EndOf),
        Just(Act::EndAll),
        Just(Act::Finish),
        Just(Act::Sweep),
    ]
}

const CLIENTS: [&str; 3] = ["a", "a!", "b"];

/// A model of the index, in the plainest form.
#[derive(Default)]
struct Model {
    alive: Vec<Entry>,
    ended: Vec<Entry>,
    mark: Mark,
    ended_since_mark: Vec<&'static str>,
}

impl Model {
    fn end(&mut self, which: impl Fn(&Entry) -> bool) {
        let (over, alive) = self.alive.drain(..).partition(|entry| which(entry));
        self.alive = alive;
        self.ended.extend::<Vec<_>>(over);
    }
}

proptest! {
    #[test]
    fn what_is_listed_and_what_is_ending_agree_with_a_plain_model(acts in prop::collection::vec(act(), 0..60)) {
        let (mut person, mut model) = (Person::default(), Model::default());
        for act in acts {
            match act {
                Act::Mark => {
                    model.mark = person.mark();
                    model.ended_since_mark.clear();
                }
                Act::Open(hash) => {
                    let session = session(&hash.to_string(), 0);
                    let reply = person.ask(Command::Open(OpenSession { session, mark: model.mark }), 1);
                    let over = model.ended_since_mark.contains(&"*");
                    prop_assert_eq!(reply, if over { Reply::Ended } else { Reply::Done });
                }
                Act::Close(hash) => drop(person.ask(Command::Close(CloseSession { hash: hash.to_string(), act: None }), 1)),
                Act::Register(client, number) => {
                    let name = CLIENTS[usize::from(client)];
                    let entry = entry(name, number);
                    let known = model.alive.contains(&entry) || model.ended.contains(&entry);
                    if known {
                        continue;
                    }
                    let over = model.ended_since_mark.iter().any(|of| *of == "*" || *of == name);
                    let reply = person.register_under(&entry, model.mark);
                    prop_assert_eq!(reply, if over { Reply::Ended } else { Reply::Done });
                    if !over {
                        model.alive.push(entry);
                    }
                }
                Act::End(client, number) => {
                    let entry = entry(CLIENTS[usize::from(client)], number);
                    person.ask(end(entry.key()), 1);
                    model.end(|other| *other == entry);
                }
                Act::EndOf(client) => {
                    let name = CLIENTS[usize::from(client)];
                    person.ask(end_of(name), 1);
                    model.end(|entry| entry.client_id.as_str() == name);
                    model.ended_since_mark.push(name);
                }
                Act::EndAll => {
                    person.ask(END_ALL, 1);
                    model.end(|_| true);
                    model.ended_since_mark.push("*");
                    prop_assert_eq!(person.ask(Command::Sessions, 1), Reply::Sessions { count: 0, since: None });
                }
                Act::Finish => {
                    let mut finished = person.finish();
                    finished.sort_by_key(Entry::key);
                    model.ended.sort_by_key(Entry::key);
                    prop_assert_eq!(finished, std::mem::take(&mut model.ended));
                }
                Act::Sweep => drop(person.sweep(1)),
            }
            model.alive.sort_by_key(Entry::key);
            prop_assert_eq!(person.list_all(), model.alive.clone());
        }
    }

    #[test]
    fn a_name_or_a_mark_that_was_not_given_here_changes_nothing(hash in "[a-z]{1,8}", number in 100..200u16, mark in 2..u64::MAX) {
        let mut person = Person::default();
        person.open("A", 0);
        person.register(&entry("spa", 1));
        person.ask(end_of("web"), 1);
        let before = person.rows.clone();
        let forged = entry("spa", number);
        person.find(&hash, 1);
        person.ask(Command::Close(CloseSession { hash: hash.clone(), act: None }), 1);
        person.ask(end(forged.key()), 1);
        person.ask(Command::Forget(Forget { grants: vec![forged.key()] }), 1);
        person.register_under(&forged, Mark(mark));
        person.ask(Command::Open(OpenSession { session: session(&hash, 0), mark: Mark(mark) }), 1);
        prop_assert_eq!(person.rows, before);
    }
}

/// A grant of the client `spa` that began then.
fn since(number: u16, since: i64) -> Entry {
    Entry {
        since: UnixTime(since),
        until: UnixTime(1_000_000),
        ..entry("spa", number)
    }
}

/// A user whose client has as many grants as it may have, one begun every hour.
fn with_most_grants() -> (Person, i64) {
    let mut person = Person::default();
    let mut now = 0;
    for number in 0..100 {
        now += 3_600;
        let mark = person.mark();
        let entry = since(number, now);
        let register = Command::Register(Register { entry, mark });
        assert_eq!(person.ask(register, now), Reply::Done);
    }
    assert_eq!(person.ending(PAGE), None, "a hundred are not too many");
    (person, now)
}

#[test]
fn the_oldest_grant_of_a_client_ends_when_one_more_begins() {
    assert_eq!(MOST_GRANTS, 100);
    let (mut person, now) = with_most_grants();
    person.register(&entry("other", 7));
    for more in 0..3 {
        let mark = person.mark();
        let now = now + 3_600 * (1 + i64::from(more));
        let entry = since(100 + more, now);
        let register = Command::Register(Register { entry, mark });
        let step = step(&person.rows, register, UnixTime(now)).unwrap();
        assert_eq!(step.reply, Reply::Done);
        assert_eq!(
            step.wake_at,
            Some(UnixTime(now)),
            "the alarm ends it at once"
        );
        apply(&mut person.rows, step.changes);
        let oldest = since(more, 3_600 * (1 + i64::from(more)));
        assert!(!person.list_all().contains(&oldest));
        let Reply::Ending {
            entries, reason, ..
        } = person.ask(
            Command::Ending(ListEnding {
                limit: PAGE,
                beyond: None,
            }),
            now,
        )
        else {
            panic!("nothing ends")
        };
        assert_eq!((entries, reason), (vec![oldest], EndReason::TooManyGrants));
        person.finish();
        assert_eq!(person.list_all().len(), MOST_GRANTS + 1);
    }
}

#[test]
fn a_flood_of_new_grants_does_not_end_the_ones_from_before() {
    let mut person = Person::default();
    for number in 0..40 {
        person.register(&since(number, 1));
    }
    let now = 100_000;
    for number in 40..400 {
        let mark = person.mark();
        let entry = since(number, now + i64::from(number) / 10);
        let register = Command::Register(Register { entry, mark });
        assert_eq!(person.ask(register, now + 40), Reply::Done);
        if number % 20 == 0 {
            person.finish();
        }
    }
    let living = person.list_all();
    assert_eq!(living.len(), MOST_GRANTS);
    for number in 0..40 {
        assert!(living.contains(&since(number, 1)), "{number}");
    }
    assert!(
        living.contains(&since(399, now + 39)),
        "the newest is there"
    );
}

#[test]
fn what_has_ended_or_expired_takes_no_place() {
    let (mut person, now) = with_most_grants();
    person.ask(END_ALL, now);
    let mark = person.mark();
    let entry = since(500, now);
    let register = Command::Register(Register { entry, mark });
    let step = step(&person.rows, register, UnixTime(now)).unwrap();
    assert_eq!(step.changes.len(), 1, "only the new row");
}

#[test]
fn a_client_that_has_far_too_many_from_before_the_bound_comes_down_to_it() {
    let mut person = Person::default();
    for number in 0..150 {
        person.register_beyond_the_bound(&since(number, 1));
    }
    let mark = person.mark();
    let entry = since(500, 100_000);
    person.ask(Command::Register(Register { entry, mark }), 100_000);
    assert_eq!(person.list_all().len(), MOST_GRANTS);
}

#[test]
fn an_act_of_an_earlier_version_is_announced_by_its_sender() {
    let mut person = Person::default();
    let text = r#"{"end_all":{"reason":"signed_out"}}"#;
    assert_eq!(
        person.ask(serde_json::from_str(text).unwrap(), 1),
        Reply::Done
    );
    assert!(super::unannounced(&person.rows).unwrap().is_empty());
}
