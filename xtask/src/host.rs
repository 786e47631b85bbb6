//! The process that serves the three workers: `xtask/host.mjs`.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    path::Path,
    process::{ChildStdin, Command},
    sync::mpsc::{Receiver, RecvTimeoutError, channel},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};
use xshell::cmd;

use crate::{
    ports::Ports,
    process::{self, Group},
};

const PATIENCE: Duration = Duration::from_mins(1);
const EXITED: &str = "the worker host exited; see its output above";

/// The running host. Dropping it ends the workers.
pub(crate) struct Host {
    stdin: Option<ChildStdin>,
    events: Receiver<Value>,
    group: Group,
}

impl Host {
    /// Starts the workers on `ports` with the storage in `state`, and waits until their `/health` answers 200.
    pub(crate) fn start(state: &Path, ports: Ports) -> Result<Self> {
        let sh = process::shell()?;
        let mut node = Command::from(cmd!(sh, "node xtask/host.mjs"));
        let mut group = Group::start(&mut node, "serve the workers")?;
        let stdout = group.0.stdout.take().context(EXITED)?;
        let (sender, events) = channel();
        thread::spawn(move || {
            let lines = BufReader::new(stdout).lines().map_while(Result::ok);
            // A line that is not JSON comes from something else.
            for event in lines.filter_map(|line| serde_json::from_str(&line).ok()) {
                if sender.send(event).is_err() {
                    return;
                }
            }
        });
        let mut host = Self {
            stdin: group.0.stdin.take(),
            events,
            group,
        };
        let options = json!({ "state": state, "ports": ports.json(), "vars": {} });
        host.ask(&options, "ready")?;
        host.ask(&json!({ "command": "health" }), "healthy")?;
        Ok(host)
    }

    /// Serves the newly built files.
    pub(crate) fn reload(&mut self) -> Result<()> {
        self.ask(&json!({ "command": "reload" }), "reloaded")
    }

    /// Runs what the authorization server does by its schedule.
    pub(crate) fn schedule(&mut self) -> Result<()> {
        self.ask(&json!({ "command": "schedule" }), "scheduled")
    }

    /// Fails when the process has ended.
    pub(crate) fn must_run(&mut self) -> Result<()> {
        match self.group.0.try_wait() {
            Ok(None) => Ok(()),
            Ok(Some(_)) | Err(_) => bail!(EXITED),
        }
    }

    /// Sends a line and waits for the event that answers it.
    fn ask(&mut self, line: &Value, wanted: &str) -> Result<()> {
        let stdin = self.stdin.as_mut().context(EXITED)?;
        writeln!(stdin, "{line}").context(EXITED)?;
        let start = Instant::now();
        while start.elapsed() < PATIENCE {
            if process::stopped() {
                bail!("stopped");
            }
            match self.events.recv_timeout(Duration::from_millis(100)) {
                Ok(event) if text(&event, "event") == wanted => return Ok(()),
                Ok(event) => bail!("the workers cannot be served: {}", text(&event, "reason")),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => bail!(EXITED),
            }
        }
        bail!("the worker host was not {wanted} within {PATIENCE:?}")
    }
}

fn text<'a>(event: &'a Value, name: &str) -> &'a str {
    event.get(name).and_then(Value::as_str).unwrap_or_default()
}

impl Drop for Host {
    fn drop(&mut self) {
        // The end of its input asks the host to end; dropping the process group forces it to.
        self.stdin = None;
        self.group.wait_for(Duration::from_secs(5));
    }
}
