//! The benchmarks, side by side with the peers: `cargo xtask bench [--only PART] [--quick]`. This builds and installs what
//! they need; `bench/main.mjs` measures, prints and writes `docs/performance.md`.

use std::{env, fs, io, process::Command, thread, time::Duration};

use anyhow::{Context as _, Result, bail};
use serde_json::json;
use xshell::cmd;

use crate::{
    build,
    flags::Bench,
    lock::lock,
    paths,
    process::{self, Group},
    progress, tools,
    unit::{Profile, Unit},
};

/// The peers are packages of their own: nothing of the product depends on them.
const FOLDER: &str = "bench";

/// `cargo xtask bench`
pub(crate) fn run(flags: &Bench) -> Result<()> {
    process::stop_on_signals()?;
    tools::install()?;
    peers()?;
    build::build(&Unit::SYSTEM, Profile::Release)?;
    measure(flags)
}

/// Installs the peers where they are missing.
fn peers() -> Result<()> {
    let changed = |path: &str| fs::metadata(paths::at(FOLDER).join(path))?.modified();
    let is_there = || {
        // npm writes its own copy of the lockfile when it has installed all of it.
        let installed = changed("node_modules/.package-lock.json").ok();
        installed.is_some() && installed >= changed("package-lock.json").ok()
    };
    if is_there() {
        return Ok(());
    }
    let _lock = lock()?;
    if is_there() {
        return Ok(());
    }
    let sh = process::shell()?;
    let npm = cmd!(
        sh,
        "npm ci --prefix {FOLDER} --no-audit --no-fund --loglevel=error"
    );
    process::succeed(npm, "install the packages of bench/package-lock.json")
        .context("npm needs access to its registry")?;
    progress::line("npm packages: the peers");
    Ok(())
}

/// Runs the benchmarks; what they say is seen as it comes.
fn measure(flags: &Bench) -> Result<()> {
    let options = json!({ "only": flags.only, "quick": flags.quick }).to_string();
    let sh = process::shell()?;
    let node = cmd!(
        sh,
        "node --disable-warning=ExperimentalWarning bench/main.mjs {options}"
    );
    let mut node = Command::from(node.env("OSTIARY_XTASK", env::current_exe()?));
    let mut group = Group::start(&mut node, "run the benchmarks")?;
    let stdout = group.0.stdout.take();
    let relay =
        stdout.map(|mut pipe| thread::spawn(move || io::copy(&mut pipe, &mut io::stdout())));
    let status = loop {
        if let Some(status) = group.wait_for(Duration::from_millis(200)) {
            break status;
        }
        if process::stopped() {
            bail!("stopped");
        }
    };
    if let Some(Ok(copied)) = relay.map(thread::JoinHandle::join) {
        copied.context("cannot print the tables")?;
    }
    if !status.success() {
        bail!("the benchmarks have not come to their end; see above");
    }
    Ok(())
}
