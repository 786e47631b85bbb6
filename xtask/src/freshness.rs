//! Whether something must be made again: a fingerprint of what it was made from.

use std::{
    fs,
    path::{Path, PathBuf},
    time::UNIX_EPOCH,
};

use anyhow::{Context as _, Result};

use crate::place;

/// Folders that are made, not written.
const MADE: &[&str] = &[
    "build",
    "dist",
    "target",
    "node_modules",
    ".wrangler",
    ".git",
    "tests",
];

/// A running FNV-1a: stable, and good enough to tell that something changed.
#[derive(Clone, Copy)]
pub(crate) struct Fingerprint(u64);

impl Fingerprint {
    pub(crate) const fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }

    /// Adds bytes, and that they end here.
    pub(crate) fn add(&mut self, bytes: &[u8]) -> &mut Self {
        for byte in bytes.iter().chain(&[0xff]) {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
        self
    }

    /// Adds the names, sizes and times of all files under `paths`.
    pub(crate) fn add_files(&mut self, paths: &[PathBuf]) -> &mut Self {
        for path in paths {
            self.add_path(path);
        }
        self
    }

    fn add_path(&mut self, path: &Path) {
        let Ok(facts) = fs::metadata(path) else {
            return;
        };
        if facts.is_dir() {
            let mut entries: Vec<PathBuf> = fs::read_dir(path)
                .into_iter()
                .flatten()
                .flatten()
                .map(|entry| entry.path())
                .collect();
            entries.sort();
            for entry in entries.iter().filter(|entry| !is_made(entry)) {
                self.add_path(entry);
            }
            return;
        }
        let changed = facts
            .modified()
            .ok()
            .and_then(|time| time.duration_since(UNIX_EPOCH).ok());
        self.add(path.as_os_str().as_encoded_bytes())
            .add(&facts.len().to_le_bytes())
            .add(&changed.map_or(0, |since| since.as_nanos()).to_le_bytes());
    }

    /// The fingerprint as text.
    pub(crate) fn text(self) -> String {
        format!("{:016x}", self.0)
    }
}

fn is_made(path: &Path) -> bool {
    let name = path
        .file_name()
        .and_then(|name| name.to_str())
        .unwrap_or_default();
    MADE.contains(&name)
}

/// What was remembered under `name`, if it is still `fingerprint`.
pub(crate) fn is_remembered(name: &str, fingerprint: &str) -> bool {
    fs::read_to_string(place::memory().join(name)).is_ok_and(|text| text == fingerprint)
}

/// Remembers `fingerprint` under `name`.
pub(crate) fn remember(name: &str, fingerprint: &str) -> Result<()> {
    let folder = place::memory();
    fs::create_dir_all(&folder)
        .with_context(|| format!("cannot make {}", place::short(&folder)))?;
    fs::write(folder.join(name), fingerprint).with_context(|| format!("cannot remember {name}"))
}

/// Forgets what was remembered under `name`.
pub(crate) fn forget(name: &str) {
    // It may never have been there.
    let _ = fs::remove_file(place::memory().join(name));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moving_a_byte_between_parts_changes_the_fingerprint() {
        let one = Fingerprint::new().add(b"ab").add(b"c").text();
        let two = Fingerprint::new().add(b"a").add(b"bc").text();
        assert_ne!(one, two);
    }

    #[test]
    fn a_changed_file_is_seen() {
        let folder = std::env::temp_dir().join(format!("ostiary-freshness-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let paths = [folder.clone()];
        fs::write(folder.join("one"), "1").unwrap();
        let before = Fingerprint::new().add_files(&paths).text();
        assert_eq!(before, Fingerprint::new().add_files(&paths).text());
        fs::write(folder.join("one"), "22").unwrap();
        assert_ne!(before, Fingerprint::new().add_files(&paths).text());
        fs::remove_dir_all(&folder).unwrap();
    }
}
