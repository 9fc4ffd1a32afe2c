//! The browser's side of the page: performs effects, keeps things, listens.

pub(crate) mod app;
pub(crate) mod shell;
pub(crate) mod socket;
pub(crate) mod storage;
pub(crate) mod store;
pub(crate) mod tabs;
