//! One more user or client: `cargo xtask add`.

use std::{
    ffi::OsString,
    io::{self, BufRead as _, IsTerminal as _},
};

use anyhow::{Context as _, Result};
use serde_json::{Value, json};
use xshell::cmd;

use crate::{
    flags::{Add, AddCmd, User},
    paths, process, progress, seed, tools,
};

/// `cargo xtask add user NAME …` and `cargo xtask add client ID …`
pub(crate) fn run(flags: Add) -> Result<()> {
    let row = match flags.subcommand {
        AddCmd::User(user) => row(&["user".into()], &user_entry(&user)?.to_string())?,
        AddCmd::Client(client) if is_help(&client.words) => {
            print!("{}", demo_data(&["options".into()], "")?);
            return Ok(());
        }
        AddCmd::Client(client) => {
            let folder = paths::at("auth-worker").into_os_string();
            let words = [vec!["client".into(), folder, "--".into()], client.words].concat();
            row(&words, "")?
        }
    };
    let sql = row.get("sql").and_then(Value::as_str).unwrap_or_default();
    if flags.print {
        println!("{sql};");
    } else {
        tools::install()?;
        let rows = json!({ "auth": [sql], "api": [] });
        seed::store(&paths::local_state(), &rows)?;
        progress::line("added to the local database");
    }
    if let Some(secret) = row.get("secret").and_then(Value::as_str) {
        eprintln!("client_secret, shown this once: {secret}");
    }
    Ok(())
}

fn is_help(words: &[OsString]) -> bool {
    words.is_empty() || words.iter().any(|word| word == "--help" || word == "-h")
}

fn user_entry(user: &User) -> Result<Value> {
    Ok(json!({
        "username": user.name,
        "password": password()?,
        "name": user.display_name,
        "email": user.email,
        "roles": user.roles.as_deref().unwrap_or_default(),
    }))
}

/// Asks for the password without showing it; without a terminal it is the first line of the input.
fn password() -> Result<String> {
    if io::stdin().is_terminal() {
        return rpassword::prompt_password("password: ").context("cannot ask for the password");
    }
    let mut line = String::new();
    io::stdin()
        .lock()
        .read_line(&mut line)
        .context("no password was entered")?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}

/// Has the rules of oauth-core make the row: the hashes are those that the server checks.
fn row(words: &[OsString], input: &str) -> Result<Value> {
    let row = demo_data(words, input)?;
    serde_json::from_str(&row).context("the row cannot be read")
}

fn demo_data(words: &[OsString], input: &str) -> Result<String> {
    let sh = process::shell()?;
    let cargo = cmd!(sh, "cargo run --quiet --package demo-data -- {words...}");
    process::succeed_with(cargo, input, "make the row")
}
