//! The page without the browser: what is shown follows from what happened.
//!
//! [`update::update`] is the whole behaviour: it takes a [`model::Model`], an [`event::Event`] and
//! an [`event::Env`], and returns the [`event::Effect`]s for the browser to perform. [`view_model`]
//! is what the views show of a model. Neither knows a clock, a socket or a browser, so both are
//! tested natively.

pub mod emoji;
pub mod event;
pub mod look;
pub mod markup;
pub mod mention;
pub mod model;
pub mod room_name;
pub mod texts;
pub mod update;
pub mod view_model;
mod words;
