//! Everything that shows that it works: `cargo xtask test [--only LAYER]`.

use std::{process::ExitCode, time::Instant};

use anyhow::Result;

use crate::{
    arguments::Arguments,
    layer::{self, Layer, Outcome},
    process, progress,
};

/// The last line of the output is `N passed, M failed`.
pub(crate) fn run(mut arguments: Arguments) -> Result<ExitCode> {
    let only = arguments.value("--only")?;
    arguments.done()?;
    process::stop_on_signals()?;
    let (mut passed, mut failed) = (0, 0);
    for layer in layer::chosen(only.as_deref())? {
        let outcome = run_layer(layer);
        passed += outcome.passed;
        failed += outcome.failed;
    }
    println!("{passed} passed, {failed} failed");
    Ok(if failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// A layer that cannot run is a failure, not a gap.
fn run_layer(layer: Layer) -> Outcome {
    let start = Instant::now();
    let outcome = layer.run().unwrap_or_else(|error| Outcome {
        passed: 0,
        failed: 1,
        output: format!("{error:#}"),
    });
    if outcome.failed > 0 {
        println!("{}", progress::tail(&outcome.output, 150));
    }
    println!(
        "{:<8} {:<6} {:>4} passed {:>4} failed {:>9}",
        layer.name(),
        if outcome.failed == 0 { "ok" } else { "FAILED" },
        outcome.passed,
        outcome.failed,
        progress::seconds(start)
    );
    outcome
}
