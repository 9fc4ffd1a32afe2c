//! End-to-end tests of the page in real browsers against the real server: see `tests/e2e`.
