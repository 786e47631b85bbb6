//! From a fresh clone to a running system: `cargo xtask dev`.

use std::{
    thread,
    time::{Duration, Instant},
};

use anyhow::Result;

use crate::{
    build,
    flags::Dev,
    host::Host,
    paths,
    ports::Ports,
    process, progress, seed, tools,
    unit::{Profile, Unit},
    watch::Watch,
};

/// How often the authorization server's jobs run, as its `wrangler.toml` has it.
const SCHEDULE: Duration = Duration::from_mins(5);

/// `cargo xtask dev`
pub(crate) fn run(flags: &Dev) -> Result<()> {
    let ports = Ports::new(flags.app_port, flags.auth_port, flags.api_port)?;
    process::stop_on_signals()?;
    ports.must_be_free()?;
    let finished = serve(flags, ports);
    if process::stopped() {
        progress::line("stopped");
        return Ok(());
    }
    finished
}

fn serve(flags: &Dev, ports: Ports) -> Result<()> {
    let start = Instant::now();
    let profile = if flags.release {
        Profile::Release
    } else {
        Profile::Quick
    };
    let state = paths::local_state();
    tools::install()?;
    if flags.fresh {
        process::shell()?.remove_path(&state)?;
    }
    build::share_state()?;
    let mut watch = Watch::start()?;
    build::build(&Unit::SYSTEM, profile)?;
    seed::fill(&state, ports)?;
    let mut host = Host::start(&state, ports)?;
    welcome(ports, start);
    let mut scheduled: Option<Instant> = None;
    while !process::stopped() {
        thread::sleep(Duration::from_millis(300));
        host.must_run()?;
        if scheduled.is_none_or(|at| at.elapsed() >= SCHEDULE) {
            scheduled = Some(Instant::now());
            show(host.schedule());
        }
        let changed = watch.changed();
        if !changed.is_empty() {
            rebuild(&mut host, &changed, profile);
        }
    }
    Ok(())
}

/// A mistake in the sources is shown, and the last good build keeps running.
fn rebuild(host: &mut Host, changed: &[Unit], profile: Profile) {
    let start = Instant::now();
    let done = build::build(changed, profile).and_then(|()| host.reload());
    if done.is_ok() {
        progress::line(format!("reloaded ({})", progress::seconds(start)));
    }
    show(done);
}

/// Shows a failure, unless everything is about to end.
fn show(done: Result<()>) {
    match done {
        Ok(()) => {}
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
