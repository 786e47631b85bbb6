//! The client application's backend: serves the pages, runs the machine-to-machine call.
