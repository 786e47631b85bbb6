//! The tools around the Rust code, installed where they are missing: `cargo xtask setup`.

use std::{fs, path::PathBuf, process::Command, time::Instant};

use anyhow::{Context as _, Result, bail};

use crate::{
    alone::alone,
    arguments::Arguments,
    browser,
    freshness::Fingerprint,
    place,
    process::{self, command},
    progress,
};

/// The workers' build tool; the version of the crate `worker`.
const WORKER_BUILD: &str = "0.8.7";
/// Must be the version of the crate `wasm-bindgen`.
const WASM_BINDGEN: &str = "0.2.130";
const WASM: &str = "wasm32-unknown-unknown";

/// `cargo xtask setup`
pub(crate) fn run(mut arguments: Arguments) -> Result<()> {
    let with_browser = arguments.flag("--browser");
    arguments.done()?;
    install()?;
    if with_browser {
        browser::find_or_install()?;
    }
    Ok(())
}

/// Installs what is missing; costs nothing when all is there.
pub(crate) fn install() -> Result<()> {
    let wanted = wanted()?;
    if are_present(&wanted) {
        return Ok(());
    }
    let _alone = alone()?;
    if are_present(&wanted) {
        return Ok(());
    }
    progress::line("setting up the tools; the first time takes a few minutes");
    node_packages()?;
    wasm_target()?;
    cargo_tool(
        "wasm-bindgen-cli",
        WASM_BINDGEN,
        "wasm-bindgen",
        &["--no-default-features", "--bin", "wasm-bindgen"],
    )?;
    cargo_tool("worker-build", WORKER_BUILD, "worker-build", &[])?;
    // What the installations were compiled in is large and not needed again.
    let _ = fs::remove_dir_all(place::at(".tools/build"));
    fs::create_dir_all(place::at(".tools")).context("cannot make .tools")?;
    fs::write(stamp(), wanted).context("cannot write .tools/stamp")
}

fn stamp() -> PathBuf {
    place::at(".tools/stamp")
}

fn are_present(wanted: &str) -> bool {
    fs::read_to_string(stamp()).is_ok_and(|text| text == wanted)
        && place::at("node_modules/.package-lock.json").is_file()
        && place::tool("wasm-bindgen").is_file()
        && place::tool("worker-build").is_file()
        && has_wasm_target()
}

fn wanted() -> Result<String> {
    let lock = fs::read(place::at("package-lock.json")).context("cannot read package-lock.json")?;
    let mut fingerprint = Fingerprint::new();
    fingerprint.add(&lock);
    Ok(format!(
        "worker-build {WORKER_BUILD}\nwasm-bindgen {WASM_BINDGEN}\nnpm {}\n",
        fingerprint.text()
    ))
}

fn version(program: &mut Command) -> Option<String> {
    let output = program
        .arg("--version")
        .output()
        .ok()
        .filter(|output| output.status.success())?;
    let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    text.rsplit(' ').next().map(str::to_owned)
}

fn node_packages() -> Result<()> {
    for program in ["node", "npm"] {
        if version(&mut command(program)).is_none() {
            bail!(
                "{program} is missing: it brings wrangler, which runs the workers; install Node.js 20 or later, \
                 with npm, from https://nodejs.org or with your package manager"
            );
        }
    }
    if node_packages_are_current() {
        return Ok(());
    }
    let start = Instant::now();
    let mut npm = command("npm");
    // A machine set to production would leave everything out.
    npm.args([
        "ci",
        "--include=dev",
        "--no-audit",
        "--no-fund",
        "--loglevel=error",
    ])
    .env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1");
    process::succeed(
        &mut npm,
        "install the packages of package-lock.json with npm",
    )
    .context(
        "the npm packages cannot be installed; that needs access to the npm registry: try again, or see what `npm ci` \
         says",
    )?;
    progress::line(format!(
        "npm packages: node, wrangler, wasm-opt ({})",
        progress::seconds(start)
    ));
    Ok(())
}

/// npm writes its own copy of the lockfile when it has installed all of it.
fn node_packages_are_current() -> bool {
    let changed = |path: &str| {
        fs::metadata(place::at(path))
            .and_then(|facts| facts.modified())
            .ok()
    };
    let installed = changed("node_modules/.package-lock.json");
    installed.is_some() && installed >= changed("package-lock.json")
}

fn has_wasm_target() -> bool {
    let found = command("rustc")
        .args(["--print", "target-libdir", "--target", WASM])
        .output();
    found.is_ok_and(|output| fs::read_dir(String::from_utf8_lossy(&output.stdout).trim()).is_ok())
}

/// What the workers and the pages are compiled for.
pub(crate) fn wasm_target() -> Result<()> {
    if has_wasm_target() {
        return Ok(());
    }
    let mut rustup = command("rustup");
    rustup.args(["target", "add", WASM]);
    process::succeed(&mut rustup, "add Rust's WebAssembly target").with_context(|| {
        format!(
            "Rust has no target {WASM}; add it with `rustup target add {WASM}` (https://rustup.rs)"
        )
    })?;
    progress::line(format!("Rust target {WASM}"));
    Ok(())
}

fn cargo_tool(package: &str, wanted: &str, program: &str, more: &[&str]) -> Result<()> {
    if version(&mut command(place::tool(program))).is_some_and(|version| version == wanted) {
        return Ok(());
    }
    let start = Instant::now();
    let mut cargo = command("cargo");
    // Not optimised: compiles in half the time and runs as fast as we need.
    cargo
        .args([
            "install",
            package,
            "--version",
            wanted,
            "--debug",
            "--force",
            "--quiet",
        ])
        .arg("--root")
        .arg(place::at(".tools"))
        .arg("--target-dir")
        .arg(place::at(".tools/build"))
        .args(more)
        .env("CARGO_PROFILE_DEV_DEBUG", "false");
    process::succeed(&mut cargo, &format!("install {package} {wanted}")).with_context(|| {
        format!(
            "{package} {wanted} cannot be installed; it needs a C compiler and access to crates.io"
        )
    })?;
    progress::line(format!("{package} {wanted} ({})", progress::seconds(start)));
    Ok(())
}

/// `rustfmt` and `clippy`, which a minimal Rust comes without.
pub(crate) fn components() -> Result<()> {
    for (program, component) in [("fmt", "rustfmt"), ("clippy", "clippy")] {
        if version(command("cargo").arg(program)).is_none() {
            let mut rustup = command("rustup");
            rustup.args(["component", "add", component]);
            process::succeed(
                &mut rustup,
                &format!("add {component}; `rustup component add {component}` does it by hand"),
            )?;
        }
    }
    Ok(())
}
