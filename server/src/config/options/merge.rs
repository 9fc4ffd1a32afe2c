//! Options of a file, and which of two is taken.

use std::{fs, path::Path};

use super::Options;
use crate::config::error::ConfigError;

impl Options {
    /// Reads the options of a file.
    ///
    /// # Errors
    /// [`ConfigError`] if it can't be read, or has anything else.
    pub(in crate::config) fn read(path: &Path) -> Result<Self, ConfigError> {
        let path = path.to_owned();
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(source) => return Err(ConfigError::Unreadable { path, source }),
        };
        toml::from_str(&text).map_err(|source| ConfigError::Malformed {
            path,
            source: Box::new(source),
        })
    }

    /// These options where they are set, and the file's where they are not.
    pub(in crate::config) fn or(self, file: Self) -> Self {
        Self {
            listen: self.listen.or(file.listen),
            tls_cert: self.tls_cert.or(file.tls_cert),
            tls_key: self.tls_key.or(file.tls_key),
            redirect_http: self.redirect_http.or(file.redirect_http),
            data: self.data.or(file.data),
            log: self.log.or(file.log),
            stream: self.stream.or(file.stream),
            stream_replicas: self.stream_replicas.or(file.stream_replicas),
            nats_credentials: self.nats_credentials.or(file.nats_credentials),
            nats_system: self.nats_system.or(file.nats_system),
            accept: self.accept.or(file.accept),
            node: self.node.or(file.node),
            page: self.page.or(file.page),
            base_path: self.base_path.or(file.base_path),
            allow_origin: self.allow_origin.or(file.allow_origin),
            allow_host: self.allow_host.or(file.allow_host),
            trust_proxy: self.trust_proxy.or(file.trust_proxy),
            access: self.access.or(file.access),
            token_keys: self.token_keys.or(file.token_keys),
            token_audience: self.token_audience.or(file.token_audience),
            token_issuer: self.token_issuer.or(file.token_issuer),
            fetch_from: self.fetch_from.or(file.fetch_from),
            oidc_issuer: self.oidc_issuer.or(file.oidc_issuer),
            oidc_client_id: self.oidc_client_id.or(file.oidc_client_id),
            oidc_client_secret: self.oidc_client_secret.or(file.oidc_client_secret),
            oidc_scopes: self.oidc_scopes.or(file.oidc_scopes),
            oidc_name: self.oidc_name.or(file.oidc_name),
            oidc_rights: self.oidc_rights.or(file.oidc_rights),
            url: self.url.or(file.url),
            connections_max: self.connections_max.or(file.connections_max),
            connections_per_address: self
                .connections_per_address
                .or(file.connections_per_address),
            rate_per_second: self.rate_per_second.or(file.rate_per_second),
            rate_burst: self.rate_burst.or(file.rate_burst),
            retain_days: self.retain_days.or(file.retain_days),
            retain_entries: self.retain_entries.or(file.retain_entries),
            workers: self.workers.or(file.workers),
            admin: self.admin.or(file.admin),
            drain_seconds: self.drain_seconds.or(file.drain_seconds),
            log_filter: self.log_filter.or(file.log_filter),
            log_format: self.log_format.or(file.log_format),
        }
    }
}
