//! Packages from npm, each in a folder of its own under target/.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::{child, console, paths};

/// A package, in the one version that is wanted.
#[derive(Debug)]
pub(super) struct Package {
    pub(super) name: &'static str,
    /// Its version, or how that begins.
    pub(super) version: &'static str,
    /// The folder under target/tools.
    pub(super) folder: &'static str,
    /// Why it is needed, for whoever waits for it.
    pub(super) why: &'static str,
}

impl Package {
    /// Where the package is, or would be.
    pub(super) fn modules(&self) -> Result<PathBuf> {
        Ok(paths::tools()?.join(self.folder).join("node_modules"))
    }

    /// Whether it is there. Read, not run: a program for node takes a third of a second to say its version.
    pub(super) fn is_there(&self) -> Result<bool> {
        let manifest = self.modules()?.join(self.name).join("package.json");
        Ok(is_version(&manifest, self.version))
    }

    /// Installs it.
    pub(super) fn install(&self) -> Result<()> {
        let Self {
            name,
            version,
            folder,
            why,
        } = self;
        let npm = child::on_path("npm").with_context(|| {
            format!(
                "{name} {version} is missing, and so is npm, which gets it: install node with npm \
                 (Debian and Ubuntu: `apt-get install nodejs npm`) and start again"
            )
        })?;
        console::say("set-up", &format!("{name} {version}: from npm, {why}"));
        let prefix = paths::tools()?.join(folder);
        std::fs::create_dir_all(&prefix)?;
        let mut install = Command::new(npm);
        install
            .args(["install", "--no-audit", "--no-fund", "--prefix"])
            .arg(&prefix);
        child::logged(folder, install.arg(format!("{name}@{version}")))?;
        ensure!(self.is_there()?, "npm installed no {name} {version}");
        Ok(())
    }
}

fn is_version(manifest: &Path, version: &str) -> bool {
    let Ok(text) = std::fs::read_to_string(manifest) else {
        return false;
    };
    ['.', '"']
        .iter()
        .any(|end| text.contains(&format!("\"version\": \"{version}{end}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_wanted_version_will_do() -> Result<()> {
        let folder = tempfile::tempdir()?;
        let manifest = folder.path().join("package.json");
        std::fs::write(&manifest, "{\n  \"version\": \"132.0.0\"\n}")?;
        assert!(is_version(&manifest, "132") && is_version(&manifest, "132.0.0"));
        assert!(!is_version(&manifest, "13") && !is_version(&manifest, "132.0.1"));
        assert!(!is_version(&folder.path().join("none"), "132"));
        Ok(())
    }
}
