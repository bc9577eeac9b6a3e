//! Everything a person does to this project: `cargo xtask <task>`.

fn main() {}
