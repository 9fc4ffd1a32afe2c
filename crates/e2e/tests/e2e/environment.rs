//! What `cargo xtask test` tells these tests: the programs and files that they use.

/// The value of a variable that `cargo xtask test` sets.
pub(crate) fn env_var(name: &str) -> String {
    std::env::var(name)
        .unwrap_or_else(|_| panic!("{name} is not set: run these tests with cargo xtask test"))
}
