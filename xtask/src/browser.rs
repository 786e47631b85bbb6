//! A browser for the tests: the system's, or Playwright's own, or the distribution's package.

use std::path::PathBuf;

use anyhow::{Result, bail};
use xshell::{Shell, cmd};

use crate::{process, progress};

/// Prints the path of the first browser that runs.
const FIND: &str = r#"
    for name in "$OSTIARY_CHROMIUM" chromium chromium-browser google-chrome google-chrome-stable; do
        path=$(command -v "$name") && "$path" --version >&2 && echo "$path" && exit
    done
    exit 1"#;

const INSTALL: &str =
    "apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -yq chromium";

/// The path of a Chromium; `None` when Playwright uses the one that it installed itself.
pub(crate) fn find_or_install() -> Result<Option<PathBuf>> {
    let sh = process::shell()?;
    if let Some(found) = find(&sh)? {
        return Ok(Some(found));
    }
    progress::line("no Chromium found: installing one for the tests");
    let playwright = cmd!(sh, "npx playwright install chromium");
    if process::finish(playwright, "download Playwright's Chromium")?.success {
        return Ok(None);
    }
    if nix::unistd::Uid::effective().is_root() {
        process::finish(cmd!(sh, "sh -c {INSTALL}"), "install Debian's chromium")?;
        if let Some(found) = find(&sh)? {
            return Ok(Some(found));
        }
    }
    bail!(
        "the browser tests need Chromium, and it could not be installed: install it with your package manager \
         (Debian: `apt-get install chromium`), or set OSTIARY_CHROMIUM to one"
    )
}

/// Prints what WebKit lacks.
const LACKING: &str = r#"
    command -v WebKitWebDriver >/dev/null || echo webkit2gtk-driver
    test -n "$DISPLAY" || command -v Xvfb >/dev/null || echo xvfb"#;

const INSTALL_WEBKIT: &str = "apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -yq --no-install-recommends";

/// Sees to a WebKit with its driver, for the tests that run in it too. Playwright's own WebKit is not asked for: its builds come from
/// a host that is often out of reach, and only some systems can run them.
pub(crate) fn find_or_install_webkit() -> Result<()> {
    let sh = process::shell()?;
    if lacking(&sh)?.is_empty() {
        return Ok(());
    }
    if nix::unistd::Uid::effective().is_root() {
        progress::line("no WebKit found: installing one for the tests");
        let command = format!("{INSTALL_WEBKIT} {}", lacking(&sh)?);
        process::finish(cmd!(sh, "sh -c {command}"), "install Debian's WebKit")?;
    }
    let lacking = lacking(&sh)?;
    if !lacking.is_empty() {
        progress::line(format!(
            "NOT CHECKED: WebKit, Safari's engine; install it with your package manager (Debian: `apt-get install {lacking}`)"
        ));
    }
    Ok(())
}

fn lacking(sh: &Shell) -> Result<String> {
    let found = process::finish(cmd!(sh, "sh -c {LACKING}"), "look for WebKit")?;
    Ok(found
        .stdout
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" "))
}

fn find(sh: &Shell) -> Result<Option<PathBuf>> {
    let found = process::finish(cmd!(sh, "sh -c {FIND}"), "look for a browser")?;
    Ok(found.success.then(|| found.stdout.trim().into()))
}
