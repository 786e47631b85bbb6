//! One more user or client: `cargo xtask add`.

use std::io::{self, BufRead as _, IsTerminal as _};

use anyhow::{Context as _, Result};
use serde_json::{Value, json};
use xshell::cmd;

use crate::{
    flags::{Add, AddCmd, Client, User},
    paths, process, progress, seed, tools,
};

/// `cargo xtask add user NAME …` and `cargo xtask add client ID …`
pub(crate) fn run(flags: Add) -> Result<()> {
    let entry = match flags.subcommand {
        AddCmd::User(user) => entry_of_user(&user)?,
        AddCmd::Client(client) => entry_of_client(&client),
    };
    let row = row(&entry)?;
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

fn entry_of_user(user: &User) -> Result<Value> {
    Ok(json!({
        "kind": "user",
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
        .context("no password came")?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}

fn entry_of_client(client: &Client) -> Value {
    let usual = match (
        client.redirect_uri.is_empty(),
        client.resource_server_for.is_empty(),
    ) {
        (false, _) => "authorization_code refresh_token",
        (true, true) => "client_credentials",
        // It only introspects.
        (true, false) => "",
    };
    let grants = client.grants.as_deref().unwrap_or(usual);
    json!({
        "kind": "client",
        "client_id": client.id,
        "name": client.display_name.as_ref().unwrap_or(&client.id),
        "redirect_uris": client.redirect_uri,
        "grants": grants.split_whitespace().collect::<Vec<_>>(),
        "scope": client.scope.as_deref().unwrap_or("openid"),
        "public": client.public,
        "access_token_format": if client.opaque_tokens { "opaque" } else { "jwt" },
        "refresh_token_rotation": if client.keep_refresh_tokens { "keep" } else { "rotate" },
        "push_required": client.push_required,
        "resource_server_for": client.resource_server_for,
    })
}

/// Has the rules of oauth-core make the row: the hashes are those that the server checks.
fn row(entry: &Value) -> Result<Value> {
    let sh = process::shell()?;
    let folder = paths::at("auth-worker");
    let cargo = cmd!(sh, "cargo run --quiet --package demo-data -- add {folder}");
    let row = process::succeed_with(cargo, &format!("{entry}\n"), "make the row")?;
    serde_json::from_str(&row).context("the row cannot be read")
}
