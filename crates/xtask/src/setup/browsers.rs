//! The browsers of the tests of the page: one for each engine that people use.

use std::env;
use std::process::Command;

use anyhow::{Result, ensure};

use super::chromium::{self, Chromium};
use super::firefox::{self, Firefox};
use super::webkit::{self, WebKit};
use crate::console;

/// The engines whose tests can be skipped, as PARLOR_SKIP_ENGINES names them. Everything else is
/// tested in Chromium.
const CAN_BE_SKIPPED: [&str; 2] = ["firefox", "webkit"];

/// A browser for each engine, each with its driver.
#[derive(Debug)]
pub(crate) struct Browsers {
    chromium: Chromium,
    /// `None` where its tests are skipped, as are those of the next.
    firefox: Option<Firefox>,
    webkit: Option<WebKit>,
}

impl Browsers {
    /// Names the programs in the variables that the tests read.
    pub(crate) fn set_env(&self, tests: &mut Command) {
        tests
            .env("CHROME", &self.chromium.browser)
            .env("CHROMEDRIVER", &self.chromium.driver);
        if let Some(firefox) = &self.firefox {
            tests
                .env("FIREFOX", &firefox.browser)
                .env("GECKODRIVER", &firefox.driver);
        }
        if let Some(webkit) = &self.webkit {
            tests
                .env("WEBKIT", &webkit.browser)
                .env("WEBKITDRIVER", &webkit.driver)
                .env("XVFB", &webkit.display);
        }
    }

    /// The arguments with which a test program skips the tests of the engines that are not there.
    pub(crate) fn test_filter(&self) -> Vec<&'static str> {
        let mut filter = Vec::new();
        if self.firefox.is_none() {
            filter.extend(["--skip", "engines::firefox"]);
        }
        if self.webkit.is_none() {
            filter.extend(["--skip", "engines::webkit"]);
        }
        filter
    }
}

/// Finds or installs a browser for each engine. A machine that cannot have one has to say so, in
/// PARLOR_SKIP_ENGINES: no test is skipped silently.
pub(super) fn ensure() -> Result<Browsers> {
    let skipped = env::var("PARLOR_SKIP_ENGINES").unwrap_or_default();
    let skipped = parse_skipped(&skipped)?;
    for engine in &skipped {
        let why = "its tests are skipped, as PARLOR_SKIP_ENGINES says";
        console::print_step("set-up", &format!("{engine}: {why}"));
    }
    let is_wanted = |engine| !skipped.contains(&engine);
    Ok(Browsers {
        chromium: chromium::ensure()?,
        webkit: is_wanted("webkit").then(webkit::ensure).transpose()?,
        firefox: is_wanted("firefox").then(firefox::ensure).transpose()?,
    })
}

/// The engines in the variable, which separates them by commas or spaces.
fn parse_skipped(variable: &str) -> Result<Vec<&str>> {
    let engines = variable.split([',', ' ']).filter(|name| !name.is_empty());
    let engines: Vec<_> = engines.collect();
    for engine in &engines {
        ensure!(
            CAN_BE_SKIPPED.contains(engine),
            "PARLOR_SKIP_ENGINES names \"{engine}\": it can name {}",
            CAN_BE_SKIPPED.join(" and ")
        );
    }
    Ok(engines)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_engines_that_can_be_skipped_are_and_a_misspelt_one_is_no_silence() -> Result<()> {
        assert!(parse_skipped("")?.is_empty());
        assert_eq!(parse_skipped("webkit, firefox")?, ["webkit", "firefox"]);
        assert!(parse_skipped("webkti").is_err());
        assert!(parse_skipped("chromium").is_err());
        Ok(())
    }
}
