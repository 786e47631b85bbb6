//! Where things are in the repository.

use std::path::{Path, PathBuf};

/// The repository's root. The test of a document tries its commands on a copy, which `OSTIARY_ROOT` names.
pub(crate) fn root() -> PathBuf {
    if let Some(copy) = std::env::var_os("OSTIARY_ROOT") {
        return copy.into();
    }
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_path_buf()
}

/// A path under the root.
pub(crate) fn at(path: &str) -> PathBuf {
    root().join(path)
}

/// A program that npm installed.
pub(crate) fn node_program(name: &str) -> PathBuf {
    at("node_modules/.bin").join(name)
}

/// A program that `cargo install` put beside the sources.
pub(crate) fn tool(name: &str) -> PathBuf {
    at(".tools/bin").join(name)
}

/// Cargo's target directory.
pub(crate) fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| at("target"), |path| root().join(path))
}

/// What the commands remember between runs, wherever cargo compiles: what is built is in one place too.
pub(crate) fn memory() -> PathBuf {
    at("target/xtask")
}

/// The local state: where `wrangler dev` finds it by itself, or where a test has put it.
pub(crate) fn local_state() -> PathBuf {
    std::env::var_os("OSTIARY_STATE").map_or_else(|| at(".wrangler/state"), PathBuf::from)
}

/// A path as a person at the root would type it.
pub(crate) fn short(path: &Path) -> String {
    path.strip_prefix(root())
        .unwrap_or(path)
        .display()
        .to_string()
}
