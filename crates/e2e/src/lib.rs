//! End-to-end tests of the page in a real Chromium against the real server: see `tests/e2e`.
