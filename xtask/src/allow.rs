//! More scopes for a registered client: `cargo xtask allow`.

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};
use xshell::cmd;

use crate::{flags::Allow, paths, process, progress, seed, tools};

/// `cargo xtask allow CLIENT SCOPE…`
pub(crate) fn run(flags: &Allow) -> Result<()> {
    if flags.scopes.is_empty() {
        bail!("name one scope or more: `cargo xtask allow CLIENT SCOPE…`");
    }
    let sql = statement(flags)?;
    if flags.print {
        println!("{sql};");
        eprintln!(
            "It takes effect within two minutes of being run: workers cache clients that long."
        );
        return Ok(());
    }
    tools::install()?;
    let rows = json!({ "auth": [sql], "api": [] });
    if seed::store(&paths::local_state(), &rows)? == 0 {
        bail!("the local database has no such client; `cargo xtask add client` registers one");
    }
    progress::line(
        "allowed in the local database: at once when the system starts, within half a minute where it runs",
    );
    Ok(())
}

/// Has the rules of oauth-core make the statement: they say what a scope is.
fn statement(flags: &Allow) -> Result<String> {
    let Allow { client, scopes, .. } = flags;
    let sh = process::shell()?;
    let cargo = cmd!(
        sh,
        "cargo run --quiet --package demo-data -- allow {client} {scopes...}"
    );
    let text = process::succeed(cargo, "make the statement")?;
    let made: Value = serde_json::from_str(&text).context("the statement cannot be read")?;
    let sql = made.get("sql").and_then(Value::as_str);
    sql.map(str::to_owned).context("there is no statement")
}
