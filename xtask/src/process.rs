//! Child processes: each in a process group of its own, so that none outlives us.

use std::{
    io::{BufRead as _, BufReader, Read},
    os::unix::process::CommandExt as _,
    path::Path,
    process::{Child, Command, ExitStatus, Stdio},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};
use nix::{
    sys::signal::{Signal, killpg},
    unistd::Pid,
};

use crate::{place, progress};

static STOPPED: AtomicBool = AtomicBool::new(false);

/// From now on Ctrl-C and SIGTERM only ask us to stop; see [`stopped`].
pub(crate) fn stop_on_signals() -> Result<()> {
    ctrlc::set_handler(|| STOPPED.store(true, Ordering::SeqCst)).context("cannot listen to signals")
}

/// Whether someone asked us to stop.
pub(crate) fn stopped() -> bool {
    STOPPED.load(Ordering::SeqCst)
}

/// A command at the root, with the programs of npm and ours found first.
pub(crate) fn command(program: impl AsRef<Path>) -> Command {
    let mut command = Command::new(program.as_ref());
    let own = [place::at("node_modules/.bin"), place::at(".tools/bin")];
    let path = std::env::var_os("PATH").unwrap_or_default();
    if let Ok(joined) = std::env::join_paths(own.into_iter().chain(std::env::split_paths(&path))) {
        command.env("PATH", joined);
    }
    command
        .current_dir(place::root())
        .env("WRANGLER_SEND_METRICS", "false")
        .env("CLOUDFLARE_CF_FETCH_ENABLED", "false")
        .env("WRANGLER_HIDE_BANNER", "true")
        .env("NPM_CONFIG_UPDATE_NOTIFIER", "false")
        .process_group(0);
    command
}

/// A child whose process group ends with it.
pub(crate) struct Group(pub(crate) Child);

impl Group {
    /// Starts `command`; `why` says what for, if it cannot be started.
    pub(crate) fn start(command: &mut Command, why: &str) -> Result<Self> {
        let program = command.get_program().to_string_lossy().into_owned();
        let child = command
            .spawn()
            .with_context(|| format!("cannot start {program}, which is needed to {why}"))?;
        Ok(Self(child))
    }

    /// Asks the whole group to end.
    pub(crate) fn signal(&self, signal: Signal) {
        if let Ok(id) = i32::try_from(self.0.id()) {
            // It may have ended already.
            let _ = killpg(Pid::from_raw(id), signal);
        }
    }

    /// Waits at most `limit` for the child to end.
    pub(crate) fn wait_for(&mut self, limit: Duration) -> Option<ExitStatus> {
        let start = Instant::now();
        loop {
            match self.0.try_wait() {
                Ok(Some(status)) => return Some(status),
                Ok(None) if start.elapsed() < limit => thread::sleep(Duration::from_millis(20)),
                Ok(None) | Err(_) => return None,
            }
        }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        if matches!(self.0.try_wait(), Ok(Some(_))) {
            return;
        }
        self.signal(Signal::SIGTERM);
        if self.wait_for(Duration::from_secs(5)).is_none() {
            self.signal(Signal::SIGKILL);
            let _ = self.0.wait();
        }
    }
}

/// What a finished command said.
pub(crate) struct Finished {
    pub(crate) success: bool,
    pub(crate) stdout: String,
    /// Standard output and standard error as they came.
    pub(crate) output: String,
}

/// Runs `command` to its end, showing now and then that it lives. `what` names it for people.
pub(crate) fn finish(command: &mut Command, what: &str) -> Result<Finished> {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut group = Group::start(command, what)?;
    let both = Arc::new(Mutex::new(String::new()));
    let only_out = Arc::new(Mutex::new(String::new()));
    let readers = [
        group
            .0
            .stdout
            .take()
            .map(|pipe| collect(pipe, vec![both.clone(), only_out.clone()])),
        group
            .0
            .stderr
            .take()
            .map(|pipe| collect(pipe, vec![both.clone()])),
    ];
    let status = wait_with_signs_of_life(&mut group, what, &both)?;
    for reader in readers.into_iter().flatten() {
        let _ = reader.join();
    }
    Ok(Finished {
        success: status.success(),
        stdout: taken(&only_out),
        output: taken(&both),
    })
}

/// Runs `command`; failing is an error that carries the end of its output.
pub(crate) fn succeed(command: &mut Command, what: &str) -> Result<String> {
    let finished = finish(command, what)?;
    if !finished.success {
        bail!(
            "could not {what}:\n{}",
            progress::tail(&finished.output, 40)
        );
    }
    Ok(finished.stdout)
}

fn wait_with_signs_of_life(
    group: &mut Group,
    what: &str,
    output: &Mutex<String>,
) -> Result<ExitStatus> {
    let start = Instant::now();
    loop {
        for _ in 0..150 {
            if let Some(status) = group.wait_for(Duration::from_millis(100)) {
                return Ok(status);
            }
            if stopped() {
                bail!("stopped");
            }
        }
        let last = output
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .lines()
            .last()
            .unwrap_or("")
            .trim()
            .to_owned();
        progress::line(format!(
            "… {what}, {:.0} s: {last}",
            start.elapsed().as_secs_f32()
        ));
    }
}

fn collect(
    pipe: impl Read + Send + 'static,
    texts: Vec<Arc<Mutex<String>>>,
) -> thread::JoinHandle<()> {
    thread::spawn(move || {
        let mut reader = BufReader::new(pipe);
        let mut bytes = Vec::new();
        while reader
            .read_until(b'\n', &mut bytes)
            .is_ok_and(|read| read > 0)
        {
            let line = String::from_utf8_lossy(&bytes).into_owned();
            for text in &texts {
                text.lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .push_str(&line);
            }
            bytes.clear();
        }
    })
}

fn taken(text: &Mutex<String>) -> String {
    std::mem::take(&mut text.lock().unwrap_or_else(PoisonError::into_inner))
}
