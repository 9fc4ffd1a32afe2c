//! The real server with the real page, as a child process.

use std::{
    fs,
    io::Write,
    net::{SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

use parlor_test_server::{
    CLIENT_ID, CLIENT_SECRET, FREE_PORT, OidcProvider, ServerProcess, command,
};
use tempfile::TempDir;

use crate::environment::env_var;

/// A name of this machine that no browser takes for one: its pages are insecure contexts.
pub(crate) const NAME: &str = "parlor.test";

/// A server stops within 5 s of SIGTERM.
const STOP_TIMEOUT: Duration = Duration::from_secs(20);

/// A running server, which can be killed and started again on the same log and address.
pub(crate) struct Server {
    process: ServerProcess,
    data: TempDir,
    settings: Settings,
}

/// What a server is started with.
struct Settings {
    page: PathBuf,
    /// The path at which it is hosted.
    base: String,
    /// Who may come in, as `--access` takes it.
    access: &'static str,
    /// Further options.
    more: Vec<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            page: env_var("PARLOR_PAGE").into(),
            base: "/".to_owned(),
            access: "open",
            more: Vec::new(),
        }
    }
}

impl Server {
    pub(crate) fn start() -> Self {
        Self::start_with(Settings::default())
    }

    /// Starts a server that says that it is this node.
    pub(crate) fn start_as_node(name: &str) -> Self {
        Self::start_with(Settings {
            more: vec!["--node".to_owned(), name.to_owned()],
            ..Settings::default()
        })
    }

    /// Starts a server that serves the page in this folder.
    pub(crate) fn start_with_page(page: &Path) -> Self {
        Self::start_with(Settings {
            page: page.to_owned(),
            ..Settings::default()
        })
    }

    /// Starts a server that is hosted at this path.
    pub(crate) fn start_at(base: &str) -> Self {
        Self::start_with(Settings {
            base: base.to_owned(),
            ..Settings::default()
        })
    }

    /// Starts a server that lets in who knows this password.
    pub(crate) fn start_with_password(password: &str) -> Self {
        let data = tempfile::tempdir().unwrap();
        let mut setting = binary(data.path(), FREE_PORT)
            .arg("password")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        writeln!(setting.stdin.take().unwrap(), "{password}").unwrap();
        assert!(setting.wait().unwrap().success());
        let settings = Settings {
            access: "password",
            ..Settings::default()
        };
        Self::start_in(data, settings)
    }

    /// Starts a server that lets in who is invited.
    pub(crate) fn start_by_invitation() -> Self {
        Self::start_with(Settings {
            access: "token",
            ..Settings::default()
        })
    }

    /// Starts a server that lets in who has a token of one of these keys, or of its own.
    pub(crate) fn start_with_token_keys(keys: &str) -> Self {
        let data = tempfile::tempdir().unwrap();
        let file = data.path().join("keys.json");
        fs::write(&file, keys).unwrap();
        let settings = Settings {
            access: "token",
            more: vec!["--token-keys".to_owned(), file.to_str().unwrap().to_owned()],
            ..Settings::default()
        };
        Self::start_in(data, settings)
    }

    /// Starts a provider, and a server at which its accounts log in.
    pub(crate) fn start_with_logins() -> (Self, OidcProvider) {
        // The provider has to know the server's address before the server knows the provider's.
        let free = TcpListener::bind(FREE_PORT).unwrap();
        let address = free.local_addr().unwrap();
        drop(free);
        let url = format!("http://{address}");
        let provider = OidcProvider::start(&format!("{url}/login/callback")).unwrap();
        let options = [
            "--url",
            &url,
            "--fetch-from",
            "127.0.0.1",
            "--oidc-issuer",
            provider.issuer(),
            "--oidc-client-id",
            CLIENT_ID,
            "--oidc-client-secret",
            CLIENT_SECRET,
        ];
        let settings = Settings {
            access: "token",
            more: options.map(str::to_owned).to_vec(),
            ..Settings::default()
        };
        let data = tempfile::tempdir().unwrap();
        let server = Self {
            process: spawn(data.path(), &settings, address),
            data,
            settings,
        };
        (server, provider)
    }

    fn start_with(settings: Settings) -> Self {
        Self::start_in(tempfile::tempdir().unwrap(), settings)
    }

    fn start_in(data: TempDir, settings: Settings) -> Self {
        Self {
            process: spawn(data.path(), &settings, FREE_PORT),
            data,
            settings,
        }
    }

    /// The path of a link that invites to this room with this right.
    pub(crate) fn invite(&self, room: &str, right: &str) -> String {
        let printed = binary(self.data.path(), FREE_PORT)
            .args(["invite", "--room", room, "--rights", right])
            .output()
            .unwrap();
        assert!(printed.status.success(), "{printed:?}");
        let printed = String::from_utf8(printed.stdout).unwrap();
        let (_, code) = printed.split_once("#invite=").unwrap();
        let code = code.split_whitespace().next().unwrap();
        format!("/r/{room}#invite={code}")
    }

    /// A token for a member of this name, signed by the server's own key.
    pub(crate) fn token(&self, name: &str) -> String {
        let printed = binary(self.data.path(), FREE_PORT)
            .args(["token", "--name", name])
            .output()
            .unwrap();
        assert!(printed.status.success(), "{printed:?}");
        String::from_utf8(printed.stdout).unwrap().trim().to_owned()
    }

    /// Takes a token back.
    pub(crate) fn revoke(&self, token: &str) {
        let mut command = binary(self.data.path(), FREE_PORT);
        let status = command.args(["token", "--revoke", token]).status();
        assert!(status.unwrap().success());
    }

    /// The path of a link that makes its opener the owner.
    pub(crate) fn owner(&self) -> String {
        let printed = binary(self.data.path(), FREE_PORT).arg("owner").output();
        let printed = String::from_utf8(printed.unwrap().stdout).unwrap();
        let (_, code) = printed.split_once("#invite=").unwrap();
        let code = code.split_whitespace().next().unwrap();
        format!("/#invite={code}")
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.process.address()
    }

    /// The URL of a path.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address())
    }

    /// The URL of a path under a name, as in a network without TLS: an insecure context.
    pub(crate) fn named_url(&self, path: &str) -> String {
        format!("http://{NAME}:{}{path}", self.address().port())
    }

    /// Ends the process as `kill -9` does.
    pub(crate) fn kill(&mut self) {
        self.process.kill().unwrap();
    }

    /// Stops the process as a service manager does, with SIGTERM.
    pub(crate) fn stop(&mut self) {
        let status = self.process.terminate(STOP_TIMEOUT).unwrap();
        assert!(status.expect("the server stops").success());
    }

    /// Starts the server again after it was killed or stopped.
    pub(crate) fn restart(&mut self) {
        self.process = spawn(self.data.path(), &self.settings, self.address());
    }
}

/// Runs the binary with rate limits that no test reaches.
fn spawn(data: &Path, settings: &Settings, listen: SocketAddr) -> ServerProcess {
    let mut command = binary(data, listen);
    command
        .arg("--page")
        .arg(&settings.page)
        .args(["--rate-per-second", "10000", "--rate-burst", "10000"])
        .args(["--connections-per-address", "0"])
        .args(["--allow-host", NAME, "--access", settings.access])
        .args(["--base-path", &settings.base])
        .args(&settings.more);
    ServerProcess::spawn(&mut command).unwrap()
}

fn binary(data: &Path, listen: SocketAddr) -> Command {
    command(Path::new(&env_var("PARLOR_BIN")), data, listen)
}
