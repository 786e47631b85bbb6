//! The pages of the client application.

fn main() {}
