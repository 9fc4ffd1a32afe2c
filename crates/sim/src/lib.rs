//! Deterministic simulation of sessions and the server: see `tests/sim` and `docs/TESTING.md`.
