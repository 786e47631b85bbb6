//! The documents name only files, links and symbols that exist. What they must say of settings, stored fields and tables
//! is tested beside those.

use std::path::Path;

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

/// The text with every break of a line as one space.
fn in_one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn every_promise_stands_in_its_document_and_has_its_test() {
    let table = read("docs/promises.md");
    let rows = table.lines().filter(|line| line.starts_with("| `"));
    let mut count = 0;
    for row in rows {
        let cells: Vec<_> = row.trim_matches('|').split(" | ").map(str::trim).collect();
        let [document, sentence, test] = cells[..] else {
            panic!("three columns: {row}");
        };
        let document = document.trim_matches('`');
        let is_said = in_one_line(&read(document)).contains(sentence);
        assert!(is_said, "{document} does not say: {sentence}");
        let (file, name) = test.split_once(": ").expect("a file and a test");
        let is_tested = read(file.trim_matches('`')).contains(name);
        assert!(is_tested, "{file} has no test: {name}");
        count += 1;
    }
    assert!(count > 5, "{count} promises");
}

/// Whether a file has a test of this name: a function, or what a test of Node is called, in part.
fn has_test(path: &str, name: &str) -> bool {
    let text = read(path);
    if Path::new(path).extension().is_some_and(|it| it == "rs") {
        return text.contains(&format!("\n    fn {name}()"))
            || text.contains(&format!("\nfn {name}()"));
    }
    let begins = |line: &&str| ["test(", "describe("].iter().any(|it| line.starts_with(it));
    let mut names = text.lines().map(str::trim_start).filter(begins);
    names.any(|line| line.replace("\\'", "'").contains(name))
}

#[test]
fn every_attack_that_once_worked_has_its_row_and_its_tests() {
    let (f, s) = (1..=15, 1..=6);
    let mut missing: Vec<_> = f.map(|row| format!("F{row}")).collect();
    missing.extend(s.map(|row| format!("S{row}")));
    let threats = read("docs/threats.md");
    let (_, section) = threats.split_once("\n## Attacks that once worked").unwrap();
    let section = section.split("\n## ").next().unwrap_or_default();
    for row in section
        .lines()
        .filter(|line| line.starts_with("| "))
        .skip(2)
    {
        let cells: Vec<_> = row.trim_matches('|').split(" | ").map(str::trim).collect();
        let [id, _, _, tests] = cells[..] else {
            panic!("four columns: {row}");
        };
        // The names of tests may have semicolons too.
        for test in tests.split("; `") {
            let (path, name) = test.split_once("`: ").expect("a file and a test");
            let path = path.trim_start_matches('`');
            assert!(!name.trim().is_empty(), "{id}: {path} without a test");
            assert!(has_test(path, name), "{id}: {path} has no test: {name}");
        }
        missing.retain(|other| other != id);
    }
    assert!(missing.is_empty(), "without a row: {missing:?}");
}

/// Whether `text` defines `name`: as an item, by an `impl`, or as a field or variant at the beginning of a line.
fn defines(text: &str, name: &str) -> bool {
    text.lines().any(|line| {
        let line = line.trim_start().trim_start_matches("pub ");
        let item = words(line).zip(words(line).skip(1));
        let is_item = |(kind, found): (&str, &str)| {
            let kinds = "fn struct enum const static trait type mod".split(' ');
            found == name && kinds.clone().any(|known| known == kind)
        };
        let member = line
            .strip_prefix(name)
            .and_then(|rest| rest.trim_start().chars().next());
        let is_impl = line.starts_with("impl") && words(line).any(|word| word == name);
        is_impl
            || item.into_iter().any(is_item)
            || member.is_some_and(|next| ":,({=".contains(next))
    })
}

/// Whether a file of `owner`, a module or a type, defines `name`, or a file of that name is within it.
fn is_in(owner: &str, name: &str, sources: &[(String, String)]) -> bool {
    sources.iter().any(|(path, text)| {
        let is_on_path = |wanted: &str| words(path).any(|word| word == wanted);
        (is_on_path(owner) || defines(text, owner)) && (is_on_path(name) || defines(text, name))
    })
}

#[test]
fn every_symbol_that_the_threats_and_the_architecture_name_is_in_the_code() {
    let mut sources = files(".rs");
    sources.retain(|path| !path.ends_with("tests.rs"));
    // In paths the names of crates have a hyphen.
    let sources = sources
        .iter()
        .map(|path| (path.replace('-', "_"), read(path)));
    let sources: Vec<_> = sources.collect();
    for document in ["docs/threats.md", "docs/architecture.md"] {
        for symbol in quoted(&read(document)).filter(|text| text.contains("::")) {
            let mut parts = symbol.split("::").peekable();
            while let (Some(owner), Some(names)) = (parts.next(), parts.peek()) {
                for name in words(names) {
                    assert!(is_in(owner, name, &sources), "{document} names {symbol}");
                }
            }
        }
    }
}
