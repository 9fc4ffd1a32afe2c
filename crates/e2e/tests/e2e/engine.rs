//! The browser engines that people use, and how each is driven.
//!
//! Every test runs in Chromium. The main walks (`engines.rs`) run in Firefox and WebKit too.

use std::{fs, path::Path};

use serde_json::{Value, json};

use crate::{environment::env_var, server::NAME};

/// The size in which a window opens.
pub(crate) const SIZE: (u32, u32) = (1280, 800);

/// A browser engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Engine {
    /// The engine of Chrome, Edge and most others.
    Chromium,
    /// Firefox's own, Gecko.
    Firefox,
    /// Safari's, in the small browser of its Linux edition.
    WebKit,
}

impl Engine {
    /// What pictures are named after.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Chromium => "chromium",
            Self::Firefox => "firefox",
            Self::WebKit => "webkit",
        }
    }

    /// What the driver is asked for: a browser with this profile. Chromium's `arguments` are added.
    pub(crate) fn capabilities(self, profile: &Path) -> Value {
        match self {
            Self::Chromium => chromium(profile),
            Self::Firefox => firefox(profile),
            Self::WebKit => json!({ "webkitgtk:browserOptions": {
                "binary": env_var("WEBKIT"), "args": ["--automation"],
            } }),
        }
    }
}

fn chromium(profile: &Path) -> Value {
    let arguments = [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
    ];
    let mut arguments: Vec<String> = arguments.map(str::to_owned).to_vec();
    let (width, height) = SIZE;
    arguments.push(format!("--window-size={width},{height}"));
    arguments.push(format!("--host-resolver-rules=MAP {NAME} 127.0.0.1"));
    arguments.push(format!("--user-data-dir={}", profile.display()));
    json!({
        "goog:chromeOptions": { "binary": env_var("CHROME"), "args": arguments },
        "goog:loggingPrefs": { "browser": "ALL" },
    })
}

/// Firefox's window without its toolbar, which would keep it at 500 pixels of width.
const WITHOUT_TOOLBAR: &str = "#navigator-toolbox { display: none !important }
    :root, body { min-width: 0 !important; min-height: 0 !important }";

fn firefox(profile: &Path) -> Value {
    let folder = profile.join("chrome");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("userChrome.css"), WITHOUT_TOOLBAR).unwrap();
    json!({ "moz:firefoxOptions": {
        "binary": env_var("FIREFOX"),
        "args": ["-headless", "-profile", profile],
        "prefs": { "toolkit.legacyUserProfileCustomizations.stylesheets": true },
    } })
}
