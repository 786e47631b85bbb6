//! The pages: compiled, bound to JavaScript, and written to `web-ui/dist` under names that follow from the content.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, bail};
use xshell::cmd;

use crate::{build::Profile, freshness, paths, process};

const WASM: &str = "wasm32-unknown-unknown";

/// The headers that the static-asset store adds to its own answers. The fallback page at a wrong path must run nothing.
const HEADERS: &str = "\
/assets/*
  Cache-Control: public, max-age=31536000, immutable
  X-Content-Type-Options: nosniff
  Cross-Origin-Resource-Policy: same-origin
  Content-Security-Policy: default-src 'none'; frame-ancestors 'none'
";

/// The WebAssembly features that rustc's target has by default; wasm-opt must not use others.
const FEATURES: &[&str] = &[
    "--enable-bulk-memory",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
];

/// Builds `web-ui/dist`.
pub(crate) fn build(profile: Profile) -> Result<()> {
    let wasm = compile(profile)?;
    let bound = bind(&wasm, profile)?;
    assemble(&bound)
}

fn compile(profile: Profile) -> Result<PathBuf> {
    let name = match profile {
        Profile::Quick => "quick",
        Profile::Release => "spa",
    };
    let sh = process::shell()?;
    // As worker-build sets it, so that both share what they compile.
    sh.set_var("WASM_BINDGEN_USE_JS_SYS", "1");
    let cargo = cmd!(
        sh,
        "cargo build --package web-ui --profile {name} --target {WASM}"
    );
    process::succeed(cargo, "compile web-ui")?;
    Ok(paths::target().join(WASM).join(name).join("web-ui.wasm"))
}

fn bind(wasm: &Path, profile: Profile) -> Result<PathBuf> {
    let folder = paths::memory().join("spa");
    // Left-overs of another build must not be published.
    let _ = fs::remove_dir_all(&folder);
    let smaller: &[&str] = match profile {
        Profile::Quick => &[],
        Profile::Release => &["--remove-name-section", "--remove-producers-section"],
    };
    let sh = process::shell()?;
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

/// Writes the files in the order in which they name each other.
fn assemble(bound: &Path) -> Result<()> {
    let source = paths::at("web-ui");
    let dist = source.join("dist");
    let _ = fs::remove_dir_all(&dist);
    fs::create_dir_all(dist.join("assets")).context("cannot make web-ui/dist/assets")?;

    let wasm = publish("app", "wasm", read(&bound.join("app_bg.wasm"))?)?;
    let glue = minified(&bound.join("app.js"))?
        .replace("app_bg.wasm", wasm.trim_start_matches("/assets/"));
    let module = publish("app", "js", glue)?;
    let boot = minified(&source.join("boot.js"))?
        .replace("{{module}}", &module)
        .replace("{{wasm}}", &wasm);
    let boot = publish("boot", "js", boot)?;
    let css = publish("style", "css", minified(&source.join("style.css"))?)?;
    let favicon = publish("favicon", "svg", read(&source.join("favicon.svg"))?)?;

    let page = read(&source.join("index.html"))?;
    let page = without_comments(&String::from_utf8_lossy(&page))
        .replace("{{wasm}}", &wasm)
        .replace("{{module}}", &module)
        .replace("{{boot}}", &boot)
        .replace("{{css}}", &css)
        .replace("{{favicon}}", &favicon);
    if page.contains("{{") {
        bail!("web-ui/index.html has a placeholder that the build does not know");
    }
    // For those who ask for /favicon.ico whatever the page says.
    write(
        &dist.join("favicon.ico"),
        read(&source.join("favicon.ico"))?,
    )?;
    write(&dist.join("_headers"), HEADERS)?;
    write(&dist.join("index.html"), page)
}

/// Writes a file under a name that follows from its content, and returns its path in URLs.
fn publish(name: &str, ending: &str, content: impl AsRef<[u8]>) -> Result<String> {
    let fingerprint = freshness::fingerprint_of(content.as_ref());
    let path = format!("/assets/{name}-{fingerprint}.{ending}");
    write(&paths::at(&format!("web-ui/dist{path}")), content)?;
    Ok(path)
}

fn minified(path: &Path) -> Result<String> {
    let sh = process::shell()?;
    let placeholders = "--external:{{*";
    let esbuild = cmd!(
        sh,
        "esbuild {path} --bundle --minify --format=esm --log-level=error {placeholders}"
    );
    process::succeed(esbuild, &format!("minify {}", paths::short(path)))
}

fn without_comments(page: &str) -> String {
    let (first, rest) = page.split_once("<!--").unwrap_or((page, ""));
    let pieces = rest
        .split("<!--")
        .filter_map(|piece| piece.split_once("-->"));
    pieces.fold(first.to_owned(), |text, (_, piece)| {
        text + piece.trim_start()
    })
}

fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("cannot read {}", paths::short(path)))
}

fn write(path: &Path, content: impl AsRef<[u8]>) -> Result<()> {
    fs::write(path, content).with_context(|| format!("cannot write {}", paths::short(path)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_do_not_reach_the_page() {
        assert_eq!(
            without_comments("<a><!-- {{css}} -->\n<b><!-- c --></b>"),
            "<a><b></b>"
        );
    }
}
