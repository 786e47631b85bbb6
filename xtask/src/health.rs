//! Waiting until a worker answers `GET /health` with 200.

use std::{
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Result, bail};

use crate::{ports::Ports, process};

const PATIENCE: Duration = Duration::from_secs(30);

/// Waits until all three are well.
pub(crate) fn wait(ports: Ports) -> Result<()> {
    for (name, port) in ports.named() {
        wait_for(name, port)?;
    }
    Ok(())
}

fn wait_for(name: &str, port: u16) -> Result<()> {
    let start = Instant::now();
    let mut said = String::from("nothing");
    while start.elapsed() < PATIENCE {
        if process::stopped() {
            bail!("stopped");
        }
        match first_line(port) {
            Ok(line) if line.contains(" 200") => return Ok(()),
            Ok(line) => said = line,
            Err(error) => said = error.to_string(),
        }
        thread::sleep(Duration::from_millis(100));
    }
    bail!(
        "http://localhost:{port}/health ({name}) is not well after {} s; it said: {said}",
        PATIENCE.as_secs()
    )
}

fn first_line(port: u16) -> Result<String> {
    let address = SocketAddr::from(([127, 0, 0, 1], port));
    let mut stream = TcpStream::connect_timeout(&address, Duration::from_secs(1))?;
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    write!(
        stream,
        "GET /health HTTP/1.1\r\nHost: localhost:{port}\r\nConnection: close\r\n\r\n"
    )?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    Ok(String::from_utf8_lossy(&answer)
        .lines()
        .next()
        .unwrap_or_default()
        .to_owned())
}
