//! The code flow from the first step to the last, and what must stop it.
