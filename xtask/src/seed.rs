//! Migrations, local secrets and demo data for a local state folder: `cargo xtask seed`.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Instant,
};

use anyhow::{Context as _, Result};
use serde_json::{Value, json};
use xshell::cmd;

use crate::{
    flags::Seed, freshness, lock::lock, paths, ports::Ports, process, progress, tools, workspace,
};

/// `cargo xtask seed`
pub(crate) fn run(flags: Seed) -> Result<()> {
    let ports = Ports::new(flags.app_port, flags.auth_port, flags.api_port)?;
    let state = flags.state.unwrap_or_else(paths::local_state);
    tools::install()?;
    fill(
        &std::path::absolute(state).context("--state is not a path")?,
        ports,
    )
}

/// Brings the storage in `state` up to date; does nothing when it is.
pub(crate) fn fill(state: &Path, ports: Ports) -> Result<()> {
    let folders = secret_folders(state);
    let stamp = state.join("demo-data");
    let is_filled = || {
        let found = fs::read_to_string(&stamp).ok();
        Ok::<_, anyhow::Error>(found == Some(wanted(&folders, ports)?))
    };
    if is_filled()? {
        return Ok(());
    }
    let _lock = lock()?;
    if is_filled()? {
        return Ok(());
    }
    let start = Instant::now();
    let sh = process::shell()?;
    sh.create_dir(state)?;
    store(state, &rows(&folders, ports)?)?;
    sh.write_file(&stamp, wanted(&folders, ports)?)?;
    let seconds = progress::seconds(start);
    progress::line(format!("migrations and demo data ({seconds})"));
    Ok(())
}

/// The folders of the `.dev.vars` of the app, the auth worker and the API worker: for the usual state where wrangler looks
/// for them, for any other inside it, so that no two systems share a secret.
pub(crate) fn secret_folders(state: &Path) -> [PathBuf; 3] {
    if state == paths::local_state() {
        ["", "auth-worker", "api-worker"].map(paths::at)
    } else {
        ["app", "auth", "api"].map(|name| state.join(name))
    }
}

/// A fingerprint of all that the rows are made from.
fn wanted(folders: &[PathBuf], ports: Ports) -> Result<String> {
    let mut sources = workspace::sources(&workspace::packages()?, "demo-data");
    // A change of the lockfile alone does not change the rows.
    sources.retain(|path| path.is_dir());
    sources.extend(["auth-worker/migrations", "api-worker/migrations"].map(paths::at));
    sources.extend(folders.iter().map(|folder| folder.join(".dev.vars")));
    Ok(freshness::fingerprint(&sources) + &ports.json().to_string())
}

/// Makes the secrets that are missing, and the rows that go with them.
fn rows(folders: &[PathBuf], ports: Ports) -> Result<Value> {
    let sh = process::shell()?;
    let app = format!("http://localhost:{}", ports.app);
    let api = format!("http://localhost:{}", ports.api);
    let cargo = cmd!(
        sh,
        "cargo run --quiet --package demo-data -- all {folders...} {app} {api}"
    );
    let text = process::succeed(cargo, "make the demo data")?;
    serde_json::from_str(&text).context("the demo data is not JSON")
}

/// The rows of the authorization server's database in `state` that a query finds.
pub(crate) fn query(state: &Path, sql: &str) -> Result<Vec<Value>> {
    let sh = process::shell()?;
    let input = json!({ "state": state, "query": sql }).to_string();
    let rows = process::succeed_with(
        cmd!(sh, "node xtask/seed.mjs"),
        &input,
        "read the local database",
    )?;
    serde_json::from_str(&rows).context("xtask/seed.mjs did not print rows")
}

/// Migrates the databases in `state`, runs the statements on them, and returns how many rows these changed.
pub(crate) fn store(state: &Path, rows: &Value) -> Result<u64> {
    let sh = process::shell()?;
    let input = json!({ "state": state, "rows": rows }).to_string();
    let changed = process::succeed_with(
        cmd!(sh, "node xtask/seed.mjs"),
        &input,
        "fill the local databases (`cargo xtask dev --fresh` starts with empty ones)",
    )?;
    let changed = changed.trim().parse();
    changed.context("xtask/seed.mjs did not print how many rows it changed")
}
