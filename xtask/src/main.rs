//! The project's commands: `cargo xtask <command>`.

mod add;
mod allow;
mod alone;
mod arguments;
mod browser;
mod build;
mod dev;
#[cfg(test)]
mod documents;
mod freshness;
mod health;
mod host;
mod layer;
mod place;
mod ports;
mod process;
mod progress;
mod seed;
mod sizes;
mod spa;
mod test;
mod tools;
mod watch;
mod workspace;

use std::process::ExitCode;

use anyhow::Result;
use arguments::Arguments;

const HELP: &str = "\
cargo xtask <command>

  dev      everything from a fresh clone to a running system; Ctrl-C ends it
             --fresh               wipe the local state first
             --app-port N  --auth-port N  --api-port N
             --release             optimised builds
  test     formatting, lints, native tests, tests in workerd, real clients, browser
             --only LAYER          one of: format lint unit simulate build workers clients guide browser
  build    [app|auth|api|notes]…   what `wrangler dev` and `wrangler deploy` call; all three without a name
             --quick | --release   release is the default outside `wrangler dev`
  seed     migrations, local secrets and demo data
             --state DIR           what wrangler calls --persist-to
             --app-port N  --auth-port N  --api-port N
  add user NAME                a user; the password is the first line of standard input
             --display-name TEXT   --email ADDRESS   --roles 'operator administrator'
  add client ID                a client; its secret is made, and shown this once
             --display-name TEXT   --redirect-uri URI (may be repeated)   --scope 'openid profile'
             --grants 'authorization_code refresh_token'   --public (no secret)
             --opaque-tokens   --keep-refresh-tokens   --push-required
             --resource-server-for URI (may be repeated): it may introspect the tokens for it
             --print               print the SQL instead of running it on the local database
  allow CLIENT SCOPE…          lets a registered client ask for more scopes
             --print               print the SQL instead of running it on the local database
  setup    only the tools
             --browser             and a browser for the tests
";

fn main() -> ExitCode {
    match run() {
        Ok(code) => code,
        Err(error) => {
            progress::failure(&error);
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<ExitCode> {
    let mut arguments = Arguments::from_command_line();
    let command = arguments.word().unwrap_or_default();
    match command.as_str() {
        "add" => add::run(arguments).map(|()| ExitCode::SUCCESS),
        "allow" => allow::run(arguments).map(|()| ExitCode::SUCCESS),
        "dev" => dev::run(arguments).map(|()| ExitCode::SUCCESS),
        "test" => test::run(arguments),
        "build" => build::run(arguments).map(|()| ExitCode::SUCCESS),
        "seed" => seed::run(arguments).map(|()| ExitCode::SUCCESS),
        "setup" => tools::run(arguments).map(|()| ExitCode::SUCCESS),
        "" | "help" | "--help" | "-h" => {
            print!("{HELP}");
            Ok(ExitCode::SUCCESS)
        }
        other => anyhow::bail!("there is no command `{other}`; `cargo xtask help` lists them"),
    }
}
