//! Which parts' sources changed since we last looked.

use std::{collections::BTreeMap, thread, time::Duration};

use anyhow::Result;

use crate::{
    build::Unit,
    workspace::{self, Package},
};

/// Looks at the sources of all units.
pub(crate) struct Watch {
    packages: BTreeMap<String, Package>,
    seen: Vec<(Unit, String)>,
}

impl Watch {
    /// Takes the sources as they are now for known.
    pub(crate) fn start() -> Result<Self> {
        let packages = workspace::packages()?;
        let seen = look(&packages);
        Ok(Self { packages, seen })
    }

    /// The units whose sources changed, once no more changes come: an editor may save several files.
    pub(crate) fn changed(&mut self) -> Vec<Unit> {
        let mut now = look(&self.packages);
        if now == self.seen {
            return Vec::new();
        }
        loop {
            thread::sleep(Duration::from_millis(150));
            let later = look(&self.packages);
            if later == now {
                break;
            }
            now = later;
        }
        let changed = now
            .iter()
            .zip(&self.seen)
            .filter(|(one, other)| one != other)
            .map(|((unit, _), _)| *unit)
            .collect();
        self.seen = now;
        // A manifest may have changed as well; a broken one keeps what we knew.
        if let Ok(packages) = workspace::packages() {
            self.packages = packages;
        }
        changed
    }
}

fn look(packages: &BTreeMap<String, Package>) -> Vec<(Unit, String)> {
    Unit::ALL
        .into_iter()
        .map(|unit| (unit, unit.fingerprint(packages)))
        .collect()
}
