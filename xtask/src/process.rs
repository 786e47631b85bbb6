//! Child processes: each in a process group of its own, so that none outlives this one.

use std::{
    env,
    io::{BufRead as _, BufReader, Read, Write as _},
    os::unix::process::CommandExt as _,
    process::{Child, Command, ExitStatus, Stdio},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};
use nix::{
    sys::signal::{Signal, killpg},
    unistd::Pid,
};
use xshell::Shell;

use crate::{paths, progress};

static STOPPED: AtomicBool = AtomicBool::new(false);

/// From now on Ctrl-C and SIGTERM only ask this process to stop; see [`stopped`].
pub(crate) fn stop_on_signals() -> Result<()> {
    ctrlc::set_handler(|| STOPPED.store(true, Ordering::SeqCst)).context("cannot listen to signals")
}

/// Whether Ctrl-C or SIGTERM has come.
pub(crate) fn stopped() -> bool {
    STOPPED.load(Ordering::SeqCst)
}

/// A shell at the root, with the programs of npm and of `.tools` found first.
pub(crate) fn shell() -> Result<Shell> {
    let shell = Shell::new()?;
    shell.change_dir(paths::root());
    let own = [paths::at("node_modules/.bin"), paths::at(".tools/bin")];
    let path = env::var_os("PATH").unwrap_or_default();
    let path = env::join_paths(own.into_iter().chain(env::split_paths(&path)))?;
    shell.set_var("PATH", path);
    shell.set_var("WRANGLER_SEND_METRICS", "false");
    shell.set_var("CLOUDFLARE_CF_FETCH_ENABLED", "false");
    shell.set_var("WRANGLER_HIDE_BANNER", "true");
    shell.set_var("NPM_CONFIG_UPDATE_NOTIFIER", "false");
    Ok(shell)
}

/// A child whose process group ends with it.
pub(crate) struct Group(pub(crate) Child);

impl Group {
    /// Starts `command` with pipes for its input and output; `why` completes "it is needed to …".
    pub(crate) fn start(command: &mut Command, why: &str) -> Result<Self> {
        let program = command.get_program().to_string_lossy().into_owned();
        let child = command
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot start {program}, which is needed to {why}"))?;
        Ok(Self(child))
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

    fn signal(&self, signal: Signal) {
        if let Ok(id) = i32::try_from(self.0.id()) {
            // It may have ended already.
            let _ = killpg(Pid::from_raw(id), signal);
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

/// A command that has ended.
pub(crate) struct Finished {
    pub(crate) success: bool,
    pub(crate) stdout: String,
    /// Standard output and standard error as they came.
    pub(crate) output: String,
}

/// Runs `command` to its end, with a sign of life now and then. `what` completes "could not …".
pub(crate) fn finish(command: impl Into<Command>, what: &str) -> Result<Finished> {
    run(command.into(), "", what)
}

/// Runs `command` and returns its standard output; failing is an error that carries the end of its output.
pub(crate) fn succeed(command: impl Into<Command>, what: &str) -> Result<String> {
    succeed_with(command, "", what)
}

/// As [`succeed`], with `input` as the command's standard input.
pub(crate) fn succeed_with(command: impl Into<Command>, input: &str, what: &str) -> Result<String> {
    let finished = run(command.into(), input, what)?;
    if !finished.success {
        bail!(
            "could not {what}:\n{}",
            progress::tail(&finished.output, 40)
        );
    }
    Ok(finished.stdout)
}

fn run(mut command: Command, input: &str, what: &str) -> Result<Finished> {
    let mut group = Group::start(command.stderr(Stdio::piped()), what)?;
    let output = Arc::new(Mutex::new(String::new()));
    let stdout = group.0.stdout.take().map(|pipe| collect(pipe, &output));
    let stderr = group.0.stderr.take().map(|pipe| collect(pipe, &output));
    if let Some(mut stdin) = group.0.stdin.take() {
        // A command that has ended early says why by itself.
        let _ = stdin.write_all(input.as_bytes());
    }
    let status = wait_with_signs_of_life(&mut group, what, &output)?;
    let text = |reader: Option<JoinHandle<String>>| reader.and_then(|reader| reader.join().ok());
    let stdout = text(stdout).unwrap_or_default();
    text(stderr);
    let output = std::mem::take(&mut *locked(&output));
    Ok(Finished {
        success: status.success(),
        stdout,
        output,
    })
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
        let elapsed = start.elapsed().as_secs();
        let last = progress::tail(&locked(output), 1);
        progress::line(format!("… {what}, {elapsed} s: {}", last.trim()));
    }
}

/// Reads `pipe` to its end, and adds each line to `output` as it comes.
fn collect(pipe: impl Read + Send + 'static, output: &Arc<Mutex<String>>) -> JoinHandle<String> {
    let output = Arc::clone(output);
    thread::spawn(move || {
        let mut own = String::new();
        for line in BufReader::new(pipe).split(b'\n').map_while(Result::ok) {
            let line = String::from_utf8_lossy(&line).into_owned() + "\n";
            locked(&output).push_str(&line);
            own.push_str(&line);
        }
        own
    })
}

fn locked(text: &Mutex<String>) -> MutexGuard<'_, String> {
    text.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_child_s_own_children_end_with_it() {
        let mut command = Command::new("sh");
        command.args(["-c", "sleep 60 & echo; wait"]);
        let mut group = Group::start(&mut command, "be ended").unwrap();
        let mut stdout = BufReader::new(group.0.stdout.take().unwrap());
        stdout.read_line(&mut String::new()).unwrap();
        let start = Instant::now();
        drop(group);
        // The pipe ends when the last process that writes to it has ended.
        stdout.read_to_end(&mut Vec::new()).unwrap();
        assert!(start.elapsed() < Duration::from_secs(30));
    }
}
