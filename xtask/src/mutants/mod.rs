//! Mutants of the production code: each is one change that must make a named test fail. They show that the proof sees.
//!
//! All are compiled once, in a copy of the workspace ([`plant`]); the tests that are to catch one run with it awake.

mod plant;
mod table;

use std::{
    collections::BTreeMap,
    io,
    path::PathBuf,
    process::{Command, ExitStatus, Stdio},
    sync::atomic::{AtomicUsize, Ordering},
    thread,
    time::Duration,
};

use anyhow::{Context as _, Result, anyhow, bail};
use cargo_metadata::Message;
use xshell::cmd;

use self::table::{CaughtBy, MUTANTS, Mutant};
use crate::process::{self, Group};

/// The packages whose tests catch mutants.
const PACKAGES: [&str; 5] = [
    "oauth-core",
    "oauth-server",
    "oauth-guard",
    "oauth-client",
    "simulator",
];

/// The schedules in which the simulator must catch a mutant.
const SCHEDULES: &str = "60000";

/// The schedules that must be clean while every mutant sleeps: whether the copy works. That the code is sound is seen in
/// the original.
const CLEAN: &str = "4000";

/// The time that the tests of one mutant may take. A test that hangs has caught nothing.
const LIMIT: Duration = Duration::from_mins(4);

/// The programs of the tests by package.
type Programs = BTreeMap<&'static str, Vec<Program>>;

/// A program that `cargo test` would run, and where.
struct Program {
    file: PathBuf,
    folder: PathBuf,
}

/// How a mutant fared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Caught,
    Survived,
    TimedOut,
}

/// Runs the tests for all mutants; the number that were caught, and a line for each of the others.
pub(crate) fn run() -> Result<(u64, Vec<String>)> {
    plant::write(MUTANTS)?;
    let programs = build()?;
    let all: Vec<CaughtBy> = MUTANTS.iter().map(|mutant| mutant.caught_by).collect();
    for (place, by) in all.iter().enumerate() {
        let is_first = !all.iter().take(place).any(|before| before == by);
        if is_first && fate(&programs, None, *by)? != Fate::Survived {
            bail!("the copy fails although every mutant sleeps: {by:?}");
        }
    }
    let next = AtomicUsize::new(0);
    let threads = thread::scope(|scope| {
        let cores = thread::available_parallelism().map_or(1, usize::from);
        let threads: Vec<_> = (0..cores)
            .map(|_| scope.spawn(|| hunt(&programs, &next)))
            .collect();
        threads
            .into_iter()
            .map(|thread| {
                let panicked = |_| Err(anyhow!("a thread of the mutants panicked"));
                thread.join().unwrap_or_else(panicked)
            })
            .collect::<Result<Vec<_>>>()
    })?;
    let survivors = threads.concat();
    Ok((u64::try_from(MUTANTS.len() - survivors.len())?, survivors))
}

/// Tries one mutant after another; a line for each that was not caught.
fn hunt(programs: &Programs, next: &AtomicUsize) -> Result<Vec<String>> {
    let mut survivors = Vec::new();
    while let Some((number, mutant)) = pick(next) {
        if process::stopped() {
            bail!("stopped");
        }
        let Mutant {
            what,
            file,
            caught_by,
            ..
        } = mutant;
        let fate = fate(programs, Some(number), *caught_by)?;
        if fate != Fate::Caught {
            survivors.push(format!(
                "{fate:?}: {what} ({file}), which {caught_by:?} should catch"
            ));
        }
    }
    Ok(survivors)
}

fn pick(next: &AtomicUsize) -> Option<(usize, &'static Mutant)> {
    let number = next.fetch_add(1, Ordering::Relaxed);
    MUTANTS.get(number).map(|mutant| (number, mutant))
}

/// Builds the tests of the copy.
fn build() -> Result<Programs> {
    let sh = process::shell()?;
    sh.change_dir(plant::folder());
    sh.set_var("CARGO_TARGET_DIR", crate::paths::target());
    let packages = PACKAGES.iter().flat_map(|package| ["--package", package]);
    let packages: Vec<&str> = packages.collect();
    let packages = &packages;
    let cargo = cmd!(sh, "cargo test --no-run --lib --tests {packages...}");
    process::succeed(cargo, "build the mutants")?;
    // Once more, now that nothing is left to do, in the form for programs: nobody wants to read it as progress.
    let cargo = cmd!(
        sh,
        "cargo test --no-run --quiet --lib --tests --message-format=json {packages...}"
    );
    let output = process::succeed(cargo, "list the tests of the mutants")?;
    let mut programs = Programs::new();
    for message in Message::parse_stream(output.as_bytes()) {
        let Message::CompilerArtifact(artifact) = message? else {
            continue;
        };
        let folder = artifact.manifest_path.parent().map(PathBuf::from);
        let package = PACKAGES.into_iter().find(|name| {
            artifact
                .manifest_path
                .ends_with(format!("{name}/Cargo.toml"))
        });
        if let (Some(file), Some(folder), Some(package)) = (artifact.executable, folder, package) {
            let program = Program {
                file: file.into(),
                folder,
            };
            programs.entry(package).or_default().push(program);
        }
    }
    Ok(programs)
}

/// Runs the tests that are to catch a mutant, until one fails.
fn fate(programs: &Programs, number: Option<usize>, by: CaughtBy) -> Result<Fate> {
    let (package, filter, file) = match by {
        CaughtBy::Simulator => ("simulator", "no_schedule", "simulated_schedules"),
        CaughtBy::Tests(package, filter) => (package, filter, ""),
    };
    let programs = programs
        .get(package)
        .with_context(|| format!("{package} has no tests"))?;
    for program in programs {
        if !program.file.to_string_lossy().contains(file) {
            continue;
        }
        let mut command = Command::new(&program.file);
        command
            .current_dir(&program.folder)
            .arg(filter)
            .env("OSTIARY_SIM_SCHEDULES", number.map_or(CLEAN, |_| SCHEDULES))
            .stderr(Stdio::null());
        if let Some(number) = number {
            command.env(plant::VARIABLE, number.to_string());
        }
        match ended(command)? {
            None => return Ok(Fate::TimedOut),
            Some(status) if !status.success() => return Ok(Fate::Caught),
            Some(_) => {}
        }
    }
    Ok(Fate::Survived)
}

/// Runs a program; `None` if it takes too long.
fn ended(mut command: Command) -> Result<Option<ExitStatus>> {
    let mut group = Group::start(&mut command, "catch mutants")?;
    // What it prints is not needed, but a full pipe would stop it.
    let reader = group
        .0
        .stdout
        .take()
        .map(|mut pipe| thread::spawn(move || io::copy(&mut pipe, &mut io::sink())));
    let status = group.wait_for(LIMIT);
    drop(group);
    drop(reader.map(thread::JoinHandle::join));
    Ok(status)
}
