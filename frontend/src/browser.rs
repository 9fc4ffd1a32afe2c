//! The browser's side of the page: runs the update loop, performs effects and listens to the
//! browser.

pub(crate) mod address;
pub(crate) mod app;
pub(crate) mod dialogs;
pub(crate) mod env;
pub(crate) mod focus;
pub(crate) mod keyboard;
pub(crate) mod notifications;
pub(crate) mod service_worker;
pub(crate) mod socket;
pub(crate) mod storage;
pub(crate) mod store;
pub(crate) mod tabs;
pub(crate) mod theme;
