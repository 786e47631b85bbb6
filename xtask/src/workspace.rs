//! The packages of this repository, and which builds on which.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
};

use anyhow::{Context as _, Result};
use serde_json::Value;

use crate::{place, process};

/// A package of ours.
pub(crate) struct Package {
    pub(crate) folder: PathBuf,
    /// Packages of ours that it uses, tests left out.
    pub(crate) uses: BTreeSet<String>,
    /// All packages that it names as dependencies, tests left out.
    #[cfg(test)]
    pub(crate) names: BTreeSet<String>,
}

/// All packages of the workspace by name.
pub(crate) fn packages() -> Result<BTreeMap<String, Package>> {
    let mut cargo = process::command("cargo");
    cargo.args(["metadata", "--format-version=1", "--no-deps", "--offline"]);
    let text = process::succeed(&mut cargo, "read the workspace")?;
    let metadata: Value = serde_json::from_str(&text).context("cargo metadata is not JSON")?;
    Ok(list(&metadata, "packages")
        .iter()
        .filter_map(package)
        .collect())
}

fn package(value: &Value) -> Option<(String, Package)> {
    let folder = PathBuf::from(value.get("manifest_path")?.as_str()?)
        .parent()?
        .to_path_buf();
    let built_in = list(value, "dependencies")
        .iter()
        .filter(|one| one.get("kind").is_none_or(Value::is_null));
    let named = |one: &Value| one.get("name").and_then(Value::as_str).map(str::to_owned);
    let package = Package {
        folder,
        uses: built_in
            .clone()
            .filter(|one| one.get("path").is_some())
            .filter_map(named)
            .collect(),
        #[cfg(test)]
        names: built_in.filter_map(named).collect(),
    };
    Some((value.get("name")?.as_str()?.to_owned(), package))
}

fn list<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    value
        .get(name)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

/// The folders of a package and of all that it builds on, and the files that decide for all.
pub(crate) fn sources(packages: &BTreeMap<String, Package>, name: &str) -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> = [
        "Cargo.toml",
        "Cargo.lock",
        "rust-toolchain.toml",
        ".cargo/config.toml",
    ]
    .into_iter()
    .map(place::at)
    .collect();
    let mut seen = BTreeSet::new();
    let mut left = vec![name.to_owned()];
    while let Some(next) = left.pop() {
        if !seen.insert(next.clone()) {
            continue;
        }
        if let Some(package) = packages.get(&next) {
            folders.push(package.folder.clone());
            left.extend(package.uses.iter().cloned());
        }
    }
    folders
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Who may use whom; a package that is not listed may use nothing of ours.
    const ALLOWED: &[(&str, &[&str])] = &[
        ("oauth-server", &["oauth-core"]),
        ("oauth-guard", &["oauth-core"]),
        ("oauth-client", &["oauth-core"]),
        ("edge", &["oauth-core"]),
        ("webcrypto", &["oauth-core"]),
        (
            "guarded-worker",
            &["oauth-core", "oauth-guard", "edge", "webcrypto"],
        ),
        (
            "testkit",
            &["oauth-core", "oauth-server", "oauth-guard", "oauth-client"],
        ),
        ("simulator", &["oauth-core", "oauth-server", "testkit"]),
        (
            "auth-worker",
            &["oauth-core", "oauth-server", "edge", "webcrypto"],
        ),
        ("api-worker", &["guarded-worker"]),
        ("notes-worker", &["guarded-worker"]),
        (
            "app-worker",
            &[
                "oauth-core",
                "oauth-client",
                "oauth-guard",
                "edge",
                "webcrypto",
                "wire",
            ],
        ),
        (
            "web-ui",
            &["oauth-core", "oauth-client", "webcrypto", "wire"],
        ),
        ("demo-data", &["oauth-core"]),
    ];

    #[test]
    fn packages_use_only_what_the_architecture_allows() {
        for (name, package) in packages().unwrap() {
            let allowed = ALLOWED
                .iter()
                .find(|(who, _)| *who == name)
                .map_or(&[][..], |(_, whom)| whom);
            for used in &package.uses {
                assert!(
                    allowed.contains(&used.as_str()),
                    "{name} must not use {used}"
                );
            }
        }
    }

    #[test]
    fn only_the_platform_s_glue_and_the_workers_know_the_platform() {
        for (name, package) in packages().unwrap() {
            // `guarded-worker` ends so too.
            let may = name == "edge" || name.ends_with("-worker");
            assert!(
                may || !package.names.contains("worker"),
                "{name} must not know the crate `worker`"
            );
        }
    }

    #[test]
    fn the_rules_know_neither_clock_nor_randomness_nor_network() {
        let packages = packages().unwrap();
        for name in ["oauth-core", "oauth-server"] {
            for banned in [
                "getrandom",
                "rand",
                "web-sys",
                "js-sys",
                "worker",
                "tokio",
                "chrono",
                "reqwest",
            ] {
                assert!(
                    !packages[name].names.contains(banned),
                    "{name} must not use {banned}"
                );
            }
        }
    }

    #[test]
    fn every_package_outside_comes_from_the_registry() {
        let lock = std::fs::read_to_string(place::at("Cargo.lock")).unwrap();
        for line in lock.lines().filter(|line| line.starts_with("source = ")) {
            assert_eq!(
                line,
                "source = \"registry+https://github.com/rust-lang/crates.io-index\""
            );
        }
    }

    #[test]
    fn a_package_twice_in_the_tree_has_its_reason_in_deny_toml() {
        let lock = std::fs::read_to_string(place::at("Cargo.lock")).unwrap();
        let deny = std::fs::read_to_string(place::at("deny.toml")).unwrap();
        let mut seen = BTreeSet::new();
        for name in lock.lines().filter_map(|line| line.strip_prefix("name = ")) {
            let excused = deny.contains(&format!("{{ crate = {name}, reason"));
            assert!(
                seen.insert(name) || excused,
                "{name} is there in two versions"
            );
        }
    }
}
