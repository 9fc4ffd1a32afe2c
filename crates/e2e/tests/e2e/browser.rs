//! Windows of a browser.

use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use fantoccini::{Client, ClientBuilder, Locator, elements::Element, wd::WindowHandle};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{chrome::Chrome, server::Server};

/// Longer than anything takes that works.
const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) fn named(variable: &str) -> String {
    std::env::var(variable)
        .unwrap_or_else(|_| panic!("{variable} is not set: run these with cargo xtask test"))
}

pub(crate) fn first_line_with(child: &mut Child, mark: &str) -> Option<String> {
    let mut lines = BufReader::new(child.stdout.take()?).lines();
    lines.find_map(|line| line.ok().filter(|line| line.contains(mark)))
}

/// A driver, and the port it listens on.
fn driver() -> (Child, String) {
    // It takes a port that is free for one IP version, which may not be free for the other; then it gives up.
    for _ in 0..10 {
        let mut driver = Command::new(named("CHROMEDRIVER"))
            .arg("--port=0")
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        if let Some(line) = first_line_with(&mut driver, "started successfully on port") {
            let port = line.trim_end_matches('.').rsplit(' ').next().unwrap();
            return (driver, port.to_owned());
        }
        driver.wait().unwrap();
    }
    panic!("the browser's driver does not start");
}

/// A window with storage of its own: one person.
pub(crate) struct Window {
    pub(crate) page: Client,
    driver: Child,
    profile: TempDir,
}

impl Window {
    /// Opens `path` of the server.
    pub(crate) async fn open(server: &Server, path: &str) -> Self {
        let (driver, port) = driver();
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
            profile,
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

    /// Goes by this name from now on.
    pub(crate) async fn is_named(&self, name: &str) {
        self.find("settings").await.click().await.unwrap();
        let field = self.find("name-input").await;
        field.clear().await.unwrap();
        // Enter takes the name and closes the dialog.
        field.send_keys(&format!("{name}\u{E007}")).await.unwrap();
        self.until(
            "return document.querySelector('dialog[open]') === null",
            json!(null),
            |closed| closed == true,
        )
        .await;
    }

    /// Clicks the first element of this selector that is there: in one step, for rows are made anew when they change.
    pub(crate) async fn click(&self, selector: &str) {
        let script =
            "const at = document.querySelector(arguments[0]); at?.click(); return at !== null";
        self.until(script, json!(selector), |clicked| clicked == true)
            .await;
    }

    /// Presses keys where the focus is.
    pub(crate) async fn press(&self, keys: &str) {
        let focused = self.page.active_element().await.unwrap();
        focused.send_keys(keys).await.unwrap();
    }

    /// Waits for so many messages in this state; gives the texts of all that are.
    pub(crate) async fn messages(&self, count: usize, state: &str) -> Vec<String> {
        let texts = self
            .until(
                "return Array.from(document.querySelectorAll(arguments[0]), m => m.innerText)",
                json!(format!("[data-testid=message][data-state={state}] .text")),
                |texts| texts.as_array().is_some_and(|texts| texts.len() == count),
            )
            .await;
        serde_json::from_value(texts).unwrap()
    }

    /// Waits for this text in the first element with this mark.
    pub(crate) async fn reads(&self, mark: &str, text: &str) {
        let script = "return document.querySelector(`[data-testid=${arguments[0]}]`)?.innerText";
        self.until(script, json!(mark), |now| now == text).await;
    }

    /// Opens a second tab and goes there; gives the first and the second.
    pub(crate) async fn open_tab(&self, server: &Server) -> (WindowHandle, WindowHandle) {
        let first = self.page.window().await.unwrap();
        let second = self.page.new_window(true).await.unwrap().handle;
        self.page.switch_to_window(second.clone()).await.unwrap();
        let address = format!("http://{}/", server.address);
        self.page.goto(&address).await.unwrap();
        (first, second)
    }

    /// What the script gives for this argument, once it is as wanted.
    pub(crate) async fn until(
        &self,
        script: &str,
        argument: Value,
        wanted: impl Fn(&Value) -> bool,
    ) -> Value {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let value = self.run(script, argument.clone()).await;
            if wanted(&value) {
                return value;
            }
            assert!(Instant::now() < deadline, "{script}: {value}");
            // Once more after the next picture: what a page does, it shows.
            self.next_frame().await;
        }
    }

    /// What the script gives for this argument now.
    pub(crate) async fn run(&self, script: &str, argument: Value) -> Value {
        self.page.execute(script, vec![argument]).await.unwrap()
    }

    async fn next_frame(&self) {
        // What nobody sees has no pictures.
        let script = "const done = arguments[0];
            document.hidden ? setTimeout(done) : requestAnimationFrame(() => setTimeout(done))";
        self.page.execute_async(script, vec![]).await.unwrap();
    }

    /// Fails on anything the browser complained of since the window was opened or last asked: an error, a violated
    /// Content-Security-Policy, a file that is not there. Lines that could not be opened are not counted: that is
    /// what some scenarios are about.
    pub(crate) async fn has_no_complaints(&self) {
        let log = self.page.issue_cmd(Chrome::Log).await.unwrap();
        let said = log.as_array().unwrap().iter();
        let about_the_line = |said: &&Value| {
            let message = said["message"].as_str().unwrap_or_default();
            message.contains("WebSocket connection to")
        };
        let complaints: Vec<_> = said.filter(|said| !about_the_line(said)).collect();
        assert!(complaints.is_empty(), "{complaints:#?}");
    }

    /// Has the window look like a screen of this width.
    pub(crate) async fn resize(&self, width: u32) {
        self.resize_to(width, if width < 700 { 844 } else { 800 })
            .await;
    }

    /// Has the window look like a screen of this size.
    pub(crate) async fn resize_to(&self, width: u32, height: u32) {
        let size = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 700 });
        self.page
            .issue_cmd(Chrome::devtools("Emulation.setDeviceMetricsOverride", size))
            .await
            .unwrap();
    }

    /// A picture of the page as it is.
    pub(crate) async fn page_picture(&self, name: &str) {
        let page = named("PARLOR_PAGE");
        let folder = Path::new(&page).parent().unwrap().join("target/shots");
        std::fs::create_dir_all(&folder).unwrap();
        let picture = self.page.screenshot().await.unwrap();
        std::fs::write(folder.join(format!("{name}.png")), picture).unwrap();
    }

    /// Pictures for the README and for people to look at, at several widths, light and dark. Whatever is pictured is
    /// held against the rules of accessibility.
    pub(crate) async fn pictures(&self, name: &str) {
        // `cargo xtask shots` wants them all.
        let all = std::env::var_os("PARLOR_SHOTS").is_some();
        let widths: &[u32] = if all { &[390, 768, 1280] } else { &[390, 1280] };
        for width in widths {
            self.resize(*width).await;
            for scheme in ["dark", "light"] {
                let wish =
                    json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
                self.page
                    .issue_cmd(Chrome::devtools("Emulation.setEmulatedMedia", wish))
                    .await
                    .unwrap();
                self.next_frame().await;
                let name = format!("{name}-{width}-{scheme}");
                self.page_picture(&name).await;
                self.bars_nobody(&name).await;
            }
        }
    }
}

impl Drop for Window {
    fn drop(&mut self) {
        self.driver.kill().ok();
        self.driver.wait().ok();
        // The driver's end is not the browser's.
        Command::new("pkill")
            .args(["-KILL", "-f", "--"])
            .arg(self.profile.path())
            .status()
            .ok();
    }
}
