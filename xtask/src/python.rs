//! Python's packages for the tests of clients in Python.

use std::fs;

use anyhow::{Context as _, Result, bail};
use xshell::{Shell, cmd};

use crate::{lock::lock, paths, process, progress, tools};

/// The packages, each at one version.
const REQUIREMENTS: &str = "tests/clients/python/requirements.txt";

/// Where they are installed.
const FOLDER: &str = ".tools/python";

/// Python's own way to pip, which Debian has switched off, and then Debian's.
const GET_PIP: &str = r#"
    python3 -m ensurepip --user && exit
    test "$(id -u)" = 0 && apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -yq python3-pip"#;

/// Installs the packages where they are missing. It costs nothing when they are there.
pub(crate) fn install() -> Result<()> {
    let sh = process::shell()?;
    let stamp = paths::at(FOLDER).join("stamp");
    let is_there = |wanted: &str| fs::read_to_string(&stamp).is_ok_and(|found| found == wanted);
    if wanted(&sh).is_ok_and(|wanted| is_there(&wanted)) {
        return Ok(());
    }
    let _lock = lock()?;
    find_pip(&sh)?;
    let wanted = wanted(&sh)?;
    if is_there(&wanted) {
        return Ok(());
    }
    progress::line("installing the Python packages of the tests");
    sh.remove_path(FOLDER)?;
    let pip = cmd!(
        sh,
        "python3 -m pip install --quiet --disable-pip-version-check --no-input --target {FOLDER} --requirement {REQUIREMENTS}"
    );
    process::succeed(pip, "install the packages of requirements.txt")
        .with_context(|| format!("pip needs access to PyPI, for {REQUIREMENTS}"))?;
    Ok(sh.write_file(&stamp, wanted)?)
}

/// The packages are compiled for one version of Python.
fn wanted(sh: &Shell) -> Result<String> {
    let version = process::succeed(cmd!(sh, "python3 --version"), "ask Python for its version")?;
    Ok(version + &sh.read_file(REQUIREMENTS)?)
}

fn find_pip(sh: &Shell) -> Result<()> {
    let is_there = || tools::succeeds(cmd!(sh, "python3 -m pip --version"));
    if is_there() {
        return Ok(());
    }
    progress::line("no pip found: installing it for the tests of clients in Python");
    if tools::succeeds(cmd!(sh, "sh -c {GET_PIP}")) && is_there() {
        return Ok(());
    }
    bail!(
        "the tests of clients in Python need Python 3.10 or later with pip, and pip could not be installed: install it with \
         your package manager (Debian: `apt-get install python3-pip`)"
    )
}
