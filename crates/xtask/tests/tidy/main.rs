//! The rules of the repository, checked from its sources. CONTRIBUTING.md explains them.
#![allow(
    clippy::unwrap_used,
    reason = "a source that cannot be read fails the test"
)]

mod dependencies;
mod files;
mod ignored_errors;
mod imports;
mod links;
mod names;
mod security;
mod source;
mod texts;
