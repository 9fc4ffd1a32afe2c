//! Parlor's page, the pure part: what is shown follows from what happened.
//!
//! [`update::update`] is the whole program: a [`model::Model`], an [`event::Event`], and the
//! [`event::Effect`]s the browser is to perform. It knows no clock, no socket and no browser, and is tested natively.

pub mod emoji;
pub mod event;
pub mod markup;
pub mod model;
pub mod texts;
pub mod update;
pub mod view_model;
mod words;
