//! A browser for the tests: the system's, or Playwright's own, or the distribution's package.

use std::{path::PathBuf, process::Command};

use anyhow::{Result, bail};

use crate::{process, progress};

const NAMES: &[&str] = &[
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
];

/// The path of a Chromium; `None` when Playwright uses the one that it installed itself.
pub(crate) fn find_or_install() -> Result<Option<PathBuf>> {
    if let Some(found) = installed() {
        return Ok(Some(found));
    }
    progress::line("no Chromium found: installing one for the tests");
    let mut playwright = process::command("npx");
    playwright.args(["playwright", "install", "chromium"]);
    if process::finish(&mut playwright, "download Playwright's Chromium")?.success {
        return Ok(None);
    }
    if nix::unistd::Uid::effective().is_root() {
        let mut apt = process::command("sh");
        apt.args([
            "-c",
            "apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -yq chromium",
        ]);
        process::finish(&mut apt, "install Debian's chromium")?;
        if let Some(found) = installed() {
            return Ok(Some(found));
        }
    }
    bail!(
        "the browser tests need Chromium, and it could not be installed: install it with your package manager \
         (Debian: `apt-get install chromium`), or set OSTIARY_CHROMIUM to one"
    )
}

fn installed() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os("OSTIARY_CHROMIUM")
        .map(PathBuf::from)
        .filter(|path| path.is_file())
    {
        return Some(named);
    }
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .flat_map(|folder| NAMES.iter().map(move |name| folder.join(name)))
        .find(|path| path.is_file() && answers(path))
}

fn answers(path: &PathBuf) -> bool {
    Command::new(path)
        .arg("--version")
        .output()
        .is_ok_and(|output| output.status.success())
}
