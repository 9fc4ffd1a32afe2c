//! Sessions and the server in one simulated, seeded world: see `tests/sim` and `docs/TESTING.md`.
