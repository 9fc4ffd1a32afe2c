//! What the page shows, as plain values: pure functions of the [`Model`](crate::model::Model).
//!
//! The views read these values and make elements of them. What is decided here (which rows there
//! are, what a banner says, whether a button can be pressed) is tested natively; what needs a
//! browser (days and times in the reader's language) is left to the views or comes in as a
//! function.

pub mod access;
pub mod composer;
pub mod inspector;
pub mod ladder;
pub mod long;
pub mod menu;
pub mod message_actions;
pub mod name;
pub mod owner;
pub mod people;
pub mod person;
pub mod room_card;
pub mod rooms;
pub mod rows;
pub mod search;
pub mod status;
pub mod switcher;
pub mod unread;
pub mod welcome;
