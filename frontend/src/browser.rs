//! The browser's side of the page: runs the update loop, performs effects and listens to the
//! browser.

pub(crate) mod address;
pub(crate) mod app;
pub(crate) mod badge;
pub(crate) mod clipboard;
pub(crate) mod cover;
pub(crate) mod dialogs;
pub(crate) mod emoji;
pub(crate) mod env;
pub(crate) mod field;
pub(crate) mod focus;
pub(crate) mod input_method;
pub(crate) mod keyboard;
pub(crate) mod ladder;
pub(crate) mod language;
pub(crate) mod later_style;
pub(crate) mod listen;
pub(crate) mod media;
pub(crate) mod menu;
pub(crate) mod name_field;
pub(crate) mod notifications;
pub(crate) mod service_worker;
pub(crate) mod socket;
pub(crate) mod splitter;
pub(crate) mod storage;
pub(crate) mod store;
pub(crate) mod tabs;
pub(crate) mod theme;
pub(crate) mod viewport;
