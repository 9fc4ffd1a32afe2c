//! The size of a window, and pictures of the page.

use std::{env, fs, path::Path};

use serde_json::json;

use crate::{engine::Engine, environment::env_var, window::Window};

/// Whether `cargo xtask shots` runs the tests.
fn wants_pictures() -> bool {
    env::var_os("PARLOR_SHOTS").is_some()
}

impl Window {
    /// Makes the window a screen of this width, and of a height that is usual for it.
    pub(crate) async fn resize(&self, width: u32) {
        let height = match width {
            ..700 => 844,
            700..900 => 1024,
            900..2000 => 800,
            2000.. => 1440,
        };
        self.resize_to(width, height).await;
    }

    /// Makes the window a screen of this size. WebKit's browser, which has a toolbar, is at least
    /// 450 pixels wide.
    pub(crate) async fn resize_to(&self, width: u32, height: u32) {
        if self.engine == Engine::Chromium {
            let size = json!({
                "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 700
            });
            self.devtools("Emulation.setDeviceMetricsOverride", size)
                .await;
            return;
        }
        let width = match self.engine {
            Engine::WebKit => width.max(450),
            Engine::Chromium | Engine::Firefox => width,
        };
        let toolbar = self.eval("return outerHeight - innerHeight").await;
        let toolbar = u32::try_from(toolbar.as_u64().unwrap_or_default()).unwrap();
        let size = self.page.set_window_size(width, height + toolbar);
        size.await.unwrap();
        self.wait_for("return [innerWidth, innerHeight]", json!([width, height]))
            .await;
    }

    /// Makes the page light or dark.
    pub(crate) async fn show_scheme(&self, scheme: &str) {
        if self.engine == Engine::Chromium {
            // Pictures and axe want what moves to have arrived.
            let features = json!({ "features": [
                { "name": "prefers-color-scheme", "value": scheme },
                { "name": "prefers-reduced-motion", "value": "reduce" },
            ] });
            self.devtools("Emulation.setEmulatedMedia", features).await;
        } else {
            // As the page's own setting does. These drivers cannot change what the system prefers.
            let script = "const theme = document.documentElement.classList;
                theme.remove('light', 'dark');
                theme.add(arguments[0]);";
            self.eval_with(script, json!(scheme)).await;
        }
    }

    /// Saves a picture of the page as it is, for `cargo xtask shots`. The tests need none.
    pub(crate) async fn screenshot(&self, name: &str) {
        if !wants_pictures() {
            return;
        }
        let page = env_var("PARLOR_PAGE");
        let folder = Path::new(&page).parent().unwrap().join("target/shots");
        fs::create_dir_all(&folder).unwrap();
        let picture = self.page.screenshot().await.unwrap();
        fs::write(folder.join(format!("{name}.png")), picture).unwrap();
    }

    /// Checks this state on a phone and on a desktop, light and dark, against the rules of
    /// accessibility, and saves pictures of it, at more widths.
    pub(crate) async fn screenshots(&self, state: &str) {
        // `cargo xtask shots` asks for every width. The last is the one that the test goes on with.
        let widths: &[u32] = match wants_pictures() {
            true => &[2560, 768],
            false => &[],
        };
        for width in widths.iter().chain(&[390, 1280]) {
            self.resize(*width).await;
            for scheme in ["dark", "light"] {
                self.show_scheme(scheme).await;
                self.next_frame().await;
                let name = format!("{state}-{width}-{scheme}");
                self.screenshot(&name).await;
                if !widths.contains(width) {
                    self.assert_accessible(&name).await;
                }
            }
        }
    }
}
