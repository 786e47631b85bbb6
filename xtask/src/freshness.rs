//! Whether something must be made again: a fingerprint of what it was made from.

use std::{
    fs,
    hash::{DefaultHasher, Hash as _, Hasher as _},
    path::{Path, PathBuf},
};

use anyhow::Result;

use crate::{paths, process};

/// Folders and files that are made, not written.
const MADE: &[&str] = &[
    ".dev.vars",
    "build",
    "dist",
    "target",
    "node_modules",
    ".wrangler",
    ".git",
    "tests",
];

/// A fingerprint of the names, sizes and times of all files under `sources`.
pub(crate) fn fingerprint<'a>(sources: impl IntoIterator<Item = &'a PathBuf>) -> String {
    let mut hasher = DefaultHasher::new();
    for path in sources {
        add(path, &mut hasher);
    }
    format!("{:016x}", hasher.finish())
}

/// A fingerprint of bytes.
pub(crate) fn fingerprint_of(content: &[u8]) -> String {
    let mut hasher = DefaultHasher::new();
    content.hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}

fn add(path: &Path, hasher: &mut DefaultHasher) {
    if let Ok(entries) = fs::read_dir(path) {
        let mut entries: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
        entries.retain(|entry| !MADE.iter().any(|made| entry.ends_with(made)));
        entries.sort();
        for entry in entries {
            add(&entry, hasher);
        }
    } else if let Ok(file) = fs::metadata(path) {
        (path, file.len(), file.modified().ok()).hash(hasher);
    }
}

/// Whether `fingerprint` is what was remembered under `name`.
pub(crate) fn is_remembered(name: &str, fingerprint: &str) -> bool {
    fs::read_to_string(paths::memory().join(name)).is_ok_and(|text| text == fingerprint)
}

/// Remembers `fingerprint` under `name`.
pub(crate) fn remember(name: &str, fingerprint: &str) -> Result<()> {
    let file = paths::memory().join(name);
    Ok(process::shell()?.write_file(file, fingerprint)?)
}

/// Forgets what was remembered under `name`.
pub(crate) fn forget(name: &str) {
    // It may never have been there.
    let _ = fs::remove_file(paths::memory().join(name));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_file_is_seen() {
        let folder = std::env::temp_dir().join(format!("ostiary-freshness-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("one"), "1").unwrap();
        let before = fingerprint([&folder]);
        assert_eq!(before, fingerprint([&folder]));
        // The first start makes it after the build, which must not begin again.
        fs::write(folder.join(".dev.vars"), "SECRET=1").unwrap();
        assert_eq!(before, fingerprint([&folder]));
        fs::write(folder.join("one"), "22").unwrap();
        assert_ne!(before, fingerprint([&folder]));
        fs::remove_dir_all(&folder).unwrap();
    }
}
