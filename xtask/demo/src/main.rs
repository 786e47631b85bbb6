//! The local secrets, the demo rows, and rows to add, as the rules of oauth-core make them. Used by `cargo xtask` only,
//! never by a deploy. Each command prints JSON, but for `options`.

mod api_rows;
mod auth_rows;
mod entry;
mod flags;
mod people;
mod rotation;
mod secrets;
mod sql;

use std::process::ExitCode;

use anyhow::{Context as _, Result};
use flags::{All, DemoData, DemoDataCmd};
use secrets::Secrets;
use serde_json::json;

fn main() -> ExitCode {
    match run(DemoData::from_env_or_exit()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: DemoData) -> Result<()> {
    let made = match command.subcommand {
        DemoDataCmd::All(flags) => all(&flags)?,
        DemoDataCmd::User(_) => {
            let user = serde_json::from_reader(std::io::stdin());
            entry::user(&user.context("the user cannot be read")?)?
        }
        DemoDataCmd::Client(flags) => {
            let keyring = secrets::keyring(&flags.auth_folder)?;
            entry::client(flags.words.into_iter(), &keyring)?
        }
        DemoDataCmd::Rotation(_) => {
            let before = serde_json::from_reader(std::io::stdin());
            rotation::rotation(&before.context("what is to be rotated cannot be read")?)?
        }
        DemoDataCmd::Options(_) => {
            print!("{}", entry::help());
            return Ok(());
        }
        DemoDataCmd::Allow(flags) => entry::allowed(&flags.client, flags.scopes.into_iter())?,
    };
    println!("{made}");
    Ok(())
}

fn all(flags: &All) -> Result<serde_json::Value> {
    let secrets = Secrets::read_or_make(&flags.app_folder, &flags.auth_folder, &flags.api_folder)?;
    Ok(json!({
        "auth": auth_rows::all(&secrets, &flags.app_origin, &flags.api_origin)?,
        "api": api_rows::all()?,
    }))
}
