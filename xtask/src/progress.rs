//! The lines that a person reads while they wait.

use std::{fmt::Display, time::Instant};

/// One line of progress.
pub(crate) fn line(text: impl Display) {
    eprintln!("  {text}");
}

/// A failure and what led to it, in one line.
pub(crate) fn failure(error: &anyhow::Error) {
    eprintln!("error: {error:#}");
}

/// The last `count` lines of a text.
pub(crate) fn tail(text: &str, count: usize) -> String {
    let mut lines: Vec<&str> = text.lines().rev().take(count).collect();
    lines.reverse();
    lines.join("\n")
}

/// Seconds since `start`, for people.
pub(crate) fn seconds(start: Instant) -> String {
    format!("{:.1} s", start.elapsed().as_secs_f32())
}
