//! Webhooks: programs elsewhere that are sent a log's entries, and addresses that take messages.

mod bounds;
mod document;
mod failing;
mod incoming;
mod killed;
mod places;
pub(crate) mod receiver;
mod sending;
