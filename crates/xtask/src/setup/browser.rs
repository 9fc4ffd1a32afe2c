//! Chromium and its driver, for the tests of the page.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, bail};

use crate::{console, process, versions};

/// The names a browser may have on PATH. Debian's comes first, because its driver comes with it.
const BROWSERS: [&str; 4] = [
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
];

/// A browser and a driver of the same version.
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
        bail!("{problem:#}: check CHROME and CHROMEDRIVER");
    }
    let packages = versions::BROWSER_PACKAGES.join(" ");
    let Some(apt_get) = apt_get() else {
        bail!(
            "{problem:#}, and the tests of the page need both: install them (Debian: \
             `sudo apt-get install {packages}`), or set CHROME and CHROMEDRIVER"
        );
    };
    console::print_step(
        "set-up",
        &format!("{packages}: with apt, because {problem:#}"),
    );
    let run = |args: &[&str]| {
        let mut command = Command::new(apt_get[0]);
        process::run(command.args(&apt_get[1..]).args(args))
    };
    run(&["update"])?;
    run(&["install", "-y", "--no-install-recommends"]
        .into_iter()
        .chain(versions::BROWSER_PACKAGES)
        .collect::<Vec<_>>())?;
    find()
}

/// The browser and the driver that the environment or PATH names, if their versions match.
fn find() -> Result<Browser> {
    let on_path = || BROWSERS.iter().find_map(|name| process::on_path(name));
    let chrome = env::var_os("CHROME").map(PathBuf::from).or_else(on_path);
    let driver = env::var_os("CHROMEDRIVER").map(PathBuf::from);
    let driver = driver.or_else(|| process::on_path("chromedriver"));
    let (Some(chrome), Some(driver)) = (chrome, driver) else {
        bail!("PATH has no Chromium with its chromedriver");
    };
    let (browser_major, driver_major) = (major(&chrome)?, major(&driver)?);
    if browser_major != driver_major {
        bail!("the browser is version {browser_major} and its driver {driver_major}");
    }
    Ok(Browser { chrome, driver })
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

/// The command with which this user can run apt-get, if there is one.
fn apt_get() -> Option<&'static [&'static str]> {
    const AS_ROOT: &[&str] = &["env", "DEBIAN_FRONTEND=noninteractive", "apt-get"];
    const WITH_SUDO: &[&str] = &["sudo", "-n", AS_ROOT[0], AS_ROOT[1], AS_ROOT[2]];
    process::on_path("apt-get")?;
    let is_root = process::output(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0");
    if is_root {
        return Some(AS_ROOT);
    }
    process::succeeds(Command::new("sudo").args(["-n", "true"])).then_some(WITH_SUDO)
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
