//! The three workers and the pages, built only when their sources changed: `cargo xtask build`.

use std::{collections::BTreeMap, fs, os::unix::fs::symlink, path::PathBuf, time::Instant};

use anyhow::{Context as _, Result, bail};

use crate::{
    arguments::Arguments,
    freshness::{self, Fingerprint},
    place,
    ports::Ports,
    process, progress, seed, sizes, spa, tools,
    workspace::{self, Package},
};

/// Quick to make, or small and fast to run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Profile {
    Quick,
    Release,
}

impl Profile {
    const fn name(self) -> &'static str {
        match self {
            Self::Quick => "quick",
            Self::Release => "release",
        }
    }
}

/// What can be built by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unit {
    Auth,
    Api,
    App,
    Pages,
    /// The example.
    Notes,
}

impl Unit {
    /// What makes up the running system.
    pub(crate) const ALL: [Self; 4] = [Self::Auth, Self::Api, Self::App, Self::Pages];

    /// The package that it is built from.
    pub(crate) const fn package(self) -> &'static str {
        match self {
            Self::Auth => "auth-worker",
            Self::Api => "api-worker",
            Self::App => "app-worker",
            Self::Pages => "web-ui",
            Self::Notes => "notes-worker",
        }
    }

    /// Where it stands.
    pub(crate) fn folder(self) -> PathBuf {
        place::at(match self {
            Self::Auth | Self::Api | Self::App | Self::Pages => self.package(),
            Self::Notes => "examples/notes",
        })
    }

    fn result(self) -> PathBuf {
        match self {
            Self::Pages => place::at("web-ui/dist/index.html"),
            Self::Auth | Self::Api | Self::App | Self::Notes => {
                self.folder().join("build/index.js")
            }
        }
    }

    /// Everything that it is built from, as one short text.
    pub(crate) fn fingerprint(self, packages: &BTreeMap<String, Package>) -> String {
        let mut fingerprint = Fingerprint::new();
        fingerprint.add_files(&workspace::sources(packages, self.package()));
        if self == Self::Pages {
            fingerprint.add_files(&[place::at("xtask/src/spa.rs")]);
        }
        fingerprint.text()
    }
}

/// `cargo xtask build [app|auth|api|notes]… [--quick|--release]`
pub(crate) fn run(mut arguments: Arguments) -> Result<()> {
    let wrangler = std::env::var("WRANGLER_COMMAND").ok();
    let in_dev = wrangler.as_deref() == Some("dev");
    let quick = arguments.flag("--quick") || (in_dev && !arguments.flag("--release"));
    arguments.flag("--release");
    let mut units = Vec::new();
    while let Some(word) = arguments.word() {
        units.extend(named(&word)?);
    }
    arguments.done()?;
    if units.is_empty() {
        units.extend(Unit::ALL);
    }
    process::stop_on_signals()?;
    tools::install()?;
    if in_dev {
        share_state()?;
        seed::fill(&place::local_state(), Ports::default())?;
    }
    if quick {
        return build(&units, Profile::Quick);
    }
    build(&units, Profile::Release)?;
    let (_, broken) = sizes::check(&units)?;
    if !broken.is_empty() {
        bail!("too large: {}", broken.join("; "));
    }
    Ok(())
}

fn named(word: &str) -> Result<&'static [Unit]> {
    Ok(match word {
        "app" => &[Unit::App, Unit::Pages],
        "auth" => &[Unit::Auth],
        "api" => &[Unit::Api],
        "notes" => &[Unit::Notes],
        other => bail!("there is no worker `{other}`: app, auth, api and notes are"),
    })
}

/// Builds what changed of `units`.
pub(crate) fn build(units: &[Unit], profile: Profile) -> Result<()> {
    let packages = workspace::packages()?;
    for unit in units {
        build_one(*unit, profile, &packages)?;
    }
    Ok(())
}

fn build_one(unit: Unit, profile: Profile, packages: &BTreeMap<String, Package>) -> Result<()> {
    let fingerprint = format!("{} {}", profile.name(), unit.fingerprint(packages));
    if unit.result().is_file() && freshness::is_remembered(unit.package(), &fingerprint) {
        return Ok(());
    }
    let start = Instant::now();
    freshness::forget(unit.package());
    match unit {
        Unit::Pages => spa::build(profile)?,
        Unit::Auth | Unit::Api | Unit::App | Unit::Notes => worker(unit, profile)?,
    }
    freshness::remember(unit.package(), &fingerprint)?;
    progress::line(format!(
        "built {} ({})",
        unit.package(),
        progress::seconds(start)
    ));
    Ok(())
}

fn worker(unit: Unit, profile: Profile) -> Result<()> {
    let mut build = process::command(place::tool("worker-build"));
    build
        .current_dir(unit.folder())
        .env("WASM_BINDGEN_BIN", place::tool("wasm-bindgen"))
        .env("WASM_OPT_BIN", place::node_program("wasm-opt"))
        .env("ESBUILD_BIN", place::node_program("esbuild"))
        // Its errors are the compiler's; a backtrace of its own only hides them.
        .env("RUST_BACKTRACE", "0");
    match profile {
        Profile::Quick => build.args(["--profile", "quick", "--no-opt"]),
        Profile::Release => build.arg("--release"),
    };
    process::succeed(&mut build, &format!("build {}", unit.package()))?;
    match profile {
        Profile::Quick => Ok(()),
        Profile::Release => minify_glue(unit),
    }
}

/// worker-build leaves its JavaScript as it was written.
fn minify_glue(unit: Unit) -> Result<()> {
    let file = unit.result();
    let mut esbuild = process::command(place::node_program("esbuild"));
    esbuild
        .arg(&file)
        .arg(format!("--outfile={}", file.display()))
        .args([
            "--minify",
            "--format=esm",
            "--log-level=error",
            "--allow-overwrite",
        ]);
    process::succeed(&mut esbuild, &format!("minify {}", place::short(&file)))?;
    Ok(())
}

/// All three workers keep their local state in one folder, whichever way they are started.
pub(crate) fn share_state() -> Result<()> {
    let shared = place::local_state();
    fs::create_dir_all(&shared)
        .with_context(|| format!("cannot make {}", place::short(&shared)))?;
    for worker in ["auth-worker", "api-worker"] {
        let link = place::at(worker).join(".wrangler/state");
        let found = fs::symlink_metadata(&link);
        if found.as_ref().is_ok_and(fs::Metadata::is_dir) {
            let own = place::short(&link);
            progress::line(format!(
                "{own} is a folder of its own, not the shared state: delete it and start again"
            ));
        } else if found.is_err() {
            fs::create_dir_all(place::at(worker).join(".wrangler"))
                .with_context(|| format!("cannot make {worker}/.wrangler"))?;
            symlink("../../.wrangler/state", &link)
                .with_context(|| format!("cannot link {}", place::short(&link)))?;
        }
    }
    Ok(())
}
