//! A server and windows of a browser.

use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use fantoccini::{Client, ClientBuilder, Locator, elements::Element};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::json;
use tempfile::TempDir;

/// Longer than anything takes that works.
const PATIENCE: Duration = Duration::from_secs(20);

fn named(variable: &str) -> String {
    std::env::var(variable)
        .unwrap_or_else(|_| panic!("{variable} is not set: run these with cargo xtask test"))
}

fn first_line_with(child: &mut Child, mark: &str) -> String {
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    lines
        .find_map(|line| line.ok().filter(|line| line.contains(mark)))
        .expect(mark)
}

/// The real server, which can be killed and started again at the same address.
pub(crate) struct Server {
    data: TempDir,
    pub(crate) address: String,
    child: Child,
}

impl Server {
    pub(crate) fn start() -> Self {
        let data = tempfile::tempdir().unwrap();
        let (child, address) = Self::spawn(data.path(), "127.0.0.1:0");
        Self {
            data,
            address,
            child,
        }
    }

    fn spawn(data: &Path, listen: &str) -> (Child, String) {
        let mut child = Command::new(named("PARLOR_BIN"))
            .args(["--log", "warn", "--listen", listen, "--data"])
            .arg(data)
            .args(["--page", &named("PARLOR_PAGE")])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let line = first_line_with(&mut child, "Parlor is open at ");
        let address = line
            .rsplit("//")
            .next()
            .unwrap()
            .trim_end_matches('/')
            .to_owned();
        (child, address)
    }

    /// `kill -9`.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    pub(crate) fn start_again(&mut self) {
        (self.child, self.address) = Self::spawn(self.data.path(), &self.address);
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// A window with storage of its own: one person.
pub(crate) struct Window {
    pub(crate) page: Client,
    driver: Child,
    _profile: TempDir,
}

impl Window {
    /// Opens `path` of the server.
    pub(crate) async fn open(server: &Server, path: &str) -> Self {
        let mut driver = Command::new(named("CHROMEDRIVER"))
            .arg("--port=0")
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let line = first_line_with(&mut driver, "started successfully on port");
        let port = line
            .trim_end_matches('.')
            .rsplit(' ')
            .next()
            .unwrap()
            .to_owned();
        let profile = tempfile::tempdir().unwrap();
        let arguments = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--window-size=1280,800",
        ];
        let mut arguments: Vec<String> = arguments.map(str::to_owned).to_vec();
        arguments.push(format!("--user-data-dir={}", profile.path().display()));
        let capabilities = json!({
            "goog:chromeOptions": { "binary": named("CHROME"), "args": arguments },
            "goog:loggingPrefs": { "browser": "ALL" },
        });
        let page = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities.as_object().unwrap().clone())
            .connect(&format!("http://127.0.0.1:{port}"))
            .await
            .unwrap();
        page.goto(&format!("http://{}{path}", server.address))
            .await
            .unwrap();
        Self {
            page,
            driver,
            _profile: profile,
        }
    }

    /// The element with this mark, once it is there.
    pub(crate) async fn find(&self, mark: &str) -> Element {
        self.css(&format!("[data-testid={mark}]")).await
    }

    /// The first element of this selector, once there is one.
    pub(crate) async fn css(&self, selector: &str) -> Element {
        let wait = self.page.wait().at_most(PATIENCE);
        wait.for_element(Locator::Css(selector))
            .await
            .expect(selector)
    }

    /// Waits until the line is in this state.
    pub(crate) async fn is(&self, state: &str) {
        self.css(&format!("[data-testid=status][data-state={state}]"))
            .await;
    }

    pub(crate) async fn say(&self, text: &str) {
        self.find("composer")
            .await
            .send_keys(&format!("{text}\u{E007}"))
            .await
            .unwrap();
    }

    /// Waits for so many messages in this state; gives the texts of all that are.
    pub(crate) async fn messages(&self, count: usize, state: &str) -> Vec<String> {
        let row = format!("[data-testid=message][data-state={state}]");
        let all = Locator::Css("[data-testid=message]");
        let deadline = std::time::Instant::now() + PATIENCE;
        loop {
            let script =
                "return Array.from(document.querySelectorAll(arguments[0]), m => m.innerText)";
            let texts = self
                .page
                .execute(script, vec![json!(format!("{row} .text"))])
                .await
                .unwrap();
            let texts: Vec<String> = serde_json::from_value(texts).unwrap();
            if texts.len() == count {
                return texts;
            }
            assert!(
                std::time::Instant::now() < deadline,
                "{count} {state}: {texts:?}"
            );
            // Asks the browser once more: each question is a round trip of its own, so this is no busy wait.
            self.page.find_all(all).await.unwrap();
        }
    }

    /// Fails on anything the page complained of, a lost line excepted.
    pub(crate) async fn has_no_complaints(&self) {
        let script = "return performance.getEntriesByType('resource').filter(r => r.responseStatus >= 400).map(r => r.name)";
        let failed = self.page.execute(script, vec![]).await.unwrap();
        assert_eq!(failed, json!([]));
    }

    /// A picture for the README and for people to look at.
    pub(crate) async fn picture(&self, name: &str) {
        let folder = Path::new(&named("PARLOR_PAGE"))
            .parent()
            .unwrap()
            .join("target/shots");
        std::fs::create_dir_all(&folder).unwrap();
        let picture = self.page.screenshot().await.unwrap();
        std::fs::write(folder.join(format!("{name}.png")), picture).unwrap();
    }
}

impl Drop for Window {
    fn drop(&mut self) {
        self.driver.kill().ok();
        self.driver.wait().ok();
    }
}
