//! `cargo xtask sizes`: where the bytes of a worker are, so that the next ones to be saved have a name.

use std::{collections::BTreeMap, fs};

use anyhow::{Result, bail};

use crate::{process, progress, unit::Unit, wasm_module::Module, worker};

/// How many functions the report lists.
const LARGEST: usize = 30;

/// The kinds of code, by what a function's name holds; the first that fits counts.
const KINDS: &[(&str, &[&str])] = &[
    ("drop glue", &["drop_in_place", "drop_glue"]),
    (
        "readers",
        &[
            "from_json",
            "FromJson",
            "Deserialize",
            "deserialize",
            "::de::",
            "visit_",
        ],
    ),
    ("writers", &["Serialize", "serialize", "::ser::"]),
    (
        "futures and closures",
        &[
            "{{closure}}",
            "{closure#",
            "{{impl}}::poll",
            "Future>::poll",
        ],
    ),
    (
        "panics",
        &["panic", "unwrap_failed", "expect_failed", "_fail"],
    ),
    ("formatting", &["fmt::", "core::num::flt2dec", "to_string"]),
];

/// `cargo xtask sizes`
pub(crate) fn run(flags: &crate::flags::Sizes) -> Result<()> {
    let unit = match flags.worker.as_deref() {
        None | Some("auth") => Unit::Auth,
        Some("api") => Unit::Api,
        Some("app") => Unit::App,
        Some(other) => bail!("there is no worker `{other}` to report on: choose auth, api or app"),
    };
    process::stop_on_signals()?;
    crate::tools::install()?;
    // Its names are the mangling's newer form, which says what a generic function was made for.
    let named = worker::build_named(unit)?;
    let module = Module::read(&fs::read(&named)?)?;
    print(unit, &module);
    Ok(())
}

/// Prints the whole report.
fn print(unit: Unit, module: &Module) {
    progress::line(format!("{}: {}", unit.package(), summary(module)));
    let by_kind = sums(module, |name| kind(name).to_owned());
    let by_crate = sums(module, |name| krate(name).to_owned());
    for (title, sums) in [("By kind of code", by_kind), ("By crate", by_crate)] {
        progress::line(format!("\n{title}, in bytes:"));
        for (name, Sum { bytes, functions }) in largest(sums).into_iter().take(LARGEST) {
            progress::line(format!("{bytes:>9}  {name} ({functions} functions)"));
        }
    }
    progress::line(format!("\nThe {LARGEST} largest functions:"));
    let mut functions: Vec<_> = module.functions.iter().collect();
    functions.sort_by_key(|(_, size)| std::cmp::Reverse(*size));
    for (name, size) in functions.into_iter().take(LARGEST) {
        progress::line(format!("{size:>9}  {}", plain(name)));
    }
}

/// One line: the sizes before compression, the kinds of code, and the largest function.
pub(crate) fn summary(module: &Module) -> String {
    let kb = |bytes: usize| bytes.div_ceil(1024);
    let kinds = largest(sums(module, |name| kind(name).to_owned()));
    let kinds: Vec<String> = kinds
        .iter()
        .map(|(kind, sum)| format!("{kind} {}", kb(sum.bytes)))
        .collect();
    let largest = module.functions.iter().max_by_key(|(_, size)| size);
    let largest = largest.map_or_else(String::new, |(name, size)| {
        format!(
            "; the largest function is {} with {}",
            plain(name),
            kb(*size)
        )
    });
    format!(
        "{} KB of code before compression ({}), {} KB of data{largest}",
        kb(module.code()),
        kinds.join(", "),
        kb(module.data),
    )
}

#[derive(Default)]
struct Sum {
    bytes: usize,
    functions: usize,
}

fn sums(module: &Module, group: impl Fn(&str) -> String) -> BTreeMap<String, Sum> {
    let mut sums: BTreeMap<String, Sum> = BTreeMap::new();
    for (name, size) in &module.functions {
        let sum = sums.entry(group(name)).or_default();
        sum.bytes += size;
        sum.functions += 1;
    }
    sums
}

fn largest(sums: BTreeMap<String, Sum>) -> Vec<(String, Sum)> {
    let mut sums: Vec<_> = sums.into_iter().collect();
    sums.sort_by_key(|(_, sum)| std::cmp::Reverse(sum.bytes));
    sums
}

fn kind(name: &str) -> &'static str {
    let fits = |(_, marks): &&(_, &[&str])| marks.iter().any(|mark| name.contains(mark));
    KINDS
        .iter()
        .find(fits)
        .map_or("other code", |(kind, _)| kind)
}

/// The crate of a function: the first path in its name that is neither the language's nor a reference.
fn krate(name: &str) -> &str {
    const LANGUAGE: &[&str] = &[
        "core", "alloc", "std", "dyn", "mut", "const", "impl", "as", "for",
    ];
    let (mut first, mut rest) = (None, name);
    let (mut before, is_part) = ("", |letter: char| letter.is_alphanumeric() || letter == '_');
    while let Some(start) = rest.find(is_part) {
        let (gap, tail) = rest.split_at(start);
        let end = tail.find(|letter| !is_part(letter)).unwrap_or(tail.len());
        let (word, after) = tail.split_at(end);
        let begins_path = after.starts_with("::") || after.starts_with('[');
        // Not a later part of a path, nor the hash of its first.
        let is_later = gap.ends_with("::") || (gap == "[" && !before.is_empty());
        if begins_path && !is_later {
            if !LANGUAGE.contains(&word) {
                return word;
            }
            first = first.or(Some(word));
        }
        (before, rest) = (word, after);
    }
    first.unwrap_or("(not of Rust)")
}

/// A name without the hashes of its compilation.
fn plain(name: &str) -> String {
    let name = match name.rsplit_once("::h") {
        Some((path, hash)) if hash.len() == 16 => path,
        _ => name,
    };
    let mut plain = String::new();
    for (place, part) in name.split('[').enumerate() {
        match part.split_once(']') {
            Some((hash, rest)) if place > 0 && is_hash(hash) => plain.push_str(rest),
            _ if place > 0 => {
                plain.push('[');
                plain.push_str(part);
            }
            _ => plain.push_str(part),
        }
    }
    plain
}

fn is_hash(text: &str) -> bool {
    text.len() > 12 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_counts_to_the_kind_that_its_name_says() {
        for (name, of) in [
            ("core::ptr::drop_in_place<alloc::vec::Vec<u8>>", "drop glue"),
            (
                "<auth_worker::Row as from_json::FromJson>::from_json",
                "readers",
            ),
            ("<serde_json::ser::Serializer>::collect_str", "writers"),
            (
                "oauth_server::login::login::{{closure}}::h102605bd590f23d4",
                "futures and closures",
            ),
            ("<f64 as core::fmt::Display>::fmt", "formatting"),
            ("blake2::compress", "other code"),
        ] {
            assert_eq!(kind(name), of, "{name}");
        }
    }

    #[test]
    fn a_generic_function_counts_to_the_crate_that_made_it() {
        for (name, of) in [
            (
                "<alloc::vec::Vec<oauth_core::scope::Scope> as core::clone::Clone>::clone",
                "oauth_core",
            ),
            (
                "<oauth_core[ab]::Refusal as core[cd]::fmt::Display>::fmt",
                "oauth_core",
            ),
            ("core::slice::sort", "core"),
            ("memcpy", "(not of Rust)"),
        ] {
            assert_eq!(krate(name), of, "{name}");
        }
    }

    #[test]
    fn hashes_are_left_out() {
        assert_eq!(
            plain("<f64 as core[c5930c85a12de822]::fmt::Display>::fmt"),
            "<f64 as core::fmt::Display>::fmt"
        );
        assert_eq!(plain("a::b::h102605bd590f23d4"), "a::b");
        assert_eq!(plain("<[u8] as a::B>::c"), "<[u8] as a::B>::c");
    }
}
