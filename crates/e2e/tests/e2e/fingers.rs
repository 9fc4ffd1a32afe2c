//! A phone, and the fingers that touch it.

use fantoccini::actions::{InputSource, MOUSE_BUTTON_LEFT, PointerAction, TouchActions};
use serde_json::{Value, json};

use crate::{server::Server, window::Window};

/// The middle of the first visible element that matches.
const MIDDLE: &str = "const [selector] = arguments;
    const at = Array.from(document.querySelectorAll(selector)).find(at =>
        at.checkVisibility({ visibilityProperty: true, opacityProperty: true })
        && at.getBoundingClientRect().width > 0);
    if (!at) return null;
    const { left, right, top, bottom } = at.getBoundingClientRect();
    return { x: Math.round((left + right) / 2), y: Math.round((top + bottom) / 2) }";

/// The visible controls that are smaller than a finger needs.
pub(crate) const SMALL: &str = "return Array.from(document.querySelectorAll(
        'button, a, input, select, textarea, summary, label.check'))
    .filter(at => at.checkVisibility({ visibilityProperty: true, opacityProperty: true })
        && !at.closest('.text') && at.type !== 'checkbox')
    .map(at => {
        const { width, height } = at.getBoundingClientRect();
        const around = getComputedStyle(at, '::after');
        const more = at.matches('.reaction, .quote') ? -2 * parseFloat(around.top) : 0;
        return [at.dataset.testid ?? at.outerHTML, Math.round(width), Math.round(height + more)];
    })
    .filter(([, width, height]) => height < 44 || width < 40)";

/// A place on the screen.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Point {
    pub(crate) x: i64,
    pub(crate) y: i64,
}

impl Window {
    /// Opens the page at `path` on a phone, and waits until it is connected.
    pub(crate) async fn open_phone(server: &Server, path: &str) -> Self {
        let window = Self::open(server, path).await;
        let touch = json!({ "enabled": true, "maxTouchPoints": 5 });
        window
            .devtools("Emulation.setTouchEmulationEnabled", touch)
            .await;
        window.resize(390).await;
        window.reload().await;
        window.wait_until_loaded().await;
        window
    }

    /// The middle of the first visible element that matches the selector, once there is one and it
    /// has come to rest.
    pub(crate) async fn middle_of(&self, selector: &str) -> Point {
        let mut before = json!(null);
        loop {
            let middle = self
                .wait_until_with(MIDDLE, json!(selector), |middle| !middle.is_null())
                .await;
            if middle == before {
                let coordinate = |axis: &str| middle[axis].as_i64().unwrap();
                return Point {
                    x: coordinate("x"),
                    y: coordinate("y"),
                };
            }
            before = middle;
            self.next_frame().await;
        }
    }

    /// Puts a finger down, moves the one that is down, or lifts it.
    async fn finger(&self, what: &str, at: Option<Point>) {
        let points: Vec<Value> = at
            .iter()
            .map(|at| json!({ "x": at.x, "y": at.y }))
            .collect();
        let event = json!({ "type": what, "touchPoints": points });
        self.devtools("Input.dispatchTouchEvent", event).await;
    }

    /// Taps the first visible element that matches the selector.
    pub(crate) async fn tap(&self, selector: &str) {
        let middle = self.middle_of(selector).await;
        self.tap_at(middle).await;
    }

    /// Taps this place.
    pub(crate) async fn tap_at(&self, at: Point) {
        // In one command: on a slow machine a finger that is lifted by another presses long.
        let to = PointerAction::MoveTo {
            duration: None,
            x: at.x as f64,
            y: at.y as f64,
        };
        let tap = TouchActions::new("finger".to_owned())
            .then(to)
            .then(PointerAction::Down {
                button: MOUSE_BUTTON_LEFT,
            })
            .then(PointerAction::Up {
                button: MOUSE_BUTTON_LEFT,
            });
        self.page.perform_actions(tap).await.unwrap();
    }

    /// Taps the element with this `data-testid`.
    pub(crate) async fn tap_id(&self, test_id: &str) {
        self.tap(&format!("[data-testid={test_id}]")).await;
    }

    /// Puts a finger on the element and leaves it there.
    pub(crate) async fn hold(&self, selector: &str) {
        let middle = self.middle_of(selector).await;
        self.finger("touchStart", Some(middle)).await;
    }

    /// Lifts the finger.
    pub(crate) async fn lift(&self) {
        self.finger("touchEnd", None).await;
    }

    /// Puts a finger on the element and moves it by this much, in steps; it stays down.
    pub(crate) async fn drag(&self, selector: &str, by: Point) {
        let from = self.middle_of(selector).await;
        self.finger("touchStart", Some(from)).await;
        for step in 1..=8 {
            let at = Point {
                x: from.x + by.x * step / 8,
                y: from.y + by.y * step / 8,
            };
            self.finger("touchMove", Some(at)).await;
        }
        // A finger that is lifted while it moves throws the list, which takes the next touch.
        let end = Point {
            x: from.x + by.x,
            y: from.y + by.y,
        };
        for _ in 0..4 {
            self.next_frame().await;
            self.finger("touchMove", Some(end)).await;
        }
    }

    /// Writes a message and sends it as on a phone, where Enter does not.
    pub(crate) async fn post_by_button(&self, text: &str) {
        self.find("composer").await.send_keys(text).await.unwrap();
        self.click("send").await;
    }

    /// Saves pictures of a phone in this state, light and dark, and checks each.
    pub(crate) async fn screenshots_of_phone(&self, state: &str) {
        for scheme in ["dark", "light"] {
            self.show_scheme(scheme).await;
            self.next_frame().await;
            let name = format!("{state}-390-{scheme}");
            self.screenshot(&name).await;
            self.assert_accessible(&name).await;
        }
    }
}
