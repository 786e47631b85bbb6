//! All checks, cheapest first: `cargo xtask test [--only LAYER]`.

use std::{process::ExitCode, time::Instant};

use anyhow::{Result, bail};
use serde_json::Value;
use xshell::{Cmd, Shell, cmd};

use crate::{
    browser, build,
    flags::Test,
    mutants, paths,
    process::{self, Finished},
    progress, python, sizes,
    tools::{self, WASM},
    unit::{Profile, Unit},
};

/// A layer: its name on the command line, and how it runs.
type Layer = (&'static str, fn() -> Result<Outcome>);

const LAYERS: &[Layer] = &[
    ("format", format),
    ("lint", lint),
    ("unit", unit),
    ("simulate", simulate),
    ("mutants", mutated),
    ("build", sizes_of_builds),
    ("workers", || node("tests/workers/*.test.mjs")),
    ("clients", clients),
    ("guide", || node("tests/guide/*.test.mjs")),
    ("browser", in_browser),
];

/// The clients in Rust, a workspace of their own, and where it is built.
const CLIENTS: &str = "tests/clients/rust/Cargo.toml";
const CLIENTS_BUILD: &str = "target/clients";

/// How a layer went.
#[derive(Debug, Default, PartialEq, Eq)]
struct Outcome {
    passed: u64,
    failed: u64,
    /// The output, for those who have to mend it.
    output: String,
}

/// Runs the layers; the last line of the output is `N passed, M failed`.
pub(crate) fn run(flags: &Test) -> Result<ExitCode> {
    let is_chosen = |name: &str| flags.only.as_ref().is_none_or(|only| only == name);
    let layers: Vec<&Layer> = LAYERS.iter().filter(|(name, _)| is_chosen(name)).collect();
    if layers.is_empty() {
        bail!("there is no such layer: `cargo xtask help` lists them");
    }
    process::stop_on_signals()?;
    let (mut passed, mut failed) = (0, 0);
    for layer in layers {
        let outcome = run_layer(*layer);
        passed += outcome.passed;
        failed += outcome.failed;
    }
    println!("{passed} passed, {failed} failed");
    Ok(ExitCode::from(u8::from(failed > 0)))
}

/// Runs a layer and prints how it went. A layer that cannot run has failed.
fn run_layer((name, run): Layer) -> Outcome {
    let start = Instant::now();
    let outcome = run().unwrap_or_else(|error| Outcome {
        failed: 1,
        output: format!("{error:#}"),
        ..Outcome::default()
    });
    if outcome.failed > 0 {
        println!("{}", progress::tail(&outcome.output, 150));
    }
    println!(
        "{name:<8} {:<6} {:>4} passed {:>4} failed {:>9}",
        if outcome.failed == 0 { "ok" } else { "FAILED" },
        outcome.passed,
        outcome.failed,
        progress::seconds(start)
    );
    outcome
}

/// Runs commands that either pass or fail.
fn each<'a>(checks: impl IntoIterator<Item = (Cmd<'a>, &'a str)>) -> Result<Outcome> {
    let mut outcome = Outcome::default();
    for (command, what) in checks {
        let finished = process::finish(command, what)?;
        outcome.passed += u64::from(finished.success);
        outcome.failed += u64::from(!finished.success);
        outcome.output += &finished.output;
    }
    Ok(outcome)
}

fn format() -> Result<Outcome> {
    tools::rust()?;
    let sh = process::shell()?;
    let fmt = cmd!(sh, "cargo fmt --all --check");
    let clients = cmd!(sh, "cargo fmt --manifest-path {CLIENTS} --check");
    each([fmt, clients].map(|fmt| (fmt, "check the formatting")))
}

fn lint() -> Result<Outcome> {
    tools::linters()?;
    let sh = process::shell()?;
    sh.set_var("RUSTDOCFLAGS", "-D warnings");
    let wasm = Unit::ALL
        .iter()
        .flat_map(|unit| ["--package", unit.package()]);
    let native = cmd!(
        sh,
        "cargo clippy --workspace --all-targets --locked --quiet -- -D warnings"
    );
    let wasm = cmd!(
        sh,
        "cargo clippy --locked --quiet --target {WASM} {wasm...} -- -D warnings"
    );
    let doc = cmd!(
        sh,
        "cargo doc --workspace --no-deps --document-private-items --locked --quiet"
    );
    let advisories = advisories(&sh)?;
    let deny = cmd!(
        sh,
        "cargo-deny --locked --log-level warn check bans licenses sources {advisories...}"
    );
    let all = [
        (native, "lint everything"),
        (wasm, "lint what runs as WebAssembly"),
        (doc, "check the links in the documentation"),
        (deny, "check the dependencies"),
    ];
    each(all.into_iter().chain(clients_lints(&sh)))
}

/// The lints of the clients in Rust. Nothing of ours depends on them: only their licences and sources matter.
fn clients_lints(sh: &Shell) -> [(Cmd<'_>, &'static str); 2] {
    let clippy = cmd!(
        sh,
        "cargo clippy --manifest-path {CLIENTS} --target-dir {CLIENTS_BUILD} --all-targets --locked --quiet -- -D warnings"
    );
    let deny = cmd!(
        sh,
        "cargo-deny --manifest-path {CLIENTS} --locked --log-level error --config deny.toml check licenses sources"
    );
    [
        (clippy, "lint the clients in Rust"),
        (deny, "check what the clients in Rust depend on"),
    ]
}

/// The check of advisories, where their database can be fetched.
fn advisories(sh: &Shell) -> Result<Option<&'static str>> {
    let fetch = cmd!(sh, "cargo-deny fetch db");
    if process::finish(fetch, "fetch the advisories")?.success {
        return Ok(Some("advisories"));
    }
    progress::line("NOT CHECKED: advisories; their database on GitHub cannot be fetched");
    Ok(None)
}

fn unit() -> Result<Outcome> {
    let sh = process::shell()?;
    let cargo = cmd!(
        sh,
        "cargo test --workspace --exclude simulator --locked --no-fail-fast"
    );
    let finished = process::finish(cargo, "run the native tests")?;
    Ok(judged(Some(libtest_counts(&finished.output)), finished))
}

/// The simulator's tests, of the whole workspace so that nothing is built anew for them. How much they have seen, and
/// which designs they have caught, is printed.
fn simulate() -> Result<Outcome> {
    let sh = process::shell()?;
    let tests = "simulated_*";
    let cargo = cmd!(
        sh,
        "cargo test --workspace --test {tests} --locked --no-fail-fast -- --nocapture"
    );
    let finished = process::finish(cargo, "run the simulator")?;
    for line in seen(&finished.output) {
        println!("  {line}");
    }
    Ok(judged(Some(libtest_counts(&finished.output)), finished))
}

fn seen(output: &str) -> impl Iterator<Item = &str> {
    output
        .lines()
        .filter(|line| line.contains(" schedules, ") || line.contains(" caught by "))
}

/// A mutant that no test catches has failed.
fn mutated() -> Result<Outcome> {
    tools::rust()?;
    let (passed, survivors) = mutants::run()?;
    Ok(Outcome {
        passed,
        failed: u64::try_from(survivors.len())?,
        output: survivors.join("\n"),
    })
}

fn sizes_of_builds() -> Result<Outcome> {
    tools::install()?;
    build::build(&Unit::ALL, Profile::Release)?;
    let (passed, broken) = sizes::check(&Unit::ALL)?;
    Ok(Outcome {
        passed,
        failed: u64::try_from(broken.len())?,
        output: broken.join("\n"),
    })
}

/// The test files that run at once, on any machine: each has a system of its own, which waits for its clock as often as
/// for a processor.
const FILES_AT_ONCE: &str = "2";

fn node(files: &str) -> Result<Outcome> {
    tools::install()?;
    build::build(&Unit::ALL, Profile::Release)?;
    let sh = process::shell()?;
    let node = cmd!(
        sh,
        "node --test --test-concurrency={FILES_AT_ONCE} --test-reporter=spec --test-reporter-destination=stderr
            --test-reporter=./xtask/reporter.mjs --test-reporter-destination=stdout {files}"
    );
    let finished = process::finish(for_tests(node), &format!("run {files}"))?;
    Ok(judged(node_counts(&finished.stdout), finished))
}

/// Clients that others have written, some of them in Python and in Rust.
fn clients() -> Result<Outcome> {
    python::install()?;
    let sh = process::shell()?;
    let cargo = cmd!(
        sh,
        "cargo build --manifest-path {CLIENTS} --target-dir {CLIENTS_BUILD} --locked --quiet"
    );
    process::succeed(cargo, "compile the clients in Rust")?;
    node("tests/clients/*.test.mjs")
}

fn in_browser() -> Result<Outcome> {
    tools::install()?;
    build::build(&Unit::ALL, Profile::Release)?;
    let report = paths::memory().join("browser.json");
    let sh = process::shell()?;
    // A report of an earlier run must not be read.
    sh.remove_path(&report)?;
    if let Some(chromium) = browser::find_or_install()? {
        sh.set_var("OSTIARY_CHROMIUM", chromium);
    }
    browser::find_or_install_webkit()?;
    sh.set_var("PLAYWRIGHT_JSON_OUTPUT_FILE", &report);
    let playwright = cmd!(
        sh,
        "playwright test -c tests/browser/playwright.config.mjs --reporter=list,json"
    );
    let finished = process::finish(for_tests(playwright), "run the browser tests")?;
    let report = sh.read_file(&report).unwrap_or_default();
    Ok(judged(playwright_counts(&report), finished))
}

/// A program of npm that drives the system; it finds this program without asking cargo.
fn for_tests(command: Cmd<'_>) -> Cmd<'_> {
    let own = paths::target().join("debug/xtask");
    if own.is_file() {
        return command.env("OSTIARY_XTASK", own);
    }
    command
}

/// A layer without tests, or one that ended badly without saying why, has failed.
fn judged(counts: Option<(u64, u64)>, finished: Finished) -> Outcome {
    let (passed, failed) = counts.unwrap_or_default();
    let is_unexplained = failed == 0 && (passed == 0 || !finished.success);
    Outcome {
        passed,
        failed: failed + u64::from(is_unexplained),
        output: finished.output,
    }
}

/// The sums over `test result: ok. 3 passed; 0 failed; 1 ignored; …`: stable libtest prints nothing for machines, and
/// cargo-nextest, which does, runs no examples of the documentation. An ignored test did not pass.
fn libtest_counts(output: &str) -> (u64, u64) {
    let results = output
        .lines()
        .filter(|line| line.starts_with("test result:"));
    let words: Vec<&str> = results.flat_map(|line| line.split([' ', ';'])).collect();
    let sum = |what: &str| -> u64 {
        let pairs = words.windows(2).filter_map(|pair| match pair {
            [number, name] if *name == what => number.parse::<u64>().ok(),
            _ => None,
        });
        pairs.sum()
    };
    (sum("passed"), sum("failed") + sum("ignored"))
}

/// The line of `xtask/reporter.mjs`: a test that was skipped, or is still to do, did not pass.
fn node_counts(report: &str) -> Option<(u64, u64)> {
    let counts: Value = serde_json::from_str(report).ok()?;
    let count = |name: &str| counts.get(name).and_then(Value::as_u64);
    let passed = count("passed")?;
    Some((passed, count("tests")?.saturating_sub(passed)))
}

/// The `stats` of Playwright's JSON report: a flaky test did not pass, nor did one that was skipped.
fn playwright_counts(report: &str) -> Option<(u64, u64)> {
    let report: Value = serde_json::from_str(report).ok()?;
    let count = |name: &str| report.get("stats")?.get(name)?.as_u64();
    let failed = count("unexpected")? + count("flaky")? + count("skipped")?;
    Some((count("expected")?, failed))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_of_cargo_are_added_up() {
        let output = "running 2 tests\ntest result: ok. 2 passed; 0 failed; 1 ignored; 0 measured\n\
                      test result: FAILED. 3 passed; 4 failed; 0 ignored; 0 measured\n";
        assert_eq!(libtest_counts(output), (5, 5));
    }

    #[test]
    fn what_the_simulator_has_seen_is_shown() {
        let output = "running 1 test\n200000 schedules, 9 answers judged, 60.1 s\n\
                      GrantsInKv  caught by FamilyIsALine in schedule 5 (a story)\ntest a ... ok\n";
        assert_eq!(seen(output).count(), 2);
    }

    #[test]
    fn results_of_node_are_read() {
        let report = r#"{"tests":4,"failed":1,"passed":2,"cancelled":0,"skipped":1,"todo":0,"topLevel":4,"suites":0}"#;
        assert_eq!(node_counts(report), Some((2, 2)));
    }

    #[test]
    fn results_of_playwright_are_read() {
        let report =
            r#"{"stats":{"duration":2100,"expected":3,"skipped":2,"unexpected":1,"flaky":0}}"#;
        assert_eq!(playwright_counts(report), Some((3, 3)));
    }

    #[test]
    fn a_layer_without_tests_fails() {
        let finished = || Finished {
            success: true,
            stdout: String::new(),
            output: String::new(),
        };
        assert_eq!(judged(Some((0, 0)), finished()).failed, 1);
        assert_eq!(judged(node_counts(""), finished()).failed, 1);
    }
}
