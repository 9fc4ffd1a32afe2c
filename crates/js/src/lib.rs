//! Tests of what programs in other languages get (docs/schema.json, clients/js): see `tests/js`.
//! The crate itself runs Node.js, for them and for the chaos run.

pub mod node;
