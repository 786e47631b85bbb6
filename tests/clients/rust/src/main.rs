//! Client libraries of Rust through every flow that they know. Each step is a test; its result is a line of JSON.

mod metadata;
mod oauth;
mod openid;
mod system;

use anyhow::Result;
use serde_json::json;
use system::System;

/// A test: its name, and what it does.
type Step = (String, Box<dyn Fn(&System) -> Result<()>>);

fn main() -> Result<()> {
    let system = System::from_environment()?;
    let steps = [openid::steps(), oauth::steps(), metadata::steps()];
    for (name, step) in steps.into_iter().flatten() {
        let error = step(&system).err().map(|error| format!("{error:?}"));
        println!("{}", json!({ "test": name, "error": error }));
    }
    Ok(())
}
