//! A build of Parlor's server, and which options it knows.

use std::{path::PathBuf, process::Command};

use anyhow::{Context, ensure};

/// A binary of Parlor's server. Options that it does not know, because it is older, are left out.
#[derive(Debug, Clone, Default)]
pub(crate) struct Binary {
    pub(crate) path: PathBuf,
    /// What it prints for `--help`.
    help: String,
}

impl Binary {
    /// Asks the binary for its options.
    ///
    /// # Errors
    /// If it can't be run, or does not answer `--help`.
    pub(crate) fn ask(path: PathBuf) -> anyhow::Result<Self> {
        let output = Command::new(&path).arg("--help").output();
        let output = output.with_context(|| format!("{} can't be run", path.display()))?;
        ensure!(
            output.status.success(),
            "{} does not answer --help ({}), as a build of Parlor's server does",
            path.display(),
            output.status
        );
        let help = String::from_utf8_lossy(&output.stdout).into_owned();
        Ok(Self { path, help })
    }

    /// Whether the binary's help has a line for this option.
    pub(crate) fn has_option(&self, option: &str) -> bool {
        self.help.lines().any(|line| {
            let mut words = line.split_whitespace();
            // `-h, --help`, or `--listen <ADDRESS>`; the sentences below begin otherwise.
            let first = words.next().unwrap_or_default();
            first == option || (first.ends_with(',') && words.next() == Some(option))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_option_is_known_where_the_help_lists_it_and_not_where_it_only_names_it() {
        let help = "Usage: parlor [OPTIONS]\n\n      --listen <ADDRESS>\n          \
                    The port; --workers is another option\n\n  -h, --help\n          Print help\n";
        let binary = Binary {
            path: "parlor".into(),
            help: help.to_owned(),
        };
        assert!(binary.has_option("--listen") && binary.has_option("--help"));
        assert!(!binary.has_option("--workers") && !binary.has_option("--list"));
    }
}
