//! The size of a window, and pictures of the page.

use std::{env, fs, path::Path};

use serde_json::json;

use crate::{driver::env_var, window::Window};

impl Window {
    /// Makes the window a screen of this width, and of a height that is usual for it.
    pub(crate) async fn resize(&self, width: u32) {
        self.resize_to(width, if width < 700 { 844 } else { 800 })
            .await;
    }

    /// Makes the window a screen of this size.
    pub(crate) async fn resize_to(&self, width: u32, height: u32) {
        let size = json!({
            "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 700
        });
        self.devtools("Emulation.setDeviceMetricsOverride", size)
            .await;
    }

    /// Saves a picture of the page as it is.
    pub(crate) async fn screenshot(&self, name: &str) {
        let page = env_var("PARLOR_PAGE");
        let folder = Path::new(&page).parent().unwrap().join("target/shots");
        fs::create_dir_all(&folder).unwrap();
        let picture = self.page.screenshot().await.unwrap();
        fs::write(folder.join(format!("{name}.png")), picture).unwrap();
    }

    /// Saves pictures of this state, at several widths, light and dark, and checks each against
    /// the rules of accessibility.
    pub(crate) async fn screenshots(&self, state: &str) {
        // `cargo xtask shots` asks for every width.
        let all = env::var_os("PARLOR_SHOTS").is_some();
        let widths: &[u32] = if all { &[390, 768, 1280] } else { &[390, 1280] };
        for width in widths {
            self.resize(*width).await;
            for scheme in ["dark", "light"] {
                self.emulate_media("prefers-color-scheme", scheme).await;
                self.next_frame().await;
                let name = format!("{state}-{width}-{scheme}");
                self.screenshot(&name).await;
                self.assert_accessible(&name).await;
            }
        }
    }
}
