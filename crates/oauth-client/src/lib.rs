//! The client's side: the code flow as a step machine, the machine-to-machine token source.
