//! What the documents name is there: files, symbols, settings, fields, tables.

use std::collections::BTreeSet;

use xshell::cmd;

use crate::{paths, process};

/// The files of the repository that git tracks or would.
fn files() -> Vec<String> {
    let sh = process::shell().unwrap();
    let git = cmd!(sh, "git ls-files --cached --others --exclude-standard");
    let text = process::succeed(git, "list the files").unwrap();
    let there = |path: &&str| paths::at(path).exists();
    text.lines().filter(there).map(str::to_owned).collect()
}

fn read(path: &str) -> String {
    std::fs::read_to_string(paths::at(path)).unwrap()
}

/// The documents, by path, without what stands in blocks of code.
fn documents() -> Vec<(String, String)> {
    let all = files().into_iter().filter(|path| is_of(path, ".md"));
    all.map(|path| {
        let text = read(&path);
        let prose = text.split("```").step_by(2).collect();
        (path, prose)
    })
    .collect()
}

/// Whether a path ends like this: files of ours are spelt in small letters.
fn is_of(path: &str, ending: &str) -> bool {
    path.strip_suffix(ending).is_some()
}

/// What a text has between backticks.
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
    let files = files();
    // A path may leave out what its sentence has said before.
    let is_there = |path: &str| {
        let (inside, within) = (format!("/{path}"), path.trim_end_matches('/'));
        files.iter().any(|file| {
            file == path
                || file.ends_with(&inside)
                || path.ends_with('/') && format!("/{file}").contains(&format!("/{within}/"))
        })
    };
    for (document, text) in documents() {
        // What a reader is to make is not there yet.
        let is_to_be_made = |path: &str| text.contains(&format!("Create `{path}`"));
        for path in quoted(&text).filter(|path| is_path(path) && !is_to_be_made(path)) {
            assert!(is_there(path), "{document} names {path}");
        }
    }
}

#[test]
fn every_link_leads_somewhere() {
    for (document, text) in documents() {
        let folder = document.rsplit_once('/').map_or("", |(folder, _)| folder);
        for target in text.split("](").skip(1) {
            let target = target.split([')', '#']).next().unwrap_or_default();
            let is_ours = !target.is_empty() && !target.contains(':');
            let path = paths::at(folder).join(target);
            assert!(!is_ours || path.exists(), "{document} links to {target}");
        }
    }
}

#[test]
fn every_symbol_that_the_threats_and_the_architecture_name_is_in_the_code() {
    let code: String = files()
        .iter()
        .filter(|path| is_of(path, ".rs") && !is_of(path, "tests.rs"))
        .map(|path| read(path))
        .collect();
    let mut known: BTreeSet<&str> = words(&code).collect();
    let crates = files();
    let crates = crates
        .iter()
        .filter_map(|path| path.strip_prefix("crates/"));
    let crates: Vec<String> = crates
        .filter_map(|path| path.split_once('/'))
        .map(|(name, _)| name.replace('-', "_"))
        .collect();
    known.extend(crates.iter().map(String::as_str));
    for document in ["docs/threats.md", "docs/architecture.md"] {
        for symbol in quoted(&read(document)).filter(|text| text.contains("::")) {
            for word in words(symbol) {
                assert!(known.contains(word), "{document} names {symbol}");
            }
        }
    }
}

#[test]
fn every_setting_is_in_the_readme() {
    let readme = read("README.md");
    let named: BTreeSet<&str> = quoted(&readme).collect();
    for path in [
        "auth-worker/src/config.rs",
        "crates/guarded-worker/src/settings.rs",
        "app-worker/src/settings.rs",
    ] {
        let code = read(path);
        let code = code.split("#[cfg(test)]").next().unwrap_or_default();
        for text in code.split('"').skip(1).step_by(2) {
            let is_name = text.len() > 3
                && text
                    .bytes()
                    .all(|byte| byte.is_ascii_uppercase() || byte == b'_');
            assert!(!is_name || named.contains(text), "{path} reads {text}");
        }
    }
}

/// The names of a struct's fields.
fn fields(path: &str, name: &str) -> Vec<String> {
    let code = read(path);
    let (_, rest) = code.split_once(&format!("struct {name} {{")).unwrap();
    let (body, _) = rest.split_once("\n}").unwrap();
    body.lines()
        .filter_map(|line| line.trim().split_once(": "))
        .filter(|(field, _)| !field.starts_with('/'))
        .filter_map(|(field, _)| words(field).last())
        .map(str::to_owned)
        .collect()
}

/// What is stored, by file.
const STORED: &[(&str, &[&str])] = &[
    (
        "crates/oauth-core/src/lifecycle/grant/mod.rs",
        &["GrantDetails", "Code", "Active"],
    ),
    (
        "crates/oauth-core/src/lifecycle/grant/refresh_family.rs",
        &["Family", "LastAnswer"],
    ),
    (
        "crates/oauth-core/src/lifecycle/grant/access_token.rs",
        &["TokenRecord"],
    ),
    (
        "crates/oauth-core/src/lifecycle/person/mod.rs",
        &["Counter"],
    ),
    (
        "crates/oauth-core/src/lifecycle/person/entry.rs",
        &["Entry", "Kept"],
    ),
    ("crates/oauth-core/src/lifecycle/person/ending.rs", &["End"]),
    (
        "crates/oauth-core/src/lifecycle/person/session.rs",
        &["Session"],
    ),
    (
        "crates/oauth-server/src/access_record.rs",
        &["AccessRecord"],
    ),
    (
        "crates/oauth-client/src/m2m/board/state.rs",
        &["State", "Watched"],
    ),
    ("crates/oauth-client/src/m2m/board/command.rs", &["Kept"]),
    (
        "crates/oauth-client/src/m2m/ledger/mod.rs",
        &["Head", "Kept", "ActiveTrouble"],
    ),
    (
        "crates/oauth-client/src/m2m/ledger/tally.rs",
        &["Hour", "Tally"],
    ),
    (
        "crates/oauth-client/src/m2m/ledger/watch.rs",
        &["Watch", "Minute", "Untold", "News"],
    ),
    ("crates/oauth-client/src/m2m/facts.rs", &["RunFacts"]),
    ("crates/oauth-guard/src/key_copy.rs", &["Read"]),
];

#[test]
fn every_field_that_is_stored_is_in_its_document() {
    // Said in words: what nests others, and the version that every record has.
    const IN_WORDS: &[&str] = &["facts", "entry", "version", "token_endpoint", "api"];
    let document = read("docs/storage.md");
    let named: BTreeSet<&str> = quoted(&document).collect();
    for (path, structs) in STORED {
        for name in *structs {
            let fields = fields(path, name);
            assert!(!fields.is_empty(), "{name} has no fields");
            for field in fields {
                let is_said = IN_WORDS.contains(&field.as_str()) || named.contains(field.as_str());
                assert!(is_said, "{name} has {field}");
            }
        }
    }
}

#[test]
fn every_table_is_in_the_document_of_what_is_stored() {
    let document = read("docs/storage.md");
    let files = files();
    let mut count = 0;
    for path in files.iter().filter(|path| is_of(path, ".sql")) {
        let sql = read(path);
        for statement in sql.split("CREATE TABLE ").skip(1) {
            let table = words(statement).next().unwrap_or_default();
            assert!(document.contains(&format!("`{table}`")), "{path}: {table}");
            count += 1;
        }
    }
    assert!(count > 0);
}

/// The reasons for a refusal, each with its word in the log.
fn refusals() -> Vec<(String, String)> {
    let code = read("crates/oauth-core/src/refusal.rs");
    let (_, table) = code.split_once("\nrefusals! {").unwrap();
    let (table, _) = table.split_once("\n}").unwrap();
    let rows = table.lines().filter(|line| line.contains(" => "));
    rows.map(|row| {
        let name = row.split_whitespace().next().unwrap();
        (name.to_owned(), row.split('"').nth(1).unwrap().to_owned())
    })
    .collect()
}

#[test]
fn every_refusal_is_made_somewhere_and_seen_by_a_test() {
    let (mut production, mut tests) = (String::new(), String::new());
    for path in files() {
        let is_test = path.contains("tests/") || is_of(&path, "tests.rs");
        if is_test && (is_of(&path, ".rs") || is_of(&path, ".mjs")) {
            tests.push_str(&read(&path));
        } else if is_of(&path, ".rs") && !path.starts_with("crates/simulator/") {
            let code = read(&path);
            let (real, test) = code.split_once("#[cfg(test)]").unwrap_or((&code, ""));
            production.push_str(real);
            tests.push_str(test);
        }
    }
    let made: BTreeSet<&str> = production
        .split("Refusal::")
        .filter_map(|after| words(after).next())
        .collect();
    let seen: BTreeSet<&str> = words(&tests).collect();
    let all = refusals();
    let unmade = all.iter().filter(|(name, _)| !made.contains(name.as_str()));
    assert_eq!(unmade.collect::<Vec<_>>(), Vec::<&(String, String)>::new());
    let unseen = all
        .iter()
        .filter(|(name, slug)| !seen.contains(name.as_str()) && !seen.contains(slug.as_str()));
    assert_eq!(unseen.collect::<Vec<_>>(), Vec::<&(String, String)>::new());
}
