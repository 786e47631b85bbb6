//! Migrations, local secrets and demo data for a local state folder: `cargo xtask seed`.

use std::{
    fs,
    io::{Read as _, Write as _},
    path::{Path, PathBuf},
    process::Stdio,
    time::Instant,
};

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};

use crate::{
    alone::alone,
    arguments::Arguments,
    freshness::Fingerprint,
    place,
    ports::Ports,
    process::{self, Group},
    progress, tools, workspace,
};

/// `cargo xtask seed --state DIR`
pub(crate) fn run(mut arguments: Arguments) -> Result<()> {
    let state = arguments
        .value("--state")?
        .map_or_else(place::local_state, PathBuf::from);
    let ports = Ports::from_arguments(&mut arguments)?;
    arguments.done()?;
    tools::install()?;
    let state = std::path::absolute(state).context("--state is no path")?;
    fill(&state, ports)
}

/// Brings the storage in `state` up to date; does nothing when it is.
pub(crate) fn fill(state: &Path, ports: Ports) -> Result<()> {
    let folders = secret_folders(state);
    if is_filled(state, &folders, ports) {
        return Ok(());
    }
    let _alone = alone()?;
    if is_filled(state, &folders, ports) {
        return Ok(());
    }
    let start = Instant::now();
    fs::create_dir_all(state).with_context(|| format!("cannot make {}", place::short(state)))?;
    store(state, &rows(&folders, ports)?)?;
    let stamp = stamp(state);
    fs::write(&stamp, wanted(&folders, ports)?)
        .with_context(|| format!("cannot write {}", place::short(&stamp)))?;
    progress::line(format!(
        "migrations and demo data ({})",
        progress::seconds(start)
    ));
    Ok(())
}

fn stamp(state: &Path) -> PathBuf {
    state.join("demo-data")
}

fn is_filled(state: &Path, folders: &[PathBuf], ports: Ports) -> bool {
    fs::read_to_string(stamp(state))
        .is_ok_and(|text| wanted(folders, ports).is_ok_and(|wanted| text == wanted))
}

/// Where the `.dev.vars` of the app, the auth worker and the API worker stand: for the usual state where wrangler looks
/// for them, for any other inside it, so that no two systems share a secret.
fn secret_folders(state: &Path) -> [PathBuf; 3] {
    if state == place::local_state() {
        [
            place::root(),
            place::at("auth-worker"),
            place::at("api-worker"),
        ]
    } else {
        ["app", "auth", "api"].map(|name| state.join(name))
    }
}

/// All that the rows are made from.
fn wanted(folders: &[PathBuf], ports: Ports) -> Result<String> {
    let mut paths: Vec<PathBuf> = ["auth-worker/migrations", "api-worker/migrations"]
        .into_iter()
        .map(place::at)
        .collect();
    paths.extend(folders.iter().map(|folder| folder.join(".dev.vars")));
    paths.extend(
        workspace::sources(&workspace::packages()?, "demo-data")
            .into_iter()
            .filter(|path| path.is_dir()),
    );
    let mut fingerprint = Fingerprint::new();
    fingerprint
        .add_files(&paths)
        .add(ports.json().to_string().as_bytes());
    Ok(fingerprint.text())
}

/// Makes the secrets that are missing, and the rows that go with them.
fn rows(folders: &[PathBuf], ports: Ports) -> Result<Value> {
    let mut cargo = process::command("cargo");
    cargo
        .args(["run", "--quiet", "--package", "demo-data", "--"])
        .args(folders)
        .arg(format!("http://localhost:{}", ports.app))
        .arg(format!("http://localhost:{}", ports.api));
    let text = process::succeed(&mut cargo, "make the demo data")?;
    serde_json::from_str(&text).context("the demo data is not JSON")
}

/// Migrates the databases in `state` and runs the statements on them. Answers how many rows these changed.
pub(crate) fn store(state: &Path, rows: &Value) -> Result<u64> {
    let mut node = process::command(place::node_program("node"));
    node.arg("xtask/seed.mjs")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit());
    let mut group = Group::start(&mut node, "fill the local databases")?;
    let mut stdin = group.0.stdin.take().context("node has no input")?;
    writeln!(stdin, "{}", json!({ "state": state, "rows": rows }))
        .context("cannot hand over the demo data")?;
    drop(stdin);
    let mut changed = String::new();
    if let Some(mut stdout) = group.0.stdout.take() {
        stdout
            .read_to_string(&mut changed)
            .context("node cannot be heard")?;
    }
    if !group
        .0
        .wait()
        .context("node cannot be waited for")?
        .success()
    {
        bail!(
            "the local databases could not be filled; `cargo xtask dev --fresh` starts with empty ones"
        );
    }
    changed
        .trim()
        .parse()
        .context("node did not say how many rows it changed")
}
