//! The layers of the tests, cheapest first.

use std::process::Command;

use anyhow::{Result, bail};

use crate::{
    browser,
    build::{self, Profile, Unit},
    place,
    process::{self, Finished},
    sizes, tools,
};

/// Packages that run as WebAssembly only.
const WASM_PACKAGES: [&str; 5] = [
    "auth-worker",
    "api-worker",
    "app-worker",
    "web-ui",
    "notes-worker",
];

/// One layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Layer {
    Format,
    Lint,
    Unit,
    Simulate,
    Build,
    Workers,
    Clients,
    Guide,
    Browser,
}

/// How a layer went.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Outcome {
    pub(crate) passed: u32,
    pub(crate) failed: u32,
    /// What it said, for those who have to mend it.
    pub(crate) output: String,
}

impl Layer {
    pub(crate) const ALL: [Self; 9] = [
        Self::Format,
        Self::Lint,
        Self::Unit,
        Self::Simulate,
        Self::Build,
        Self::Workers,
        Self::Clients,
        Self::Guide,
        Self::Browser,
    ];

    /// The name on the command line.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Format => "format",
            Self::Lint => "lint",
            Self::Unit => "unit",
            Self::Simulate => "simulate",
            Self::Build => "build",
            Self::Workers => "workers",
            Self::Clients => "clients",
            Self::Guide => "guide",
            Self::Browser => "browser",
        }
    }

    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|layer| layer.name() == name)
    }

    /// Runs it.
    pub(crate) fn run(self) -> Result<Outcome> {
        match self {
            Self::Format => once(
                process::command("cargo").args(["fmt", "--all", "--check"]),
                "check the formatting",
            ),
            Self::Lint => lint(),
            Self::Unit => unit(),
            Self::Simulate => simulate(),
            Self::Build => built(),
            Self::Workers => node_tests("tests/workers/*.test.mjs"),
            Self::Clients => node_tests("tests/clients/*.test.mjs"),
            Self::Guide => node_tests("tests/guide/*.test.mjs"),
            Self::Browser => in_browser(),
        }
    }
}

fn once(command: &mut Command, what: &str) -> Result<Outcome> {
    tools::components()?;
    let Finished {
        success, output, ..
    } = process::finish(command, what)?;
    Ok(Outcome {
        passed: u32::from(success),
        failed: u32::from(!success),
        output,
    })
}

fn lint() -> Result<Outcome> {
    tools::wasm_target()?;
    let mut native = process::command("cargo");
    native.args([
        "clippy",
        "--workspace",
        "--all-targets",
        "--locked",
        "--quiet",
        "--",
        "-D",
        "warnings",
    ]);
    let native = once(&mut native, "lint everything")?;
    let mut wasm = process::command("cargo");
    wasm.args([
        "clippy",
        "--locked",
        "--quiet",
        "--target",
        "wasm32-unknown-unknown",
    ]);
    for package in WASM_PACKAGES {
        wasm.args(["--package", package]);
    }
    let wasm = once(
        wasm.args(["--", "-D", "warnings"]),
        "lint what runs as WebAssembly",
    )?;
    Ok(Outcome {
        passed: native.passed + wasm.passed,
        failed: native.failed + wasm.failed,
        output: native.output + &wasm.output,
    })
}

fn unit() -> Result<Outcome> {
    let mut cargo = process::command("cargo");
    cargo.args(["test", "--workspace", "--exclude", "simulator"]);
    cargo.args(["--locked", "--no-fail-fast"]);
    let finished = process::finish(&mut cargo, "run the native tests")?;
    let (passed, failed) = cargo_counts(&finished.output);
    Ok(judged(passed, failed, finished))
}

/// The simulator's tests, of the whole workspace so that nothing is built anew for them. What they have seen
/// is shown.
fn simulate() -> Result<Outcome> {
    let mut cargo = process::command("cargo");
    cargo.args(["test", "--workspace", "--test", "simulated_*"]);
    cargo.args(["--locked", "--no-fail-fast", "--", "--nocapture"]);
    let finished = process::finish(&mut cargo, "run the simulator")?;
    for line in seen(&finished.output) {
        println!("  {line}");
    }
    let (passed, failed) = cargo_counts(&finished.output);
    Ok(judged(passed, failed, finished))
}

/// What the simulator says of how much it has seen, and of what it has caught.
fn seen(output: &str) -> impl Iterator<Item = &str> {
    output
        .lines()
        .filter(|line| line.contains(" schedules, ") || line.contains(" caught by "))
}

fn built() -> Result<Outcome> {
    tools::install()?;
    let units: Vec<Unit> = Unit::ALL.into_iter().chain([Unit::Notes]).collect();
    build::build(&units, Profile::Release)?;
    let (passed, broken) = sizes::check(&units)?;
    Ok(Outcome {
        passed,
        failed: u32::try_from(broken.len())?,
        output: broken.join("\n"),
    })
}

fn node_tests(files: &str) -> Result<Outcome> {
    tools::install()?;
    build::build(&Unit::ALL, Profile::Release)?;
    build::build(&[Unit::Notes], Profile::Release)?;
    let mut node = driver("node");
    node.args(["--test", "--test-reporter=spec", files]);
    let finished = process::finish(&mut node, &format!("run {files}"))?;
    let (passed, failed) = node_counts(&finished.output);
    Ok(judged(passed, failed, finished))
}

fn in_browser() -> Result<Outcome> {
    tools::install()?;
    build::build(&Unit::ALL, Profile::Release)?;
    let chromium = browser::find_or_install()?;
    let mut playwright = driver("playwright");
    playwright.args([
        "test",
        "-c",
        "tests/browser/playwright.config.mjs",
        "--reporter=list",
    ]);
    if let Some(path) = chromium {
        playwright.env("OSTIARY_CHROMIUM", path);
    }
    let finished = process::finish(&mut playwright, "run the browser tests")?;
    let (passed, failed) = playwright_counts(&finished.output);
    Ok(judged(passed, failed, finished))
}

/// A program of npm that drives the system; it finds us without asking cargo.
fn driver(name: &str) -> Command {
    let mut command = process::command(place::node_program(name));
    let own = place::target().join("debug/xtask");
    if own.is_file() {
        command.env("OSTIARY_XTASK", own);
    }
    command
}

/// A layer without tests, or one that ended badly without saying why, has failed.
fn judged(passed: u32, failed: u32, finished: Finished) -> Outcome {
    let unexplained = failed == 0 && (passed == 0 || !finished.success);
    Outcome {
        passed,
        failed: failed + u32::from(unexplained),
        output: finished.output,
    }
}

/// The sum over `test result: ok. 3 passed; 0 failed; 1 ignored; …`; an ignored test did not pass.
fn cargo_counts(output: &str) -> (u32, u32) {
    let results: Vec<&str> = output
        .lines()
        .filter(|line| line.starts_with("test result:"))
        .collect();
    let sum = |what: &str| {
        results
            .iter()
            .map(|line| number_before(line, what))
            .sum::<u32>()
    };
    (sum(" passed"), sum(" failed") + sum(" ignored"))
}

/// `ℹ pass 3`, `ℹ fail 0` and the like, at the end of Node's report.
fn node_counts(output: &str) -> (u32, u32) {
    let count = |name: &str| {
        let prefix = format!("ℹ {name} ");
        output
            .lines()
            .rev()
            .find_map(|line| line.strip_prefix(&prefix)?.trim().parse().ok())
            .unwrap_or(0)
    };
    (
        count("pass"),
        ["fail", "cancelled", "skipped", "todo"]
            .map(count)
            .iter()
            .sum(),
    )
}

/// `3 passed (2.1s)`, `1 failed`, … at the end of Playwright's report.
fn playwright_counts(output: &str) -> (u32, u32) {
    let count = |what: &str| {
        let last = output.lines().rev().map(str::trim).find(|line| {
            line.split_once(' ').is_some_and(|(number, rest)| {
                number.parse::<u32>().is_ok() && rest.starts_with(what)
            })
        });
        last.map_or(0, |line| number_before(line, &format!(" {what}")))
    };
    (
        count("passed"),
        ["failed", "flaky", "skipped", "interrupted", "did not run"]
            .map(count)
            .iter()
            .sum(),
    )
}

fn number_before(line: &str, what: &str) -> u32 {
    let before = line.split_once(what).map_or("", |(before, _)| before);
    before
        .rsplit(' ')
        .next()
        .and_then(|number| number.parse().ok())
        .unwrap_or(0)
}

/// The layer that was asked for by name.
pub(crate) fn chosen(name: Option<&str>) -> Result<Vec<Layer>> {
    let Some(name) = name else {
        return Ok(Layer::ALL.to_vec());
    };
    match Layer::named(name) {
        Some(layer) => Ok(vec![layer]),
        None => bail!(
            "there is no layer `{name}`; there are {}",
            Layer::ALL.map(Layer::name).join(", ")
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_of_cargo_are_added_up() {
        let output = "running 2 tests\ntest result: ok. 2 passed; 0 failed; 1 ignored; 0 measured\n\
                      test result: FAILED. 3 passed; 4 failed; 0 ignored; 0 measured\n";
        assert_eq!(cargo_counts(output), (5, 5));
    }

    #[test]
    fn what_the_simulator_has_seen_is_shown() {
        let output = "running 1 test\n200000 schedules, 9 answers judged, 60.1 s\n\
                      GrantsInKv  caught by FamilyIsALine in schedule 5 (a story)\ntest a ... ok\n";
        assert_eq!(seen(output).count(), 2);
    }

    #[test]
    fn results_of_node_are_read() {
        let output =
            "✔ one (1ms)\nℹ tests 3\nℹ pass 2\nℹ fail 1\nℹ cancelled 0\nℹ skipped 1\nℹ todo 0\n";
        assert_eq!(node_counts(output), (2, 2));
    }

    #[test]
    fn results_of_playwright_are_read() {
        assert_eq!(
            playwright_counts(
                "  ✓  1 signs in (1.0s)\n\n  1 failed\n  2 did not run\n  3 passed (2.1s)\n"
            ),
            (3, 3)
        );
    }

    #[test]
    fn a_layer_without_tests_fails() {
        let finished = Finished {
            success: true,
            stdout: String::new(),
            output: String::new(),
        };
        assert_eq!(judged(0, 0, finished).failed, 1);
    }
}
