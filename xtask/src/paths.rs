//! Where things are in the repository.

use std::{
    env,
    path::{Path, PathBuf},
};

/// The repository's root, or the copy of it that the test of a document names in `OSTIARY_ROOT`.
pub(crate) fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let here = here.parent().unwrap_or(here);
    env::var_os("OSTIARY_ROOT").map_or_else(|| here.to_path_buf(), PathBuf::from)
}

/// A path under the root.
pub(crate) fn at(path: &str) -> PathBuf {
    root().join(path)
}

/// A program that `cargo install` put beside the sources.
pub(crate) fn tool(name: &str) -> PathBuf {
    at(".tools/bin").join(name)
}

/// Cargo's target directory.
pub(crate) fn target() -> PathBuf {
    root().join(env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into()))
}

/// The folder of what the commands remember between runs. It does not follow CARGO_TARGET_DIR: what is built is in one
/// place too.
pub(crate) fn memory() -> PathBuf {
    at("target/xtask")
}

/// The local state: where `wrangler dev` looks for it, or where a test has put it.
pub(crate) fn local_state() -> PathBuf {
    env::var_os("OSTIARY_STATE").map_or_else(|| at(".wrangler/state"), PathBuf::from)
}

/// A path as a person at the root would type it.
pub(crate) fn short(path: &Path) -> String {
    let path = path.strip_prefix(root()).unwrap_or(path);
    path.display().to_string()
}
