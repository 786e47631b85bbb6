//! The documents name only files, links and symbols that exist. What they must say of settings, stored fields and tables
//! is tested beside those.

use std::collections::BTreeSet;

use xshell::cmd;

use crate::{paths, process};

/// The files of the repository that git tracks or would, with this ending.
fn files(ending: &str) -> Vec<String> {
    let sh = process::shell().unwrap();
    let git = cmd!(sh, "git ls-files --cached --others --exclude-standard");
    let text = process::succeed(git, "list the files").unwrap();
    let there = |path: &&str| path.ends_with(ending) && paths::at(path).exists();
    text.lines().filter(there).map(str::to_owned).collect()
}

fn read(path: &str) -> String {
    std::fs::read_to_string(paths::at(path)).unwrap()
}

/// The documents, by path, without their blocks of code.
fn documents() -> impl Iterator<Item = (String, String)> {
    files(".md").into_iter().map(|path| {
        let prose = read(&path).split("```").step_by(2).collect();
        (path, prose)
    })
}

/// The texts between backticks.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|letter: char| !letter.is_alphanumeric() && letter != '_')
        .filter(|word| !word.is_empty())
}

fn is_path(text: &str) -> bool {
    const ENDINGS: [&str; 7] = [".rs", ".mjs", ".toml", ".md", ".css", ".sql", ".html"];
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_-./".contains(&byte);
    let is_file = ENDINGS.iter().any(|ending| text.ends_with(ending));
    text.bytes().all(is_plain) && (is_file || text.ends_with('/') && !text.starts_with('/'))
}

#[test]
fn every_file_that_a_document_names_is_there() {
    let files = format!("/{}\n", files("").join("\n/"));
    for (document, text) in documents() {
        // A file that the reader is to create is not there yet.
        let is_to_be_made = |path: &str| text.contains(&format!("Create `{path}`"));
        for path in quoted(&text).filter(|path| is_path(path) && !is_to_be_made(path)) {
            // A path may leave out what its sentence has said before.
            let end = if path.ends_with('/') { "" } else { "\n" };
            let is_there = files.contains(&format!("/{path}{end}"));
            assert!(is_there, "{document} names {path}");
        }
    }
}

#[test]
fn every_link_leads_somewhere() {
    for (document, text) in documents() {
        let document = paths::at(&document);
        for target in text.split("](").skip(1) {
            let target = target.split([')', '#']).next().unwrap_or_default();
            let is_ours = !target.is_empty() && !target.contains(':');
            let path = document.with_file_name(target);
            assert!(
                !is_ours || path.exists(),
                "{} links to {target}",
                document.display()
            );
        }
    }
}

#[test]
fn every_symbol_that_the_threats_and_the_architecture_name_is_in_the_code() {
    let mut sources = files(".rs");
    sources.retain(|path| !path.ends_with("tests.rs"));
    // The names of crates are in the paths alone.
    let mut code = sources.join("\n").replace('-', "_");
    code.extend(sources.iter().map(|path| read(path)));
    let known: BTreeSet<&str> = words(&code).collect();
    for document in ["docs/threats.md", "docs/architecture.md"] {
        for symbol in quoted(&read(document)).filter(|text| text.contains("::")) {
            for word in words(symbol) {
                assert!(known.contains(word), "{document} names {symbol}");
            }
        }
    }
}
