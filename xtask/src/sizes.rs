//! How large the built parts are, and how large they may be.

use std::{fs, path::PathBuf};

use anyhow::{Context as _, Result};
use serde_json::{Map, Value};
use xshell::cmd;

use crate::{process, progress, unit::Unit};

/// The limit of a unit in KB and the coding that it counts: workers are stored with gzip, pages travel with brotli.
const fn limit(unit: Unit) -> (u64, &'static str) {
    match unit {
        // 382 KB before the audit had its schema and its endpoint, ends were announced by their objects, strangers were
        // limited and each grant had a secret; 447 before disabling had its outbox, consent its terms, and assertions of unknown
        // clients their check; 516 with clients that register themselves or are known by their documents, before one reader of
        // JSON served all types.
        Unit::Auth => (465, "gzip"),
        // 150 KB with a guard for bearer tokens alone. Proofs of possession, the copy of the keys, the breaker and sign-ins
        // are 28 KB more: deciding on a request is 57 KB before compression, in one function that nothing inlines twice. The
        // MCP server and its tools are the rest.
        Unit::Api => (188, "gzip"),
        // The whole machine-to-machine client with its two objects, and the guard of the operator's routes: the readers of
        // the objects' commands, and the guard's one large function, are half of it.
        Unit::App => (245, "gzip"),
        Unit::Pages => (290, "brotli"),
        // The guard alone, without a database.
        Unit::Notes => (165, "gzip"),
    }
}

/// Prints the sizes of `units`; returns how many are within their limit, and a line for each that is not.
pub(crate) fn check(units: &[Unit]) -> Result<(u64, Vec<String>)> {
    let files: Vec<Vec<PathBuf>> = units.iter().map(|&unit| shipped(unit)).collect();
    let files = serde_json::to_string(&files)?;
    let sh = process::shell()?;
    let measure = cmd!(sh, "node xtask/sizes.mjs");
    let measured = process::succeed_with(measure, &files, "measure what was built")?;
    let measured: Vec<Map<String, Value>> =
        serde_json::from_str(&measured).context("the sizes are not JSON")?;
    let (mut within, mut broken) = (0, Vec::new());
    for (&unit, sizes) in units.iter().zip(&measured) {
        let (most, coding) = limit(unit);
        let kb = |coding: &str| {
            let bytes = sizes.get(coding).and_then(Value::as_u64);
            bytes.unwrap_or(u64::MAX).div_ceil(1024)
        };
        let line = format!(
            "{:<12} {} KB raw, {} KB gzip, {} KB brotli; at most {most} KB {coding}",
            unit.package(),
            kb("raw"),
            kb("gzip"),
            kb("brotli"),
        );
        progress::line(&line);
        if kb(coding) <= most {
            within += 1;
        } else {
            broken.push(line);
        }
    }
    Ok((within, broken))
}

fn shipped(unit: Unit) -> Vec<PathBuf> {
    let files = fs::read_dir(unit.built()).into_iter().flatten().flatten();
    files
        .map(|entry| entry.path())
        .filter(|path| {
            let ending = path.extension().unwrap_or_default();
            ending == "wasm" || ending == "js"
        })
        .collect()
}
