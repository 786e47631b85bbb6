//! A worker: compiled, bound to JavaScript, and given the module that the platform calls (`entry.js`).

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};
use xshell::{Shell, cmd};

use crate::{
    objects, paths, process, progress, size_report,
    spa::FEATURES,
    tools::{self, WASM},
    unit::{Profile, Unit},
    wasm_module::{self, Module},
};

/// What the platform calls. The classes of the worker's Durable Objects are added to it.
const ENTRY: &str = include_str!("entry.js");

/// The feature that wasm-bindgen uses for a worker beyond those of [`FEATURES`].
const EXCEPTIONS: &str = "--enable-exception-handling";

/// What wasm-bindgen calls the module.
const MODULE: &str = "index_bg.wasm";

/// Builds a worker into its folder.
pub(crate) fn build(unit: Unit, profile: Profile) -> Result<()> {
    if unit == Unit::Notes {
        return as_a_stranger_does(unit, profile);
    }
    let sh = process::shell()?;
    let folder = paths::memory().join("bound").join(unit.package());
    // Left-overs of another build must not be published.
    sh.remove_path(&folder)?;
    bind(&sh, unit, profile, &folder)?;
    let entry = ENTRY.replace("{{glue}}", &glue(&folder)?);
    let classes = objects::classes(&unit.config())?;
    sh.write_file(folder.join("entry.js"), [entry, classes].concat())?;
    bundle(&sh, unit, profile, &folder)
}

fn bind(sh: &Shell, unit: Unit, profile: Profile, folder: &Path) -> Result<()> {
    let package = unit.package();
    let (profile_name, flags): (_, &[&str]) = match profile {
        Profile::Quick => ("quick", &[]),
        // The names go once the sizes were reported.
        Profile::Release => ("release", &["-Cstrip=debuginfo"]),
    };
    // As worker-build sets it, so that all share what they compile.
    sh.set_var("WASM_BINDGEN_USE_JS_SYS", "1");
    let cargo = cmd!(
        sh,
        "cargo rustc --package {package} --lib --profile {profile_name} --target {WASM} -- {flags...}"
    );
    process::succeed(cargo, &format!("compile {package}"))?;
    let compiled = paths::target().join(WASM).join(profile_name);
    bound(sh, unit, &compiled, folder)?;
    if profile == Profile::Release {
        let named = optimised(sh, unit, folder)?;
        let module = sh.read_binary_file(&named)?;
        progress::line(format!(
            "{package}: {}",
            size_report::summary(&Module::read(&module)?)
        ));
        let shipped = wasm_module::without_custom_sections(&module)?;
        sh.write_file(folder.join(MODULE), shipped)?;
    }
    Ok(())
}

/// Compiles a worker as for a release, with names that say what each generic function was made for, beside the releases;
/// the module that wasm-opt makes of it.
pub(crate) fn build_named(unit: Unit) -> Result<PathBuf> {
    let sh = process::shell()?;
    let folder = paths::memory().join("sizes");
    let target = folder.join("target");
    sh.set_var("WASM_BINDGEN_USE_JS_SYS", "1");
    sh.set_var("CARGO_PROFILE_RELEASE_STRIP", "debuginfo");
    sh.set_var("RUSTFLAGS", "-Csymbol-mangling-version=v0");
    let package = unit.package();
    let cargo = cmd!(
        sh,
        "cargo build --package {package} --lib --release --target {WASM} --target-dir {target}"
    );
    process::succeed(cargo, &format!("compile {package} with its names"))?;
    let bound_to = folder.join(package);
    bound(&sh, unit, &target.join(WASM).join("release"), &bound_to)?;
    optimised(&sh, unit, &bound_to)
}

/// Binds what was compiled to JavaScript.
fn bound(sh: &Shell, unit: Unit, compiled: &Path, folder: &Path) -> Result<()> {
    let wasm = compiled.join(format!("{}.wasm", unit.library()));
    // Without the last two a panic would end the isolate for good (`entry.js`).
    let bindgen = cmd!(
        sh,
        "wasm-bindgen {wasm} --target module --no-typescript --out-name index --out-dir {folder}
            --experimental-reset-state-function --force-enable-abort-handler"
    );
    process::succeed(bindgen, &format!("bind {} to JavaScript", unit.package()))?;
    Ok(())
}

/// The optimised module, with its names.
fn optimised(sh: &Shell, unit: Unit, folder: &Path) -> Result<PathBuf> {
    let (wasm, named) = (folder.join(MODULE), folder.join("named.wasm"));
    let optimise = cmd!(
        sh,
        "wasm-opt -O -g --strip-producers {FEATURES...} {EXCEPTIONS} {wasm} -o {named}"
    );
    process::succeed(optimise, &format!("optimise {}", unit.package()))?;
    Ok(named)
}

/// The JavaScript of the crate `edge`: wasm-bindgen puts it into a folder that it names.
fn glue(folder: &Path) -> Result<String> {
    let snippets = folder.join("snippets");
    let names = fs::read_dir(&snippets)?.flatten();
    let mut names = names.filter_map(|entry| entry.file_name().into_string().ok());
    let name = names
        .find(|name| name.starts_with("edge-"))
        .with_context(|| format!("{} lacks that of the crate edge", snippets.display()))?;
    Ok(format!("./snippets/{name}/src/glue.js"))
}

/// One module of all of it, without what nothing calls.
fn bundle(sh: &Shell, unit: Unit, profile: Profile, folder: &Path) -> Result<()> {
    let index = folder.join("index.js");
    // The platform's tools know the import of a module as it has always been.
    let glue = sh.read_file(&index)?.replace("import source ", "import ");
    sh.write_file(&index, glue)?;
    let built = unit.built();
    sh.remove_path(&built)?;
    sh.create_dir(&built)?;
    let (entry, file) = (folder.join("entry.js"), built.join("index.js"));
    let smaller: &[&str] = match profile {
        Profile::Quick => &[],
        Profile::Release => &["--minify"],
    };
    let esbuild = cmd!(
        sh,
        "esbuild {entry} --bundle --format=esm --external:./index_bg.wasm --external:cloudflare:* --outfile={file}
            --log-level=error {smaller...}"
    );
    process::succeed(esbuild, &format!("bundle {}", unit.package()))?;
    Ok(sh.copy_file(folder.join(MODULE), built.join(MODULE))?)
}

/// The example stands for the workers of others, who build with the platform's own tool.
fn as_a_stranger_does(unit: Unit, profile: Profile) -> Result<()> {
    tools::worker_build()?;
    let sh = process::shell()?;
    sh.change_dir(unit.folder());
    sh.set_var("WASM_BINDGEN_BIN", paths::tool("wasm-bindgen"));
    sh.set_var("WASM_OPT_BIN", paths::at("node_modules/.bin/wasm-opt"));
    sh.set_var("ESBUILD_BIN", paths::at("node_modules/.bin/esbuild"));
    // Its errors are the compiler's; a backtrace of its own only hides them.
    sh.set_var("RUST_BACKTRACE", "0");
    let options: &[&str] = match profile {
        Profile::Quick => &["--profile", "quick", "--no-opt"],
        Profile::Release => &["--release"],
    };
    let build = cmd!(sh, "worker-build {options...}");
    process::succeed(build, &format!("build {}", unit.package()))?;
    Ok(())
}
