//! Chromium and its driver, for the tests of the page.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, bail};

use crate::{child, console, tools};

/// Under which names a browser may be on PATH; Debian's is preferred, having its driver with it.
const BROWSERS: [&str; 4] = [
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
];

/// A browser and the driver that fits it.
#[derive(Debug)]
pub(crate) struct Browser {
    /// The browser's program.
    pub(crate) chrome: PathBuf,
    /// The driver's program.
    pub(crate) driver: PathBuf,
}

/// Finds a browser with its driver, or installs them with apt.
pub(super) fn ensure() -> Result<Browser> {
    let problem = match find() {
        Ok(browser) => return Ok(browser),
        Err(problem) => problem,
    };
    if env::var_os("CHROME").is_some() || env::var_os("CHROMEDRIVER").is_some() {
        bail!("{problem:#}: see what CHROME and CHROMEDRIVER are set to");
    }
    let packages = tools::BROWSER_PACKAGES.join(" ");
    let Some(apt) = apt_get() else {
        bail!(
            "{problem:#}, and the tests of the page need both: install them (Debian: \
             `sudo apt-get install {packages}`), or set CHROME and CHROMEDRIVER, and start again"
        );
    };
    console::say(
        "set-up",
        &format!("{packages}: with apt, because the tests open the page in it and {problem:#}"),
    );
    let run = |args: &[&str]| {
        let mut command = Command::new(apt[0]);
        child::logged("apt", command.args(&apt[1..]).args(args))
    };
    run(&["update"])?;
    run(&[
        &["install", "-y", "--no-install-recommends"],
        &tools::BROWSER_PACKAGES[..],
    ]
    .concat())?;
    find()
}

/// The browser and driver that the environment names, or those on PATH, if they fit each other.
fn find() -> Result<Browser> {
    let on_path = || BROWSERS.iter().find_map(|name| child::on_path(name));
    let chrome = env::var_os("CHROME").map(PathBuf::from).or_else(on_path);
    let driver = env::var_os("CHROMEDRIVER").map(PathBuf::from);
    let driver = driver.or_else(|| child::on_path("chromedriver"));
    let (Some(chrome), Some(driver)) = (chrome, driver) else {
        bail!("PATH has no Chromium with its chromedriver");
    };
    let (browser_major, driver_major) = (major(&chrome)?, major(&driver)?);
    if browser_major != driver_major {
        bail!("the browser is version {browser_major} and its driver {driver_major}");
    }
    Ok(Browser { chrome, driver })
}

/// The major version that the program says it has: `Chromium 156.0.8078.79 built on …` is 156.
fn major(program: &Path) -> Result<String> {
    let said = child::output(Command::new(program).arg("--version"))?;
    match major_of(&said) {
        Some(major) => Ok(major.to_owned()),
        None => bail!("{} does not say which version it is", program.display()),
    }
}

fn major_of(said: &str) -> Option<&str> {
    let version = said
        .split_whitespace()
        .find(|word| word.starts_with(|c: char| c.is_ascii_digit()));
    version?.split('.').next()
}

/// How this user may call apt-get, if at all.
fn apt_get() -> Option<&'static [&'static str]> {
    child::on_path("apt-get")?;
    let is_root = child::output(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0");
    if is_root {
        Some(&["env", "DEBIAN_FRONTEND=noninteractive", "apt-get"])
    } else if child::succeeds(Command::new("sudo").args(["-n", "true"])) {
        Some(&[
            "sudo",
            "-n",
            "env",
            "DEBIAN_FRONTEND=noninteractive",
            "apt-get",
        ])
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browser_and_driver_name_their_version_in_different_places() {
        assert_eq!(
            major_of("Chromium 156.0.8078.79 built on Debian"),
            Some("156")
        );
        assert_eq!(major_of("Google Chrome 141.0.7390.54 \n"), Some("141"));
        assert_eq!(
            major_of("ChromeDriver 156.0.8078.79 (a21ce95c24ce)"),
            Some("156")
        );
        assert_eq!(major_of("not found"), None);
    }
}
