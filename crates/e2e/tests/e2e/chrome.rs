//! What Chromium's driver can do beyond WebDriver.

use fantoccini::wd::WebDriverCompatibleCommand;
use http::Method;
use serde_json::{Value, json};
use url::{ParseError, Url};

/// A command only this browser knows.
#[derive(Debug)]
pub(crate) enum Chrome {
    /// What the console said since it was last asked.
    Log,
    /// A command of the DevTools protocol.
    Devtools(Value),
}

impl Chrome {
    pub(crate) fn devtools(command: &str, parameters: Value) -> Self {
        Self::Devtools(json!({ "cmd": command, "params": parameters }))
    }
}

impl WebDriverCompatibleCommand for Chrome {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, ParseError> {
        let what = match self {
            Self::Log => "se/log",
            Self::Devtools(_) => "goog/cdp/execute",
        };
        base.join(&format!("session/{}/{what}", session.unwrap_or_default()))
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        let body = match self {
            Self::Log => json!({ "type": "browser" }),
            Self::Devtools(command) => command.clone(),
        };
        (Method::POST, Some(body.to_string()))
    }
}
