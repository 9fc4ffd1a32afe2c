//! Tests that earlier versions and this one understand each other: see `tests/compat`, README.md.
