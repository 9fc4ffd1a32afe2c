//! Who may come in: the operator's choice, and where the server does not start without one.

use clap::ValueEnum;
use serde::Deserialize;

use super::error::ConfigError;
use crate::{
    connection::{
        hosts::{HostName, is_this_machine},
        origin::Origin,
        proxy::ProxyAddress,
    },
    listen::ListenAddress,
};

/// Who may come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AccessMode {
    /// Everyone who reaches the server
    Open,
    /// Everyone who knows the password that `parlor password` sets, or is invited
    Password,
    /// Everyone who has an access token, or is invited
    Token,
}

/// What makes a server reachable for others than the users of its machine.
pub(super) struct Reach<'a> {
    pub(super) listen: &'a [ListenAddress],
    pub(super) allow_host: &'a [HostName],
    pub(super) allow_origin: &'a [Origin],
    pub(super) trust_proxy: &'a [ProxyAddress],
}

impl AccessMode {
    /// The mode that was chosen. On a server for this machine alone it need not be: it is open.
    ///
    /// # Errors
    /// [`ConfigError::AccessNotChosen`] where others can reach the server.
    pub(super) fn choose(chosen: Option<Self>, reach: &Reach<'_>) -> Result<Self, ConfigError> {
        match (chosen, reach.widest()) {
            (Some(mode), _) => Ok(mode),
            (None, None) => Ok(Self::Open),
            (None, Some(because)) => Err(ConfigError::AccessNotChosen { because }),
        }
    }
}

impl Reach<'_> {
    /// The first option that lets others than the users of this machine reach the server; `None` if
    /// there is none.
    fn widest(&self) -> Option<String> {
        // Who may write to a Unix socket, and where systemd listens, is not known here.
        let is_elsewhere = |address: &&ListenAddress| !address.is_loopback();
        let listen = self.listen.iter().find(is_elsewhere);
        let listen = listen.map(|address| format!("--listen {address}"));
        let proxy = || self.trust_proxy.first().map(|_| "--trust-proxy".to_owned());
        let host = || {
            let host = self.allow_host.iter().find(|host| !host.is_local())?;
            Some(format!("--allow-host {host}"))
        };
        let origin = || {
            let is_elsewhere = |origin: &&Origin| !is_this_machine(origin.authority());
            let origin = self.allow_origin.iter().find(is_elsewhere)?;
            Some(format!("--allow-origin {origin}"))
        };
        listen.or_else(proxy).or_else(host).or_else(origin)
    }
}
