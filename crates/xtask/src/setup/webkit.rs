//! WebKit, Safari's engine, and its driver, for the main walks through the page.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

use super::apt;
use crate::{process, versions};

/// The folders below which distributions put WebKit's own programs, directly or one level down.
const LIBRARIES: [&str; 2] = ["/usr/lib", "/usr/libexec"];

/// WebKit's small browser, its driver, and the display on which the browser opens its window:
/// unlike the other browsers, this one has no headless mode.
#[derive(Debug)]
pub(crate) struct WebKit {
    /// The browser's program.
    pub(crate) browser: PathBuf,
    /// The driver's program.
    pub(crate) driver: PathBuf,
    /// The program of the display: an X server without a screen.
    pub(crate) display: PathBuf,
}

/// Finds the three programs, or installs them with apt.
pub(super) fn ensure() -> Result<WebKit> {
    if let Ok(webkit) = find() {
        return Ok(webkit);
    }
    for name in ["WEBKIT", "WEBKITDRIVER"] {
        if let Some(path) = env::var_os(name).map(PathBuf::from)
            && !path.is_file()
        {
            bail!("{name} is no file: {}", path.display());
        }
    }
    let otherwise = "set WEBKIT (MiniBrowser) and WEBKITDRIVER, or PARLOR_SKIP_ENGINES=webkit to \
                     do without its tests";
    let problem = "the machine lacks WebKit, its driver or Xvfb";
    apt::install(&versions::WEBKIT_PACKAGES, problem, otherwise)?;
    find()
}

fn find() -> Result<WebKit> {
    let browser = env::var_os("WEBKIT").map(PathBuf::from);
    let driver = env::var_os("WEBKITDRIVER").map(PathBuf::from);
    let browser = browser.filter(|path| path.is_file()).or_else(mini_browser);
    let driver = driver.filter(|path| path.is_file());
    let driver = driver.or_else(|| process::on_path("WebKitWebDriver"));
    match (browser, driver, process::on_path("Xvfb")) {
        (Some(browser), Some(driver), Some(display)) => Ok(WebKit {
            browser,
            driver,
            display,
        }),
        (None, _, _) => bail!("there is no MiniBrowser of WebKit below {LIBRARIES:?}"),
        (_, None, _) => bail!("PATH has no WebKitWebDriver"),
        (_, _, None) => bail!("PATH has no Xvfb"),
    }
}

/// The newest MiniBrowser of WebKit for GTK 3: `/usr/lib/x86_64-linux-gnu/webkit2gtk-4.1/…`.
fn mini_browser() -> Option<PathBuf> {
    let folders = |folder: &Path| -> Vec<PathBuf> {
        // A folder that is missing has none.
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        entries.map(|entry| entry.path()).collect()
    };
    let is_webkit = |folder: &PathBuf| {
        let name = folder.file_name().and_then(|name| name.to_str());
        name.is_some_and(|name| name.starts_with("webkit2gtk-"))
    };
    let libraries = LIBRARIES
        .iter()
        .flat_map(|library| folders(library.as_ref()));
    let all = libraries.flat_map(|folder| {
        let within = folders(&folder);
        within.into_iter().chain([folder])
    });
    let browsers = all
        .filter(is_webkit)
        .map(|folder| folder.join("MiniBrowser"));
    browsers.filter(|browser| browser.is_file()).max()
}
