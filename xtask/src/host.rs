//! The process that serves the three workers: `xtask/host.mjs`.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    path::Path,
    process::{ChildStdin, Stdio},
    sync::mpsc::{Receiver, RecvTimeoutError, channel},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};

use crate::{
    place,
    ports::Ports,
    process::{self, Group},
};

const PATIENCE: Duration = Duration::from_mins(1);

/// The running host. Dropping it ends the workers.
pub(crate) struct Host {
    stdin: Option<ChildStdin>,
    events: Receiver<Value>,
    group: Group,
}

impl Host {
    /// Starts the workers on `ports` with the storage in `state`.
    pub(crate) fn start(state: &Path, ports: Ports) -> Result<Self> {
        let mut node = process::command(place::node_program("node"));
        node.arg("xtask/host.mjs")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit());
        let mut group = Group::start(&mut node, "serve the workers")?;
        let stdout = group.0.stdout.take().context("the host has no output")?;
        let stdin = group.0.stdin.take();
        let (sender, events) = channel();
        thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                // Anything else on that pipe is not for us.
                let Ok(event) = serde_json::from_str::<Value>(&line) else {
                    continue;
                };
                if sender.send(event).is_err() {
                    return;
                }
            }
        });
        let mut host = Self {
            stdin,
            events,
            group,
        };
        host.tell(&json!({ "state": state, "ports": ports.json(), "vars": {} }))?;
        host.expect_event("ready")?;
        Ok(host)
    }

    /// Serves the newly built files.
    pub(crate) fn reload(&mut self) -> Result<()> {
        self.tell(&json!({ "command": "reload" }))?;
        self.expect_event("reloaded")
    }

    /// Whether the process still runs.
    pub(crate) fn lives(&mut self) -> bool {
        matches!(self.group.0.try_wait(), Ok(None))
    }

    fn tell(&mut self, line: &Value) -> Result<()> {
        let stdin = self.stdin.as_mut().context("the host was stopped")?;
        writeln!(stdin, "{line}")
            .and_then(|()| stdin.flush())
            .context("the host has ended")
    }

    fn expect_event(&mut self, wanted: &str) -> Result<()> {
        let start = Instant::now();
        while start.elapsed() < PATIENCE {
            if process::stopped() {
                bail!("stopped");
            }
            match self.events.recv_timeout(Duration::from_millis(100)) {
                Ok(event) if event.get("event").and_then(Value::as_str) == Some(wanted) => {
                    return Ok(());
                }
                Ok(event) => {
                    let reason = event
                        .get("reason")
                        .and_then(Value::as_str)
                        .unwrap_or("no reason given");
                    bail!("the workers cannot be served: {reason}");
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => {
                    bail!("the host of the workers ended; its last words stand above")
                }
            }
        }
        bail!(
            "the host of the workers did not say `{wanted}` within {} s",
            PATIENCE.as_secs()
        )
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        // The end of its input is what the host waits for; the process group is the second way.
        self.stdin = None;
        self.group.wait_for(Duration::from_secs(5));
    }
}
