//! A real OpenID Connect provider: npm's oidc-provider, run by Node.js.

use std::{
    env,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use anyhow::{Context, ensure};

/// The program that is run.
const PROGRAM: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/provider.mjs");
/// Where the set-up installs the package.
const PACKAGE: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../target/tools/npm/node_modules/oidc-provider"
);

/// What the provider knows Parlor's server as.
pub const CLIENT_ID: &str = "parlor";
/// What proves it. It has characters that the standard has escaped.
pub const CLIENT_SECRET: &str = "a secret: 50% of it";

/// A running provider. Dropping it kills it.
///
/// Everyone logs in under the name that they give, with any password. `ann` is called Ann Lee and
/// is one of the groups `staff` and `moderators`, `bob` is called Bob and is one of `staff`.
#[derive(Debug)]
pub struct OidcProvider {
    child: Child,
    issuer: String,
}

impl OidcProvider {
    /// Starts one that sends people back to this address.
    ///
    /// # Errors
    /// If Node.js or the package is missing, or it does not start.
    pub fn start(redirect_url: &str) -> anyhow::Result<Self> {
        let given = env::var_os("OIDC_PROVIDER").map(PathBuf::from);
        let package = given.unwrap_or_else(|| PACKAGE.into());
        ensure!(
            package.is_dir(),
            "no oidc-provider: `cargo xtask setup` installs it, or OIDC_PROVIDER names its folder"
        );
        Self::run(&package, redirect_url)
    }

    /// How the provider calls itself.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    fn run(package: &Path, redirect_url: &str) -> anyhow::Result<Self> {
        let mut child = Command::new("node")
            .arg(PROGRAM)
            .arg(package)
            .args([CLIENT_ID, CLIENT_SECRET, redirect_url])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            // It warns of what is not for production.
            .stderr(Stdio::null())
            .spawn()
            .context("node can't be run")?;
        let stdout = child.stdout.take();
        let mut provider = Self {
            child,
            issuer: String::new(),
        };
        let lines = BufReader::new(stdout.context("no output")?).lines();
        for line in lines {
            let line = line?;
            if line.starts_with("http://") {
                provider.issuer = line;
                return Ok(provider);
            }
        }
        anyhow::bail!("the provider ends before it has an address")
    }
}

impl Drop for OidcProvider {
    fn drop(&mut self) {
        // It has ended already.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
