//! A browser window: opens the page, acts as a person does and waits for what the page shows.

use std::{
    process::Command,
    time::{Duration, Instant},
};

use fantoccini::{
    Client, ClientBuilder, Locator,
    actions::{InputSource, MouseActions, PointerAction},
    elements::Element,
    key::Key,
    wd::WindowHandle,
};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{
    driver::Driver,
    engine::{Engine, SIZE},
    server::Server,
};

/// Longer than anything takes that works.
const TIMEOUT: Duration = Duration::from_secs(20);

/// A window with storage of its own: one person.
pub(crate) struct Window {
    pub(crate) page: Client,
    pub(crate) engine: Engine,
    _driver: Driver,
    profile: TempDir,
}

impl Window {
    /// Opens the page of the server at `path`.
    pub(crate) async fn open(server: &Server, path: &str) -> Self {
        Self::open_url(&server.url(path)).await
    }

    /// Opens any address.
    pub(crate) async fn open_url(url: &str) -> Self {
        Self::open_url_in(Engine::Chromium, url).await
    }

    /// Opens any address in a browser of this engine.
    pub(crate) async fn open_url_in(engine: Engine, url: &str) -> Self {
        let profile = tempfile::tempdir().unwrap();
        let driver = Driver::start(engine, profile.path());
        let capabilities = engine.capabilities(profile.path());
        let page = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities.as_object().unwrap().clone())
            .connect(&format!("http://127.0.0.1:{}", driver.port))
            .await
            .unwrap();
        let window = Self {
            page,
            engine,
            _driver: driver,
            profile,
        };
        if engine != Engine::Chromium {
            window.resize_to(SIZE.0, SIZE.1).await;
        }
        window.page.goto(url).await.unwrap();
        window.watch_for_errors().await;
        window
    }

    /// Opens the page at `path` and waits until it is connected and all of its program is loaded.
    pub(crate) async fn open_online(server: &Server, path: &str) -> Self {
        let window = Self::open(server, path).await;
        window.wait_until_loaded().await;
        window
    }

    /// The same in a browser of this engine.
    pub(crate) async fn open_online_in(engine: Engine, server: &Server, path: &str) -> Self {
        let window = Self::open_url_in(engine, &server.url(path)).await;
        window.wait_until_loaded().await;
        window
    }

    /// Waits until the page is connected and all of its program is loaded.
    pub(crate) async fn wait_until_loaded(&self) {
        self.wait_for_status("online").await;
        // The later part brings the dialogs.
        self.css("#settings").await;
    }

    /// Opens two windows, two people in the lobby, and waits until both are connected.
    pub(crate) async fn open_two(server: &Server) -> (Self, Self) {
        tokio::join!(
            Self::open_online(server, "/"),
            Self::open_online(server, "/")
        )
    }

    /// Loads another address of the server.
    pub(crate) async fn goto(&self, server: &Server, path: &str) {
        self.page.goto(&server.url(path)).await.unwrap();
    }

    /// Loads the page again.
    pub(crate) async fn reload(&self) {
        if self.engine == Engine::Firefox {
            // Its driver reloads past the service worker, as a person does with Ctrl+Shift+R.
            let url = self.page.current_url().await.unwrap();
            self.page.goto(url.as_str()).await.unwrap();
        } else {
            self.page.refresh().await.unwrap();
        }
        self.watch_for_errors().await;
    }

    /// Opens the page in a second tab and switches to it.
    pub(crate) async fn open_tab(&self, server: &Server) -> Tabs {
        let first = self.page.window().await.unwrap();
        let second = self.open_tab_at(&server.url("/")).await;
        Tabs { first, second }
    }

    /// Opens an address in another tab and switches to it.
    pub(crate) async fn open_tab_at(&self, url: &str) -> WindowHandle {
        let tab = self.page.new_window(true).await.unwrap().handle;
        self.switch_to(&tab).await;
        self.page.goto(url).await.unwrap();
        tab
    }

    pub(crate) async fn switch_to(&self, tab: &WindowHandle) {
        self.page.switch_to_window(tab.clone()).await.unwrap();
    }

    // ---- what a person does ----

    /// Clicks the first element that matches the selector, as soon as it can be clicked.
    pub(crate) async fn click_css(&self, selector: &str) {
        let deadline = Instant::now() + TIMEOUT;
        loop {
            let clicked = self.css(selector).await.click().await;
            match clicked {
                Ok(()) => return,
                // It was replaced or moved between finding and clicking it.
                Err(error) => assert!(Instant::now() < deadline, "{selector}: {error}"),
            }
            self.next_frame().await;
        }
    }

    /// Clicks the element with this `data-testid`, as soon as it can be clicked.
    pub(crate) async fn click(&self, test_id: &str) {
        self.click_css(&by_test_id(test_id)).await;
    }

    /// Moves the mouse over the first element that matches the selector, until it is over it: the
    /// element may move or be replaced meanwhile.
    pub(crate) async fn hover(&self, selector: &str) {
        let is_over = "return document.querySelector(arguments[0])?.matches(':hover')";
        let deadline = Instant::now() + TIMEOUT;
        loop {
            self.wait_until_still().await;
            let to = PointerAction::MoveToElement {
                element: self.css(selector).await,
                duration: None,
                x: 0.0,
                y: 0.0,
            };
            let mouse = MouseActions::new("mouse".to_owned()).then(to);
            let moved = self.page.perform_actions(mouse).await;
            self.next_frame().await;
            if moved.is_ok() && self.eval_with(is_over, json!(selector)).await == true {
                return;
            }
            assert!(Instant::now() < deadline, "{selector}: {moved:?}");
        }
    }

    /// Presses keys, or types text, where the focus is.
    pub(crate) async fn press(&self, keys: &str) {
        let focused = self.page.active_element().await.unwrap();
        focused.send_keys(keys).await.unwrap();
    }

    /// Presses a key several times where the focus is.
    pub(crate) async fn press_times(&self, key: Key, times: usize) {
        self.press(&key.repeat(times)).await;
    }

    /// Presses Shift+Tab: the focus goes back.
    pub(crate) async fn press_shift_tab(&self) {
        self.press(&(Key::Shift + &Key::Tab)).await;
    }

    /// Types text and Enter where the focus is.
    pub(crate) async fn press_and_enter(&self, text: &str) {
        self.press(&(text + &Key::Enter)).await;
    }

    /// Replaces the text of a field.
    pub(crate) async fn fill(&self, test_id: &str, text: &str) {
        // The field is in the switcher, which this button opens.
        if test_id == "room-input" {
            self.click("find-room").await;
        }
        let field = self.find(test_id).await;
        if self.engine == Engine::Chromium {
            field.clear().await.unwrap();
        } else {
            // Their drivers leave the field when they clear it: the page takes the empty text.
            let script = "const field = document.querySelector(arguments[0]);
                field.focus();
                field.select();";
            self.eval_with(script, json!(by_test_id(test_id))).await;
        }
        field.send_keys(text).await.unwrap();
    }

    /// Replaces the text of a field and presses Enter.
    pub(crate) async fn fill_and_enter(&self, test_id: &str, text: &str) {
        self.fill(test_id, &(text + &Key::Enter)).await;
    }

    // ---- what the page shows ----

    /// The first element that matches the selector, once there is one.
    pub(crate) async fn css(&self, selector: &str) -> Element {
        let wait = self.page.wait().at_most(TIMEOUT);
        wait.for_element(Locator::Css(selector))
            .await
            .expect(selector)
    }

    /// The element with this `data-testid`, once it is there.
    pub(crate) async fn find(&self, test_id: &str) -> Element {
        self.css(&by_test_id(test_id)).await
    }

    /// Waits until the connection's status is this.
    pub(crate) async fn wait_for_status(&self, state: &str) {
        self.css(&format!("[data-testid=status][data-state={state}]"))
            .await;
    }

    /// Waits until the page shows this notice, with the button that dismisses it.
    pub(crate) async fn wait_for_notice(&self, notice: &str) {
        self.wait_for_text("notice", &format!("{notice}\n×")).await;
    }

    /// Waits until nothing matches the selector.
    pub(crate) async fn wait_until_gone(&self, selector: &str) {
        let script = "return document.querySelector(arguments[0]) === null";
        self.wait_until_with(script, json!(selector), |gone| gone == true)
            .await;
    }

    /// Waits until the element with this `data-testid` shows this text.
    pub(crate) async fn wait_for_text(&self, test_id: &str, text: &str) {
        let script = "return document.querySelector(arguments[0])?.innerText";
        let selector = json!(by_test_id(test_id));
        self.wait_until_with(script, selector, |shown| shown == text)
            .await;
    }

    /// Waits until the elements that match the selector show these texts, in this order.
    pub(crate) async fn wait_for_texts(&self, selector: &str, texts: &[&str]) {
        let texts = json!(texts);
        self.wait_until_with(TEXTS, json!(selector), |shown| *shown == texts)
            .await;
    }

    /// Waits until the list ends with a message that says this.
    pub(crate) async fn wait_for_newest(&self, text: &str) {
        let last = |texts: &Value| texts.as_array()?.last()?.as_str().map(|last| last == text);
        let selector = json!("[data-testid=message] .text");
        self.wait_until_with(TEXTS, selector, |texts| last(texts) == Some(true))
            .await;
    }

    /// Waits until there are this many messages in this state; gives the text of each.
    pub(crate) async fn wait_for_messages(&self, count: usize, state: &str) -> Vec<String> {
        let selector = format!("[data-testid=message][data-state={state}] .text");
        let texts = self
            .wait_until_with(TEXTS, json!(selector), |texts| {
                texts.as_array().is_some_and(|texts| texts.len() == count)
            })
            .await;
        serde_json::from_value(texts).unwrap()
    }

    /// The `data-testid` of the element that has the focus, else its `id`.
    pub(crate) async fn focused(&self) -> Value {
        self.eval(FOCUSED).await
    }

    /// Waits until the element with this `data-testid` or `id` has the focus.
    pub(crate) async fn wait_for_focus(&self, test_id: &str) {
        self.wait_for(FOCUSED, test_id).await;
    }

    // ---- scripts ----

    /// The script's value now.
    pub(crate) async fn eval(&self, script: &str) -> Value {
        self.page.execute(script, vec![]).await.unwrap()
    }

    /// The script's value now, for this argument.
    pub(crate) async fn eval_with(&self, script: &str, argument: Value) -> Value {
        self.page.execute(script, vec![argument]).await.unwrap()
    }

    /// What the script passes to its callback, which is its second argument.
    pub(crate) async fn eval_async(&self, script: &str, argument: Value) -> Value {
        let value = self.page.execute_async(script, vec![argument]).await;
        value.unwrap()
    }

    /// Waits until the script's value is this.
    pub(crate) async fn wait_for(&self, script: &str, expected: impl Into<Value>) {
        let expected = expected.into();
        self.wait_until(script, |value| *value == expected).await;
    }

    /// Waits until the script's value is as wanted; gives the value.
    pub(crate) async fn wait_until(
        &self,
        script: &str,
        is_wanted: impl Fn(&Value) -> bool,
    ) -> Value {
        self.wait_until_with(script, json!(null), is_wanted).await
    }

    /// The same for a script with an argument.
    pub(crate) async fn wait_until_with(
        &self,
        script: &str,
        argument: Value,
        is_wanted: impl Fn(&Value) -> bool,
    ) -> Value {
        let deadline = Instant::now() + TIMEOUT;
        loop {
            let value = self.eval_with(script, argument.clone()).await;
            if is_wanted(&value) {
                return value;
            }
            assert!(Instant::now() < deadline, "{script} ({argument}): {value}");
            self.next_frame().await;
        }
    }

    /// Waits until nothing moves: what was opened, closed or resized is at its place.
    pub(crate) async fn wait_until_still(&self) {
        self.next_frame().await;
        let moving = "return document.getAnimations()
            .filter(one => one.playState === 'running').length";
        self.wait_for(moving, 0).await;
    }

    /// Waits until the browser has painted.
    pub(crate) async fn next_frame(&self) {
        // A hidden page is not painted.
        let script = "const done = arguments[0];
            document.hidden ? setTimeout(done) : requestAnimationFrame(() => setTimeout(done))";
        self.page.execute_async(script, vec![]).await.unwrap();
    }
}

/// The two tabs of a window.
pub(crate) struct Tabs {
    pub(crate) first: WindowHandle,
    pub(crate) second: WindowHandle,
}

/// The texts of the elements that match the selector.
/// WebKit ends the text of a block with a line break.
const TEXTS: &str = "return Array.from(document.querySelectorAll(arguments[0]),
    e => e.innerText.replace(/\\n$/, ''))";

const FOCUSED: &str = "const at = document.activeElement; return at.dataset.testid ?? at.id";

fn by_test_id(test_id: &str) -> String {
    format!("[data-testid={test_id}]")
}

impl Drop for Window {
    fn drop(&mut self) {
        // The browser is a process of its own, which outlives its driver. It names its profile.
        Command::new("pkill")
            .args(["-KILL", "-f", "--"])
            .arg(self.profile.path())
            .status()
            // The browser may have crashed: then there is nothing to kill.
            .ok();
    }
}
