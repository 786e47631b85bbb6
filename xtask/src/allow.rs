//! More scopes for a registered client: `cargo xtask allow`.

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};

use crate::{arguments::Arguments, place, process, progress, seed, tools};

/// `cargo xtask allow CLIENT SCOPE… [--print]`
pub(crate) fn run(mut arguments: Arguments) -> Result<()> {
    let print = arguments.flag("--print");
    let mut words = Vec::new();
    while let Some(word) = arguments.word() {
        words.push(word);
    }
    arguments.done()?;
    if words.len() < 2 {
        bail!("whom to allow what: `cargo xtask allow CLIENT SCOPE…`");
    }
    let sql = statement(&words)?;
    if print {
        println!("{sql};");
        eprintln!(
            "It counts within two minutes after it was run: copies of a client live that long."
        );
        return Ok(());
    }
    tools::install()?;
    let rows = json!({ "auth": [sql], "api": [] });
    if seed::store(&place::local_state(), &rows)? == 0 {
        bail!("the local database has no such client; `cargo xtask add client` registers one");
    }
    progress::line(
        "allowed in the local database: counts at once when the system starts, within half a minute where it runs"
            .to_owned(),
    );
    Ok(())
}

/// Has the rules of oauth-core make the statement: a scope is what the server takes for one.
fn statement(words: &[String]) -> Result<String> {
    let mut cargo = process::command("cargo");
    cargo
        .args(["run", "--quiet", "--package", "demo-data", "--", "allow"])
        .args(words);
    let text = process::succeed(&mut cargo, "make the statement")?;
    let made: Value = serde_json::from_str(&text).context("the statement cannot be read")?;
    let sql = made.get("sql").and_then(Value::as_str);
    sql.map(str::to_owned).context("there is no statement")
}
