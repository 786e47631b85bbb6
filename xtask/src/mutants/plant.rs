//! A copy of the workspace with every mutant in it, each asleep until an environment variable names its number. So all
//! of them are compiled at once, and what runs is the production code with one change.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, bail};
use xshell::cmd;

use super::table::Mutant;
use crate::{paths, process};

/// The variable that wakes a mutant, by its number.
pub(super) const VARIABLE: &str = "OSTIARY_MUTANT";

/// The file that gets the switch.
const SWITCH_FILE: &str = "crates/oauth-core/src/lib.rs";

/// The switch. It is read once, so that a mutant that sleeps costs next to nothing.
const SWITCH: &str = r#"
/// Whether a mutant is awake.
pub mod planted {
    /// Whether the mutant of this number is awake.
    pub fn on(number: usize) -> bool {
        static AWAKE: std::sync::OnceLock<Option<usize>> = std::sync::OnceLock::new();
        let read = || std::env::var("OSTIARY_MUTANT").ok()?.parse().ok();
        *AWAKE.get_or_init(read) == Some(number)
    }
}
"#;

/// The folder of the copy. It is kept, so that only what has changed is compiled again.
pub(super) fn folder() -> PathBuf {
    paths::target().join("mutants")
}

/// Writes the copy.
pub(super) fn write(mutants: &[Mutant]) -> Result<()> {
    let sh = process::shell()?;
    let listed = cmd!(
        sh,
        "git ls-files -z --cached --others --exclude-standard -- Cargo.toml Cargo.lock rust-toolchain.toml .cargo
            README.md auth-worker api-worker app-worker web-ui xtask crates examples docs"
    );
    let listed = process::succeed(listed, "list the sources")?;
    let names: BTreeSet<&str> = listed.split('\0').filter(|name| !name.is_empty()).collect();
    let root = paths::root();
    let names = names.into_iter().filter(|name| root.join(name).is_file());
    for name in names {
        let bytes = fs::read(root.join(name)).with_context(|| format!("read {name}"))?;
        let bytes = match String::from_utf8(bytes) {
            Ok(text) => changed(name, text, mutants)?.into_bytes(),
            Err(binary) => binary.into_bytes(),
        };
        keep(&folder().join(name), &bytes)?;
    }
    let known: BTreeSet<&str> = listed.split('\0').collect();
    sweep("crates", &known)?;
    match mutants.iter().find(|mutant| !known.contains(mutant.file)) {
        Some(mutant) => bail!("{}: there is no such file", mutant.file),
        None => Ok(()),
    }
}

/// Removes what is no longer in the workspace: a module that became a folder would be there twice.
fn sweep(name: &str, known: &BTreeSet<&str>) -> Result<()> {
    for entry in fs::read_dir(folder().join(name))? {
        let entry = entry?;
        let name = [name, &entry.file_name().to_string_lossy()].join("/");
        if entry.file_type()?.is_dir() {
            sweep(&name, known)?;
        } else if !known.contains(name.as_str()) || !paths::root().join(&name).is_file() {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// A file of the copy.
fn changed(name: &str, text: String, mutants: &[Mutant]) -> Result<String> {
    let text = plant(name, text, mutants)?;
    Ok(match name {
        SWITCH_FILE => text + SWITCH,
        // Another version makes other packages of them, in the target directory that they share with the originals.
        "Cargo.toml" | "Cargo.lock" => {
            text.replace("version = \"0.1.0\"", "version = \"0.1.0-mutants\"")
        }
        _ => text,
    })
}

/// The text with the mutants of its file.
fn plant(name: &str, text: String, mutants: &[Mutant]) -> Result<String> {
    let mut places: BTreeMap<usize, Vec<(usize, &Mutant)>> = BTreeMap::new();
    let all = mutants.iter().enumerate();
    for (number, mutant) in all.filter(|(_, mutant)| mutant.file == name) {
        let mut found = text.match_indices(mutant.original);
        let (Some((start, _)), None) = (found.next(), found.next()) else {
            bail!(
                "{name}: this is not there exactly once: {}",
                mutant.original
            );
        };
        places.entry(start).or_default().push((number, mutant));
    }
    if places.is_empty() {
        return Ok(text);
    }
    let (mut planted, mut rest) = (String::new(), text.as_str());
    for mutants in places.into_values() {
        let original = mutants.first().map_or("", |(_, first)| first.original);
        let differs = mutants.iter().any(|(_, one)| one.original != original);
        let Some((before, after)) = rest.split_once(original).filter(|_| !differs) else {
            bail!("{name}: two mutants overlap: {original}");
        };
        planted.push_str(before);
        planted.push_str(&choice(switch_of(name), original, &mutants));
        rest = after;
    }
    planted.push_str(rest);
    // The switch cannot be read at compile time.
    Ok(planted.replace("const fn", "fn"))
}

/// The crate that has the switch, as a file names it.
fn switch_of(file: &str) -> &'static str {
    if file.starts_with("crates/oauth-core/") {
        "crate"
    } else {
        "oauth_core"
    }
}

/// The original and its mutants, of which one runs.
fn choice(switch: &str, original: &str, mutants: &[(usize, &Mutant)]) -> String {
    let arm = original
        .strip_suffix(',')
        .and_then(|arm| arm.split_once("=>"));
    let (before, original) = arm.unwrap_or(("", original));
    let mut choice = String::new();
    for (number, Mutant { mutated, .. }) in mutants {
        let _ = write!(
            choice,
            "if {switch}::planted::on({number}) {{ {mutated} }} else "
        );
    }
    let _ = write!(choice, "{{ {original} }}");
    if arm.is_some() {
        format!("{before}=> {{ {choice} }},")
    } else if original.ends_with([';', '}']) {
        choice
    } else {
        format!("({choice})")
    }
}

/// Writes a file if that changes it: what did not change is not compiled again.
fn keep(file: &Path, bytes: &[u8]) -> Result<()> {
    if fs::read(file).is_ok_and(|kept| kept == bytes) {
        return Ok(());
    }
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(file, bytes).with_context(|| format!("write {}", file.display()))
}

#[cfg(test)]
mod tests {
    use super::{super::table::CaughtBy, *};

    const fn mutant(original: &'static str, mutated: &'static str) -> Mutant {
        Mutant {
            what: "a change",
            file: "crates/oauth-core/src/a.rs",
            original,
            mutated,
            caught_by: CaughtBy::Simulator,
        }
    }

    fn planted(text: &str, mutants: &[Mutant]) -> Result<String> {
        plant("crates/oauth-core/src/a.rs", text.to_owned(), mutants)
    }

    #[test]
    fn the_original_stays_beside_its_mutants() {
        let mutants = [
            mutant("a < b", "a > b"),
            mutant("a < b", "true"),
            mutant("done();", ""),
        ];
        assert_eq!(
            planted("const fn f() { if a < b { done(); } }", &mutants).unwrap(),
            "fn f() { if (if crate::planted::on(0) { a > b } else if crate::planted::on(1) { true } else { a < b }) \
             { if crate::planted::on(2) {  } else { done(); } } }"
        );
    }

    #[test]
    fn every_mutant_fits_its_file() {
        for mutant in super::super::table::MUTANTS {
            let text = fs::read_to_string(paths::at(mutant.file)).unwrap();
            plant(mutant.file, text, &[*mutant]).unwrap();
        }
    }

    #[test]
    fn an_arm_of_a_match_keeps_its_pattern() {
        let text = "match a { B => c, D => e }";
        assert_eq!(
            planted(text, &[mutant("B => c,", "d")]).unwrap(),
            "match a { B => { if crate::planted::on(0) { d } else {  c } }, D => e }"
        );
    }

    #[test]
    fn a_change_that_fits_nowhere_or_twice_is_an_error() {
        assert!(planted("f(a, a)", &[mutant("a", "b")]).is_err());
        assert!(planted("f(b)", &[mutant("a", "b")]).is_err());
        let overlapping = [mutant("a + b", "a"), mutant("b + c", "c")];
        assert!(planted("a + b + c", &overlapping).is_err());
    }
}
