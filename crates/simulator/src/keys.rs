//! Signing keys, which follow one another while isolates go on with the ones that they have read: the production copy
//! and the production schedule, over a table of this world.

use std::{cell::RefCell, rc::Rc};

use oauth_core::{
    Fault, UnixTime,
    jose::{Algorithm, JwkSet},
    lifecycle::signing_keys::{KeyCopy, KeyEntry, KeyReader, KeyState, Lives, Step, due},
};

use crate::{machine::Machine, signer, world::World};

/// How many isolates there are.
const ISOLATES: usize = 3;

/// Nothing here becomes so old that it needs a successor by itself.
const LIVES: Lives = Lives {
    key: i64::MAX,
    token: 3_600,
};

/// The keys as one reading found them.
pub(crate) struct Known {
    rows: Vec<KeyEntry>,
    public: Rc<JwkSet>,
}

impl AsRef<JwkSet> for Known {
    fn as_ref(&self) -> &JwkSet {
        &self.public
    }
}

/// The table, and what each isolate knows of it.
pub(crate) struct Table {
    rows: RefCell<Vec<KeyEntry>>,
    isolates: [KeyCopy<Known>; ISOLATES],
}

impl Table {
    /// One key for each algorithm, which nobody has read yet.
    pub(crate) fn new(now: i64) -> Self {
        let first = [Algorithm::Es256, Algorithm::Rs256];
        let first = first.map(|algorithm| row(algorithm, 0, KeyState::Active, UnixTime(now)));
        Self {
            rows: RefCell::new(first.into()),
            isolates: std::array::from_fn(|_| KeyCopy::default()),
        }
    }

    /// A successor of the key for access tokens is published, and signs later, or at once.
    pub(crate) fn succeed(&self, at_once: bool, now: UnixTime) {
        let mut rows = self.rows.borrow_mut();
        let number = rows.len();
        rows.push(row(Algorithm::Es256, number, KeyState::Next, now));
        if at_once {
            begin(&mut rows, Algorithm::Es256.name(), now);
        }
    }

    /// Reads the table, and takes the steps that are due.
    fn read(&self, now: UnixTime) -> Known {
        let mut rows = self.rows.borrow_mut();
        let before = rows.clone();
        for step in due(&before, LIVES, now) {
            match step {
                Step::Publish(_) => {}
                Step::Begin(old) => begin(&mut rows, &old.algorithm, now),
                Step::Drop(old) => rows.retain(|row| row.kid != old.kid),
            }
        }
        let keys = rows.iter().filter_map(|row| {
            let algorithm = Algorithm::parse(&row.algorithm)?;
            Some(signer::public_key(&row.kid, algorithm))
        });
        Known {
            public: Rc::new(JwkSet {
                keys: keys.collect(),
            }),
            rows: rows.clone(),
        }
    }
}

/// The next key of an algorithm signs in the place of the active one.
fn begin(rows: &mut [KeyEntry], algorithm: &str, now: UnixTime) {
    for row in rows.iter_mut().filter(|row| row.algorithm == algorithm) {
        match row.state {
            KeyState::Active => {
                row.state = KeyState::Retired;
                row.retired_at = Some(now);
            }
            KeyState::Next => row.state = KeyState::Active,
            KeyState::Retired => {}
        }
    }
}

fn row(algorithm: Algorithm, number: usize, state: KeyState, now: UnixTime) -> KeyEntry {
    KeyEntry {
        kid: signer::key_id(algorithm, number),
        algorithm: algorithm.name().to_owned(),
        state,
        created_at: now,
        retired_at: None,
    }
}

/// The table, as a machine reads it in D1.
struct InD1<'a> {
    machine: &'a Machine,
    table: &'a Table,
}

impl KeyReader for InD1<'_> {
    type Keys = Known;

    async fn read(&self) -> Result<Known, Fault> {
        self.machine.d1("d1.read_keys").await?;
        Ok(self.table.read(self.machine.now()))
    }
}

impl Machine {
    /// The id of the key that this machine signs with.
    pub(crate) async fn active_key(&self, algorithm: Algorithm) -> Result<String, Fault> {
        let Some(table) = self.world.keys.get() else {
            return Ok(signer::key_id(algorithm, 0));
        };
        let reader = InD1 {
            machine: self,
            table,
        };
        let keys = table.isolates[self.isolate]
            .current(&reader, self.now())
            .await?;
        let mut rows = keys.rows.iter();
        let active =
            rows.find(|row| row.state == KeyState::Active && row.algorithm == algorithm.name());
        active
            .map(|row| row.kid.clone())
            .ok_or_else(|| Fault::new("simulator.keys", "there is no key"))
    }

    /// The public keys, as the isolate of this machine knows them.
    pub(crate) async fn known_keys(&self, wanted: Wanted<'_>) -> Result<Rc<JwkSet>, Fault> {
        let Some(table) = self.world.keys.get() else {
            return Ok(Rc::clone(&self.world.template.keys));
        };
        let (now, copy) = (self.now(), &table.isolates[self.isolate]);
        let reader = InD1 {
            machine: self,
            table,
        };
        let keys = match wanted {
            Wanted::All => copy.current(&reader, now).await,
            Wanted::With(key_id) => copy.newer(&reader, key_id, now).await,
        };
        let keys = self.hit(keys)?;
        Ok(Rc::clone(&keys.public))
    }
}

/// Which public keys are wanted.
#[derive(Clone, Copy)]
pub(crate) enum Wanted<'a> {
    /// Those that are known.
    All,
    /// Such that may have one with this id.
    With(Option<&'a str>),
}

impl World {
    /// From now on keys follow one another, and each machine is of one of some isolates.
    pub(crate) fn let_keys_follow(&self) {
        let _first = self.keys.set(Table::new(self.scheduler.now()));
    }

    /// The isolate of some machine.
    pub(crate) fn any_isolate(&self) -> usize {
        match self.keys.get() {
            Some(_) => self.scheduler.choices.one_of(ISOLATES),
            None => 0,
        }
    }

    /// A key for access tokens is replaced.
    pub(crate) fn rotate(&self, at_once: bool) {
        if let Some(table) = self.keys.get() {
            table.succeed(at_once, UnixTime(self.scheduler.now()));
            let how = if at_once {
                "at once"
            } else {
                "by the schedule"
            };
            self.scheduler.note(|| format!("a key is replaced {how}"));
        }
    }
}
