//! Parlor's page, the pure part: what is shown follows from what happened.
//!
//! [`update::update`] is the whole program: a [`model::Model`], an [`event::Event`], and the
//! [`event::Effect`]s the browser is to perform. It knows no clock, no socket and no browser, and is tested natively.

pub mod activity;
pub mod emoji;
pub mod event;
mod hear;
pub mod markup;
pub mod model;
pub mod picker;
pub mod quote;
pub mod recent;
pub mod room;
mod say;
pub mod search;
pub mod settings;
pub mod texts;
pub mod update;
pub mod window;
pub mod wire;
