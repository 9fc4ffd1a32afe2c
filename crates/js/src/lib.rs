//! Tests of what programs in other languages get (docs/schema.json, clients/js): see `tests/js`.
