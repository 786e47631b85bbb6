//! Every reason for a refusal is given somewhere, and seen by a test.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![expect(clippy::disallowed_methods, reason = "the test reads the sources")]

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use oauth_core::Refusal;

/// Folders that are made, not written, and the simulator, which gives no reasons of its own.
const LEFT_OUT: &[&str] = &[
    ".git",
    ".tools",
    ".wrangler",
    "build",
    "dist",
    "node_modules",
    "simulator",
    "target",
];

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let ending = path.extension().unwrap_or_default();
        if LEFT_OUT.iter().any(|name| path.ends_with(name)) {
        } else if path.is_dir() {
            sources(&path, found);
        } else if ending == "rs" || ending == "mjs" {
            found.push(path);
        }
    }
}

fn words(text: &str) -> BTreeSet<&str> {
    let is_word = |letter: char| letter.is_alphanumeric() || letter == '_';
    text.split(|letter| !is_word(letter)).collect()
}

#[test]
fn every_refusal_is_made_somewhere_and_seen_by_a_test() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut paths = Vec::new();
    sources(&root.canonicalize().unwrap(), &mut paths);
    let (mut product, mut tests) = (String::new(), String::new());
    for path in &paths {
        let text = fs::read_to_string(path).unwrap();
        let name = path.to_string_lossy();
        if name.contains("/tests/") || name.ends_with("tests.rs") {
            tests += &text;
        } else if name.ends_with(".rs") {
            let parts = text.split_once("#[cfg(test)]\nmod tests {");
            let (before, inside) = parts.unwrap_or((&text, ""));
            product += before;
            tests += inside;
        }
    }
    let seen = words(&tests);
    for refusal in Refusal::ALL {
        let name = format!("{refusal:?}");
        let made = product.split("Refusal::").skip(1);
        let mut made = made.map(|rest| rest.split(|letter: char| !letter.is_alphanumeric()));
        let is_made = made.any(|mut words| words.next() == Some(&name));
        assert!(is_made, "nothing gives the reason {name}");
        let is_seen = seen.contains(name.as_str()) || seen.contains(refusal.slug());
        assert!(is_seen, "no test sees {name}");
    }
}
