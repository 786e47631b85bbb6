//! The pages: compiled, bound to JavaScript, and written to `web-ui/dist` under names that follow from the content.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use xshell::{Shell, cmd};

use crate::{freshness, paths, process, tools::WASM, unit::Profile};

/// The WebAssembly features that rustc's target has by default; wasm-opt must not use others.
pub(crate) const FEATURES: &[&str] = &[
    "--enable-bulk-memory",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
];

/// Builds `web-ui/dist`.
pub(crate) fn build(profile: Profile) -> Result<()> {
    let sh = process::shell()?;
    let wasm = compile(&sh, profile)?;
    let bound = bind(&sh, &wasm, profile)?;
    assemble(&sh, &bound)
}

fn compile(sh: &Shell, profile: Profile) -> Result<PathBuf> {
    let name = match profile {
        Profile::Quick => "quick",
        Profile::Release => "spa",
    };
    // As worker-build sets it, so that both share what they compile.
    sh.set_var("WASM_BINDGEN_USE_JS_SYS", "1");
    let cargo = cmd!(
        sh,
        "cargo build --package web-ui --profile {name} --target {WASM}"
    );
    process::succeed(cargo, "compile web-ui")?;
    Ok(paths::target().join(WASM).join(name).join("web-ui.wasm"))
}

fn bind(sh: &Shell, wasm: &Path, profile: Profile) -> Result<PathBuf> {
    let folder = paths::memory().join("spa");
    // Left-overs of another build must not be published.
    sh.remove_path(&folder)?;
    let smaller: &[&str] = match profile {
        Profile::Quick => &[],
        Profile::Release => &["--remove-name-section", "--remove-producers-section"],
    };
    let bindgen = cmd!(
        sh,
        "wasm-bindgen {wasm} --target web --no-typescript --out-name app --out-dir {folder} {smaller...}"
    );
    process::succeed(bindgen, "bind web-ui to JavaScript")?;
    if profile == Profile::Release {
        let wasm = folder.join("app_bg.wasm");
        let optimise = cmd!(sh, "wasm-opt -Oz {FEATURES...} {wasm} -o {wasm}");
        process::succeed(optimise, "optimise web-ui")?;
    }
    Ok(folder)
}

/// Writes the files in the order in which they name each other: `{{css}}` and its like in index.html and boot.js become
/// absolute paths. `{{wasm}}` is handed to the module by boot.js, so that the two may have their own fingerprints.
fn assemble(sh: &Shell, bound: &Path) -> Result<()> {
    let glue = minified(sh, &bound.join("app.js"))?;
    sh.change_dir(paths::at("web-ui"));
    sh.remove_path("dist")?;
    let wasm = sh.read_binary_file(bound.join("app_bg.wasm"))?;
    let wasm = publish(sh, "app", "wasm", wasm)?;
    let glue = glue.replace("app_bg.wasm", wasm.trim_start_matches("/assets/"));
    let module = publish(sh, "app", "js", glue)?;
    let boot = minified(sh, Path::new("boot.js"))?
        .replace("{{module}}", &module)
        .replace("{{wasm}}", &wasm);
    let boot = publish(sh, "boot", "js", boot)?;
    let css = publish(sh, "style", "css", minified(sh, Path::new("style.css"))?)?;
    let favicon = publish(sh, "favicon", "svg", sh.read_file("favicon.svg")?)?;
    let page = sh
        .read_file("index.html")?
        .replace("{{wasm}}", &wasm)
        .replace("{{module}}", &module)
        .replace("{{boot}}", &boot)
        .replace("{{css}}", &css)
        .replace("{{favicon}}", &favicon);
    if page.contains("{{") {
        bail!("web-ui/index.html has a placeholder that the build does not know");
    }
    // For those who ask for /favicon.ico whatever the page says.
    sh.copy_file("favicon.ico", "dist/favicon.ico")?;
    sh.copy_file("_headers", "dist/_headers")?;
    Ok(sh.write_file("dist/index.html", page)?)
}

/// Writes a file under a name that follows from its content, and returns its path in URLs.
fn publish(sh: &Shell, name: &str, ending: &str, content: impl AsRef<[u8]>) -> Result<String> {
    let fingerprint = freshness::fingerprint_of(content.as_ref());
    let path = format!("/assets/{name}-{fingerprint}.{ending}");
    sh.write_file(format!("dist{path}"), content)?;
    Ok(path)
}

fn minified(sh: &Shell, path: &Path) -> Result<String> {
    let placeholders = "--external:{{*";
    let esbuild = cmd!(
        sh,
        "esbuild {path} --bundle --minify --format=esm --log-level=error {placeholders}"
    );
    process::succeed(esbuild, &format!("minify {}", path.display()))
}
