//! A worker: compiled, bound to JavaScript, and given the module that the platform calls (`entry.js`).

use std::{fs, path::Path};

use anyhow::{Context as _, Result};
use xshell::{Shell, cmd};

use crate::{
    objects, paths, process,
    spa::FEATURES,
    tools::{self, WASM},
    unit::{Profile, Unit},
};

/// What the platform calls. The classes of the worker's Durable Objects are added to it.
const ENTRY: &str = include_str!("entry.js");

/// The feature that wasm-bindgen uses for a worker beyond those of [`FEATURES`].
const EXCEPTIONS: &str = "--enable-exception-handling";

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
    let (package, name) = (unit.package(), unit.library());
    let profile_name = match profile {
        Profile::Quick => "quick",
        Profile::Release => "release",
    };
    // As worker-build sets it, so that all share what they compile.
    sh.set_var("WASM_BINDGEN_USE_JS_SYS", "1");
    let cargo = cmd!(
        sh,
        "cargo build --package {package} --lib --profile {profile_name} --target {WASM}"
    );
    process::succeed(cargo, &format!("compile {package}"))?;
    let wasm = paths::target().join(WASM).join(profile_name);
    let wasm = wasm.join(format!("{name}.wasm"));
    // Without the last two a panic would end the isolate for good (`entry.js`).
    let bindgen = cmd!(
        sh,
        "wasm-bindgen {wasm} --target module --no-typescript --out-name index --out-dir {folder}
            --experimental-reset-state-function --force-enable-abort-handler"
    );
    process::succeed(bindgen, &format!("bind {package} to JavaScript"))?;
    if profile == Profile::Release {
        let wasm = folder.join("index_bg.wasm");
        let optimise = cmd!(
            sh,
            "wasm-opt -O --strip-debug --strip-producers {FEATURES...} {EXCEPTIONS} {wasm} -o {wasm}"
        );
        process::succeed(optimise, &format!("optimise {package}"))?;
    }
    Ok(())
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
    Ok(sh.copy_file(folder.join("index_bg.wasm"), built.join("index_bg.wasm"))?)
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
