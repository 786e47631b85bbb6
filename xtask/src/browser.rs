//! A browser for the tests: the system's, or Playwright's own, or the distribution's package.

use std::{env, path::PathBuf};

use anyhow::{Result, bail};
use xshell::cmd;

use crate::{process, progress};

const NAMES: &[&str] = &[
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
];

/// The path of a Chromium; `None` when Playwright uses the one that it installed itself.
pub(crate) fn find_or_install() -> Result<Option<PathBuf>> {
    if let Some(found) = installed()? {
        return Ok(Some(found));
    }
    progress::line("no Chromium found: installing one for the tests");
    let sh = process::shell()?;
    let playwright = cmd!(sh, "npx playwright install chromium");
    if process::finish(playwright, "download Playwright's Chromium")?.success {
        return Ok(None);
    }
    if nix::unistd::Uid::effective().is_root() {
        let script =
            "apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -yq chromium";
        process::finish(cmd!(sh, "sh -c {script}"), "install Debian's chromium")?;
        if let Some(found) = installed()? {
            return Ok(Some(found));
        }
    }
    bail!(
        "the browser tests need Chromium, and it could not be installed: install it with your package manager \
         (Debian: `apt-get install chromium`), or set OSTIARY_CHROMIUM to one"
    )
}

fn installed() -> Result<Option<PathBuf>> {
    let named = env::var_os("OSTIARY_CHROMIUM").map(PathBuf::from);
    if let Some(named) = named.filter(|path| path.is_file()) {
        return Ok(Some(named));
    }
    let sh = process::shell()?;
    let path = env::var_os("PATH").unwrap_or_default();
    let answers = |path: &PathBuf| {
        path.is_file()
            && process::finish(cmd!(sh, "{path} --version"), "try a browser")
                .is_ok_and(|finished| finished.success)
    };
    Ok(env::split_paths(&path)
        .flat_map(|folder| NAMES.iter().map(move |name| folder.join(name)))
        .find(answers))
}
