//! `demo-data <folder of the app's .dev.vars> <the auth worker's> <the API worker's> <the app's origin> <the API's>`
//!
//! Makes the local secrets that are missing, and prints the demo rows as JSON:
//! `{"auth": [SQL, …], "api": [SQL, …]}`. Used by `cargo xtask dev` and the tests only, never by a deploy.
//!
//! `demo-data add user` reads a user as JSON from standard input, `demo-data add client <folder of the auth worker's
//! .dev.vars> <id> <option>…` registers a client, and each prints `{"sql": SQL, "secret": TEXT or null}`. `demo-data help`
//! prints the options of a client.
//!
//! `demo-data allow <client> <scope>…` prints `{"sql": SQL}`, which lets the client ask for these scopes too.

mod api_rows;
mod auth_rows;
mod entry;
mod people;
mod secrets;
mod sql;

use std::{path::PathBuf, process::ExitCode};

use anyhow::{Context as _, Result};
use secrets::Secrets;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let mut next = |what: &str| arguments.next().with_context(|| format!("no {what} given"));
    let first = next("app folder")?;
    if first == "add" {
        let kind = next("kind")?;
        let row = match kind.as_str() {
            "user" => {
                let user = serde_json::from_reader(std::io::stdin());
                entry::user(&user.context("the user cannot be read")?)?
            }
            "client" => {
                let folder = PathBuf::from(next("auth folder")?);
                entry::client(arguments, &secrets::keyring(&folder)?)?
            }
            other => anyhow::bail!("cannot add a `{other}`"),
        };
        println!("{row}");
        return Ok(());
    }
    if first == "help" {
        print!("{}", entry::help());
        return Ok(());
    }
    if first == "allow" {
        let id = next("client")?;
        println!("{}", entry::allowed(&id, arguments)?);
        return Ok(());
    }
    let app_folder = PathBuf::from(first);
    let auth_folder = PathBuf::from(next("auth folder")?);
    let resource_folder = PathBuf::from(next("API folder")?);
    let app_origin = next("app origin")?;
    let resource = next("API origin")?;

    let secrets = Secrets::read_or_make(&app_folder, &auth_folder, &resource_folder)?;
    let rows = serde_json::json!({
        "auth": auth_rows::all(&secrets, &app_origin, &resource)?,
        "api": api_rows::all()?,
    });
    println!("{rows}");
    Ok(())
}
