//! One more user or client: `cargo xtask add`.

use std::{
    io::{self, BufRead as _, IsTerminal as _, Write as _},
    process::Stdio,
};

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};

use crate::{
    arguments::Arguments,
    place,
    process::{self, Group},
    progress, seed, tools,
};

/// `cargo xtask add user NAME …` and `cargo xtask add client ID …`
pub(crate) fn run(mut arguments: Arguments) -> Result<()> {
    let kind = arguments.word();
    let name = arguments.word();
    let print = arguments.flag("--print");
    let entry = match (kind.as_deref(), name) {
        (Some("user"), Some(name)) => user(&name, &mut arguments)?,
        (Some("client"), Some(id)) => client(&id, &mut arguments)?,
        _ => bail!("what to add: `cargo xtask add user NAME` or `cargo xtask add client ID`"),
    };
    arguments.done()?;
    let row = row(&entry)?;
    let sql = row.get("sql").and_then(Value::as_str).unwrap_or_default();
    if print {
        println!("{sql};");
    } else {
        tools::install()?;
        let rows = json!({ "auth": [sql], "api": [] });
        seed::store(&place::local_state(), &rows)?;
        progress::line("added to the local database".to_owned());
    }
    if let Some(secret) = row.get("secret").and_then(Value::as_str) {
        eprintln!("client_secret, shown this once: {secret}");
    }
    Ok(())
}

fn user(username: &str, arguments: &mut Arguments) -> Result<Value> {
    let password = password()?;
    Ok(json!({
        "kind": "user",
        "username": username,
        "password": password,
        "name": arguments.value("--display-name")?,
        "email": arguments.value("--email")?,
        "roles": arguments.value("--roles")?.unwrap_or_default(),
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

fn client(id: &str, arguments: &mut Arguments) -> Result<Value> {
    let redirect_uris = all(arguments, "--redirect-uri")?;
    let serves = all(arguments, "--resource-server-for")?;
    let grants = arguments.value("--grants")?;
    let grants = grants.unwrap_or_else(|| {
        let usual = match (redirect_uris.is_empty(), serves.is_empty()) {
            (false, _) => "authorization_code refresh_token",
            (true, true) => "client_credentials",
            // It only asks what tokens stand for.
            (true, false) => "",
        };
        usual.to_owned()
    });
    Ok(json!({
        "kind": "client",
        "client_id": id,
        "name": arguments.value("--display-name")?.unwrap_or_else(|| id.to_owned()),
        "redirect_uris": redirect_uris,
        "grants": grants.split_whitespace().collect::<Vec<_>>(),
        "scope": arguments.value("--scope")?.unwrap_or_else(|| "openid".to_owned()),
        "public": arguments.flag("--public"),
        "access_token_format": if arguments.flag("--opaque-tokens") { "opaque" } else { "jwt" },
        "refresh_token_rotation": if arguments.flag("--keep-refresh-tokens") { "keep" } else { "rotate" },
        "push_required": arguments.flag("--push-required"),
        "resource_server_for": serves,
    }))
}

/// The values of an option that may stand several times.
fn all(arguments: &mut Arguments, name: &str) -> Result<Vec<String>> {
    let mut values = Vec::new();
    while let Some(value) = arguments.value(name)? {
        values.push(value);
    }
    Ok(values)
}

/// Has the rules of oauth-core make the row: the hashes are those that the server checks.
fn row(entry: &Value) -> Result<Value> {
    let mut cargo = process::command("cargo");
    cargo
        .args(["run", "--quiet", "--package", "demo-data", "--", "add"])
        .arg(place::at("auth-worker"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit());
    let mut group = Group::start(&mut cargo, "make the row")?;
    let mut stdin = group.0.stdin.take().context("cargo has no input")?;
    writeln!(stdin, "{entry}").context("cannot hand over the entry")?;
    drop(stdin);
    let stdout = group.0.stdout.take().context("cargo has no output")?;
    let row: Result<Value, _> = serde_json::from_reader(stdout);
    if !group
        .0
        .wait()
        .context("cargo cannot be waited for")?
        .success()
    {
        bail!("nothing was added");
    }
    row.context("the row cannot be read")
}
