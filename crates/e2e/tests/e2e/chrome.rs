//! Commands of Chromium's driver that WebDriver does not have.

use fantoccini::wd::WebDriverCompatibleCommand;
use http::Method;
use serde_json::{Value, json};
use url::{ParseError, Url};

use crate::window::Window;

/// A command that only chromedriver understands.
#[derive(Debug)]
enum Chrome {
    /// The console's messages since the last such command.
    Log,
    /// A command of the DevTools protocol.
    DevTools(Value),
}

impl WebDriverCompatibleCommand for Chrome {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, ParseError> {
        let command = match self {
            Self::Log => "se/log",
            Self::DevTools(_) => "goog/cdp/execute",
        };
        base.join(&format!(
            "session/{}/{command}",
            session.unwrap_or_default()
        ))
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        let body = match self {
            Self::Log => json!({ "type": "browser" }),
            Self::DevTools(command) => command.clone(),
        };
        (Method::POST, Some(body.to_string()))
    }
}

impl Window {
    /// Runs a command of the DevTools protocol.
    pub(crate) async fn devtools(&self, command: &str, parameters: Value) {
        let command = json!({ "cmd": command, "params": parameters });
        self.page
            .issue_cmd(Chrome::DevTools(command))
            .await
            .unwrap();
    }

    /// Runs the script in every document that this window loads from now on, before the page's own.
    pub(crate) async fn run_before_each_load(&self, script: &str) {
        self.devtools(
            "Page.addScriptToEvaluateOnNewDocument",
            json!({ "source": script }),
        )
        .await;
    }

    /// Makes the page see this value of a CSS media feature.
    pub(crate) async fn emulate_media(&self, feature: &str, value: &str) {
        let features = json!({ "features": [{ "name": feature, "value": value }] });
        self.devtools("Emulation.setEmulatedMedia", features).await;
    }

    /// What the console has reported since the window was opened or last asked. Failed WebSocket
    /// connections are not counted, because some tests cause them on purpose.
    pub(crate) async fn console_errors(&self) -> Vec<Value> {
        let log = self.page.issue_cmd(Chrome::Log).await.unwrap();
        let is_failed_connection = |line: &&Value| {
            let message = line["message"].as_str().unwrap_or_default();
            message.contains("WebSocket connection to")
        };
        let lines = log.as_array().unwrap().iter();
        lines
            .filter(|line| !is_failed_connection(line))
            .cloned()
            .collect()
    }
}
