//! The pages: compiled, bound to JavaScript, and written to `web-ui/dist` under names that follow from the content.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, bail};

use crate::{build::Profile, freshness::Fingerprint, place, process};

const WASM: &str = "wasm32-unknown-unknown";

/// What the static-asset store adds to its own answers. The fallback page at a wrong path must run nothing.
const HEADERS: &str = "\
/assets/*
  Cache-Control: public, max-age=31536000, immutable
  X-Content-Type-Options: nosniff
  Cross-Origin-Resource-Policy: same-origin
  Content-Security-Policy: default-src 'none'; frame-ancestors 'none'
";

/// WebAssembly features that rustc's target has by default; wasm-opt must not use others.
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
    if profile == Profile::Release {
        optimise(&bound.join("app_bg.wasm"))?;
    }
    assemble(&bound)
}

fn compile(profile: Profile) -> Result<PathBuf> {
    let name = match profile {
        Profile::Quick => "quick",
        Profile::Release => "spa",
    };
    let mut cargo = process::command("cargo");
    cargo
        .args([
            "build",
            "--package",
            "web-ui",
            "--profile",
            name,
            "--target",
            WASM,
        ])
        // As worker-build sets it, so that both share what they compile.
        .env("WASM_BINDGEN_USE_JS_SYS", "1");
    process::succeed(&mut cargo, "compile web-ui")?;
    Ok(place::target().join(WASM).join(name).join("web-ui.wasm"))
}

fn bind(wasm: &Path, profile: Profile) -> Result<PathBuf> {
    let folder = place::memory().join("spa");
    // Left-overs of another build must not be published.
    let _ = fs::remove_dir_all(&folder);
    let mut bindgen = process::command(place::tool("wasm-bindgen"));
    bindgen
        .arg(wasm)
        .args([
            "--target",
            "web",
            "--no-typescript",
            "--out-name",
            "app",
            "--out-dir",
        ])
        .arg(&folder);
    if profile == Profile::Release {
        bindgen.args(["--remove-name-section", "--remove-producers-section"]);
    }
    process::succeed(&mut bindgen, "bind web-ui to JavaScript")?;
    Ok(folder)
}

fn optimise(wasm: &Path) -> Result<()> {
    let mut opt = process::command(place::node_program("wasm-opt"));
    opt.arg("-Oz").args(FEATURES).arg(wasm).arg("-o").arg(wasm);
    process::succeed(&mut opt, "optimise web-ui")?;
    Ok(())
}

/// Writes the files in the order in which they name each other.
fn assemble(bound: &Path) -> Result<()> {
    let dist = place::at("web-ui/dist");
    let _ = fs::remove_dir_all(&dist);
    fs::create_dir_all(dist.join("assets")).context("cannot make web-ui/dist/assets")?;

    let wasm = publish("app", "wasm", &read(&bound.join("app_bg.wasm"))?)?;
    let glue = minified(&bound.join("app.js"))?
        .replace("app_bg.wasm", wasm.trim_start_matches("/assets/"));
    let module = publish("app", "js", glue.as_bytes())?;
    let boot = minified(&place::at("web-ui/boot.js"))?
        .replace("{{module}}", &module)
        .replace("{{wasm}}", &wasm);
    let boot = publish("boot", "js", boot.as_bytes())?;
    let css = publish(
        "style",
        "css",
        minified(&place::at("web-ui/style.css"))?.as_bytes(),
    )?;
    let favicon = publish("favicon", "svg", &read(&place::at("web-ui/favicon.svg"))?)?;

    let names = [
        ("wasm", &wasm),
        ("module", &module),
        ("boot", &boot),
        ("css", &css),
        ("favicon", &favicon),
    ];
    let page = String::from_utf8(read(&place::at("web-ui/index.html"))?)
        .context("web-ui/index.html is not UTF-8")?;
    let page = names
        .iter()
        .fold(without_comments(&page), |page, (name, path)| {
            page.replace(&format!("{{{{{name}}}}}"), path)
        });
    if page.contains("{{") {
        bail!("web-ui/index.html has a placeholder that the build does not know");
    }
    write(&dist.join("favicon.ico"), &icon())?;
    write(&dist.join("_headers"), HEADERS.as_bytes())?;
    write(&dist.join("index.html"), page.as_bytes())
}

fn publish(name: &str, ending: &str, content: &[u8]) -> Result<String> {
    let mut fingerprint = Fingerprint::new();
    fingerprint.add(content);
    let path = format!("/assets/{name}-{}.{ending}", fingerprint.text());
    write(&place::at(&format!("web-ui/dist{path}")), content)?;
    Ok(path)
}

fn minified(path: &Path) -> Result<String> {
    let mut esbuild = process::command(place::node_program("esbuild"));
    esbuild.arg(path).args([
        "--bundle",
        "--minify",
        "--format=esm",
        "--log-level=error",
        "--external:{{*",
    ]);
    process::succeed(&mut esbuild, &format!("minify {}", place::short(path)))
}

fn without_comments(page: &str) -> String {
    let mut pieces = page.split("<!--");
    let first = pieces.next().unwrap_or_default().to_owned();
    pieces.fold(first, |text, piece| {
        text + piece
            .split_once("-->")
            .map_or("", |(_, rest)| rest)
            .trim_start()
    })
}

/// A square of 16 by 16 in the colour of the mark, for those who ask for /favicon.ico whatever the page says.
fn icon() -> Vec<u8> {
    const COLOUR: [u8; 4] = [0x9e, 0x4f, 0x1f, 0xff];
    let header: [u16; 11] = [0, 1, 1, 0x1010, 0, 1, 32, 40 + 1024 + 64, 0, 22, 0];
    let bitmap: [u32; 10] = [40, 16, 32, 1 | 32 << 16, 0, 1024, 0, 0, 0, 0];
    let mut bytes: Vec<u8> = header.iter().flat_map(|word| word.to_le_bytes()).collect();
    bytes.extend(bitmap.iter().flat_map(|word| word.to_le_bytes()));
    bytes.extend(COLOUR.repeat(256));
    bytes.extend([0; 64]);
    bytes
}

fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("cannot read {}", place::short(path)))
}

fn write(path: &Path, content: &[u8]) -> Result<()> {
    fs::write(path, content).with_context(|| format!("cannot write {}", place::short(path)))
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

    #[test]
    fn the_icon_is_as_long_as_it_says() {
        assert_eq!(icon().len(), 6 + 16 + 40 + 1024 + 64);
    }
}
