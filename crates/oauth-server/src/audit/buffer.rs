//! Entries that wait to be written together.

use oauth_core::{
    UnixTime,
    id::{GrantId, UserId},
};

use super::{AuditEvent, Event, Rows};

/// The most entries that wait. More than these come only while the store is down, or in a flood.
const MOST: usize = 500;
/// The most waiting entries among which a folded one may be new with its names, so that a flood leaves room for the others.
const MOST_WITH_FOLDED: usize = 400;
/// The most different folded entries of one kind in a minute that have all of their names. Each kind has its own: a flood
/// of one hides nothing of another.
const MOST_NAMED: usize = 100;
/// The most that have at least their network. What comes after them is counted without any name.
const MOST_FOLDED: usize = 150;
/// The seconds after which a writer that took nothing is given up.
const WRITER_LOST: i64 = 15;
/// The seconds that one folded entry stands for.
const MINUTE: i64 = 60;
/// How the id of a folded entry begins: the store adds up their counts.
const FOLDED: &str = "f.";

/// An event and its reason. A client that is not registered is refused for another reason than one that is.
type Kind = (Event, Option<&'static str>);

/// Entries that wait to be written. It decides nothing about where.
#[derive(Debug, Default)]
pub struct Buffer {
    waiting: Vec<AuditEvent>,
    writer_since: Option<UnixTime>,
    minute: i64,
    /// This minute's folded entries by kind and id, whether they wait or are written.
    seen: Vec<(Kind, String)>,
}

/// The outcome of adding an entry.
#[derive(Debug, PartialEq, Eq)]
pub enum Pushed {
    /// It waits, and somebody has to write: call [`Buffer::take`] in a moment.
    First,
    /// It waits for the writer that is on its way.
    Waiting,
    /// There is no room for it.
    Full(Box<AuditEvent>),
}

impl Buffer {
    /// An empty buffer.
    pub const fn new() -> Self {
        Self {
            waiting: Vec::new(),
            writer_since: None,
            minute: 0,
            seen: Vec::new(),
        }
    }

    /// Takes an entry; one that has no id gets `id`, and one that is folded joins its like.
    pub fn push(&mut self, mut event: AuditEvent, id: impl FnOnce() -> String) -> Pushed {
        let now = event.at;
        if event.id.is_none() {
            match event.event.rows() {
                Rows::Each => event.id = Some(id()),
                Rows::Folded => {
                    let Some(folded) = self.fold(event) else {
                        return self.writer(now);
                    };
                    event = folded;
                }
            }
        }
        if self.waiting.len() >= MOST {
            return Pushed::Full(Box::new(event));
        }
        self.waiting.push(event);
        self.writer(now)
    }

    /// Counts an entry with its like, or gives it back as the first of a minute.
    fn fold(&mut self, mut event: AuditEvent) -> Option<AuditEvent> {
        let minute = event.at.0.div_euclid(MINUTE);
        if self.minute != minute {
            self.minute = minute;
            self.seen.clear();
        }
        let id = self.blurred(&mut event, minute);
        if self.join(&id, event.count) {
            return None;
        }
        if !self.has_seen(&id) {
            self.seen.push((kind_of(&event), id.clone()));
        }
        event.id = Some(id);
        Some(event)
    }

    /// The id of a folded entry, after its names are taken away if there are too many: a flood of different names must not
    /// become a flood of rows. The names that anyone can invent go first.
    fn blurred(&self, event: &mut AuditEvent, minute: i64) -> String {
        let kind = kind_of(event);
        let id = folded_id(event, minute);
        if self.has_room(kind, &id, MOST_NAMED) {
            return id;
        }
        event.account = None;
        event.client_id = None;
        let id = folded_id(event, minute);
        if self.has_room(kind, &id, MOST_FOLDED) {
            return id;
        }
        event.network = None;
        folded_id(event, minute)
    }

    fn has_room(&self, kind: Kind, id: &str, most: usize) -> bool {
        let alike = self.seen.iter().filter(|(seen, _)| *seen == kind).count();
        self.has_seen(id) || (alike < most && self.waiting.len() < MOST_WITH_FOLDED)
    }

    fn has_seen(&self, id: &str) -> bool {
        self.seen.iter().any(|(_, seen)| seen == id)
    }

    fn join(&mut self, id: &str, count: u32) -> bool {
        let mut waiting = self.waiting.iter_mut();
        let like = waiting.find(|waiting| waiting.id.as_deref() == Some(id));
        like.map(|like| like.count = like.count.saturating_add(count))
            .is_some()
    }

    fn writer(&mut self, now: UnixTime) -> Pushed {
        match self.writer_since {
            Some(since) if now.0 < since.0.saturating_add(WRITER_LOST) => Pushed::Waiting,
            Some(_) | None => {
                self.writer_since = Some(now);
                Pushed::First
            }
        }
    }

    /// Takes everything that waits.
    pub fn take(&mut self) -> Vec<AuditEvent> {
        self.writer_since = None;
        std::mem::take(&mut self.waiting)
    }
}

const fn kind_of(event: &AuditEvent) -> Kind {
    (event.event, event.reason)
}

/// The same for all entries that one row stands for. What the sender chose comes last.
fn folded_id(event: &AuditEvent, minute: i64) -> String {
    let part = |text: &Option<String>| text.clone().unwrap_or_default();
    [
        FOLDED,
        &minute.to_string(),
        ".",
        event.event.word(),
        ".",
        event.reason.unwrap_or_default(),
        ".",
        event.grant.as_ref().map_or("", GrantId::as_str),
        ".",
        event.subject.as_ref().map_or("", UserId::as_str),
        ".",
        &part(&event.account),
        ".",
        &part(&event.network),
        ".",
        &part(&event.actor),
        ".",
        &part(&event.client_id),
    ]
    .concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixTime = UnixTime(600);

    fn failed(account: usize, at: UnixTime) -> AuditEvent {
        AuditEvent {
            account: Some(account.to_string()),
            ..AuditEvent::new(Event::LoginFailed, at)
        }
    }

    fn push(buffer: &mut Buffer, event: AuditEvent) -> Pushed {
        buffer.push(event, || "random".to_owned())
    }

    #[test]
    fn the_first_event_calls_a_writer_and_the_others_wait_for_it() {
        let mut buffer = Buffer::new();
        let login = || AuditEvent::new(Event::Login, NOW);
        assert_eq!(push(&mut buffer, login()), Pushed::First);
        assert_eq!(push(&mut buffer, login()), Pushed::Waiting);
        let taken = buffer.take();
        assert_eq!(taken.len(), 2);
        assert!(
            taken
                .iter()
                .all(|event| event.id.as_deref() == Some("random"))
        );
        assert_eq!(push(&mut buffer, login()), Pushed::First);
    }

    #[test]
    fn a_writer_that_never_came_is_replaced() {
        let mut buffer = Buffer::new();
        push(&mut buffer, AuditEvent::new(Event::Login, NOW));
        let later = AuditEvent::new(Event::Login, NOW.plus(WRITER_LOST));
        assert_eq!(push(&mut buffer, later), Pushed::First);
        assert_eq!(buffer.take().len(), 2);
    }

    #[test]
    fn failures_that_are_alike_are_one_entry_a_minute_with_their_number() {
        let mut buffer = Buffer::new();
        for _ in 0..1000 {
            push(&mut buffer, failed(1, NOW));
        }
        push(&mut buffer, failed(2, NOW));
        push(&mut buffer, failed(1, NOW.plus(60)));
        let taken = buffer.take();
        let counts: Vec<u32> = taken.iter().map(|event| event.count).collect();
        assert_eq!(counts, [1000, 1, 1]);
        // After it was written, the same minute goes on under the same id.
        push(&mut buffer, failed(1, NOW.plus(60)));
        assert_eq!(buffer.take().first().unwrap().id, taken.get(2).unwrap().id);
    }

    #[test]
    fn one_row_stands_for_one_user() {
        let mut buffer = Buffer::new();
        for user in ["u_ada", "u_alan", "u_ada"] {
            let read = AuditEvent {
                subject: UserId::parse(user),
                ..AuditEvent::new(Event::AuditRead, NOW)
            };
            push(&mut buffer, read);
        }
        let taken = buffer.take();
        let counts: Vec<u32> = taken.iter().map(|event| event.count).collect();
        assert_eq!(counts, [2, 1]);
    }

    #[test]
    fn a_flood_of_names_is_a_bounded_number_of_rows() {
        let mut buffer = Buffer::new();
        let mut ids = std::collections::BTreeSet::new();
        let mut count = 0;
        for account in 0..10_000 {
            push(&mut buffer, failed(account, NOW));
            if account % 300 == 0 {
                for event in buffer.take() {
                    count += event.count;
                    ids.insert(event.id);
                }
            }
        }
        for event in buffer.take() {
            count += event.count;
            ids.insert(event.id);
        }
        assert_eq!(count, 10_000);
        assert_eq!(ids.len(), MOST_NAMED + 1);
    }

    #[test]
    fn f6_a_flood_of_one_kind_hides_no_name_of_another() {
        let mut buffer = Buffer::new();
        let refused = |client: &str, reason| AuditEvent {
            client_id: Some(client.to_owned()),
            reason: Some(reason),
            ..AuditEvent::new(Event::ClientAuthenticationFailed, NOW)
        };
        for client in 0..10_000 {
            push(&mut buffer, refused(&client.to_string(), "client_unknown"));
        }
        push(&mut buffer, failed(7, NOW));
        push(&mut buffer, refused("known", "client_secret_wrong"));
        let taken = buffer.take();
        let has = |named: fn(&AuditEvent) -> bool| taken.iter().any(named);
        assert!(has(|it| it.account.as_deref() == Some("7")));
        assert!(has(|it| it.client_id.as_deref() == Some("known")));
    }

    #[test]
    fn f6_beyond_the_names_an_entry_still_has_its_network() {
        let mut buffer = Buffer::new();
        let from = |network: usize, account| AuditEvent {
            network: Some(network.to_string()),
            ..failed(account, NOW)
        };
        for account in 0..1_000 {
            push(&mut buffer, from(1, account));
        }
        push(&mut buffer, from(2, 1_000));
        let taken = buffer.take();
        let last = taken.last().unwrap();
        assert_eq!(
            (last.account.as_deref(), last.network.as_deref()),
            (None, Some("2"))
        );
        // Networks are not without bound either.
        for network in 0..10_000 {
            push(&mut buffer, from(network, network));
            buffer.take();
        }
        assert_eq!(buffer.seen.len(), MOST_FOLDED + 1);
    }

    #[test]
    fn f6_a_flood_of_every_kind_leaves_room_for_what_nobody_can_repeat() {
        let mut buffer = Buffer::new();
        for kind in Event::ALL.iter().filter(|kind| kind.rows() == Rows::Folded) {
            for account in 0..1_000 {
                let account = Some(account.to_string());
                let flood = AuditEvent::new(*kind, NOW);
                push(&mut buffer, AuditEvent { account, ..flood });
            }
        }
        let login = push(&mut buffer, AuditEvent::new(Event::Login, NOW));
        assert_eq!(login, Pushed::Waiting);
    }

    #[test]
    fn what_finds_no_room_is_given_back() {
        let mut buffer = Buffer::new();
        for _ in 0..MOST {
            push(&mut buffer, AuditEvent::new(Event::Login, NOW));
        }
        let last = push(&mut buffer, AuditEvent::new(Event::Logout, NOW));
        assert!(matches!(last, Pushed::Full(event) if event.event == Event::Logout));
        assert_eq!(buffer.take().len(), MOST);
    }
}
