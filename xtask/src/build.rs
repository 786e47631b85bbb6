//! The three workers and the pages, built only when their sources changed: `cargo xtask build`.

use std::{env, fs, os::unix::fs::symlink, time::Instant};

use anyhow::{Context as _, Result, bail};

use crate::{
    flags::Build,
    freshness, paths,
    ports::Ports,
    process, progress, seed, sizes, spa, tools,
    unit::{Profile, Unit},
    worker, workspace,
};

/// `cargo xtask build`
pub(crate) fn run(flags: &Build) -> Result<()> {
    let in_dev = env::var("WRANGLER_COMMAND").is_ok_and(|command| command == "dev");
    let mut units = Vec::new();
    for worker in &flags.workers {
        units.extend(named(worker)?);
    }
    if units.is_empty() {
        units.extend(Unit::SYSTEM);
    }
    process::stop_on_signals()?;
    tools::install()?;
    if in_dev {
        share_state()?;
        seed::fill(&paths::local_state(), Ports::new(None, None, None)?)?;
    }
    if flags.quick || (in_dev && !flags.release) {
        return build(&units, Profile::Quick);
    }
    build(&units, Profile::Release)?;
    let (_, broken) = sizes::check(&units)?;
    if !broken.is_empty() {
        bail!("too large: {}", broken.join("; "));
    }
    Ok(())
}

fn named(worker: &str) -> Result<&'static [Unit]> {
    Ok(match worker {
        "app" => &[Unit::App, Unit::Pages],
        "auth" => &[Unit::Auth],
        "api" => &[Unit::Api],
        "notes" => &[Unit::Notes],
        other => bail!("there is no worker `{other}`: choose app, auth, api or notes"),
    })
}

/// Builds what changed of `units`.
pub(crate) fn build(units: &[Unit], profile: Profile) -> Result<()> {
    let packages = workspace::packages()?;
    for &unit in units {
        let fingerprint = format!("{profile:?} {}", unit.fingerprint(&packages));
        let name = unit.package();
        if unit.entry().is_file() && freshness::is_remembered(name, &fingerprint) {
            continue;
        }
        let start = Instant::now();
        freshness::forget(name);
        match unit {
            Unit::Pages => spa::build(profile)?,
            Unit::Auth | Unit::Api | Unit::App | Unit::Notes => worker::build(unit, profile)?,
        }
        freshness::remember(name, &fingerprint)?;
        progress::line(format!("built {name} ({})", progress::seconds(start)));
    }
    Ok(())
}

/// Has all three workers use one folder for their local state, whichever way they are started.
pub(crate) fn share_state() -> Result<()> {
    let sh = process::shell()?;
    sh.create_dir(paths::local_state())?;
    for worker in ["auth-worker", "api-worker"] {
        let link = paths::at(worker).join(".wrangler/state");
        let name = paths::short(&link);
        match fs::symlink_metadata(&link) {
            Ok(found) if found.is_dir() => progress::line(format!(
                "{name} is a folder, not a link to the shared state: delete it and start again"
            )),
            Ok(_) => {}
            Err(_) => {
                sh.create_dir(paths::at(worker).join(".wrangler"))?;
                symlink("../../.wrangler/state", &link)
                    .with_context(|| format!("cannot link {name}"))?;
            }
        }
    }
    Ok(())
}
