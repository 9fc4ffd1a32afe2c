//! What is served over plain HTTP.

pub(crate) mod assets;
