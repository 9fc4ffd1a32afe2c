//! Firefox and its driver, for the main walks through the page.

use std::env;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use super::rustc::may_use_rustup;
use super::{apt, cargo_tool};
use crate::{process, versions};

/// The names that Firefox may have on PATH.
const BROWSERS: [&str; 2] = ["firefox-esr", "firefox"];

/// Firefox and its driver.
#[derive(Debug)]
pub(crate) struct Firefox {
    /// The browser's program.
    pub(crate) browser: PathBuf,
    /// The driver's program.
    pub(crate) driver: PathBuf,
}

/// Finds Firefox, or installs it with apt; finds its driver, or builds it.
pub(super) fn ensure() -> Result<Firefox> {
    let browser = match find()? {
        Some(browser) => browser,
        None => {
            let otherwise = "set FIREFOX, or PARLOR_SKIP_ENGINES=firefox to do without its tests";
            apt::install(
                &versions::FIREFOX_PACKAGES,
                "PATH has no Firefox",
                otherwise,
            )?;
            find()?.context("apt has installed Firefox, and it is not on PATH")?
        }
    };
    let driver = match env::var_os("GECKODRIVER").map(PathBuf::from) {
        Some(driver) if !driver.is_file() => bail!("GECKODRIVER is no file: {}", driver.display()),
        Some(driver) => driver,
        // Where rustup may download, cargo-binstall may too.
        None => cargo_tool::geckodriver(may_use_rustup())?,
    };
    Ok(Firefox { browser, driver })
}

/// The browser that the environment names, which has to be there, or that PATH has.
fn find() -> Result<Option<PathBuf>> {
    match env::var_os("FIREFOX").map(PathBuf::from) {
        Some(browser) if !browser.is_file() => bail!("FIREFOX is no file: {}", browser.display()),
        Some(browser) => Ok(Some(browser)),
        None => Ok(BROWSERS.iter().find_map(|name| process::on_path(name))),
    }
}
