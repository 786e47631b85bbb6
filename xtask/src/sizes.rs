//! How large what we ship is, and how large it may be.

use std::{fs, io::Write as _, path::PathBuf, process::Stdio};

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};

use crate::{
    build::Unit,
    place,
    process::{self, Group},
    progress,
};

const KB: u64 = 1024;

/// What counts for a unit: workers are stored with gzip, pages travel with brotli.
struct Limit {
    unit: Unit,
    coding: &'static str,
    most: u64,
}

const LIMITS: [Limit; 5] = [
    // 350 KB before tokens were bound to keys, resources described their scopes and signing keys rotated: proofs are about
    // 15 KB of the rest, what resources say and the keys' states about 20. The readers that serde derives are the largest part.
    Limit {
        unit: Unit::Auth,
        coding: "gzip",
        most: 385 * KB,
    },
    // 150 KB with a guard for bearer tokens alone. Proofs of possession, kept keys, the breaker and sign-ins are 28 KB
    // more: deciding on a request is now 57 KB before compression, in one function that nothing inlines twice.
    Limit {
        unit: Unit::Api,
        coding: "gzip",
        most: 185 * KB,
    },
    // The whole machine-to-machine client with its two objects, and the guard of the operator's routes: the readers of the
    // objects' commands, and the guard's one large function, are half of it.
    Limit {
        unit: Unit::App,
        coding: "gzip",
        most: 270 * KB,
    },
    Limit {
        unit: Unit::Pages,
        coding: "brotli",
        most: 300 * KB,
    },
    // What the guard alone costs, without a database.
    Limit {
        unit: Unit::Notes,
        coding: "gzip",
        most: 175 * KB,
    },
];

/// Prints the sizes of `units`; answers with how many keep their limit, and a line for each that does not.
pub(crate) fn check(units: &[Unit]) -> Result<(u32, Vec<String>)> {
    let limits: Vec<&Limit> = LIMITS
        .iter()
        .filter(|limit| units.contains(&limit.unit))
        .collect();
    let files: Vec<Vec<PathBuf>> = limits.iter().map(|limit| shipped(limit.unit)).collect();
    let measured = measure(&json!(files))?;
    let mut kept = 0;
    let mut broken = Vec::new();
    for (limit, sizes) in limits.into_iter().zip(&measured) {
        let size = |coding: &str| {
            sizes
                .get(coding)
                .and_then(Value::as_u64)
                .unwrap_or(u64::MAX)
        };
        let line = format!(
            "{:<12} {} raw, {} gzip, {} brotli; at most {} {}",
            limit.unit.package(),
            kilobytes(size("raw")),
            kilobytes(size("gzip")),
            kilobytes(size("brotli")),
            kilobytes(limit.most),
            limit.coding
        );
        progress::line(&line);
        if size(limit.coding) <= limit.most {
            kept += 1;
        } else {
            broken.push(line);
        }
    }
    Ok((kept, broken))
}

fn kilobytes(bytes: u64) -> String {
    format!("{} KB", bytes.div_ceil(KB))
}

fn shipped(unit: Unit) -> Vec<PathBuf> {
    let (folder, endings): (_, &[&str]) = match unit {
        Unit::Pages => (place::at("web-ui/dist/assets"), &["wasm", "js"]),
        Unit::Auth | Unit::Api | Unit::App | Unit::Notes => {
            (unit.folder().join("build"), &["wasm", "js"])
        }
    };
    let wanted = |path: &PathBuf| {
        path.extension()
            .is_some_and(|ending| endings.iter().any(|one| ending == *one))
    };
    fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .filter(wanted)
        .collect()
}

fn measure(files: &Value) -> Result<Vec<Value>> {
    let mut node = process::command(place::node_program("node"));
    node.arg("xtask/sizes.mjs")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit());
    let mut group = Group::start(&mut node, "measure what was built")?;
    let mut stdin = group.0.stdin.take().context("node has no input")?;
    write!(stdin, "{files}").context("node does not listen")?;
    drop(stdin);
    let stdout = group.0.stdout.take().context("node has no output")?;
    let answer: Value = serde_json::from_reader(stdout).context("the sizes are not JSON")?;
    let Value::Array(sizes) = answer else {
        bail!("the sizes are no list");
    };
    Ok(sizes)
}
