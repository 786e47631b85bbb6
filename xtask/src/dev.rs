//! From a fresh clone to a running system: `cargo xtask dev`.

use std::{
    fs, thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};

use crate::{
    arguments::Arguments,
    build::{self, Profile, Unit},
    health,
    host::Host,
    place,
    ports::Ports,
    process, progress, seed, tools,
    watch::Watch,
};

/// `cargo xtask dev [--fresh] [--release] [--app-port N] [--auth-port N] [--api-port N]`
pub(crate) fn run(mut arguments: Arguments) -> Result<()> {
    let ports = Ports::from_arguments(&mut arguments)?;
    let fresh = arguments.flag("--fresh");
    let profile = if arguments.flag("--release") {
        Profile::Release
    } else {
        Profile::Quick
    };
    arguments.done()?;

    let start = Instant::now();
    process::stop_on_signals()?;
    ports.must_be_free()?;
    let finished = serve(ports, fresh, profile, start);
    if process::stopped() {
        progress::line("stopped");
        return Ok(());
    }
    finished
}

fn serve(ports: Ports, fresh: bool, profile: Profile, start: Instant) -> Result<()> {
    tools::install()?;
    if fresh && place::local_state().exists() {
        fs::remove_dir_all(place::local_state()).context("cannot remove .wrangler/state")?;
    }
    build::share_state()?;
    let mut watch = Watch::start()?;
    build::build(&Unit::ALL, profile)?;
    seed::fill(&place::local_state(), ports)?;
    let mut host = Host::start(&place::local_state(), ports)?;
    health::wait(ports)?;
    welcome(ports, start);
    while !process::stopped() {
        thread::sleep(Duration::from_millis(300));
        if !host.lives() {
            bail!("the process that serves the workers has ended; its last words stand above");
        }
        let changed = watch.changed();
        if !changed.is_empty() {
            rebuild(&mut host, &changed, profile);
        }
    }
    Ok(())
}

/// A mistake in the sources is shown, and the last good build goes on.
fn rebuild(host: &mut Host, changed: &[Unit], profile: Profile) {
    let start = Instant::now();
    let done = build::build(changed, profile).and_then(|()| host.reload());
    match done {
        Ok(()) => progress::line(format!("reloaded ({})", progress::seconds(start))),
        Err(_) if process::stopped() => {}
        Err(error) => progress::failure(&error),
    }
}

fn welcome(ports: Ports, start: Instant) {
    let Ports { app, auth, api } = ports;
    println!(
        "
Ostiary runs ({}). Open http://localhost:{app}

  app   http://localhost:{app}   the pages, and the machine-to-machine caller
  auth  http://localhost:{auth}   the authorization server
  api   http://localhost:{api}   the resource server

  sign in as   ada / lovelace-1843   alan / turing-1936   grace / hopper-1952 (operator, administrator)

Changes to the sources are built and served. Ctrl-C ends it.
",
        progress::seconds(start)
    );
}
