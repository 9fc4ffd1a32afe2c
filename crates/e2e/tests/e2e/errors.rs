//! Errors of the page that nobody sees: in the console, or thrown and not caught.

use serde_json::json;

use crate::{engine::Engine, window::Window};

/// Collects them from now on, where the driver does not: a panic is a console error.
const COLLECT: &str = "window.errors = [];
    const add = (kind, what) => window.errors.push(`${kind}: ${what}`);
    const { error } = console;
    console.error = (...what) => { add('console', what); error(...what); };
    addEventListener('error', ({ message }) => add('error', message));
    addEventListener('unhandledrejection', ({ reason }) => add('rejection', reason));
    document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) =>
        add('policy', `${violatedDirective} ${blockedURI}`));";

impl Window {
    /// Collects errors from now on, in a browser whose driver has no command for them.
    pub(crate) async fn watch_for_errors(&self) {
        if self.engine != Engine::Chromium {
            self.eval(COLLECT).await;
        }
    }

    /// Fails if the page had an error since the window was opened or last asked: a panic, a
    /// violated Content-Security-Policy, a missing file. In Firefox and WebKit it finds what
    /// scripts can, since the page was loaded.
    pub(crate) async fn assert_no_console_errors(&self) {
        let errors = match self.engine {
            Engine::Chromium => json!(self.console_errors().await),
            Engine::Firefox | Engine::WebKit => self.eval("return window.errors").await,
        };
        assert!(errors.as_array().is_some_and(Vec::is_empty), "{errors:#}");
    }
}
