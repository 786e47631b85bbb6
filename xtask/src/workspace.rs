//! The packages of this repository, and which builds on which.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
};

use anyhow::{Context as _, Result};
use cargo_metadata::{Dependency, DependencyKind, MetadataCommand, Package};

use crate::paths;

/// All packages of the workspace by name.
pub(crate) type Packages = BTreeMap<String, Package>;

/// Reads the manifests.
pub(crate) fn packages() -> Result<Packages> {
    let metadata = MetadataCommand::new()
        .current_dir(paths::root())
        .no_deps()
        .other_options(["--offline".to_owned()])
        .exec()
        .context("cannot read the workspace")?;
    let packages = metadata.packages.into_iter();
    Ok(packages
        .map(|package| (package.name.to_string(), package))
        .collect())
}

/// The dependencies of a package, those of its tests left out.
fn dependencies(package: &Package) -> impl Iterator<Item = &Dependency> {
    let all = package.dependencies.iter();
    all.filter(|one| one.kind == DependencyKind::Normal)
}

/// The packages of this workspace that a package uses.
fn uses(package: &Package) -> impl Iterator<Item = &str> {
    dependencies(package)
        .filter(|one| one.path.is_some())
        .map(|one| one.name.as_str())
}

/// The folders of a package and of all that it builds on, and the files that decide for all.
pub(crate) fn sources(packages: &Packages, name: &str) -> Vec<PathBuf> {
    let common = [
        "Cargo.toml",
        "Cargo.lock",
        "rust-toolchain.toml",
        ".cargo/config.toml",
    ];
    let mut sources: Vec<PathBuf> = common.map(paths::at).to_vec();
    let mut seen = BTreeSet::new();
    let mut left = vec![name];
    while let Some(package) = left.pop().and_then(|name| packages.get(name)) {
        if seen.insert(package.name.as_str()) {
            sources.extend(package.manifest_path.parent().map(PathBuf::from));
            left.extend(uses(package));
        }
    }
    sources
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Who may use whom; a package that is not listed may use none of the others.
    const ALLOWED: &str = "
        from-json: from-json-derive
        oauth-core: from-json
        oauth-server: oauth-core from-json
        oauth-guard: oauth-core from-json
        oauth-client: oauth-core from-json
        wire: oauth-client oauth-core
        edge: oauth-core from-json
        webcrypto: oauth-core
        mcp: oauth-core
        guarded-worker: oauth-core oauth-guard edge webcrypto mcp
        testkit: oauth-core oauth-server oauth-guard oauth-client
        fuzzing: oauth-core mcp testkit
        simulator: oauth-core oauth-server oauth-guard testkit
        auth-worker: oauth-core oauth-server edge webcrypto from-json
        api-worker: guarded-worker
        notes-worker: guarded-worker
        app-worker: oauth-core oauth-client oauth-guard edge webcrypto wire
        web-ui: oauth-core oauth-client webcrypto wire
        demo-data: oauth-core
    ";

    #[test]
    fn packages_use_only_what_the_architecture_allows() {
        let allowed: BTreeMap<&str, &str> = ALLOWED
            .lines()
            .filter_map(|line| line.trim().split_once(": "))
            .collect();
        for (name, package) in packages().unwrap() {
            let allowed = allowed.get(name.as_str()).unwrap_or(&"");
            for used in uses(&package) {
                let may = allowed.split(' ').any(|one| one == used);
                assert!(may, "{name} must not use {used}");
            }
        }
    }

    fn names(package: &Package, one: &str) -> bool {
        dependencies(package).any(|dependency| dependency.name == one)
    }

    #[test]
    fn only_the_platform_s_glue_and_the_workers_know_the_platform() {
        for (name, package) in packages().unwrap() {
            // `guarded-worker` ends so too.
            let may = name == "edge" || name.ends_with("-worker");
            assert!(may || !names(&package, "worker"), "{name} names `worker`");
        }
    }

    #[test]
    fn the_rules_know_neither_clock_nor_randomness_nor_network() {
        const BANNED: &str = "getrandom rand web-sys js-sys worker tokio chrono reqwest";
        let packages = packages().unwrap();
        for name in ["oauth-core", "oauth-server"] {
            for banned in BANNED.split(' ') {
                assert!(!names(&packages[name], banned), "{name} names {banned}");
            }
        }
    }
}
