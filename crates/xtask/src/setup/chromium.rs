//! Chromium and its driver: every test of the page runs in it.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, bail};

use super::apt;
use crate::{process, versions};

/// The names a browser may have on PATH. Debian's comes first, because its driver comes with it.
const BROWSERS: [&str; 4] = [
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
];

/// A browser and a driver of the same version.
#[derive(Debug)]
pub(crate) struct Chromium {
    /// The browser's program.
    pub(crate) browser: PathBuf,
    /// The driver's program.
    pub(crate) driver: PathBuf,
}

/// Finds a browser with its driver, or installs them with apt.
pub(super) fn ensure() -> Result<Chromium> {
    let problem = match find() {
        Ok(chromium) => return Ok(chromium),
        Err(problem) => problem,
    };
    if env::var_os("CHROME").is_some() || env::var_os("CHROMEDRIVER").is_some() {
        bail!("{problem:#}: check CHROME and CHROMEDRIVER");
    }
    let otherwise = "set CHROME and CHROMEDRIVER";
    apt::install(
        &versions::CHROMIUM_PACKAGES,
        &problem.to_string(),
        otherwise,
    )?;
    find()
}

/// The browser and the driver that the environment or PATH names, if their versions match.
fn find() -> Result<Chromium> {
    let on_path = || BROWSERS.iter().find_map(|name| process::on_path(name));
    let browser = env::var_os("CHROME").map(PathBuf::from).or_else(on_path);
    let driver = env::var_os("CHROMEDRIVER").map(PathBuf::from);
    let driver = driver.or_else(|| process::on_path("chromedriver"));
    let (Some(browser), Some(driver)) = (browser, driver) else {
        bail!("PATH has no Chromium with its chromedriver");
    };
    let (browser_major, driver_major) = (major(&browser)?, major(&driver)?);
    if browser_major != driver_major {
        bail!("the browser is version {browser_major} and its driver {driver_major}");
    }
    Ok(Chromium { browser, driver })
}

/// The program's major version.
fn major(program: &Path) -> Result<String> {
    let output = process::output(Command::new(program).arg("--version"))?;
    match parse_major(&output) {
        Some(major) => Ok(major.to_owned()),
        None => bail!("{} does not print its version", program.display()),
    }
}

/// The major version in the output of `--version`: 156 in `Chromium 156.0.8078.79 built on …`.
fn parse_major(output: &str) -> Option<&str> {
    let version = output
        .split_whitespace()
        .find(|word| word.starts_with(|c: char| c.is_ascii_digit()));
    version?.split('.').next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_major_version_is_found_in_the_output_of_browsers_and_drivers() {
        for (output, major) in [
            ("Chromium 156.0.8078.79 built on Debian", Some("156")),
            ("Google Chrome 141.0.7390.54 \n", Some("141")),
            ("ChromeDriver 156.0.8078.79 (a21ce95c24ce)", Some("156")),
            ("not found", None),
        ] {
            assert_eq!(parse_major(output), major);
        }
    }
}
