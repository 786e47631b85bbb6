//! Which units' sources have changed since the last look.

use std::{thread, time::Duration};

use anyhow::Result;

use crate::{
    unit::Unit,
    workspace::{self, Packages},
};

/// Looks at the sources of all units.
pub(crate) struct Watch {
    packages: Packages,
    seen: [String; 4],
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
        let units = Unit::SYSTEM.into_iter().zip(now.iter().zip(&self.seen));
        let changed = units.filter(|(_, (now, seen))| now != seen);
        let changed = changed.map(|(unit, _)| unit).collect();
        self.seen = now;
        // A manifest may have changed as well; a broken one leaves what was known.
        if let Ok(packages) = workspace::packages() {
            self.packages = packages;
        }
        changed
    }
}

fn look(packages: &Packages) -> [String; 4] {
    Unit::SYSTEM.map(|unit| unit.fingerprint(packages))
}
