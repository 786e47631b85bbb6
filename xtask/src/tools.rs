//! The tools around the Rust code, installed where they are missing: `cargo xtask setup`.

use std::{fs, time::Instant};

use anyhow::{Context as _, Result, bail};
use xshell::{Cmd, cmd};

use crate::{browser, flags::Setup, freshness, lock::lock, paths, process, progress, python};

/// The target of the workers and the pages.
pub(crate) const WASM: &str = "wasm32-unknown-unknown";

/// A program that `cargo install` puts into `.tools`.
struct Tool {
    package: &'static str,
    program: &'static str,
    version: &'static str,
    options: &'static [&'static str],
}

/// Binds the workers and the pages to JavaScript.
const WASM_BINDGEN: Tool = Tool {
    package: "wasm-bindgen-cli",
    program: "wasm-bindgen",
    // The version of the crate `wasm-bindgen`.
    version: "0.2.130",
    options: &["--no-default-features", "--bin", "wasm-bindgen"],
};

/// Builds the example, which stands for the workers of others.
const WORKER_BUILD: Tool = Tool {
    package: "worker-build",
    program: "worker-build",
    // The version of the crate `worker`.
    version: "0.8.7",
    options: &[],
};

/// Checks the rules of `deny.toml`. It takes 64 CPU seconds to compile.
const CARGO_DENY: Tool = Tool {
    package: "cargo-deny",
    program: "cargo-deny",
    version: "0.20.2",
    options: &["--locked"],
};

/// `cargo xtask setup`
pub(crate) fn run(flags: &Setup) -> Result<()> {
    install()?;
    linters()?;
    if flags.browser {
        browser::find_or_install()?;
        browser::find_or_install_webkit()?;
    }
    if flags.python {
        python::install()?;
    }
    Ok(())
}

/// Installs what building and running needs. It costs nothing when all is there.
pub(crate) fn install() -> Result<()> {
    let wanted = wanted()?;
    if are_present(&wanted) {
        return Ok(());
    }
    let _lock = lock()?;
    if are_present(&wanted) {
        return Ok(());
    }
    progress::line("setting up the tools; the first time takes a few minutes");
    node_packages()?;
    rust()?;
    cargo_tool(&WASM_BINDGEN)?;
    Ok(process::shell()?.write_file(".tools/stamp", wanted)?)
}

/// Installs what the example is built with.
pub(crate) fn worker_build() -> Result<()> {
    let _lock = lock()?;
    cargo_tool(&WORKER_BUILD)
}

/// Installs what the lints need.
pub(crate) fn linters() -> Result<()> {
    let _lock = lock()?;
    rust()?;
    cargo_tool(&CARGO_DENY)
}

fn wanted() -> Result<String> {
    let lock = process::shell()?.read_binary_file("package-lock.json")?;
    let Tool {
        package, version, ..
    } = WASM_BINDGEN;
    Ok(format!(
        "{package} {version}\nnpm {}\n",
        freshness::fingerprint_of(&lock)
    ))
}

fn are_present(wanted: &str) -> bool {
    fs::read_to_string(paths::at(".tools/stamp")).is_ok_and(|text| text == wanted)
        && paths::at("node_modules/.package-lock.json").is_file()
        && paths::tool(WASM_BINDGEN.program).is_file()
        && has_target()
}

fn has_target() -> bool {
    let Ok(sh) = process::shell() else {
        return false;
    };
    let rustc = cmd!(sh, "rustc --print target-libdir --target {WASM}");
    let folder = process::succeed(rustc, "ask Rust for its targets");
    folder.is_ok_and(|folder| fs::read_dir(folder.trim()).is_ok())
}

/// Whether a command that only looks at what is there succeeds.
pub(crate) fn succeeds(command: Cmd<'_>) -> bool {
    process::finish(command, "see what is installed").is_ok_and(|finished| finished.success)
}

fn node_packages() -> Result<()> {
    let sh = process::shell()?;
    if !succeeds(cmd!(sh, "node --version")) || !succeeds(cmd!(sh, "npm --version")) {
        bail!(
            "Node.js with npm is missing: it brings wrangler, which runs the workers; install Node.js 20 or later \
             from https://nodejs.org or with your package manager"
        );
    }
    // npm writes its own copy of the lockfile when it has installed all of it.
    let changed = |path: &str| fs::metadata(paths::at(path)).and_then(|file| file.modified());
    let installed = changed("node_modules/.package-lock.json").ok();
    if installed.is_some() && installed >= changed("package-lock.json").ok() {
        return Ok(());
    }
    let start = Instant::now();
    sh.set_var("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1");
    // A machine set to production would leave everything out.
    let npm = cmd!(
        sh,
        "npm ci --include=dev --no-audit --no-fund --loglevel=error"
    );
    process::succeed(npm, "install the packages of package-lock.json")
        .context("npm needs access to its registry")?;
    let seconds = progress::seconds(start);
    progress::line(format!(
        "npm packages: node, wrangler, wasm-opt ({seconds})"
    ));
    Ok(())
}

/// Adds what `rust-toolchain.toml` lists, where RUSTUP_AUTO_INSTALL=0 has kept rustup from it. Unlike rustup's own way,
/// this leaves the installed version as it is.
pub(crate) fn rust() -> Result<()> {
    let sh = process::shell()?;
    if !has_target() {
        process::succeed(cmd!(sh, "rustup target add {WASM}"), "add a Rust target")
            .with_context(|| format!("Rust's target {WASM} is missing (https://rustup.rs)"))?;
        progress::line(format!("Rust target {WASM}"));
    }
    if !succeeds(cmd!(sh, "cargo fmt --version")) || !succeeds(cmd!(sh, "cargo clippy --version")) {
        let rustup = cmd!(sh, "rustup component add rustfmt clippy");
        process::succeed(rustup, "add rustfmt and clippy")?;
    }
    Ok(())
}

fn cargo_tool(tool: &Tool) -> Result<()> {
    let Tool {
        package,
        program,
        version,
        options,
    } = *tool;
    let sh = process::shell()?;
    let path = paths::tool(program);
    let found = process::finish(cmd!(sh, "{path} --version"), "ask a tool for its version");
    if found.is_ok_and(|found| found.stdout.split_whitespace().last() == Some(version)) {
        return Ok(());
    }
    let start = Instant::now();
    let (root, build) = (paths::at(".tools"), paths::at(".tools/build"));
    sh.set_var("CARGO_PROFILE_DEV_DEBUG", "false");
    // Not optimised: it compiles in half the time and is fast enough.
    let cargo = cmd!(
        sh,
        "cargo install {package} --version {version} --debug --force --quiet --root {root} --target-dir {build} {options...}"
    );
    process::succeed(cargo, &format!("install {package} {version}"))
        .context("cargo needs a C compiler and access to crates.io")?;
    // What it was compiled in is large and not needed again.
    sh.remove_path(build)?;
    progress::line(format!(
        "{package} {version} ({})",
        progress::seconds(start)
    ));
    Ok(())
}
