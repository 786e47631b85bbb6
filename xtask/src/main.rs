//! The project's commands: `cargo xtask <command>`.

mod add;
mod allow;
mod bench;
mod browser;
mod build;
mod dev;
#[cfg(test)]
mod documents;
mod flags;
mod freshness;
mod host;
mod lock;
mod mutants;
mod objects;
mod paths;
mod ports;
mod process;
mod progress;
mod python;
mod rotate_secret;
mod seed;
mod size_report;
mod sizes;
mod spa;
mod test;
mod tools;
mod unit;
mod wasm_module;
mod watch;
mod worker;
mod workspace;

use std::process::ExitCode;

use anyhow::Result;
use flags::XtaskCmd;

fn main() -> ExitCode {
    run().unwrap_or_else(|error| {
        progress::failure(&error);
        ExitCode::FAILURE
    })
}

fn run() -> Result<ExitCode> {
    let done = match flags::read()? {
        XtaskCmd::Dev(flags) => dev::run(&flags),
        XtaskCmd::Test(flags) => return test::run(&flags),
        XtaskCmd::Bench(flags) => bench::run(&flags),
        XtaskCmd::Build(flags) => build::run(&flags),
        XtaskCmd::Sizes(flags) => size_report::run(&flags),
        XtaskCmd::Seed(flags) => seed::run(flags),
        XtaskCmd::Add(flags) => add::run(flags),
        XtaskCmd::Allow(flags) => allow::run(&flags),
        XtaskCmd::RotateSecret(flags) => rotate_secret::run(flags),
        XtaskCmd::Setup(flags) => tools::run(&flags),
    };
    done.map(|()| ExitCode::SUCCESS)
}
